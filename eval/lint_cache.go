package eval

import (
	"fmt"

	"github.com/tierwise/tierwise/routing"
)

// LintFalseRate is the share of semantic hits from which Lint warns that they are false.
const LintFalseRate = 0.01

// LintCaches looks for mistakes in a config's semantic cache that only show on traffic: r is what a job with caches found of it.
func LintCaches(c *routing.Config, r *CacheResult) []routing.Finding {
	l := &linter{config: c}
	if r == nil || c.Cache.Semantic == nil || r.Semantic.Hits == 0 {
		return nil
	}
	h := &r.Semantic
	proven := h.Hits - h.Unproven
	const at, key = "cache.semantic", "cache.semantic.min_similarity"
	if wrong := h.False - h.Unproven; float64(wrong) > LintFalseRate*float64(proven) {
		l.report("semantic-false-hits", "raise it: tierwise eval --semantic-sweep shows hits and false hits by threshold, and pairs to read",
			fmt.Sprintf("%d of %d semantic hits get an answer to another question", wrong, proven), key, at)
	}
	if h.Unproven == h.Hits {
		l.report("semantic-unproven", "give requests that have the same right answer the same group, then tierwise eval --semantic-sweep",
			fmt.Sprintf("nothing tells whether any of %d semantic hits is right: neither group nor expected answers are known", h.Hits), key, at)
	}
	return l.found
}
