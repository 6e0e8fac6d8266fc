package routing

import (
	"fmt"
	"math"
	"regexp"
	"slices"
)

// A tableRule is a compiled rule.
type tableRule struct {
	name       string
	task       TaskID
	confidence float64

	endpoints, tenants      []string // empty: any
	shape                   shape
	messages, chars, tokens interval
	codeFence               *bool // nil: either
	keywords                []keyword
	scripts                 []string // empty: any
	match                   *regexp.Regexp
}

// An interval is the limits of a number, both included.
type interval struct{ least, most int }

func newInterval(least, most *int) interval {
	s := interval{0, math.MaxInt}
	if least != nil {
		s.least = *least
	}
	if most != nil {
		s.most = *most
	}
	return s
}

// bounded reports whether there is a number of things, 0 or more, outside of it.
func (s interval) bounded() bool { return s.least > 0 || s.most < math.MaxInt }

func (s interval) holds(n int) bool { return s.least <= n && n <= s.most }

// A shape is what a request must and must not bring along, as bits.
type shape struct{ asked, want uint8 }

const (
	withTools = 1 << iota
	withSchema
	withAttachment
)

// ask adds a condition, if there is one.
func (s *shape) ask(bit uint8, want *bool) {
	if want == nil {
		return
	}
	s.asked |= bit
	if *want {
		s.want |= bit
	}
}

func (t *Table) compileRule(r *Rule, index int) (tableRule, error) {
	out := tableRule{
		name: r.Name, confidence: r.Confidence,
		endpoints: slices.Clone(r.Endpoints), tenants: slices.Clone(r.Tenants), scripts: slices.Clone(r.Scripts),
		messages: newInterval(r.MinMessages, r.MaxMessages), chars: newInterval(r.MinChars, r.MaxChars), tokens: newInterval(r.MinTokens, r.MaxTokens),
	}
	if out.name == "" {
		out.name = fmt.Sprintf("#%d", index+1)
	}
	if out.confidence == 0 {
		out.confidence = 1
	}
	var ok bool
	if out.task, ok = t.taskIDs[r.Task]; !ok {
		return out, fmt.Errorf("no task %q", r.Task)
	}
	out.shape.ask(withTools, r.HasTools)
	out.shape.ask(withSchema, r.HasSchema)
	out.shape.ask(withAttachment, r.HasAttachment)
	if r.CodeFence != nil {
		fence := *r.CodeFence
		out.codeFence = &fence
	}
	for _, k := range r.Keywords {
		out.keywords = append(out.keywords, newKeyword(k))
	}
	for _, name := range r.Scripts {
		// Here the letters' table is made, if it is not there yet, rather than for the first request.
		if !slices.Contains(letters().names, name) {
			return out, fmt.Errorf("no script %q", name)
		}
	}
	if r.Match == "" {
		return out, nil
	}
	var err error
	out.match, err = compilePattern(r.Match)
	return out, err
}

// matchRules returns the index of the first rule that matches, −1 if none does. It allocates nothing.
func (t *tableRouter) matchRules(f *Features) int {
	if len(t.rules) == 0 {
		return -1
	}
	v := newRuleView(f)
	for i := range t.rules {
		if t.rules[i].matches(&v) {
			return i
		}
	}
	return -1
}

// matches reports whether all conditions of the rule hold; those that cost least are asked first.
func (r *tableRule) matches(v *ruleView) bool {
	f := v.features
	switch {
	case len(r.endpoints) > 0 && !slices.Contains(r.endpoints, f.Endpoint),
		len(r.tenants) > 0 && !slices.Contains(r.tenants, f.Tenant),
		v.shape&r.shape.asked != r.shape.want,
		!r.messages.holds(max(f.Messages, 1)),
		r.chars.bounded() && !v.charsIn(r.chars),
		r.tokens.bounded() && !r.tokens.holds(v.tokens()),
		r.codeFence != nil && *r.codeFence != v.fenced(),
		len(r.keywords) > 0 && !slices.ContainsFunc(r.keywords, func(k keyword) bool { return k.in(f.Prompt) }),
		len(r.scripts) > 0 && !slices.Contains(r.scripts, v.script()),
		r.match != nil && !r.match.MatchString(f.Prompt):
		return false
	}
	return true
}

// RuleName returns the name of a rule, "#2" for the second if it has none.
func (t *Table) RuleName(rule int) string { return t.router.rules[rule].name }

// NumRules returns the number of rules; Route.Rule is below it.
func (t *Table) NumRules() int { return len(t.router.rules) }

// NeedsPrompt reports whether a rule or a split looks at the prompt. Rules that count tokens do where Features.Chars is not
// given; NeedsChars tells of them.
func (t *Table) NeedsPrompt() bool {
	return t.HasSplits() || slices.ContainsFunc(t.router.rules, func(r tableRule) bool {
		return r.match != nil || len(r.keywords) > 0 || r.chars.bounded() || len(r.scripts) > 0 || r.codeFence != nil
	})
}

// NeedsShape reports whether a rule or a split looks at Messages, Tools, Schema or Attachment of the features.
func (t *Table) NeedsShape() bool {
	return t.HasSplits() || slices.ContainsFunc(t.router.rules, func(r tableRule) bool { return r.shape.asked != 0 || r.messages.bounded() })
}

// NeedsChars reports whether a rule looks at Chars and MaxTokens of the features.
func (t *Table) NeedsChars() bool {
	return slices.ContainsFunc(t.router.rules, func(r tableRule) bool { return r.tokens.bounded() })
}
