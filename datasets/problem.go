package datasets

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Problem is one thing that is wrong with a file of traffic.
type Problem struct {
	File    string
	Row     int64  // number in File, from 1; 0: the file as a whole
	Column  string // "" if the problem is not of one column
	Message string // what is wrong
	Fix     string // what to do about it, "" if that is plain
}

// String is the problem in one line: traffic.parquet: row 4711, column "quality": 1.3 is outside [0, 1].
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		b.WriteString(": ")
	}
	if p.Row > 0 {
		b.WriteString("row ")
		b.WriteString(strconv.FormatInt(p.Row, 10))
	}
	if p.Column != "" {
		if p.Row > 0 {
			b.WriteString(", ")
		}
		b.WriteString("column ")
		b.WriteString(strconv.Quote(p.Column))
	}
	if p.Row > 0 || p.Column != "" {
		b.WriteString(": ")
	}
	b.WriteString(p.Message)
	if p.Fix != "" {
		b.WriteString("; ")
		b.WriteString(p.Fix)
	}
	return b.String()
}

// Problems are all problems of an input, up to a limit. It is an error of the data, not of reading it: reading
// again finds them again.
type Problems struct {
	List []Problem
	More bool // reading stopped at the limit
}

// Error prints the problems, one per line.
func (p *Problems) Error() string {
	lines := make([]string, 0, len(p.List)+1)
	for _, q := range p.List {
		lines = append(lines, q.String())
	}
	if p.More {
		lines = append(lines, fmt.Sprintf("and more: reading stopped after %d problems", len(p.List)))
	}
	return strings.Join(lines, "\n")
}

// defaultMaxErrors is Options.MaxErrors where it is 0.
const defaultMaxErrors = 20

// A problemList collects problems up to a limit.
type problemList struct {
	limit int
	list  []Problem
	more  bool
}

func (l *problemList) add(p Problem) {
	if len(l.list) >= l.limit {
		l.more = true
		return
	}
	l.list = append(l.list, p)
}

// full reports whether it is pointless to look for more.
func (l *problemList) full() bool { return len(l.list) >= l.limit }

// err returns what was collected, nil if that is nothing, and forgets it. Columns are looked at one after another;
// who mends a file goes by rows.
func (l *problemList) err() error {
	if len(l.list) == 0 {
		return nil
	}
	if !slices.ContainsFunc(l.list, func(p Problem) bool { return p.File != l.list[0].File }) {
		slices.SortStableFunc(l.list, func(p, q Problem) int { return cmp.Compare(p.Row, q.Row) })
	}
	err := &Problems{List: l.list, More: l.more}
	l.list, l.more = nil, false
	return err
}

// problem is an error of one problem of a file as a whole.
func problem(file, message, fix string) error {
	return &Problems{List: []Problem{{File: file, Message: message, Fix: fix}}}
}
