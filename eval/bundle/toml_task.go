package bundle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing"
)

// task plans the chain and the checks of a task that the config has.
func (p *planner) task(e *entry, t *TaskChange) error {
	chain, old := e.child("chain"), p.before.tasks[t.Name]
	if chain == nil || !chain.isPair() || old == nil {
		return fmt.Errorf("tasks.%s has no chain: write the tiers to try, in order", Key(t.Name))
	}
	if t.Chain != nil && !slices.Equal(t.Chain, old.chain) {
		p.list(chain, quoted(t.Chain), func(i int) (*entry, bool) {
			if at := slices.Index(old.chain, t.Chain[i]); at >= 0 {
				return chain.children[at], true
			}
			return nil, false
		})
	}
	if t.Accept != nil && !slices.EqualFunc(t.Accept, old.accept, sameAccept) {
		tiers := t.Chain
		if tiers == nil {
			tiers = old.chain
		}
		p.accept(e, chain, t.Accept, old.accept, tiers)
	}
	if t.Split != nil && e.child("split") == nil {
		p.insertAfter(chain, "split", fmt.Sprintf("{ artifact = %s, below = %s, task = %s }", Quote(t.Split.Artifact), float(t.Split.Below), Quote(t.Split.Task)))
	}
	return nil
}

// accept plans the checks of a task: their thresholds if that is all that differs, else the list.
func (p *planner) accept(task, chain *entry, want, old []routing.Accept, tiers []string) {
	e := task.child("accept")
	if e != nil && slices.EqualFunc(want, old, sameCheck) && p.thresholds(e, want, old, tiers) {
		return
	}
	if e != nil && e.isPair() {
		texts := make([]string, len(want))
		for i, a := range want {
			texts[i] = check(a, tiers)
		}
		p.list(e, texts, func(i int) (*entry, bool) {
			if at := slices.IndexFunc(old, func(a routing.Accept) bool { return sameAccept(a, want[i]) }); at >= 0 {
				return e.children[at], true
			}
			if at := slices.IndexFunc(old, func(a routing.Accept) bool { return sameCheck(a, want[i]) }); at >= 0 {
				return e.children[at], false
			}
			return nil, false
		})
		return
	}
	if e != nil { // [[tasks.x.accept]]
		p.remove(e.under)
	}
	if len(want) > 0 {
		p.insertAfter(chain, "accept", checks(want, tiers, !chain.inline, p.indent(chain.pair.start), p.eol))
	}
}

// thresholds plans new thresholds for the same checks. False, and nothing planned, if the list must be written anew.
func (p *planner) thresholds(e *entry, want, old []routing.Accept, tiers []string) bool {
	planned := len(p.edits)
	for i := range want {
		if !sameMin(want[i], old[i]) && !p.threshold(e.children[i], want[i], old[i], tiers) {
			p.edits = p.edits[:planned]
			return false
		}
	}
	return true
}

func (p *planner) threshold(check *entry, want, old routing.Accept, tiers []string) bool {
	text, at := minimum(want, tiers), check.child("min")
	if at == nil {
		kind := check.child("check")
		if kind == nil || !kind.isPair() || text == "" {
			return false
		}
		p.insertAfter(kind, "min", text)
		return true
	}
	if want.PerTier != nil && old.PerTier != nil && p.perTier(at, want.PerTier, old.PerTier) {
		return true
	}
	if !at.isPair() || text == "" || len(p.comments(at.value)) > 0 {
		return false
	}
	p.replace(at.value, text)
	return true
}

// perTier plans thresholds of the same tiers, each where it stands.
func (p *planner) perTier(table *entry, want, old map[string]float64) bool {
	if len(want) != len(old) {
		return false
	}
	for tier := range want {
		if e := table.child(tier); e == nil || !e.isPair() {
			return false
		}
	}
	for _, e := range table.children {
		if want[e.name] != old[e.name] {
			p.replace(e.value, float(want[e.name]))
		}
	}
	return true
}

// remove plans to take expressions out. Comments behind them stay, on lines of their own; else their lines go, and an
// empty one above a header that would be left beside another.
func (p *planner) remove(numbers []int) {
	for i, n := range numbers {
		e := p.expressions[n]
		start, end := lineStart(p.text, e.start), lineEnd(p.text, e.end)
		if at := strings.IndexByte(p.text[e.end:end], '#'); at >= 0 && !sealed(p.text[e.end+at:end]) {
			p.replace(span{e.start, e.end + at}, "")
			continue
		}
		last := i
		for last+1 < len(numbers) && numbers[last+1] == numbers[last]+1 {
			last++
		}
		after := lineEnd(p.text, p.expressions[numbers[last]].end)
		above := lineStart(p.text, max(0, start-1))
		if e.header && p.blank(above, start) && (after == len(p.text) || p.blank(after, lineEnd(p.text, after))) {
			start = above
		}
		p.replace(span{start, end}, "")
	}
}

