// Package github writes the checks of a document as annotations: commands of GitHub Actions that put a message beside the
// line of a file.
package github

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/reports"
)

// maxAnnotations is how many are written: GitHub shows ten of a kind for each step and drops the others silently.
const maxAnnotations = 9

// Write writes an annotation for every check that does not pass, worst first, nine at most, and how many are left out.
func Write(w io.Writer, d *reports.Document) error {
	checks := slices.Clone(d.Checks)
	checks = slices.DeleteFunc(checks, func(c reports.Check) bool { return c.Outcome == reports.Passed })
	slices.SortStableFunc(checks, func(a, b reports.Check) int { return int(b.Outcome) - int(a.Outcome) })
	b := bufio.NewWriter(w)
	for i := range checks[:min(len(checks), maxAnnotations)] {
		b.WriteString(annotation(d.Title, &checks[i]))
	}
	if more := len(checks) - maxAnnotations; more > 0 {
		fmt.Fprintf(b, "%d more in the job summary\n", more)
	}
	return b.Flush()
}

func annotation(title string, c *reports.Check) string {
	var properties []string
	set := func(name, value string) { properties = append(properties, name+"="+property.Replace(value)) }
	if c.File != "" {
		set("file", c.File)
		if c.Line > 0 {
			set("line", strconv.Itoa(c.Line))
			set("col", strconv.Itoa(c.Column))
		}
	}
	set("title", title+": "+c.Group+" "+c.Name)
	message := c.Message
	if c.Hint != "" {
		message += "\n" + c.Hint
	}
	return "::" + command(c.Outcome) + " " + strings.Join(properties, ",") + "::" + data.Replace(message) + "\n"
}

func command(o reports.Outcome) string {
	switch o {
	case reports.Waived:
		return "notice"
	case reports.Warned:
		return "warning"
	case reports.Passed, reports.Undecided, reports.Failed, reports.Broken:
	}
	return "error"
}

// The escapes of messages and of properties, as the toolkit for actions has them.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
