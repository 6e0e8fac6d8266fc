package reports

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/eval"
)

// InspectionOptions of Inspection. The zero value shows what fits a screen.
type InspectionOptions struct {
	// All shows every model and task, and every model on every task.
	All bool
}

// What is shown without All.
const (
	shownModels = 10 // the best; with them those that are worth their price
	shownTasks  = 15
)

// Inspection reports what labeled traffic holds, what is odd about it and what it can prove.
func Inspection(x *eval.Inspection, opts *InspectionOptions) *Document {
	if opts == nil {
		opts = &InspectionOptions{}
	}
	d := &Document{Title: "Labeled traffic"}
	d.add(Section{Lines: trafficLines(x)})
	if len(x.Models) > 0 {
		d.add(inspectedModels(x, opts.All))
	}
	if len(x.Tasks) > 1 || x.Tasks[0].Task != "" {
		d.add(inspectedTasks(x, opts.All))
	}
	if opts.All && len(x.Models) > 0 {
		d.add(everyModelOnEveryTask(x))
	}
	if len(x.Models) > 0 {
		d.add(replayableChecks(x))
	}
	d.add(proofs(x, opts.All))
	d.add(Section{Title: "COLUMNS", Lines: columnLines(&x.Data)})
	if len(x.Findings) > 0 {
		d.add(Section{Title: "FINDINGS", Lines: inspectionFindings(x.Findings)})
	}
	return d
}

// trafficLines describe the traffic as a whole.
func trafficLines(x *eval.Inspection) []string {
	d := &x.Data
	var names []string
	for _, f := range d.Files {
		names = append(names, filepath.Base(f))
	}
	rows := ""
	if d.FileRows != d.Requests {
		rows = fmt.Sprintf(" of %s rows", count(d.FileRows))
	}
	lines := []string{
		fmt.Sprintf("%s: %s requests%s, %s layout, %s", files(names), count(d.Requests), rows, d.Layout, size(d.Bytes)),
		fmt.Sprintf("%s, %s, %s outcomes; %s requests have a graded answer",
			many(int64(len(x.Models)), "model"), tasksPhrase(x), count(d.Outcomes), count(d.Graded)),
	}
	if d.From != nil {
		line := fmt.Sprintf("time %s to %s UTC", d.From.Format("2006-01-02 15:04"), d.To.Format("2006-01-02 15:04"))
		if d.Untimed > 0 {
			line += fmt.Sprintf(", %s without", many(d.Untimed, "request"))
		}
		lines = append(lines, line)
	}
	if len(d.Splits) > 0 {
		var parts []string
		for _, s := range d.Splits {
			parts = append(parts, s.Name+" "+count(s.Requests))
		}
		lines = append(lines, "splits "+strings.Join(parts, ", "))
	}
	if d.Weighted {
		lines = append(lines, fmt.Sprintf("weighted: worth %s requests of equal weight", known(Count, d.Effective)))
	}
	return append(lines, repetitions(d)...)
}

// columnLines say which columns the data have.
func columnLines(d *eval.InspectedData) []string {
	return append(wrap("in use: "+strings.Join(d.Columns, ", ")), wrap("not there, or all null: "+strings.Join(d.Absent, ", "))...)
}

func inspectionFindings(findings []eval.Finding) []string {
	var lines []string
	for _, f := range findings {
		lines = append(lines, wrap("- "+f.Message)...)
		if f.Fix != "" {
			for _, line := range wrap("→ " + f.Fix) {
				lines = append(lines, "  "+line)
			}
		}
	}
	return lines
}

// wrap breaks text into lines, all but the first indented.
func wrap(text string) []string {
	const width = 110
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = " "
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

func tasksPhrase(x *eval.Inspection) string {
	n := int64(0)
	for i := range x.Tasks {
		if x.Tasks[i].Task != "" {
			n++
		}
	}
	return many(n, "task")
}

// repetitions say what is there more than once.
func repetitions(d *eval.InspectedData) []string {
	var lines []string
	if r := &d.SamePrompt; r.Sets > 0 {
		lines = append(lines, fmt.Sprintf("the same prompt more than once: %s share %s (up to case and white space), the most frequent is there %s times",
			many(r.Requests, "request"), many(r.Sets, "prompt"), count(r.Largest)))
	}
	if r := &d.Groups; r.Sets > 0 {
		lines = append(lines, fmt.Sprintf("groups: %s of %s, the largest has %s", count(r.Sets), many(r.Requests, "request"), count(r.Largest)))
	}
	if n := &d.Noise; n.Repeated > 0 {
		lines = append(lines, fmt.Sprintf("repeats: %s of a request and model have %s graded outcomes; in %s they differ, by a standard deviation of %s",
			many(n.Repeated, "pair"), count(n.Outcomes), count(n.Differ), known(Decimals, n.SD)))
	}
	return lines
}

// many writes a number of things: "1 model", "2 models".
func many(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return count(n) + " " + thing
}

// size writes a number of bytes.
func size(n int64) string {
	switch {
	case n >= 1e9:
		return fixed(float64(n)/1e9, 1) + " GB"
	case n >= 1e6:
		return fixed(float64(n)/1e6, 1) + " MB"
	}
	return fixed(float64(n)/1e3, 0) + " kB"
}
