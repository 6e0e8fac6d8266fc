package routing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// builtinEmbedder is the embedder of configs that name none.
const builtinEmbedder = "ngrams"

func decodeRule(n node) Rule {
	r := Rule{Confidence: 1}
	const chars, tokens, messages = "an integer, a number of characters", "an integer, a number of tokens", "an integer, a number of messages"
	n.table(fields{
		"name":           func(n node) { r.Name = n.anyText() },
		"task":           func(n node) { r.Task = n.text("the name of a task") },
		"confidence":     func(n node) { r.Confidence = decodeConfidence(n) },
		"min_chars":      func(n node) { r.MinChars = n.limit(chars) },
		"max_chars":      func(n node) { r.MaxChars = n.limit(chars) },
		"min_tokens":     func(n node) { r.MinTokens = n.limit(tokens) },
		"max_tokens":     func(n node) { r.MaxTokens = n.limit(tokens) },
		"min_messages":   func(n node) { r.MinMessages = n.limit(messages) },
		"max_messages":   func(n node) { r.MaxMessages = n.limit(messages) },
		"match":          func(n node) { r.Match = decodePattern(n) },
		"keywords":       func(n node) { r.Keywords = n.conditions() },
		"scripts":        func(n node) { r.Scripts = decodeScripts(n) },
		"code_fence":     func(n node) { r.CodeFence = n.boolean() },
		"endpoints":      func(n node) { r.Endpoints = n.conditions() },
		"tenants":        func(n node) { r.Tenants = n.conditions() },
		"has_tools":      func(n node) { r.HasTools = n.boolean() },
		"has_schema":     func(n node) { r.HasSchema = n.boolean() },
		"has_attachment": func(n node) { r.HasAttachment = n.boolean() },
	})
	return r
}

// decodeConfidence reads how sure a rule is. A zero would be "not given" in a Rule, and a rule that matches decides.
func decodeConfidence(n node) float64 {
	v, ok := n.number("a number above 0, up to 1")
	if ok && (v <= 0 || v > 1) {
		n.fail("%s is %v, which is outside (0, 1]", n.path, v)
	}
	return v
}

// limit reads an integer that is not negative, nil if it is none; what describes it.
func (n node) limit(what string) *int {
	problems := len(n.doc.errs)
	v := n.count(what)
	if len(n.doc.errs) > problems {
		return nil
	}
	return &v
}

// decodeScripts reads names of Unicode scripts that letters can be of.
func decodeScripts(n node) []string {
	names := n.conditions()
	for i, name := range names {
		at := elementPath(n.path, i)
		switch {
		case name == "":
		case sharedScript(name):
			n.doc.failAt(at, "%s: %s is no script of its own, so that no prompt is in it", at, name)
		case unicode.Scripts[name] == nil:
			valid := slices.DeleteFunc(slices.Sorted(maps.Keys(unicode.Scripts)), sharedScript)
			advice := "; scripts are named as in Unicode: Latin, Cyrillic, Han, Arabic, …"
			if near, ok := nearest(name, valid); ok {
				advice = fmt.Sprintf("; did you mean %q?", near)
			}
			n.doc.failAt(at, "unknown script %q in %s%s", name, n.path, advice)
		}
	}
	return names
}

// sharedScript reports whether the characters under that name belong to the texts of many scripts.
func sharedScript(name string) bool { return name == "Common" || name == "Inherited" }

func (k *configChecker) checkRule(r *Rule, path string) {
	k.require(path, "task", "name the task of the requests that match")
	k.defined(path+".task", "task", r.Task, k.tasks)
	k.checkRange(path, "chars", r.MinChars, r.MaxChars)
	k.checkRange(path, "tokens", r.MinTokens, r.MaxTokens)
	k.checkRange(path, "messages", r.MinMessages, r.MaxMessages)
	if r.MaxMessages != nil && *r.MaxMessages == 0 {
		k.failAt(path+".max_messages", "%s can never match: max_messages is 0, but every request has a message", path)
	}
}

// checkRange reports limits that no number is between.
func (k *configChecker) checkRange(path, of string, least, most *int) {
	if least != nil && most != nil && *least > *most {
		k.failAt(path+".min_"+of, "%s can never match: min_%s %d is more than max_%s %d", path, of, *least, of, *most)
	}
}

// writeRule writes a rule; conditions came into the format one by one, so one that is not set writes nothing, but
// for those of the first version.
func writeRule(w *canon, r *Rule) {
	confidence := r.Confidence
	if confidence == 0 {
		confidence = 1
	}
	w.line("rule", r.Task, confidence, r.Match)
	writeRange(w, "chars", r.MinChars, r.MaxChars, 0)
	w.line("keywords", set(folded(r.Keywords)))
	w.line("endpoints", set(r.Endpoints))
	writeRange(w, "tokens", r.MinTokens, r.MaxTokens, 0)
	writeRange(w, "messages", r.MinMessages, r.MaxMessages, 1)
	for _, s := range []struct {
		word   string
		values []string
	}{{"scripts", r.Scripts}, {"tenants", r.Tenants}} {
		if len(s.values) > 0 {
			w.line(s.word, set(s.values))
		}
	}
	for _, b := range []struct {
		word  string
		value *bool
	}{{"code_fence", r.CodeFence}, {"has_tools", r.HasTools}, {"has_schema", r.HasSchema}, {"has_attachment", r.HasAttachment}} {
		if b.value != nil {
			w.line(b.word, *b.value)
		}
	}
}

// writeRange writes limits of a number that is never below floor, so that a lower limit up to there means nothing.
func writeRange(w *canon, of string, least, most *int, floor int) {
	if least != nil && *least > floor {
		w.line("min_"+of, *least)
	}
	if most != nil {
		w.line("max_"+of, *most)
	}
}

// folded returns keywords as they are compared.
func folded(keywords []string) []string {
	lower := make([]string, len(keywords))
	for i, k := range keywords {
		lower[i] = strings.ToLower(k)
	}
	return lower
}
