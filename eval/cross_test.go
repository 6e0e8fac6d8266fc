package eval_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// both is one request under one candidate, as routed and with its gold task named.
type both struct{ routed, gold *eval.Record }

// comparable reports whether the request can be judged, and priced, both ways.
func (b both) comparable() (judged, priced bool) {
	known := func(r *eval.Record) bool {
		return r.CostUSD.Known() && !slices.ContainsFunc(r.Uncovered, func(why string) bool { return !strings.HasSuffix(why, "no quality") })
	}
	return b.routed.Covered && b.gold.Covered, known(b.routed) && known(b.gold) && b.routed.BaseCostUSD.Known()
}

func (b both) extra() float64 {
	return float64(b.routed.CostUSD-b.routed.RouterCostUSD) - float64(b.gold.CostUSD)
}

// replayBoth replays rows both ways, without those that have no gold task or are left out.
func replayBoth(t *testing.T, candidates []eval.Candidate, rows []datasets.Row) map[string][]both {
	t.Helper()
	var records [2][]*eval.Record
	for i := range records {
		job, err := eval.NewJob(candidates, &eval.Options{GoldTasks: i == 1})
		if err != nil {
			t.Fatal(err)
		}
		traffic, err := datasets.FromRows(rows, job.Columns())
		if err != nil {
			t.Fatal(err)
		}
		err = job.NewReplayer().Records(context.Background(), traffic, func(r *eval.Record) error {
			records[i] = append(records[i], r)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	out := map[string][]both{}
	for i, r := range records[0] {
		if r.GoldTask != "" && r.Ended != "left_out" {
			out[r.Candidate] = append(out[r.Candidate], both{r, records[1][i]})
		}
	}
	return out
}

// TestGoldTasksAreRecords adds up records of both ways to find a task, the plain way, and compares with what a replay says
// that knowing it would be worth, and with the price of every misroute.
func TestGoldTasksAreRecords(t *testing.T) {
	candidates := slices.Concat(twoCandidates(t), layeredCandidates(t), splitCandidates(t))
	for seed := range uint64(20) {
		rows := randomRows(rand.New(rand.NewPCG(seed, 6)), 200, false)
		job, err := eval.NewJob(candidates, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := job.Finish(replayAll(t, job, rows))
		records := replayBoth(t, candidates, rows)
		for i := range c.Candidates {
			k := &c.Candidates[i]
			name := fmt.Sprintf("seed %d, %s", seed, k.Label)
			checkGoldTasks(t, name, k.GoldTasks, records[k.Label])
			checkMisroutes(t, name, k, records[k.Label])
		}
	}
}

func checkGoldTasks(t *testing.T, name string, got *eval.GoldTasksResult, records []both) {
	t.Helper()
	type task struct{ rows, judged, routed, gold, base float64 }
	tasks := map[string]*task{}
	var judged, priced int64
	var routedCost, goldCost, baseCost float64
	for _, b := range records {
		k := tasks[b.routed.GoldTask]
		if k == nil {
			k = &task{}
			tasks[b.routed.GoldTask] = k
		}
		k.rows++
		j, p := b.comparable()
		if j {
			judged++
			k.judged++
			k.routed, k.gold, k.base = k.routed+float64(b.routed.Quality), k.gold+float64(b.gold.Quality), k.base+float64(b.routed.BaseQuality)
		}
		if p {
			priced++
			routedCost, goldCost, baseCost = routedCost+float64(b.routed.CostUSD), goldCost+float64(b.gold.CostUSD), baseCost+float64(b.routed.BaseCostUSD)
		}
	}
	var rows, routed, gold, base float64
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		k := tasks[name]
		if k.judged > 0 {
			rows += k.rows
			routed, gold, base = routed+k.rows*k.routed/k.judged, gold+k.rows*k.gold/k.judged, base+k.rows*k.base/k.judged
		}
	}
	if got.Requests != int64(len(records)) || got.Covered != judged || got.CostKnown != priced {
		t.Errorf("%s: %+v, want %d requests, %d judged, %d priced", name, got, len(records), judged, priced)
	}
	n := float64(priced)
	wantNumber(t, name+", quality as routed", got.Routed.Quality, routed/rows)
	wantNumber(t, name+", quality with gold tasks", got.Named.Quality, gold/rows)
	wantNumber(t, name+", delta as routed", got.Routed.Delta, (routed-base)/rows)
	wantNumber(t, name+", delta with gold tasks", got.Named.Delta, (gold-base)/rows)
	wantNumber(t, name+", cost as routed", got.Routed.CostPer1000, 1000*routedCost/n)
	wantNumber(t, name+", cost with gold tasks", got.Named.CostPer1000, 1000*goldCost/n)
	wantNumber(t, name+", savings as routed", got.Routed.Savings, 1-routedCost/baseCost)
	wantNumber(t, name+", savings with gold tasks", got.Named.Savings, 1-goldCost/baseCost)
}

// found is the task that a record's request was found to be of, before any split.
func found(r *eval.Record) string {
	if r.Split != "" {
		return r.Split
	}
	return r.Task
}

func checkMisroutes(t *testing.T, name string, k *eval.CandidateResult, records []both) {
	t.Helper()
	right := 0
	for _, m := range k.Misroutes {
		var n, judged, priced int64
		var delta, extra float64
		wrong := false
		for _, b := range records {
			if b.routed.GoldTask != m.Gold || found(b.routed) != m.Task {
				continue
			}
			n++
			wrong = found(b.gold) != found(b.routed)
			j, p := b.comparable()
			if j {
				judged++
				delta += float64(b.routed.Quality - b.gold.Quality)
			}
			if p {
				priced++
				extra += b.extra()
			}
		}
		if !wrong {
			right += int(n)
		}
		if m.Gold == "" {
			continue
		}
		pair := fmt.Sprintf("%s, %s sent to %s", name, m.Gold, m.Task)
		if n != m.Requests || wrong != (m.Price != nil) {
			t.Errorf("%s: %+v, records have %d, wrong: %v", pair, m, n, wrong)
			continue
		}
		if !wrong {
			continue
		}
		if m.Price.Covered != judged || m.Price.CostKnown != priced {
			t.Errorf("%s: %+v, records have %d judged and %d priced", pair, m.Price, judged, priced)
		}
		wantNumber(t, pair+", mean delta", m.Price.Delta, delta/float64(judged))
		wantNumber(t, pair+", extra cost", m.Price.ExtraPer1000, 1000*extra/float64(priced))
		if judged > 0 {
			wantNumber(t, pair+", sum of deltas", m.Price.DeltaSum, delta)
		}
		if priced > 0 {
			wantNumber(t, pair+", extra dollars", m.Price.ExtraUSD, extra)
		}
	}
	wantNumber(t, name+", accuracy", k.RouterAccuracy, float64(right)/float64(len(records)))
}

// wantNumber compares to nine digits; what is not a number is not known.
func wantNumber(t *testing.T, name string, got eval.Number, want float64) {
	t.Helper()
	if math.IsNaN(want) != !got.Known() || math.Abs(float64(got)-want) > 1e-9 {
		t.Errorf("%s is %v, want %v", name, got, want)
	}
}
