package eval_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// makeParts evaluates rows in n parts and returns them as they would be read from files.
func makeParts(t *testing.T, rows []datasets.Row, n int) []*eval.Part {
	t.Helper()
	var shards []datasets.Shard
	for i := range 2 * n {
		shards = append(shards, datasets.Shard{Index: i, File: "f.parquet", RowGroup: i})
	}
	var parts []*eval.Part
	for i := range n {
		job := partsJob(t)
		lo, hi := i*len(rows)/n, (i+1)*len(rows)/n
		part := eval.NewPart(job, "", []string{"f.parquet"}, shards, i, n, replayAll(t, job, rows[lo:hi]))
		data, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		read := &eval.Part{}
		if err := json.Unmarshal(data, read); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, read)
	}
	return parts
}

func partsJob(t *testing.T) *eval.Job {
	t.Helper()
	job, err := eval.NewJob(slices.Concat(twoCandidates(t), layeredCandidates(t), splitCandidates(t)), &eval.Options{Details: true, Scenarios: []eval.Scenario{
		{Name: "prices", PriceDate: "2026-12-01", Prices: []eval.SupposedPrice{{Model: "A", Factor: 1.1, Price: &eval.ListPrice{Input: 1, Output: 3, CachedInput: eval.Unknown, Reasoning: eval.Unknown}}}},
		{Name: "outage", ModelsDown: []string{"B"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func partNames(n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("%d.json", i))
	}
	return names
}

// TestPartsAreExact writes parts, reads them, merges them in any order, and wants the bytes of one process.
func TestPartsAreExact(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	rows := randomRows(r, 200, true)
	job := partsJob(t)
	want := resultBytes(t, job, replayAll(t, job, rows))
	for _, n := range []int{1, 2, 7} {
		parts := makeParts(t, rows, n)
		r.Shuffle(n, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		merged, sums, err := eval.MergeParts(parts, partNames(n))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(resultBytes(t, merged, sums))); diff != "" {
			t.Fatalf("%d parts (-one +merged):\n%s", n, diff)
		}
	}
}

func TestMergePartsRefuses(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(4, 4)), 60, false)
	for _, tt := range []struct {
		name  string
		spoil func(parts []*eval.Part) []*eval.Part
		want  string
	}{
		{"a gap", func(p []*eval.Part) []*eval.Part { return p[:2] }, "part 2 of 3 is missing"},
		{"a duplicate", func(p []*eval.Part) []*eval.Part { return append(p, p[0]) }, "are both part 0 of 3"},
		{"another format", func(p []*eval.Part) []*eval.Part { p[1].Format = "x"; return p }, "1.json: not a part"},
		{"another version", func(p []*eval.Part) []*eval.Part { p[1].Version++; return p }, "this program reads 3"},
		{"a changed job", func(p []*eval.Part) []*eval.Part { p[1].Job.Options.Seed++; return p }, "the file was changed"},
		{"another job", func(p []*eval.Part) []*eval.Part {
			p[1].Job.Options.Seed++
			p[1].JobHash = p[1].Job.Hash()
			return p
		}, "another job"},
		{"other out-of-fold predictions", func(p []*eval.Part) []*eval.Part {
			p[1].Job.Candidates[2].OutOfFold = "another"
			p[1].JobHash = p[1].Job.Hash()
			return p
		}, "another job"},
		{"rules of another config", func(p []*eval.Part) []*eval.Part {
			p[1].Sums.Routers[0].Rules = nil
			return p
		}, "not those of the job"},
		{"other data", func(p []*eval.Part) []*eval.Part { p[2].Data = "x"; return p }, "saw other data"},
		{"another number of parts", func(p []*eval.Part) []*eval.Part { p[2].Of = 4; return p }, "part 2 of 4"},
		{"no sums", func(p []*eval.Part) []*eval.Part { p[2].Sums = nil; return p }, "holds no sums"},
		{"sums of another shape", func(p []*eval.Part) []*eval.Part { p[2].Sums.Cells = nil; return p }, "not those of the job"},
		{"models of another config", func(p []*eval.Part) []*eval.Part { p[2].Sums.Models[0] = nil; return p }, "not those of the job"},
		{"checks of another config", func(p []*eval.Part) []*eval.Part { p[2].Sums.Checks[0].Places = nil; return p }, "not those of the job"},
		{"groups in other buckets", func(p []*eval.Part) []*eval.Part {
			for _, cost := range p[2].Sums.Cells[0] {
				cost.Spread.Groups = make([]eval.GroupedCost, 1025)
			}
			return p
		}, "not those of the job"},
		{"powers of no request", func(p []*eval.Part) []*eval.Part {
			for _, cost := range p[2].Sums.Cells[0] {
				cost.Spread.Powers, cost.Spread.Units = &eval.CostPowers{}, 0
			}
			return p
		}, "not those of the job"},
		{"a request in two parts", func(p []*eval.Part) []*eval.Part {
			p[2].Sums.IDs = append(p[2].Sums.IDs, p[0].Sums.IDs[0])
			return p
		}, "the same id"},
		{"nothing", func([]*eval.Part) []*eval.Part { return nil }, "no parts"},
	} {
		parts := tt.spoil(makeParts(t, rows, 3))
		_, _, err := eval.MergeParts(parts, partNames(len(parts)))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

// FuzzPart puts any sums into a part of a job that exists: no panic, whatever stands in them.
func FuzzPart(f *testing.F) {
	var t testing.T
	job := partsJob(&t)
	sums, err := json.Marshal(replayAll(&t, job, randomRows(rand.New(rand.NewPCG(1, 1)), 12, true)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sums)
	f.Add([]byte(`{"Cells":[{"":null},{},{}],"Sweeps":[null,null,null]}`))
	f.Add([]byte(`{"Cells":[{"x":{"Spread":{"Units":1,"Groups":[{},{}]}}}]}`))
	f.Add([]byte(`{"Cells":[{"x":{"Latency":{"First":-5,"Counts":[1]}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		sums := &eval.Sums{}
		if json.Unmarshal(data, sums) != nil {
			return
		}
		part := eval.NewPart(partsJob(t), "", nil, nil, 0, 1, sums)
		job, merged, err := eval.MergeParts([]*eval.Part{part}, []string{"f"})
		if err == nil {
			job.Finish(merged)
		}
	})
}
