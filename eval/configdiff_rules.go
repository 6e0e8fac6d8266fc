package eval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/routing"
)

// router compares how tasks are found.
func (c *configComparer) router() {
	old, fresh := &c.old.Router, &c.fresh.Router
	c.text(DecisionChange, []string{"router.default", "router"}, old.Default, fresh.Default)
	c.rules(old.Rules, fresh.Rules)
	c.about = ""
	c.embedding(old.Embedding, fresh.Embedding)
	c.llm(old.LLM, fresh.LLM)
}

// A ruleField is one key of a rule; list holds its elements if it is a list, whose order means nothing.
type ruleField struct {
	key, value string
	list       []string
}

func ruleFields(r *routing.Rule) []ruleField {
	confidence := r.Confidence
	if confidence == 0 {
		confidence = 1
	}
	fields := []ruleField{{key: "task", value: r.Task}, {key: "confidence", value: number(confidence)}}
	for _, f := range []struct {
		key   string
		limit *int
		floor int // a lower limit up to here means nothing
	}{
		{"min_chars", r.MinChars, 0}, {"max_chars", r.MaxChars, -1}, {"min_tokens", r.MinTokens, 0}, {"max_tokens", r.MaxTokens, -1},
		{"min_messages", r.MinMessages, 1}, {"max_messages", r.MaxMessages, -1},
	} {
		value := ""
		if f.limit != nil && *f.limit > f.floor {
			value = strconv.Itoa(*f.limit)
		}
		fields = append(fields, ruleField{key: f.key, value: value})
	}
	match := ""
	if r.Match != "" {
		match = strconv.Quote(r.Match)
	}
	fields = append(fields, ruleField{key: "match", value: match})
	keywords := make([]string, len(r.Keywords))
	for i, k := range r.Keywords {
		keywords[i] = strings.ToLower(k)
	}
	for _, f := range []struct {
		key  string
		list []string
	}{{"keywords", keywords}, {"scripts", r.Scripts}, {"endpoints", r.Endpoints}, {"tenants", r.Tenants}} {
		list := slices.Compact(slices.Sorted(slices.Values(f.list)))
		fields = append(fields, ruleField{f.key, quoteAll(list), list})
	}
	for _, f := range []struct {
		key   string
		value *bool
	}{{"code_fence", r.CodeFence}, {"has_tools", r.HasTools}, {"has_schema", r.HasSchema}, {"has_attachment", r.HasAttachment}} {
		value := ""
		if f.value != nil {
			value = strconv.FormatBool(*f.value)
		}
		fields = append(fields, ruleField{key: f.key, value: value})
	}
	return fields
}

func quoteAll(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = strconv.Quote(s)
	}
	return strings.Join(quoted, ", ")
}

// ruleText writes a rule in one line, without its name.
func ruleText(r *routing.Rule) string {
	var parts []string
	for _, f := range ruleFields(r) {
		if f.value != "" && !(f.key == "confidence" && f.value == "1") {
			parts = append(parts, f.key+" = "+f.value)
		}
	}
	return strings.Join(parts, "; ")
}

// rules compares the rules, of which the first match wins. A rule is known by its name, else by what it says, else by its
// task.
func (c *configComparer) rules(old, fresh []routing.Rule) {
	side := func(isFresh bool, i int) *routing.Rule {
		if isFresh {
			return &fresh[i]
		}
		return &old[i]
	}
	pairs := pairUp(len(old), len(fresh),
		func(isFresh bool, i int) string { return side(isFresh, i).Name },
		func(isFresh bool, i int) string { return ruleText(side(isFresh, i)) },
		func(isFresh bool, i int) string {
			if r := side(isFresh, i); r.Name == "" {
				return r.Task
			}
			return ""
		})
	for i, k := range pairs {
		path := rulePath(i)
		c.about = fresh[i].Name
		if k < 0 {
			c.note(DecisionChange, []string{path}, "", ruleText(&fresh[i]))
			continue
		}
		c.text(OtherChange, []string{path + ".name", path}, old[k].Name, fresh[i].Name)
		was := ruleFields(&old[k])
		for n, f := range ruleFields(&fresh[i]) {
			before, after := was[n].value, f.value
			if before != after {
				before, after = listChange(was[n].list, f.list, before, after)
				c.note(DecisionChange, []string{path + "." + f.key, path}, before, after)
			}
		}
	}
	for _, k := range gone(len(old), pairs) {
		c.about = old[k].Name
		c.removed(rulePath(k), ruleText(&old[k]))
	}
	c.about = ""
	if moved(pairs) {
		c.note(DecisionChange, []string{"router.rules"}, "in the order "+ruleNames(old, nil), "in the order "+ruleNames(fresh, pairs))
	}
}

