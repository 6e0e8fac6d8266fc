// Package junit writes the checks of a document as JUnit XML, as Jenkins, GitLab and the actions for GitHub read it: a
// suite for each group, a case for each check. What is inconclusive or could not be checked is an error, what is waived
// is skipped; every case says what was asked and what was found.
package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tierwise/tierwise/reports"
)

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []suite  `xml:"testsuite"`
}

type suite struct {
	Name     string `xml:"name,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Cases    []test `xml:"testcase"`
}

// A test has its children in the order that the schema asks for.
type test struct {
	Name      string  `xml:"name,attr"`
	Class     string  `xml:"classname,attr"`
	Skipped   *reason `xml:"skipped"`
	Error     *reason `xml:"error"`
	Failure   *reason `xml:"failure"`
	SystemOut string  `xml:"system-out,omitempty"`
}

type reason struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",cdata"`
}

// Write writes the document's checks.
func Write(w io.Writer, d *reports.Document) error {
	out := suites{Name: clean(d.Title)}
	for i := range d.Checks {
		c := &d.Checks[i]
		s := out.suite(clean(c.Group))
		t := test{Name: clean(c.Name), Class: clean(c.Group), SystemOut: clean(c.Values)}
		r := &reason{Message: clean(c.Message), Text: clean(detail(c))}
		switch c.Outcome {
		case reports.Passed:
		case reports.Warned:
			t.SystemOut += "; warning: " + clean(c.Message)
		case reports.Waived:
			t.Skipped = &reason{Message: r.Message}
			s.Skipped++
		case reports.Undecided:
			r.Type, t.Error = "inconclusive", r
			s.Errors++
		case reports.Broken:
			r.Type, t.Error = "could not run", r
			s.Errors++
		case reports.Failed:
			r.Type, t.Failure = "fails", r
			s.Failures++
		}
		s.Tests++
		s.Cases = append(s.Cases, t)
	}
	for i := range out.Suites {
		s := &out.Suites[i]
		out.Tests, out.Failures, out.Errors = out.Tests+s.Tests, out.Failures+s.Failures, out.Errors+s.Errors
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(&out); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// suite returns the suite of that name, a new one if there is none.
func (s *suites) suite(name string) *suite {
	for i := range s.Suites {
		if s.Suites[i].Name == name {
			return &s.Suites[i]
		}
	}
	s.Suites = append(s.Suites, suite{Name: name})
	return &s.Suites[len(s.Suites)-1]
}

// detail is what stands below the message: where to look and what to do.
func detail(c *reports.Check) string {
	var lines []string
	switch {
	case c.File != "" && c.Line > 0:
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s", c.File, c.Line, c.Column, c.Message))
	case c.File != "":
		lines = append(lines, c.File+": "+c.Message)
	default:
		lines = append(lines, c.Message)
	}
	if c.Values != "" {
		lines = append(lines, c.Values)
	}
	if c.Hint != "" {
		lines = append(lines, c.Hint)
	}
	return strings.Join(lines, "\n")
}

// clean replaces what XML 1.0 cannot hold, escaped or not.
func clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t' || r == '\n':
			b.WriteRune(r)
		case r < 0x20 || r == 0xFFFE || r == 0xFFFF:
			b.WriteRune(utf8.RuneError)
		case unicode.Is(unicode.Cf, r): // they turn the direction of a line, or are not seen
			b.WriteString(reports.Visible(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
