package eval

import (
	"fmt"

	"github.com/tierwise/tierwise/routing"
)

// cacheFindings says what a reader should know of a candidate's caches; off is why they are not replayed though they were
// asked for.
func cacheFindings(k *CandidateResult, config *routing.Cache, off string) []Finding {
	r := k.Caches
	switch {
	case config.Exact == nil && config.Semantic == nil:
		return nil
	case r == nil && off != "":
		return []Finding{{
			ID: "caches-not-replayed",
			Message: fmt.Sprintf("%s: the caches are off (%s): costs and latencies are those of requests that all miss", k.Label,
				map[string]string{cachesNoTime: "a request has no time, so that their order is unknown", cachesWeights: "requests stand for unequal numbers of others"}[off]),
		}}
	case r == nil:
		return []Finding{{
			ID:      "caches-not-replayed",
			Message: k.Label + ": the caches are not replayed: costs and latencies are those of requests that all miss",
			Fix:     "--caches replays them, if all requests have a time and the same weight",
		}}
	}
	out := []Finding{{
		ID: "caches-unbounded",
		Message: k.Label + ": the caches are replayed without bound on their memory and one request after the other: a service that evicts " +
			"hits less often",
	}}
	if s := &r.Semantic; s.Unproven > 0 {
		out = append(out, Finding{
			ID: "hits-unproven",
			Message: fmt.Sprintf("%s: %d of %d semantic hits count as false for want of proof: neither group nor expected answer tells", k.Label,
				s.Unproven, s.Hits),
			Fix: "give requests that have the same right answer the same group",
		})
	}
	return out
}
