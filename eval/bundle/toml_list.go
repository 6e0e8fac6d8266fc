package bundle

import (
	"slices"
	"strings"
)

// list plans new elements for an array. old gives the element of the array that stands for a new one, nil if none does,
// and whether it is the same, so that its text stays. Its comments stay with it; those of elements that are gone end the
// list.
func (p *planner) list(array *entry, elements []string, old func(i int) (e *entry, same bool)) {
	kept, texts := make([]*entry, len(elements)), map[*entry]bool{}
	for i := range elements {
		e, same := old(i)
		if slices.Contains(kept[:i], e) {
			continue // equal elements: one of them has the comments
		}
		if kept[i] = e; same {
			elements[i] = p.text[e.value.start:e.value.end]
			texts[e] = true
		}
	}
	whole := p.text[array.value.start:array.value.end]
	if !strings.Contains(whole, "\n") {
		p.replace(array.value, list(elements))
		return
	}
	opening, above, behind, rest := p.attached(array, kept, texts)
	outer := p.indent(array.pair.start)
	inner := outer + "  "
	if len(array.children) > 0 {
		if at := array.children[0].value.start; strings.Trim(p.text[lineStart(p.text, at):at], " \t") == "" {
			inner = p.text[lineStart(p.text, at):at]
		}
	}
	var b strings.Builder
	b.WriteString("[" + opening + p.eol)
	for i, e := range elements {
		for _, c := range above[kept[i]] {
			b.WriteString(inner + c + p.eol)
		}
		b.WriteString(inner + e + ",")
		for _, c := range behind[kept[i]] {
			b.WriteString(" " + c)
		}
		b.WriteString(p.eol)
	}
	for _, c := range rest {
		b.WriteString(inner + c + p.eol)
	}
	b.WriteString(outer + "]")
	p.replace(array.value, b.String())
}

// attached sorts the comments of an array: the one behind its bracket, as it stands there, those above an element that is
// kept, the one behind it, and the rest. The comments within an element whose text stays are part of it.
func (p *planner) attached(array *entry, kept []*entry, texts map[*entry]bool) (opening string, above, behind map[*entry][]string, rest []string) {
	above, behind = map[*entry][]string{}, map[*entry][]string{}
	stays := map[*entry]bool{}
	for _, e := range kept {
		stays[e] = e != nil
	}
	var previous *entry
	at := array.value.start + 1
	for i := 0; i <= len(array.children); i++ {
		var next *entry
		end := array.value.end - 1
		if i < len(array.children) {
			next = array.children[i]
			end = next.value.start
		}
		for _, c := range p.comments(span{at, end}) {
			text := strings.TrimRight(p.text[c.start:c.end], " \t\r\n")
			switch sameLine := !strings.Contains(p.text[at:c.start], "\n"); {
			case sameLine && previous == nil:
				opening = p.text[at:c.start] + text
			case sameLine && stays[previous]:
				behind[previous] = append(behind[previous], text)
			case !sameLine && stays[next]:
				above[next] = append(above[next], text)
			default:
				rest = append(rest, text)
			}
		}
		if next != nil {
			at = next.value.end
			if !texts[next] {
				for _, c := range p.comments(next.value) {
					rest = append(rest, strings.TrimRight(p.text[c.start:c.end], " \t\r\n"))
				}
			}
		}
		previous = next
	}
	return opening, above, behind, rest
}

// comments finds the comments in a part of the document that starts outside of strings and comments.
func (d *document) comments(in span) []span {
	var found []span
	s := scanner{document: document{text: d.text[:in.end]}, at: in.start}
	for s.at < in.end {
		switch s.text[s.at] {
		case '"', '\'':
			s.str()
		case '#':
			start := s.at
			s.at = lineEnd(s.text, s.at)
			found = append(found, span{start, s.at})
		default:
			s.at++
		}
	}
	return found
}
