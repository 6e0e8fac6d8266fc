package tune_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/tune"
)

// TestMixWeighsTheWhole holds the whole under a mix against those of mixes of one task each: what it loses and saves is linear
// in the shares, and the walks do not know them.
func TestMixWeighsTheWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("searches the demo many times over")
	}
	d, c := demoSearch(t, 1)
	memo := &eval.Memo{}
	under := func(shares map[string]float64) *tune.Tuned {
		t.Helper()
		s := &tune.Search{Candidate: c, Options: eval.Options{Seed: 1}}
		if shares != nil {
			s.Options.Mix = &eval.Mix{Source: "a test", Tasks: []map[string]float64{shares}}
		}
		out, err := s.Run(t.Context(), d, &tune.RunOptions{Workers: 2, Memo: memo})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	shares := map[string]float64{"classification": 0.6, "extraction": 0.1, "reasoning": 0.3, "reply": 0, "long-context": 0}
	plain, mixed := under(nil), under(shares)
	walks := func(r *tune.TaskResult) (out string) {
		for _, chain := range r.Chains {
			for _, step := range chain.Walk {
				out += fmt.Sprintf("%d %+v %v\n", step.Option, step.Test, step.Passed)
			}
		}
		return out
	}
	if plain.Table != mixed.Table {
		t.Fatalf("the mix leads to table %d, without it to %d: choose another one for this test", mixed.Table, plain.Table)
	}
	for k := range mixed.Tasks {
		r := &mixed.Tasks[k]
		if walks(r) == "" && r.Covered >= 200 || walks(r) != walks(&plain.Tasks[k]) {
			t.Errorf("%s is walked otherwise with a mix", r.Task)
		}
		if r.Share != shares[r.Task] {
			t.Errorf("%s is %v of the traffic, want %v", r.Task, r.Share, shares[r.Task])
		}
		if r.Share == 0 && r.Wanted() > 0 {
			t.Errorf("%s wants %d labels, and production has nothing of it", r.Task, r.Wanted())
		}
	}
	type figures struct{ delta, naive, saving, folds float64 }
	of := func(table *tune.Table) figures {
		return figures{table.Overall.Delta, table.Naive, table.Saving, table.FoldSaving}
	}
	want := make([]figures, len(mixed.Tables))
	for task, share := range shares {
		alone := under(map[string]float64{task: 1})
		for i := range want {
			f := of(&alone.Tables[i])
			want[i].delta += share * f.delta
			want[i].naive += share * f.naive
			want[i].saving += share * f.saving
			want[i].folds += share * f.folds
		}
	}
	for i := range want {
		got := of(&mixed.Tables[i])
		for _, v := range [][2]float64{{got.delta, want[i].delta}, {got.naive, want[i].naive}, {got.saving, want[i].saving}, {got.folds, want[i].folds}} {
			if !(math.Abs(v[0]-v[1]) <= 1e-12) {
				t.Errorf("table %d is %+v under the mix, its tasks come to %+v", i, got, want[i])
				break
			}
		}
	}
	if mixed.Tables[mixed.Table].Saving == plain.Tables[plain.Table].Saving {
		t.Error("the mix changes nothing")
	}
}