func (p *planner) blank(start, end int) bool { return strings.TrimSpace(p.text[start:end]) == "" }

// addTask plans a task that the config does not have; evidence above a table or line of its own is part of it.
func (p *planner) addTask(t *TaskChange) error {
	pairs := []string{"chain = " + list(quoted(t.Chain))}
	tasks := p.root.child("tasks")
	if len(t.Accept) > 0 {
		lines := tasks != nil && !tasks.isPair()
		pairs = append(pairs, "accept = "+checks(t.Accept, t.Chain, lines, "", p.eol))
	}
	if t.Cache != nil {
		pairs = append(pairs, fmt.Sprintf("cache = %t", *t.Cache))
	}
	if t.OnExhausted != "" {
		pairs = append(pairs, "on_exhausted = "+Quote(t.OnExhausted))
	}
	if t.OnContentFilter != "" {
		pairs = append(pairs, "on_content_filter = "+Quote(t.OnContentFilter))
	}
	return p.addTable("tasks", t.Name, pairs, comment(t.Evidence, "", p.eol))
}

// artifact plans the path of the classifier.
func (p *planner) artifact(path string) error {
	if path == "" {
		return nil
	}
	e := p.root.child("router", "embedding")
	if at := e.child("artifact"); at != nil && at.isPair() {
		if p.before.artifact() != path {
			p.replace(at.value, Quote(path))
		}
		return nil
	}
	if e != nil {
		return fmt.Errorf("router.embedding has no artifact: write the path of the classifier")
	}
	return p.addTable("router", "embedding", []string{"artifact = " + Quote(path)}, "")
}

// artifact is the path of the classifier as it is.
func (d *decoded) artifact() string {
	router, _ := d.values["router"].(map[string]any)
	embedding, _ := router["embedding"].(map[string]any)
	path, _ := embedding["artifact"].(string)
	return path
}

// addTable plans a table in one of the root's tables, in the form that the others there have: inline, as a table with a
// header, or as dotted keys.
func (p *planner) addTable(parent, name string, pairs []string, comment string) error {
	e := p.root.child(parent)
	if e == nil {
		return fmt.Errorf("the config has no [%s]: every dispatch config needs it", parent)
	}
	if e.isPair() {
		at := e.value.start + 1
		for _, c := range e.children {
			at = max(at, c.end())
		}
		table := Key(name) + " = { " + strings.Join(pairs, ", ") + " }"
		if len(e.children) > 0 {
			table = ", " + table
		}
		p.replace(span{at, at}, table)
		return nil
	}
	last := e.under[len(e.under)-1]
	header := -1
	for _, n := range e.under {
		if p.expressions[n].header {
			header = n
		}
	}
	if header < 0 {
		lines := make([]string, len(pairs))
		for i, pair := range pairs {
			lines[i] = parent + "." + Key(name) + "." + pair
		}
		p.insertLines(lineEnd(p.text, p.expressions[last].end), comment+strings.Join(lines, p.eol))
		return nil
	}
	for last = header; last+1 < len(p.expressions) && !p.expressions[last+1].header; last++ {
	}
	at, apart := p.sectionEnd(last)
	block := []string{"", comment + "[" + parent + "." + Key(name) + "]", strings.Join(pairs, p.eol)}
	if !apart {
		block = append(block, "")
	}
	p.insertLines(at, block...)
	return nil
}

// end is where an inline entry ends, whether it is a pair or made by longer keys.
func (e *entry) end() int {
	end := e.pair.end
	if !e.isPair() {
		for _, c := range e.children {
			end = max(end, c.end())
		}
	}
	return end
}

// sectionEnd returns where a table ends whose last expression is given: behind comments that follow directly, unless
// they belong to what comes next. apart says that an empty line or nothing follows.
func (p *planner) sectionEnd(last int) (at int, apart bool) {
	at = lineEnd(p.text, p.expressions[last].end)
	end := at
	for end < len(p.text) {
		line := strings.TrimSpace(p.text[end:lineEnd(p.text, end)])
		if line == "" {
			return end, true
		}
		if sealed(line) { // of what comes next
			return end, false
		}
		if line[0] != '#' {
			return at, false
		}
		end = lineEnd(p.text, end)
	}
	return end, true
}
