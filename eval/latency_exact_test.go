package eval_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// The exact p95 is that of the records, sorted, whatever the weights and the number of workers, and beside another candidate
// it is that of the requests which both are judged on.
func TestExactP95(t *testing.T) {
	for seed := range uint64(6) {
		rows := randomRows(rand.New(rand.NewPCG(seed, 5)), 400, seed%2 == 1)
		d := openFiles(t, rows, 3)
		job, err := eval.NewJob(twoCandidates(t), &eval.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		sums, err := job.Run(t.Context(), d, d.Shards(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c := job.Finish(sums)
		near := float64(c.Candidates[0].Whole.LatencyP95)
		weights := map[string]float64{}
		for i := range rows {
			weights[rows[i].ID] = 1
			if rows[i].Weight != nil {
				weights[rows[i].ID] = *rows[i].Weight
			}
		}
		want := exactP95(t, job, d, c.Candidates[0].Label, weights)
		for _, workers := range []int{1, 4} {
			got, err := job.ExactP95(t.Context(), d, c.Candidates[0].Label, "", near, &eval.RunOptions{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			if got != want || math.Abs(got/near-1) > 0.008 || !eval.NearLatency(near, got) {
				t.Errorf("seed %d, %d workers: %v, want %v; by bins it is %v", seed, workers, got, want, near)
			}
		}
		if got, err := job.ExactP95(t.Context(), d, c.Candidates[0].Label, c.Candidates[1].Label, near, nil); err != nil || got != want {
			t.Errorf("seed %d, beside a config that is judged on the same requests: %v, %v; want %v", seed, got, err, want)
		}
	}
}

func exactP95(t *testing.T, job *eval.Job, d *datasets.Dataset, label string, weights map[string]float64) float64 {
	t.Helper()
	type latency struct{ ms, weight float64 }
	var all []latency
	total := 0.0
	reader := d.NewReader(job.Columns())
	for _, shard := range d.Shards() {
		for traffic, err := range reader.Read(t.Context(), shard) {
			if err != nil {
				t.Fatal(err)
			}
			err := job.NewReplayer().Records(t.Context(), traffic, func(r *eval.Record) error {
				if r.Candidate == label && r.LatencyMS.Known() {
					all = append(all, latency{float64(r.LatencyMS), weights[r.ID]})
					total += weights[r.ID]
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.SortFunc(all, func(a, b latency) int { return cmp.Compare(a.ms, b.ms) })
	upTo := 0.0
	for _, l := range all {
		if upTo += l.weight; upTo >= 0.95*total {
			return l.ms
		}
	}
	return math.NaN()
}
