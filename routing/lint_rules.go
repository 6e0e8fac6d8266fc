package routing

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

func ruleLints() []LintCheck {
	return []LintCheck{
		{"impossible-rule", Error, "a rule whose conditions exclude each other", (*linter).impossibleRules},
		{"shadowed-rule", Warning, "a rule that never decides, since an earlier rule matches all that it matches", (*linter).shadowedRules},
		{"catch-all-rule", Warning, "a rule that matches every request, so that nothing behind it is asked", (*linter).catchAllRules},
	}
}

// ruleFacts is what holds for every request that a rule matches, be it said or follow from what is said.
type ruleFacts struct {
	chars, tokens, messages interval
	reason                  string // what makes chars.least larger than min_chars
	never                   string // why no request can match whatever its size, "" if some can
}

func newRuleFacts(r *Rule) ruleFacts {
	f := ruleFacts{
		chars: newInterval(r.MinChars, r.MaxChars), tokens: newInterval(r.MinTokens, r.MaxTokens), messages: newInterval(r.MinMessages, r.MaxMessages),
	}
	if r.MinChars != nil {
		f.reason = "min_chars"
	}
	if shortest, n := shortestKeyword(r.Keywords); n > 0 {
		f.atLeast(n, fmt.Sprintf("keyword %q", shortest))
	}
	if r.Match != "" {
		n, ok := leastMatch(r.Match)
		if !ok {
			f.never = fmt.Sprintf("no text matches %q", r.Match)
		}
		f.atLeast(n, fmt.Sprintf("match %q", r.Match))
	}
	if r.CodeFence != nil && *r.CodeFence {
		f.atLeast(len("```"), "a code fence")
	}
	if len(r.Scripts) > 0 {
		f.atLeast(1, "a letter")
		if !slices.ContainsFunc(r.Scripts, hasLetters) {
			f.never = list(r.Scripts) + plural(len(r.Scripts), " has", " have") + " no letters"
		}
	}
	f.messages.least = max(f.messages.least, 1)
	f.tokens.least = max(f.tokens.least, Tokens(f.chars.least, 0))
	return f
}

// atLeast notes that the prompt has so many characters, for a reason.
func (f *ruleFacts) atLeast(chars int, reason string) {
	if chars > f.chars.least {
		f.chars.least, f.reason = chars, reason
	}
}

// shortestKeyword returns the keyword with the fewest characters.
func shortestKeyword(keywords []string) (shortest string, chars int) {
	for i, k := range keywords {
		if n := utf8.RuneCountInString(k); i == 0 || n < chars {
			shortest, chars = k, n
		}
	}
	return shortest, chars
}

func hasLetters(script string) bool {
	table := letters()
	return slices.ContainsFunc(table.ranges, func(r letterRange) bool { return table.names[r.script] == script })
}

// possible reports whether there can be a request that the rule matches.
func (f *ruleFacts) possible() bool {
	return f.never == "" && f.chars.least <= f.chars.most && f.tokens.least <= f.tokens.most && f.messages.least <= f.messages.most
}

func (l *linter) impossibleRules() {
	for i := range l.Router.Rules {
		r := &l.Router.Rules[i]
		switch f := newRuleFacts(r); {
		case f.never != "":
			l.report(rulePlace(i, ""), "mend the condition, or drop the rule", "%s can never match: %s", ruleLabel(r, i), f.never)
		case f.chars.least > f.chars.most:
			l.report(rulePlace(i, "max_chars"), fmt.Sprintf("raise max_chars to %d or more, or drop the rule", f.chars.least),
				"%s can never match: %s takes %d %s, max_chars allows %d", ruleLabel(r, i), f.reason, f.chars.least,
				plural(f.chars.least, "character", "characters"), f.chars.most)
		case f.tokens.least > f.tokens.most:
			l.report(rulePlace(i, "max_tokens"), fmt.Sprintf("raise max_tokens to %d or more, or drop the rule", f.tokens.least),
				"%s can never match: %s takes %d %s, which make %d %s, max_tokens allows %d", ruleLabel(r, i), f.reason, f.chars.least,
				plural(f.chars.least, "character", "characters"), f.tokens.least, plural(f.tokens.least, "token", "tokens"), f.tokens.most)
		}
	}
}

