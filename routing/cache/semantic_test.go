package cache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/classify"
	"github.com/tierwise/tierwise/routing/llm"
)

func query(t testing.TB, f *cache.Fields, task string) *cache.Query {
	t.Helper()
	q, reason := cache.NewQuery(f, task, cache.Builtin(), nil)
	if reason != "" {
		t.Fatal(reason)
	}
	return q
}

func TestSemantic(t *testing.T) {
	now := time.Unix(1000, 0)
	clock := func() time.Time { return now }
	ctx := t.Context()
	s := cache.NewSemantic(memory(t, &cache.MemoryOptions{Clock: clock}), &cache.SemanticOptions{Clock: clock})
	ask := func(f *cache.Fields, task string, least float64) (string, cache.Reason) {
		hit, reason := s.Lookup(ctx, query(t, f, task), least)
		if hit == nil {
			return "", reason
		}
		return hit.Entry.Request, reason
	}
	base := func(text string) *cache.Fields {
		return &cache.Fields{Tenant: "t", Messages: []llm.Message{{Role: "system", Text: "be brief"}, {Role: "user", Text: text}}}
	}
	if err := s.Add(ctx, query(t, base("How do I reset my password?"), "reply"), &cache.Entry{Request: "r1"}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(ctx, query(t, base("How do I reset my passwords, 2 of them?"), "reply"), &cache.Entry{Request: "r2"}, time.Hour); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		f      func() *cache.Fields
		task   string
		least  float64
		want   string
		reason cache.Reason
	}{
		"itself":       {func() *cache.Fields { return base("How do I  reset my password?") }, "reply", 1, "r1", ""},
		"near":         {func() *cache.Fields { return base("How do I reset my password") }, "reply", 0.8, "r1", ""},
		"not so near":  {func() *cache.Fields { return base("How do I reset my password") }, "reply", 0.999, "", cache.NothingNear},
		"guarded":      {func() *cache.Fields { return base("How do I not reset my password?") }, "reply", 0.6, "", cache.Negation},
		"the second":   {func() *cache.Fields { return base("How do I reset my password, 2 of them?") }, "reply", 0.5, "r2", ""},
		"another task": {func() *cache.Fields { return base("How do I reset my password?") }, "chat", 0.5, "", cache.NothingNear},
		"another tenant": {func() *cache.Fields {
			f := base("How do I reset my password?")
			f.Tenant = "u"
			return f
		}, "reply", 0.5, "", cache.NothingNear},
		"another system prompt": {func() *cache.Fields {
			f := base("How do I reset my password?")
			f.Messages[0].Text = "be long"
			return f
		}, "reply", 0.5, "", cache.NothingNear},
		"tools": {func() *cache.Fields {
			f := base("How do I reset my password?")
			f.Tools = []byte(`[{}]`)
			return f
		}, "reply", 0.5, "", cache.NothingNear},
		"another table": {func() *cache.Fields {
			f := base("How do I reset my password?")
			f.Decision = "x"
			return f
		}, "reply", 0.5, "", cache.NothingNear},
	} {
		if got, reason := ask(test.f(), test.task, test.least); got != test.want || reason != test.reason {
			t.Errorf("%s: %q, %q; want %q, %q", name, got, reason, test.want, test.reason)
		}
	}
	now = now.Add(time.Hour)
	if _, reason := ask(base("How do I reset my password?"), "reply", 0.5); reason != cache.NothingNear {
		t.Errorf("after its time: %q", reason)
	}
}

func TestNoQuery(t *testing.T) {
	for _, test := range []struct {
		messages []llm.Message
		want     cache.Reason
	}{
		{user("  "), cache.Empty},
		{nil, cache.Empty},
		{[]llm.Message{{Role: "system", Text: "x"}}, cache.Empty},
		{append(user("a"), llm.Message{Role: "assistant", Text: "b"}), cache.SeveralTurns},
		{append(user("a"), user("b")...), cache.SeveralTurns},
		{[]llm.Message{{Role: "tool"}}, cache.ToolTurn},
		{[]llm.Message{{Role: "user", Parts: []llm.Part{{Type: "image_url"}}}}, cache.Attachment},
	} {
		if _, got := cache.NewQuery(&cache.Fields{Messages: test.messages}, "t", cache.Builtin(), nil); got != test.want {
			t.Errorf("%+v: %q, want %q", test.messages, got, test.want)
		}
	}
	external := classify.External{Model: "x", Size: 4}
	if _, got := cache.NewQuery(&cache.Fields{Messages: user("hi")}, "t", external, nil); got != cache.NoVector {
		t.Errorf("without the embedding that the embedder wants: %q", got)
	}
}

// TestSemanticBounds: a space forgets its oldest, and all together the space that was not used for longest.
func TestSemanticBounds(t *testing.T) {
	ctx := t.Context()
	s := cache.NewSemantic(memory(t, nil), &cache.SemanticOptions{MaxEntries: 2, MaxTotal: 4})
	add := func(tenant, text string) {
		t.Helper()
		q := query(t, &cache.Fields{Tenant: tenant, Messages: user(text)}, "t")
		if err := s.Add(ctx, q, &cache.Entry{Request: text}, 0); err != nil {
			t.Fatal(err)
		}
	}
	has := func(tenant, text string) bool {
		hit, _ := s.Lookup(ctx, query(t, &cache.Fields{Tenant: tenant, Messages: user(text)}, "t"), 1)
		return hit != nil
	}
	for _, text := range []string{"apples", "bananas", "cherries"} {
		add("a", text)
	}
	if has("a", "apples") || !has("a", "bananas") || !has("a", "cherries") {
		t.Error("a space of two keeps the last two")
	}
	add("b", "dates")
	add("b", "elderberries")
	has("a", "bananas") // used after b
	add("c", "figs")
	if !has("a", "bananas") || has("b", "dates") || !has("c", "figs") {
		t.Error("of four in all, the space that was not used for longest goes")
	}
}

// BenchmarkLookup asks for something near one of so many entries: n-grams of sentences of random words.
func BenchmarkLookup(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			sentence := func() string {
				text := "how do I"
				for range 8 {
					text += fmt.Sprintf(" %c%c%c%c", 'a'+r.IntN(26), 'a'+r.IntN(6), 'a'+r.IntN(26), 'a'+r.IntN(6))
				}
				return text
			}
			s := cache.NewSemantic(memory(b, &cache.MemoryOptions{MaxBytes: 1 << 30}), &cache.SemanticOptions{MaxEntries: n, MaxTotal: n})
			var last *cache.Query
			for range n {
				last = query(b, &cache.Fields{Messages: user(sentence())}, "t")
				if err := s.Add(context.Background(), last, &cache.Entry{Answer: []byte("x")}, time.Hour); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if hit, reason := s.Lookup(context.Background(), last, 0.95); hit == nil {
					b.Fatal(reason)
				}
			}
		})
	}
}

func BenchmarkNewQuery(b *testing.B) {
	f := &cache.Fields{Messages: user("How do I reset my password if I have lost the phone that I signed up with in 2024?")}
	for b.Loop() {
		query(b, f, "t")
	}
}
