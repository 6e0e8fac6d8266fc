package routing

import (
	"fmt"
	"slices"
	"strings"
)

// A ConfigError is one problem of a dispatch config. Its text never holds a value that may be a secret.
type ConfigError struct {
	File     string   // as given to ParseConfig; "" if it has no name
	Position Position // zero if the problem has no place
	Msg      string   // what is wrong and what would be right
}

// Error returns the problem in the form that editors and CI systems turn into a link: file:line:column: message.
func (e ConfigError) Error() string {
	if e.Position == (Position{}) {
		if e.File == "" {
			return e.Msg
		}
		return e.File + ": " + e.Msg
	}
	if e.File == "" {
		return fmt.Sprintf("%d:%d: %s", e.Position.Line, e.Position.Column, e.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Position.Line, e.Position.Column, e.Msg)
}

// ConfigErrors are the problems of a dispatch config by position. There are 20 at most, and one more that says how
// many are left out.
type ConfigErrors []ConfigError

const maxConfigErrors = 20

// Error returns the problems, one per line.
func (e ConfigErrors) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the problems, each a ConfigError, for errors.As.
func (e ConfigErrors) Unwrap() []error {
	errs := make([]error, len(e))
	for i := range e {
		errs[i] = e[i]
	}
	return errs
}

// sorted returns the problems as they are reported: by position, each once, cut to a readable number.
func (e ConfigErrors) sorted() ConfigErrors {
	slices.SortStableFunc(e, func(a, b ConfigError) int { return a.Position.Compare(b.Position) })
	e = slices.Compact(e)
	if more := len(e) - maxConfigErrors; more > 1 {
		next := e[maxConfigErrors]
		e = append(e[:maxConfigErrors:maxConfigErrors],
			ConfigError{next.File, next.Position, fmt.Sprintf("%d more problems from here on", more)})
	}
	return e
}

// Compare orders positions as they stand in a file: negative if p is before q.
func (p Position) Compare(q Position) int {
	if p.Line != q.Line {
		return p.Line - q.Line
	}
	return p.Column - q.Column
}

// suggest ends a message about a name that is not among the valid ones: with the nearest, else with all of them if
// they are few, else with nothing.
func suggest(name string, valid []string) string {
	if near, ok := nearest(name, valid); ok {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	if len(valid) == 0 || len(valid) > 10 {
		return ""
	}
	return "; valid: " + strings.Join(valid, ", ")
}

// nearest returns the valid name that takes the fewest edits (insert, delete, replace, swap neighbours; case is
// free) to get to from name, the first of equals. False if that takes more than a third of name's characters and
// more than one edit: then it is not a typing mistake.
func nearest(name string, valid []string) (string, bool) {
	typed := []rune(strings.ToLower(name))
	best, limit := "", max(1, len(typed)/3)
	for _, v := range valid {
		if d := editDistance(typed, []rune(strings.ToLower(v))); d < limit || d == limit && best == "" {
			best, limit = v, d
		}
	}
	return best, best != ""
}

// editDistance is the optimal string alignment distance: edits as in nearest, none of them inside another.
func editDistance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			replace := last[j]
			if a[i] != b[j] {
				replace++
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, replace)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