func rulePath(i int) string { return fmt.Sprintf("router.rules[%d]", i) }

// ruleNames lists rules. One without a name has its number in the old config, which pairs tell of the new one's; nil: these
// are the old ones.
func ruleNames(rules []routing.Rule, pairs []int) string {
	var names []string
	for i := range rules {
		name, number := rules[i].Name, i
		if pairs != nil {
			number = pairs[i]
		}
		switch {
		case name == "" && number < 0:
			name = "a new one"
		case name == "":
			name = fmt.Sprintf("#%d", number+1)
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// longList is from how many elements only the changes of a list are told.
const longList = 5

func listChange(old, fresh []string, before, after string) (string, string) {
	if len(old) < longList && len(fresh) < longList || len(old) == 0 || len(fresh) == 0 {
		return before, after
	}
	var parts []string
	for _, p := range []struct {
		word string
		list []string
	}{{"adds ", missingIn(old, fresh)}, {"drops ", missingIn(fresh, old)}} {
		if len(p.list) > 0 {
			parts = append(parts, p.word+quoteAll(p.list))
		}
	}
	return fmt.Sprintf("%d of them", len(old)), fmt.Sprintf("%d: %s", len(fresh), strings.Join(parts, ", "))
}

// missingIn returns what of b is not in a.
func missingIn(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(b), func(s string) bool { return slices.Contains(a, s) })
}

func (c *configComparer) embedding(old, fresh *routing.EmbeddingRouter) {
	const path = "router.embedding"
	if old == nil || fresh == nil {
		c.text(DecisionChange, []string{path}, describeEmbedding(c.old, old), describeEmbedding(c.fresh, fresh))
		return
	}
	if was, is := fileSum(c.old, old.Artifact), fileSum(c.fresh, fresh.Artifact); was != is {
		c.note(DecisionChange, []string{path + ".artifact", path}, old.Artifact+was, fresh.Artifact+is)
	} else {
		c.text(OtherChange, []string{path + ".artifact", path}, old.Artifact, fresh.Artifact)
	}
	c.text(DecisionChange, []string{path + ".min_confidence", path}, leastConfidence(old), leastConfidence(fresh))
	c.text(DecisionChange, []string{path + ".embedder", path}, embedder(old), embedder(fresh))
}

func describeEmbedding(c *routing.Config, e *routing.EmbeddingRouter) string {
	if e == nil {
		return ""
	}
	text := e.Artifact + fileSum(c, e.Artifact) + ", min_confidence " + leastConfidence(e)
	if e.Embedder != "" {
		text += ", embedder " + e.Embedder
	}
	return text
}

func leastConfidence(e *routing.EmbeddingRouter) string {
	if e.MinConfidence == nil {
		return "as the artifact recommends"
	}
	return number(*e.MinConfidence)
}

func embedder(e *routing.EmbeddingRouter) string {
	if e.Embedder == "" {
		return "ngrams"
	}
	return e.Embedder
}

func (c *configComparer) llm(old, fresh *routing.LLMRouter) {
	const path = "router.llm"
	describe := func(l *routing.LLMRouter) string {
		if l == nil {
			return ""
		}
		return l.Model + ", min_confidence " + number(l.MinConfidence)
	}
	if old == nil || fresh == nil {
		c.text(DecisionChange, []string{path}, describe(old), describe(fresh))
		return
	}
	c.text(DecisionChange, []string{path + ".model", path}, old.Model, fresh.Model)
	c.text(DecisionChange, []string{path + ".min_confidence", path}, number(old.MinConfidence), number(fresh.MinConfidence))
}
