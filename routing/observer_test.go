package routing_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/trace"
)

// A diary is an observer of one request that notes what it is told.
type diary struct{ lines []string }

type diaryKey struct{}

func (d *diary) note(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// Begin implements routing.Observer.
func (d *diary) Begin(ctx context.Context, q *routing.Request) (context.Context, routing.Observation) {
	d.note("begin %s", q.ID)
	return context.WithValue(ctx, diaryKey{}, "request"), d
}

// Ask implements routing.Observation.
func (d *diary) Ask(ctx context.Context, c *routing.ObservedCall) (context.Context, func(*llm.Response, *llm.Error)) {
	name := fmt.Sprint(c.Purpose, " ", c.Tier, " ", c.Model, " ", c.ID, " ", c.Provider, " ", c.Kind, " ", c.Stream)
	d.note("ask %s in %v", name, ctx.Value(diaryKey{}))
	return context.WithValue(ctx, diaryKey{}, c.ID), func(r *llm.Response, e *llm.Error) {
		if e != nil {
			d.note("%s failed: %v", c.ID, e.Cause)
			return
		}
		d.note("%s said %q", c.ID, r.Text)
	}
}

// End implements routing.Observation.
func (d *diary) End(r *trace.Record) {
	d.note("end %s %s, %d attempts, error %q", r.ID, r.Ended, len(r.Attempts), r.Error)
}

// TestObserver: an observer is told of every call in its order, with a context that reaches the client.
func TestObserver(t *testing.T) {
	const config = `version = 1
baseline = "m"
[providers.p]
kind = "openai"
[providers.q]
kind = "anthropic"
[models.m]
provider = "p"
id = "m-1"
[models.n]
provider = "q"
id = "n-1"
[models.judge]
provider = "p"
id = "judge-1"
[models.lost]
[tiers]
l = "lost"
t = "m"
u = "n"
[tasks.t]
chain = ["l", "t", "u"]
accept = [{ check = "self_check", min = 0.5, model = "judge" }]
[router]
default = "t"
`
	seen := map[string]any{}
	client := func(text string) funcClient {
		return func(ctx context.Context, c *llm.Call) (*llm.Response, error) {
			seen[c.Model] = ctx.Value(diaryKey{})
			return &llm.Response{Text: text}, nil
		}
	}
	for _, stream := range []bool{false, true} {
		d := new(diary)
		router := mustOpen(t, config, &routing.Options{
			Clients: map[string]llm.Client{"p": client("short"), "q": client("long enough")}, Observer: d, Judge: &askingJudge{sure: 0.3},
		})
		if g := (&bench{router: router}).send(t.Context(), stream); g.err != nil || g.text != "long enough" {
			t.Fatalf("answer %q, error %v", g.text, g.err)
		}
		s := fmt.Sprint(stream)
		want := []string{
			"begin ",
			"ask attempt l lost lost   " + s + " in request",
			"lost failed: other",
			"ask attempt t m m-1 p openai " + s + " in request",
			`m-1 said "short"`,
			"ask judge  judge judge-1 p openai false in request",
			`judge-1 said "short"`,
			"ask attempt u n n-1 q anthropic " + s + " in request",
			`n-1 said "long enough"`,
		}
		got := d.lines[:max(len(d.lines)-1, 0)]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stream %v: −want +got\n%s", stream, diff)
		}
		if end := d.lines[len(d.lines)-1]; !strings.HasPrefix(end, "end ") || !strings.HasSuffix(end, ` accepted, 3 attempts, error ""`) {
			t.Errorf("stream %v: %s", stream, end)
		}
		for id, in := range seen {
			if in != id {
				t.Errorf("the client saw %v for %s in its context", in, id)
			}
		}
	}
}

// TestObserverOfLeaver: the end is told of a request whose caller has left, too.
func TestObserverOfLeaver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := new(diary)
	router := mustOpen(t, oneModel, &routing.Options{Observer: d, Clients: map[string]llm.Client{"p": funcClient(func(ctx context.Context, _ *llm.Call) (*llm.Response, error) {
		cancel()
		return nil, ctx.Err()
	})}})
	if _, err := router.Do(ctx, &routing.Request{ID: "r", Prompt: "hello"}); err == nil {
		t.Error("an answer")
	}
	want := []string{"begin r", "ask attempt t m m-1 p openai false in request", "m-1 failed: canceled", `end r aborted, 1 attempts, error "canceled"`}
	if diff := cmp.Diff(want, d.lines); diff != "" {
		t.Errorf("−want +got\n%s", diff)
	}
}
