package bundle

import (
	"strings"
	"unicode/utf8"
)

// evidence plans the comments that tune owns. They stand directly above what they speak of: a task's header, or the line
// that a task's settings begin on, which several tasks may share; the head's above the first setting. Such lines
// elsewhere are of tasks that are gone, and go.
func (p *planner) evidence(c *Changes, added []TaskChange) {
	blocks := map[int][]string{} // lines by the expression that they stand above
	keep := map[int]bool{}       // expressions whose lines nothing is said of
	speaks := func(number int, lines []string) {
		if lines == nil {
			keep[number] = true
		} else {
			blocks[number] = append(blocks[number], lines...)
			if blocks[number] == nil {
				blocks[number] = []string{}
			}
		}
	}
	if len(p.expressions) > 0 {
		speaks(0, c.Head)
	}
	for number, tasks := range p.anchors(c, added) {
		for _, t := range tasks {
			lines := t.Evidence
			if len(tasks) > 1 && len(lines) > 0 {
				lines = append([]string{"[tasks." + Key(t.Name) + "]"}, lines...)
			}
			speaks(number, lines)
		}
	}
	start := 0
	for number, e := range p.expressions {
		lines, ok := blocks[number]
		if ok || !keep[number] {
			p.zone(start, lineStart(p.text, e.start), comment(lines, p.indent(e.start), p.eol))
		}
		start = lineEnd(p.text, e.end)
	}
	p.zone(start, len(p.text), "")
}

// anchors finds the expression above which each task's evidence stands, in the order of the document. A task that nothing
// is said of has no evidence there.
func (p *planner) anchors(c *Changes, added []TaskChange) map[int][]TaskChange {
	said := map[string]TaskChange{}
	for _, t := range c.Tasks {
		said[t.Name] = t
	}
	anchors := map[int][]TaskChange{}
	tasks := p.root.child("tasks")
	if tasks == nil {
		return anchors
	}
	for _, e := range tasks.children {
		number := e.under[0]
		if len(e.headers) > 0 {
			number = e.headers[0]
		}
		anchors[number] = append(anchors[number], TaskChange{Name: e.name, Evidence: said[e.name].Evidence})
	}
	if tasks.isPair() {
		number := tasks.under[0]
		anchors[number] = append(anchors[number], added...)
	}
	return anchors
}

// zone plans the lines of tune's in a part of the document that has only comments. text takes the place of the first of
// them in the comments directly above what follows; else it stands last. Where lines go and leave two empty ones, one of
// these goes too.
func (p *planner) zone(start, end int, text string) {
	marked := func(at int) bool {
		return at < end && sealed(strings.TrimLeft(p.text[at:min(lineEnd(p.text, at), end)], " \t"))
	}
	empty := func(at int) bool { return at < end && p.blank(at, min(lineEnd(p.text, at), end)) }
	block := start // where the comments directly above begin
	for at := start; at < end; at = lineEnd(p.text, at) {
		if empty(at) {
			block = lineEnd(p.text, at)
		}
	}
	above := start == 0 // an empty line is above, or nothing
	for at := start; at < end; {
		next := lineEnd(p.text, at)
		if !marked(at) {
			above = empty(at)
			at = next
			continue
		}
		for marked(next) {
			next = lineEnd(p.text, next)
		}
		here := ""
		if at >= block {
			here, text = text, ""
		}
		if here == "" && above && empty(next) {
			next = lineEnd(p.text, next)
		}
		p.replace(span{at, min(next, end)}, here)
		above = here == "" && above
		at = next
	}
	if text != "" {
		p.replace(span{end, end}, text)
	}
}

// comment writes lines of evidence.
func comment(lines []string, indent, eol string) string {
	var b strings.Builder
	for _, l := range lines {
		for line := range strings.SplitSeq(l, "\n") {
			b.WriteString(indent + EvidenceLine(line) + eol)
		}
	}
	return b.String()
}

// plain makes text fit for a comment, which control characters would end or break.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' || r == 0x7f || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}
