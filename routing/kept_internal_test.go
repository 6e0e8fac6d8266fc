package routing

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/llm"
)

func fullKept() *kept {
	return &kept{
		id: "r1", task: "reply", tier: "small", model: "gpt-small", layer: LayerEmbedding, confidence: 0.9, rule: "r", split: "s", costUSD: 0.25,
		response: &llm.Response{
			ID: "id", Model: "gpt-small-1", Text: "fine", Reasoning: "so", Refusal: "never", FinishReason: "stop", Unsent: []string{"a", "b"}, Raw: []byte("{}"),
			Usage:    &llm.Usage{Input: 1, CachedInput: math.NaN(), Output: 3, Reasoning: 4, CacheWrite: 5},
			Logprobs: []llm.Logprob{{Token: "fine", Logprob: -1, Top: []llm.Logprob{{Token: "good", Logprob: math.Inf(-1)}}}, {Token: "", Logprob: -2}},
		},
	}
}

var sameKept = cmp.Options{cmp.AllowUnexported(kept{}), cmpopts.EquateNaNs()}

func TestKept(t *testing.T) {
	for _, want := range []*kept{fullKept(), {costUSD: math.NaN(), response: new(llm.Response)}} {
		got, err := keptOf(want.entry())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameKept); diff != "" {
			t.Error(diff)
		}
		whole := want.entry()
		for n := range whole.Answer {
			if got, err := keptOf(&cache.Entry{Answer: whole.Answer[:n]}); err == nil {
				t.Errorf("cut at %d: %+v", n, got)
			}
		}
	}
}

// FuzzKept: what another process wrote may be anything.
func FuzzKept(f *testing.F) {
	f.Add(fullKept().entry().Answer)
	f.Add([]byte{keptVersion})
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := keptOf(&cache.Entry{Answer: data})
		if err != nil {
			return
		}
		again, err := keptOf(k.entry())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(k, again, sameKept, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}
