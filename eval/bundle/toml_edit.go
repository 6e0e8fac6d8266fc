package bundle

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing"
)

// Changes are the values of a dispatch config that tune owns. What is left nil or empty stays as it is.
type Changes struct {
	Head     []string // lines of evidence for the whole table, above the first setting; an empty list removes them
	Tasks    []TaskChange
	Artifact string // of router.embedding
}

// A TaskChange is what tune says of a task. One that the config does not have is added, and needs a Chain.
type TaskChange struct {
	Name     string
	Share    float64 // of the traffic, in [0, 1]: new tasks are added largest share first, equal ones as given
	Chain    []string
	Accept   []routing.Accept // an empty list removes the checks
	Split    *routing.Split   // of a task that has none: one that has keeps its own
	Evidence []string         // lines of comment for above the task, without mark and seal; an empty list removes them

	// Of a task that is added: the other settings of routing.Task.
	Cache                        *bool
	OnExhausted, OnContentFilter string
}

// Edit writes the changes into a dispatch config, which must be TOML that routing reads, and keeps everything else byte
// for byte: comments, order, spacing and all other settings. The same changes again change nothing. Where checks stay
// the same only their thresholds are written; a comment inside a list that is replaced stays in the list. Of the comments
// only lines of evidence are replaced or removed, as [EvidenceLine] makes them: one that was changed by hand is a person's.
//
// The result is decoded and compared with what was asked for before it is returned, so that it is right or an error.
// That it is a valid config, with tiers that exist, is the caller's to check with routing.ParseConfig.
func Edit(source []byte, changes *Changes) ([]byte, error) {
	text, marked := strings.CutPrefix(string(source), "\ufeff")
	before, err := decode(text)
	if err != nil {
		return nil, err
	}
	if err := changes.check(before); err != nil {
		return nil, err
	}
	edits, err := plan(text, before, changes)
	if err != nil {
		return nil, err
	}
	out := apply(text, edits)
	if err := verify(before, out, changes); err != nil {
		return nil, err
	}
	if marked {
		out = "\ufeff" + out
	}
	return []byte(out), nil
}

// check reports changes that cannot be written.
func (c *Changes) check(before *decoded) error {
	seen := map[string]bool{}
	for _, t := range c.Tasks {
		switch {
		case t.Name == "":
			return errors.New("a task without a name cannot be written into a config")
		case seen[t.Name]:
			return fmt.Errorf("task %q is changed twice", t.Name)
		case len(t.Chain) == 0 && (before.tasks[t.Name] == nil || t.Chain != nil):
			return fmt.Errorf("task %q has no chain: a config needs one", t.Name)
		}
		if s := t.Split; s != nil && (before.tasks[t.Name] == nil || math.IsNaN(s.Below) || math.IsInf(s.Below, 0)) {
			return fmt.Errorf("task %q cannot get a split below %v: that is for tasks which the config has, at a finite number", t.Name, s.Below)
		}
		seen[t.Name] = true
		for _, a := range t.Accept {
			for _, v := range thresholds(a) {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					return fmt.Errorf("task %q: check %s has the threshold %v: a config wants a finite number", t.Name, a.Check, v)
				}
			}
		}
	}
	return nil
}

func thresholds(a routing.Accept) []float64 {
	var all []float64
	if a.Min != nil {
		all = append(all, *a.Min)
	}
	for _, v := range a.PerTier {
		all = append(all, v)
	}
	return all
}

// An edit puts text in the place of a span.
type edit struct {
	span
	text string
}

// apply makes the edits, none of which may overlap; those at one place are made in their order.
func apply(text string, edits []edit) string {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:max(at, e.start)])
		b.WriteString(e.text)
		at = max(at, e.end)
	}
	b.WriteString(text[at:])
	return b.String()
}

// A planner collects the edits of one document.
type planner struct {
	*document
	before *decoded
	eol    string // the document's line end
	edits  []edit
}

// plan finds the edits that make the changes.
func plan(text string, before *decoded, c *Changes) ([]edit, error) {
	p := &planner{document: scan(text), before: before, eol: "\n"}
	if i := strings.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		p.eol = "\r\n"
	}
	var added []TaskChange
	for i := range c.Tasks {
		t := &c.Tasks[i]
		e := p.root.child("tasks", t.Name)
		if e == nil {
			added = append(added, *t)
			continue
		}
		if err := p.task(e, t); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(added, func(a, b TaskChange) int { return cmp.Compare(b.Share, a.Share) })
	for _, t := range added {
		if err := p.addTask(&t); err != nil {
			return nil, err
		}
	}
	if err := p.artifact(c.Artifact); err != nil {
		return nil, err
	}
	p.evidence(c, added)
	return p.edits, nil
}

func (p *planner) replace(at span, text string) { p.edits = append(p.edits, edit{at, text}) }

// indent is the white space before the first thing of a line.
func (p *planner) indent(at int) string {
	line := p.text[lineStart(p.text, at):at]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// insertLines puts whole lines at a line's start, or at the end of a document whose last line has no end.
func (p *planner) insertLines(at int, lines ...string) {
	text := strings.Join(lines, p.eol)
	if at == len(p.text) && at > 0 && p.text[at-1] != '\n' {
		text = p.eol + text
	} else {
		text += p.eol
	}
	p.replace(span{at, at}, text)
}

// insertAfter writes name = value after a pair of the same table, with the same key before the name.
func (p *planner) insertAfter(sibling *entry, name, value string) {
	pair := p.text[sibling.pair.start:sibling.key] + name + " = " + value
	if sibling.inline {
		p.replace(span{sibling.pair.end, sibling.pair.end}, ", "+pair)
		return
	}
	p.insertLines(lineEnd(p.text, sibling.pair.end), p.indent(sibling.pair.start)+pair)
}
