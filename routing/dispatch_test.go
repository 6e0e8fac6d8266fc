package routing_test

import (
	"context"
	"testing"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/routingtest"
)

func TestScripts(t *testing.T) {
	routingtest.Run(t, func(t *testing.T, s *routingtest.Script, r *routingtest.Request) []string {
		table, err := routing.Compile(s.Config)
		if err != nil {
			t.Fatal(err)
		}
		return routingtest.Walk(table, r)
	})
}

func TestTokens(t *testing.T) {
	for _, tt := range []struct{ chars, maxTokens, want int }{{0, 0, 0}, {1, 0, 1}, {4, 0, 1}, {5, 0, 2}, {12, 100, 103}} {
		if got := routing.Tokens(tt.chars, tt.maxTokens); got != tt.want {
			t.Errorf("Tokens(%d, %d) = %d, want %d", tt.chars, tt.maxTokens, got, tt.want)
		}
	}
}

// A fixedWorld answers every call and measures the same signal.
type fixedWorld struct{ signal float64 }

func (fixedWorld) Call(context.Context, *routing.Step) llm.Cause { return llm.OK }
func (w fixedWorld) Measure(context.Context, *routing.Step, *routing.Check) (float64, bool) {
	return w.signal, true
}

func cascade(tb testing.TB) *routing.Table {
	tb.Helper()
	half := 0.5
	table, err := routing.Compile(&routing.Config{
		Version: 1, Baseline: "L",
		Tiers: []routing.Tier{{Name: "small", Model: "S"}, {Name: "mid", Model: "M"}, {Name: "large", Model: "L"}},
		Tasks: []routing.Task{{
			Name: "t", Chain: []string{"small", "mid", "large"},
			Accept: []routing.Accept{{Check: "logprob_mean", Min: &half}, {Check: "finish"}},
		}},
		Router: routing.RouterConfig{Default: "t"},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return table
}

func TestDispatchAllocatesNothing(t *testing.T) {
	table := cascade(t)
	var world routing.Models = &fixedWorld{}
	if n := testing.AllocsPerRun(100, func() { table.Dispatch(context.Background(), 0, 10, world) }); n != 0 {
		t.Errorf("Dispatch allocates %v times", n)
	}
}

func BenchmarkDispatch(b *testing.B) {
	table := cascade(b)
	var world routing.Models = &fixedWorld{}
	for b.Loop() {
		table.Dispatch(context.Background(), 0, 10, world)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mdecisions/s")
}
