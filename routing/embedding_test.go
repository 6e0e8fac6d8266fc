package routing_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
	"github.com/tierwise/tierwise/routing/llm"
)

// An embedderFunc is an Embedder.
type embedderFunc func(ctx context.Context, text string) ([]float32, float64, error)

// Embed implements routing.Embedder.
func (f embedderFunc) Embed(ctx context.Context, text string) ([]float32, float64, error) {
	return f(ctx, text)
}

func embeddingRouter(t *testing.T, model string, e routing.Embedder) (*routing.Router, *records) {
	t.Helper()
	config := `version = 1
baseline = "m"
[providers.p]
kind = "openai"
[models.m]
provider = "p"
price = { input = 1, output = 1 }
[tiers]
t = "m"
[tasks.a]
chain = ["t"]
[tasks.b]
chain = ["t"]
[tasks.rest]
chain = ["t"]
[router]
default = "rest"
[router.embedding]
artifact = "c.bin"
`
	if model != "" {
		config += "embedder = \"" + model + "\"\n"
	}
	sink := new(records)
	router, err := routing.New(fstest.MapFS{
		"dispatch.toml": {Data: []byte(config)}, "c.bin": {Data: classifytest.Artifact(0.5, model, "a", "b")},
	}, "dispatch.toml", &routing.Options{Clients: map[string]llm.Client{"p": funcClient(answers)}, Embedder: e, Trace: sink})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { router.Close() })
	return router, sink
}

// TestEmbedder: the vector that the classifier wants is made for requests that lack it, at their cost, and if that fails,
// the next layer decides.
func TestEmbedder(t *testing.T) {
	own := []float32{0, 1}
	for _, test := range []struct {
		name   string
		model  string
		vector []float32
		cost   float64
		err    error
		given  []float32 // with the request
		task   string
		asked  bool
	}{
		{"made", "e5", []float32{1, 0}, 3e-6, nil, nil, "a", true},
		{"of unknown cost", "e5", []float32{1, 0}, math.NaN(), nil, nil, "a", true},
		{"given", "e5", []float32{1, 0}, 3e-6, nil, own, "b", false},
		{"not wanted", "", []float32{1, 0}, 3e-6, nil, nil, "b", false},
		{"of another length", "e5", []float32{1, 0, 0}, 3e-6, nil, nil, "rest", true},
		{"it fails", "e5", nil, 0, errors.New("down"), nil, "rest", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked := false
			router, sink := embeddingRouter(t, test.model, embedderFunc(func(_ context.Context, text string) ([]float32, float64, error) {
				asked = true
				if text != "b" {
					t.Errorf("asked about %q", text)
				}
				return test.vector, test.cost, test.err
			}))
			answer, err := router.Do(t.Context(), &routing.Request{Prompt: "b", Embedding: test.given})
			if err != nil || answer.Task != test.task || asked != test.asked {
				t.Fatalf("answer %+v, error %v, asked %v", answer, err, asked)
			}
			want := 2e-5
			if test.asked && test.err == nil {
				want += test.cost
			}
			r := sink.last(t)
			if got := answer.CostUSD; math.Abs(got-want) > 1e-12 || math.IsNaN(got) != math.IsNaN(want) {
				t.Errorf("cost %v, want %v", got, want)
			}
			if cost, ok := r.EmbeddingCostUSD.Value(); ok != (test.asked && test.err == nil && !math.IsNaN(test.cost)) || ok && cost != test.cost {
				t.Errorf("record %+v", r)
			}
		})
	}
}

// TestEmbedderDown: an embedder that fails is left alone for a while, and one that says nothing takes ten seconds at most.
func TestEmbedderDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, up := 0, false
		router, _ := embeddingRouter(t, "e5", embedderFunc(func(ctx context.Context, _ string) ([]float32, float64, error) {
			if asked++; up {
				return []float32{1, 0}, 0, nil
			}
			<-ctx.Done()
			return nil, 0, ctx.Err()
		}))
		do := func() string {
			answer, err := router.Do(t.Context(), &routing.Request{Prompt: "x"})
			if err != nil {
				t.Fatal(err)
			}
			return answer.Task
		}
		begun := time.Now()
		for range 100 {
			do()
		}
		if took := time.Since(begun); asked != 5 || took != 50*time.Second {
			t.Errorf("asked %d times in %v", asked, took)
		}
		up = true
		time.Sleep(time.Minute)
		if task := do(); task != "a" {
			t.Errorf("once it is back: task %s", task)
		}
	})
}
