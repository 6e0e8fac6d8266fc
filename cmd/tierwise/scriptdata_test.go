package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tierwise/tierwise/datasets"
)

func writeRows(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "rows IN.jsonl OUT.parquet…")
	cut(ts, readRows(ts, args[0]), args[1:])
}

func writeMany(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 3, "many N IN.jsonl OUT.parquet")
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var rows []datasets.Row
	for _, row := range readRows(ts, args[1]) {
		for i := range n {
			numbered := row
			numbered.ID, numbered.Prompt = fmt.Sprintf("%s-%d", row.ID, i), fmt.Sprintf("%s %d", row.Prompt, i)
			rows = append(rows, numbered)
		}
	}
	cut(ts, rows, args[2:])
}

func readRows(ts *testscript.TestScript, name string) []datasets.Row {
	var rows []datasets.Row
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(name)))
	d.DisallowUnknownFields()
	for {
		var row datasets.Row
		err := d.Decode(&row)
		if errors.Is(err, io.EOF) {
			break
		}
		ts.Check(err)
		rows = append(rows, row)
	}
	return rows
}

func recut(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "recut IN.parquet OUT.parquet…")
	name := ts.MkAbs(args[0])
	d, err := datasets.Open(context.Background(), []string{name}, nil)
	ts.Check(err)
	defer d.Close()
	refs := make([]datasets.RowRef, d.NumRows())
	for i := range refs {
		refs[i] = datasets.RowRef{File: name, Row: int64(i) + 1}
	}
	rows, err := d.Fetch(context.Background(), refs)
	ts.Check(err)
	cut(ts, rows, args[1:])
}

// cut writes rows to files, about as many to each.
func cut(ts *testscript.TestScript, rows []datasets.Row, files []string) {
	for i, name := range files {
		var buf bytes.Buffer
		w := datasets.NewWriter(&buf)
		ts.Check(w.Write(rows[len(rows)*i/len(files) : len(rows)*(i+1)/len(files)]...))
		ts.Check(w.Close())
		writeScriptFile(ts, name, buf.Bytes())
	}
}

func writeScriptFile(ts *testscript.TestScript, name string, data []byte) {
	path := ts.MkAbs(name)
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(os.WriteFile(path, data, 0o644))
}

// columnTypes are the types that a table of a script may have.
var columnTypes = map[string]struct {
	node  parquet.Node
	value func(string) (parquet.Value, error)
}{
	"string": {parquet.String(), func(s string) (parquet.Value, error) { return parquet.ByteArrayValue([]byte(s)), nil }},
	"double": {parquet.Leaf(parquet.DoubleType), func(s string) (parquet.Value, error) {
		x, err := strconv.ParseFloat(s, 64)
		return parquet.DoubleValue(x), err
	}},
	"int": {parquet.Int(64), func(s string) (parquet.Value, error) {
		x, err := strconv.ParseInt(s, 10, 64)
		return parquet.Int64Value(x), err
	}},
	"bool": {parquet.Leaf(parquet.BooleanType), func(s string) (parquet.Value, error) {
		x, err := strconv.ParseBool(s)
		return parquet.BooleanValue(x), err
	}},
}

var codecs = map[string]compress.Codec{"lz4": &parquet.Lz4Raw, "snappy": &parquet.Snappy}

func writeTable(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "table IN.csv OUT.parquet [CODEC]")
	lines, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	group := parquet.Group{}
	var names, types []string
	for _, head := range lines[0] {
		i := strings.LastIndexByte(head, ':')
		names, types = append(names, head[:i]), append(types, head[i+1:])
		group[head[:i]] = parquet.Optional(columnTypes[head[i+1:]].node)
	}
	options := []parquet.WriterOption{parquet.NewSchema("table", group)}
	if len(args) > 2 {
		options = append(options, parquet.Compression(codecs[args[2]]))
	}
	var buf bytes.Buffer
	w := parquet.NewGenericWriter[any](&buf, options...)
	sorted := slices.Sorted(slices.Values(names)) // as a group orders its fields
	for _, line := range lines[1:] {
		row := make(parquet.Row, len(names))
		for i, text := range line {
			column := slices.Index(sorted, names[i])
			if text == "-" {
				row[column] = parquet.NullValue().Level(0, 0, column)
				continue
			}
			value, err := columnTypes[types[i]].value(text)
			ts.Check(err)
			row[column] = value.Level(0, 1, column)
		}
		_, err := w.WriteRows([]parquet.Row{row})
		ts.Check(err)
	}
	ts.Check(w.Close())
	writeScriptFile(ts, args[1], buf.Bytes())
}

func printColumns(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "print FILE.parquet COLUMN…")
	data := []byte(ts.ReadFile(args[0]))
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	ts.Check(err)
	var columns []int
	for _, name := range args[1:] {
		leaf, ok := f.Schema().Lookup(name)
		if !ok {
			ts.Fatalf("%s has no column %s", args[0], name)
		}
		columns = append(columns, leaf.ColumnIndex)
	}
	rows := make([]parquet.Row, f.NumRows())
	r := parquet.NewReader(f)
	if n, err := r.ReadRows(rows); n < len(rows) {
		ts.Fatalf("%s: %d of %d rows: %v", args[0], n, len(rows), err)
	}
	for _, row := range rows {
		var texts []string
		for _, column := range columns {
			i := slices.IndexFunc(row, func(v parquet.Value) bool { return v.Column() == column })
			if text := row[i].String(); row[i].IsNull() {
				texts = append(texts, "-")
			} else {
				texts = append(texts, text)
			}
		}
		fmt.Fprintln(ts.Stdout(), strings.Join(texts, " "))
	}
}

// mangle damages a Parquet file.
func mangle(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "mangle truncate|page|footer FILE")
	path := ts.MkAbs(args[1])
	data, err := os.ReadFile(path)
	ts.Check(err)
	invert := func(part []byte) {
		for i := range part {
			part[i] ^= 0xff
		}
	}
	switch args[0] {
	case "truncate":
		data = data[:len(data)/2]
	case "page":
		invert(data[4:20]) // the header of the first page stands behind the magic number
	case "footer":
		invert(data[len(data)-40 : len(data)-8]) // the end of the metadata; then come their length and the magic number
	default:
		ts.Fatalf("mangle: %s?", args[0])
	}
	ts.Check(os.WriteFile(path, data, 0o644))
}

func gradeSheet(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 3, "grade IN.csv OUT.csv QUALITY")
	lines, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	for _, line := range lines[1:] {
		line[len(line)-1] = args[2]
	}
	var buf bytes.Buffer
	ts.Check(csv.NewWriter(&buf).WriteAll(lines))
	writeScriptFile(ts, args[1], buf.Bytes())
}
