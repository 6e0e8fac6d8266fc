package routing

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing/price"
)

// DecisionHash returns the SHA-256, in hex, of all that decides what a request is answered with, or whether that is
// an error. Two configs of the same hash decide alike, so that evidence for one is evidence for the other. It covers
// the tasks (in any order), the tiers in their order, the ids, contexts and timeouts of the models in use, the
// router, the caches, the baseline and the content of the files referred to. It does not cover names of configs,
// rules and providers, addresses, prices, comments and whether a default is written out; and descriptions only where
// the LLM router is told them.
func (c *Config) DecisionHash() string { return hexSum(c.canonicalDecisions()) }

// PriceHash returns the SHA-256, in hex, of the prices of the models in use.
func (c *Config) PriceHash() string { return hexSum(c.canonicalPrices()) }

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// A canon is a canonical text: lines of words, every string quoted, so that no two contents have the same text.
type canon struct{ bytes.Buffer }

// line writes a word of the format and what belongs to it.
func (w *canon) line(word string, values ...any) {
	w.WriteString(word)
	for _, value := range values {
		switch v := value.(type) {
		case string:
			fmt.Fprintf(w, " %q", v)
		case []string:
			fmt.Fprintf(w, " %q", v)
		case float64:
			fmt.Fprintf(w, " %v", v+0) // −0 + 0 is 0
		default:
			fmt.Fprintf(w, " %v", v)
		}
	}
	w.WriteByte('\n')
}

// set returns values whose order and repetition mean nothing in one order.
func set(values []string) []string { return slices.Compact(slices.Sorted(slices.Values(values))) }

func (c *Config) canonicalDecisions() []byte {
	var w canon
	w.line("decisions", 1)
	w.line("baseline", c.Baseline)
	for _, t := range c.Tiers {
		w.line("tier", t.Name, t.Model)
	}
	c.writeModels(&w)
	byName := slices.SortedFunc(slices.Values(c.Tasks), func(a, b Task) int { return strings.Compare(a.Name, b.Name) })
	for i := range byName {
		c.writeTask(&w, &byName[i])
	}
	c.writeRouter(&w)
	if e := c.Cache.Exact; e != nil {
		w.line("exact", firstSet(e.Backend, cacheBackends[0]), e.TTL)
	}
	if s := c.Cache.Semantic; s != nil {
		w.line("semantic", s.MinSimilarity, s.TTL)
		for _, name := range slices.Sorted(maps.Keys(s.Tasks)) {
			if least, ttl := s.For(name); least != s.MinSimilarity || ttl != s.TTL {
				w.line("semantic task", name, least, ttl)
			}
		}
	}
	return w.Bytes()
}

// usedModels returns the names of the models that something in the config asks, by name.
func (c *Config) usedModels() []string {
	used := map[string]bool{c.Baseline: true}
	for _, t := range c.Tiers {
		used[t.Model] = true
	}
	for _, t := range c.Tasks {
		for _, a := range t.Accept {
			if a.Model != "" {
				used[a.Model] = true
			}
		}
	}
	if c.Router.LLM != nil {
		used[c.Router.LLM.Model] = true
	}
	return slices.Sorted(maps.Keys(used))
}

// model returns the model with that name; one that only [tiers] names has its defaults.
func (c *Config) model(name string) Model {
	m := Model{Name: name, Price: price.Unknown()}
	if i := slices.IndexFunc(c.Models, func(m Model) bool { return m.Name == name }); i >= 0 {
		m = c.Models[i]
	}
	m.ID = firstSet(m.ID, m.Name)
	return m
}

func (c *Config) writeModels(w *canon) {
	providers := map[string]Provider{}
	for _, p := range c.Providers {
		providers[p.Name] = p
	}
	for _, name := range c.usedModels() {
		m := c.model(name)
		p := providers[m.Provider]
		w.line("model", m.Name, m.ID, m.Context, p.Timeout)
		// How often and how fast a provider may be asked is no decision, but giving up on it is.
		if p.FirstToken > 0 || p.Idle > 0 {
			w.line("stream", p.FirstToken, p.Idle)
		}
	}
}

func (c *Config) writeTask(w *canon, t *Task) {
	w.line("task", t.Name)
	if c.Router.LLM != nil {
		w.line("description", t.Description)
	}
	c.writeTreatment(w, t)
	if s := t.Split; s != nil {
		w.line("split", hexSum(c.Files[s.Artifact]), s.Below, s.Task)
	}
}

// writeTreatment writes what becomes of the requests of a task.
func (c *Config) writeTreatment(w *canon, t *Task) {
	w.line("chain", t.Chain)
	for i := range t.Accept {
		c.writeAccept(w, t, &t.Accept[i])
	}
	w.line("cache", t.Cache == nil || *t.Cache)
	w.line("on_exhausted", firstSet(t.OnExhausted, c.OnExhausted, exhaustedDos[0]))
	w.line("on_content_filter", firstSet(t.OnContentFilter, c.OnContentFilter, refusedDos[0]))
}

// writeAccept writes a check with its threshold at each tier: it is the same whether it was written once or per tier.
func (c *Config) writeAccept(w *canon, t *Task, a *Accept) {
	w.line("check", a.Check, a.Pattern, a.Model)
	if a.Schema != "" {
		w.line("schema", hexSum(c.Files[a.Schema]))
	}
	for _, tier := range t.Chain {
		threshold, ok := 1.0, true
		switch {
		case a.Min != nil:
			threshold = *a.Min
		case a.PerTier != nil:
			threshold, ok = a.PerTier[tier]
		}
		if ok {
			w.line("min", tier, threshold)
		}
	}
}

func (c *Config) writeRouter(w *canon) {
	r := &c.Router
	w.line("default", r.Default)
	for i := range r.Rules {
		writeRule(w, &r.Rules[i])
	}
	if e := r.Embedding; e != nil {
		var least any = "recommended"
		if e.MinConfidence != nil {
			least = *e.MinConfidence
		}
		w.line("embedding", hexSum(c.Files[e.Artifact]), least)
		if name := firstSet(e.Embedder, builtinEmbedder); name != builtinEmbedder {
			w.line("embedder", name)
		}
	}
	if l := r.LLM; l != nil {
		w.line("llm", l.Model, l.MinConfidence)
	}
}

func (c *Config) canonicalPrices() []byte {
	var w canon
	w.line("prices", 1)
	for _, name := range c.usedModels() {
		p := c.model(name).Price
		if math.IsNaN(p.CachedInput) {
			p.CachedInput = p.Input
		}
		if math.IsNaN(p.Reasoning) {
			p.Reasoning = p.Output
		}
		w.line("price", name, p.Input, p.CachedInput, p.Output, p.Reasoning)
	}
	return w.Bytes()
}
