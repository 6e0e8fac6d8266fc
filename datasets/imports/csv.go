package imports

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"
)

// readCSV reads csv with a header, in the canonical (outcomes as JSON), long or wide shape. An empty cell is null.
func readCSV(ctx context.Context, r *run, files []string) error {
	var t *table
	for _, name := range files {
		if err := r.csvFile(ctx, name, &t); err != nil {
			return err
		}
	}
	if t == nil {
		return nil
	}
	return t.join.emit(ctx)
}

func (r *run) csvFile(ctx context.Context, name string, t **table) error {
	if err := r.file(ctx, name); err != nil {
		return err
	}
	text, done, err := openText(name)
	if err != nil {
		return err
	}
	defer done()
	return r.csvText(ctx, name, text, t)
}

func (r *run) csvText(ctx context.Context, name string, text *bufio.Reader, t **table) error {
	m := &meter{r: text, max: maxLine}
	head, _ := text.Peek(1 << 12)
	c := csv.NewReader(m)
	c.Comma = separator(head)
	c.ReuseRecord = true
	header, err := r.csvHeader(name, c)
	if header == nil || err != nil {
		return err
	}
	if err := r.csvMapped(name, header); err != nil {
		return err
	}
	if *t == nil {
		keys := map[string]any{}
		for _, h := range header {
			keys[h] = nil
		}
		*t = r.newTable(keys)
	}
	for n := 0; ; n++ {
		m.n = 0
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return r.csvProblem(name, err)
		}
		if n&1023 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		line, _ := c.FieldPos(0)
		record, valid := make(map[string]any, len(cells)), true
		for i, cell := range cells {
			if cell != "" {
				record[header[i]] = cell
				valid = valid && utf8.ValidString(cell)
			}
		}
		at := place{file: name, line: line}
		if !valid {
			return r.problem(at, "not UTF-8", "save the file as UTF-8")
		}
		if err := (*t).add(record, at); err != nil {
			return err
		}
	}
}

// separator is the comma, or what stands in its place in a header that has none: a semicolon or a tab, as
// spreadsheets write them.
func separator(head []byte) rune {
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	for _, s := range []rune{',', ';', '\t'} {
		if bytes.ContainsRune(head, s) {
			return s
		}
	}
	return ','
}

// csvHeader is the names of the columns; nil of an empty file. A column without a name, such as pandas writes for
// its index, is let in.
func (r *run) csvHeader(name string, c *csv.Reader) ([]string, error) {
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, r.csvProblem(name, err)
	}
	header = slices.Clone(header)
	for i, h := range header {
		if first := slices.Index(header[:i], h); first >= 0 {
			fix := "give columns names of their own"
			if slices.Contains(header, "Status") && slices.Contains(header, "Score") {
				fix = "is this a csv of promptfoo? Export .jsonl, and import it as promptfoo"
			}
			return nil, r.problem(place{file: name, line: 1}, fmt.Sprintf("columns %d and %d are both called %q", first+1, i+1, h), fix)
		}
	}
	return header, nil
}

// csvMapped checks that the columns of the mapping are there.
func (r *run) csvMapped(name string, header []string) error {
	if r.opts.Mapping == nil {
		return nil
	}
	for _, column := range slices.Sorted(maps.Keys(r.opts.Mapping.Columns)) {
		source := r.opts.Mapping.Columns[column]
		fits := func(h string) bool { _, ok := matchModel(source, h); return ok || h == source }
		if !slices.ContainsFunc(header, fits) {
			return r.problem(place{file: name, line: 1}, fmt.Sprintf("there is no column %q%s, which the mapping names as %s", source, meant(source, header), column), "there are "+quoted(header))
		}
	}
	return nil
}

func (r *run) csvProblem(name string, err error) error {
	at := place{file: name}
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		at.line = e.Line
		err = e.Err
		if errors.Is(err, csv.ErrFieldCount) {
			return r.problem(at, "another number of fields than the header", "quote fields that contain commas")
		}
	}
	return r.problem(at, err.Error(), "")
}