// ruleLabel names a rule as traces do.
func ruleLabel(r *Rule, index int) string {
	if r.Name != "" {
		return fmt.Sprintf("rule %q", r.Name)
	}
	return fmt.Sprintf("rule #%d", index+1)
}

func (l *linter) shadowedRules() {
	for j := range l.Router.Rules {
		r := &l.Router.Rules[j]
		facts := newRuleFacts(r)
		if !facts.possible() {
			continue
		}
		for i := range l.Router.Rules[:j] {
			first := &l.Router.Rules[i]
			if matchesAll(first) {
				break // said by catch-all-rule
			}
			if !implies(r, &facts, first) {
				continue
			}
			fix := "drop it, or move it before " + ruleLabel(first, i)
			if r.Task == first.Task {
				fix = "drop it: it has the same task"
			}
			l.report(rulePlace(j, ""), fix, "%s never decides: whatever it matches, %s matches before it", ruleLabel(r, j), ruleLabel(first, i))
			break
		}
	}
}

// implies reports whether every request that r matches, of which facts hold, is matched by other too. It may miss that.
func implies(r *Rule, facts *ruleFacts, other *Rule) bool {
	chars := facts.chars
	if limit := facts.tokens.most; limit < math.MaxInt32 {
		chars.most = min(chars.most, 4*limit) // see Tokens
	}
	return chars.within(newInterval(other.MinChars, other.MaxChars)) &&
		facts.tokens.within(newInterval(other.MinTokens, other.MaxTokens)) &&
		facts.messages.within(newInterval(other.MinMessages, other.MaxMessages)) &&
		(other.Match == "" || other.Match == r.Match || findsInAll(other.Match)) &&
		impliesKeywords(r.Keywords, other.Keywords) &&
		impliesOneOf(r.Scripts, other.Scripts) && impliesOneOf(r.Endpoints, other.Endpoints) && impliesOneOf(r.Tenants, other.Tenants) &&
		impliesFlag(r.CodeFence, other.CodeFence) && impliesFlag(r.HasTools, other.HasTools) &&
		impliesFlag(r.HasSchema, other.HasSchema) && impliesFlag(r.HasAttachment, other.HasAttachment)
}

func (s interval) within(other interval) bool { return other.least <= s.least && s.most <= other.most }

func impliesFlag(is, other *bool) bool { return other == nil || is != nil && *is == *other }

// impliesOneOf reports whether a word that is one of some is one of others; no others: no condition.
func impliesOneOf(some, others []string) bool {
	outside := func(s string) bool { return !slices.Contains(others, s) }
	return len(others) == 0 || len(some) > 0 && !slices.ContainsFunc(some, outside)
}

// impliesKeywords reports whether a prompt with one of some keywords has one of others: each holds one of them.
func impliesKeywords(some, others []string) bool {
	others = folded(others)
	without := func(k string) bool {
		return !slices.ContainsFunc(others, func(other string) bool { return strings.Contains(k, other) })
	}
	return len(others) == 0 || len(some) > 0 && !slices.ContainsFunc(folded(some), without)
}

// matchesAll reports whether the rule has no condition that a request could fail.
func matchesAll(r *Rule) bool {
	anything := ruleFacts{chars: newInterval(nil, nil), tokens: newInterval(nil, nil), messages: newInterval(nil, nil)}
	anything.messages.least = 1
	return implies(&Rule{}, &anything, r)
}

func (l *linter) catchAllRules() {
	i := slices.IndexFunc(l.Router.Rules, func(r Rule) bool { return matchesAll(&r) })
	if i < 0 {
		return
	}
	r := &l.Router.Rules[i]
	var dead []string
	if n := len(l.Router.Rules) - i - 1; n > 0 {
		dead = append(dead, fmt.Sprintf("%d %s behind it", n, plural(n, "rule", "rules")))
	}
	if l.Router.Embedding != nil {
		dead = append(dead, "the classifier")
	}
	if l.Router.LLM != nil {
		dead = append(dead, "the LLM router")
	}
	if len(dead) == 0 {
		l.reportAs(Info, rulePlace(i, ""), fmt.Sprintf("drop it, and set router.default = %q", r.Task),
			"%s matches every request, so that router.default is never used", ruleLabel(r, i))
		return
	}
	l.report(rulePlace(i, ""), "give it conditions, or drop it and let router.default do this",
		"%s matches every request, so that these are never asked: %s", ruleLabel(r, i), strings.Join(dead, ", "))
}
