package labels

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A Label is the grade of an answer.
type Label struct {
	ID, Model string
	Quality   float64 // in [0, 1]

	File   string
	Line   int // in File, from 1
	Record int // row of the sheet, from 1, the header included; less than Line where cells hold several lines
}

// A Sheet is labels as they were filled in.
type Sheet struct {
	Labels []Label
	Empty  int // rows without a grade
}

// A Problem is one thing that is wrong with a sheet, or that keeps a label from its place.
type Problem struct {
	File         string
	Line, Record int
	Message      string
}

// Error names the line, and the row of the sheet where that is another.
func (p Problem) Error() string {
	if p.Record != p.Line {
		return fmt.Sprintf("%s:%d: row %d: %s", p.File, p.Line, p.Record, p.Message)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// maxProblems is how many problems are told at once.
const maxProblems = 20

// join returns the problems as one error, nil if there are none.
func join(problems []Problem) error {
	var errs []error
	for i, p := range problems {
		if i == maxProblems {
			errs = append(errs, fmt.Errorf("and %d more problems", len(problems)-i))
			break
		}
		errs = append(errs, p)
	}
	return errors.Join(errs...)
}

// Read reads a sheet: CSV with a header that has id, model and quality; other columns are for those who grade. The separator
// is a comma, a semicolon or a tab, as the header has it or a line "sep=;" above it; lines end as they do on any system. A quality is a number from 0 to 1, yes or no, true or false; empty
// where nobody graded. The error has a [Problem] for each row that is wrong; name is the file's name in them.
func Read(name string, r io.Reader) (*Sheet, error) {
	text := bufio.NewReaderSize(r, 1<<16)
	head, _ := text.Peek(1 << 12)
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		return nil, fmt.Errorf("%s: is UTF-16 text: save it as CSV in UTF-8", name)
	}
	if rest, ok := bytes.CutPrefix(head, []byte("\ufeff")); ok {
		head = rest
		if _, err := text.Discard(len("\ufeff")); err != nil {
			return nil, err
		}
	}
	c := csv.NewReader(linefeeds(text, head))
	c.ReuseRecord, c.FieldsPerRecord = true, -1
	comma, declared := declaredSeparator(head)
	if c.Comma = comma; declared {
		if _, err := c.Read(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	} else {
		c.Comma = separator(head)
	}
	s := &sheetReader{name: name, csv: c, sheet: &Sheet{}, seen: map[key]Label{}}
	if err := s.header(); err != nil {
		return nil, err
	}
	for record := 2; ; record++ {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			return s.sheet, join(s.problems)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := c.FieldPos(0)
		s.row(cells, line, record)
	}
}

// separator tells what stands between the cells of the header: spreadsheets of languages with a decimal comma write
// semicolons.
func separator(head []byte) rune {
	line := firstLine(head)
	for _, s := range []rune{',', ';', '\t'} {
		if bytes.ContainsRune(line, s) {
			return s
		}
	}
	return ','
}

type key struct{ id, model string }

type sheetReader struct {
	name     string
	csv      *csv.Reader
	columns  [3]int // of id, model and quality
	sheet    *Sheet
	seen     map[key]Label
	problems []Problem
}

func (s *sheetReader) header() error {
	cells, err := s.csv.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: is empty; a sheet has a header with id, model and quality", s.name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	line, _ := s.csv.FieldPos(0)
	for i, want := range []string{"id", "model", "quality"} {
		found := 0
		for k, cell := range cells {
			if strings.EqualFold(strings.TrimSpace(cell), want) {
				s.columns[i] = k
				found++
			}
		}
		switch {
		case found == 0:
			return fmt.Errorf("%s:%d: there is no column %q: a sheet has id, model and quality (tierwise eval … -o label-next.csv writes one)", s.name, line, want)
		case found > 1:
			return fmt.Errorf("%s:%d: there are %d columns %q: rename all but the one that counts", s.name, line, found, want)
		}
	}
	return nil
}

func (s *sheetReader) row(cells []string, line, record int) {
	var values [3]string
	for i, k := range s.columns {
		if k < len(cells) {
			values[i] = strings.Clone(cells[k])
		}
	}
	l := Label{ID: unescape(values[0]), Model: unescape(values[1]), File: s.name, Line: line, Record: record}
	grade := strings.TrimSpace(values[2])
	if grade == "" {
		s.sheet.Empty++
		return
	}
	fail := func(format string, args ...any) {
		s.problems = append(s.problems, Problem{s.name, line, record, fmt.Sprintf(format, args...)})
	}
	if l.ID == "" || l.Model == "" {
		fail("a quality without an id or a model")
		return
	}
	var ok bool
	if l.Quality, ok = parseGrade(grade, s.csv.Comma); !ok {
		fail("quality %q is no grade: write a number from 0 to 1, yes or no", grade)
		return
	}
	if first, twice := s.seen[key{l.ID, l.Model}]; twice {
		if first.Quality != l.Quality {
			fail("%s of %s has quality %v here and %v in line %d", l.Model, l.ID, l.Quality, first.Quality, first.Line)
		}
		return
	}
	s.seen[key{l.ID, l.Model}] = l
	s.sheet.Labels = append(s.sheet.Labels, l)
}

// parseGrade reads a grade. Where the comma does not separate cells it may stand for the decimal point.
func parseGrade(s string, comma rune) (float64, bool) {
	switch strings.ToLower(s) {
	case "yes", "true":
		return 1, true
	case "no", "false":
		return 0, true
	}
	if comma != ',' {
		s = strings.Replace(s, ",", ".", 1)
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil && x >= 0 && x <= 1
}
