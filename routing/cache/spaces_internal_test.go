package cache

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// An emptyLog is a shared store in which there is nothing.
type emptyLog struct{ Store }

func (emptyLog) Append(context.Context, string, []byte, int, time.Duration) error { return nil }

func (emptyLog) Since(_ context.Context, _, place string, _ int) ([][]byte, string, error) {
	return nil, place, nil
}

// TestSpacesAreBounded: a system prompt that is new in each request makes a space of its own, also where others may have
// filled it.
func TestSpacesAreBounded(t *testing.T) {
	store, err := NewMemory(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	const bound = 50
	for name, kept := range map[string]Store{"memory": store, "shared": emptyLog{store}} {
		s := NewSemantic(kept, &SemanticOptions{MaxTotal: bound})
		for i := range 1000 {
			f := Fields{Messages: []llm.Message{{Role: "system", Text: fmt.Sprint("now it is ", i)}, {Role: "user", Text: "how do I get there"}}}
			q, reason := NewQuery(&f, "reply", Builtin(), nil)
			if reason != "" {
				t.Fatal(reason)
			}
			s.Lookup(t.Context(), q, 0.9)
			if err := s.Add(t.Context(), q, &Entry{Request: "r"}, time.Hour); err != nil {
				t.Fatal(err)
			}
			if hit, reason := s.Lookup(t.Context(), q, 0.9); (hit != nil) != (name == "memory") {
				t.Fatalf("%s: request %d: %v, %s", name, i, hit, reason)
			}
			if len(s.spaces) > bound || s.total > bound {
				t.Fatalf("%s: %d spaces with %d entries, want %d at most", name, len(s.spaces), s.total, bound)
			}
		}
		if len(s.spaces) < bound/2 {
			t.Errorf("%s: %d spaces left", name, len(s.spaces))
		}
	}
}
