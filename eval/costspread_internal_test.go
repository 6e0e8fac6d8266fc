package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

// costs are of one request: its group, 0 for none, and what it costs.
type costs struct {
	group uint64
	c, b  float64
}

func drawCosts(r *rand.Rand, n, grouped int) []costs {
	out := make([]costs, n+grouped)
	for i := range out {
		out[i].b = 1e-4 * math.Exp(1.5*r.NormFloat64())
		out[i].c = out[i].b * r.Float64()
		if i >= n {
			out[i].group = r.Uint64N(300)<<1 | 1
		}
	}
	return out
}

// spreadOf adds up what the requests cost; short adds the baseline's costs of those without group at the end, as a shortcut does.
func spreadOf(all []costs, short bool) *Partial {
	p := &Partial{}
	var n int64
	var bb Fixed
	for _, x := range all {
		p.SavableCost.Add(x.c)
		p.SavableBase.Add(x.b)
		if short && x.group == 0 {
			p.Spread.addCost(x.c, x.b)
			n++
			bb.Add(square(x.b, x.b))
			continue
		}
		p.Spread.add(x.group, x.c, x.b)
	}
	p.Spread.addBases(n, &bb)
	return p
}

// Whether the higher powers are known depends on the number of requests, not on how they were cut and merged.
func TestCostSpreadMerges(t *testing.T) {
	for _, n := range []int{1, 5_000, maxPowered - 1, maxPowered, maxPowered + 1, 3 * maxPowered} {
		r := rand.New(rand.NewPCG(uint64(n), 1))
		all := drawCosts(r, n, 900)
		want := marshalled(t, spreadOf(all, false))
		if known := spreadOf(all, true).costSums().BBBB > 0; known != (n <= maxPowered) {
			t.Errorf("%d requests: higher powers are known: %v", n, known)
		}
		for _, shards := range []int{1, 2, 7} {
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			var parts []*Partial
			for i := range shards {
				// The first part takes most, so that with three times the limit it is above it alone, the others below.
				lo, hi := cutAt(len(all), i, shards), cutAt(len(all), i+1, shards)
				parts = append(parts, spreadOf(all[lo:hi], i%2 == 1))
			}
			for range 3 {
				r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
				total := &Partial{}
				before := marshalled(t, parts[0])
				for _, p := range parts {
					total.Merge(p)
				}
				if diff := cmp.Diff(want, marshalled(t, total)); diff != "" {
					t.Fatalf("%d requests in %d parts (-one +merged):\n%s", n, shards, diff)
				}
				if marshalled(t, parts[0]) != before {
					t.Fatalf("%d requests in %d parts: merging changed a part", n, shards)
				}
				var nested Partial // from the other end, in two steps
				for half := range slices.Chunk(parts, 3) {
					var step Partial
					for _, p := range slices.Backward(half) {
						step.Merge(p)
					}
					step.Merge(&nested)
					nested = step
				}
				if marshalled(t, &nested) != want {
					t.Fatalf("%d requests in %d parts: merging in steps comes to something else", n, shards)
				}
			}
		}
	}
}

// cutAt returns where part i of n begins: the first half of the parts have three quarters of the requests.
func cutAt(rows, i, n int) int {
	if n == 1 {
		return i * rows
	}
	return int(float64(rows) * math.Pow(float64(i)/float64(n), 0.4))
}

func marshalled(t *testing.T, p *Partial) string {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Partial
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Spread, back.Spread, cmp.AllowUnexported(Fixed{})); diff != "" {
		t.Fatalf("it reads back as something else (-written +read):\n%s", diff)
	}
	return string(data)
}

// The sums are those of plain numbers, from requests that cost a millionth of a cent to such that cost hundreds of dollars, or
// cents and stand for ten thousand.
func TestCostSumsArePlain(t *testing.T) {
	for _, unit := range []float64{1e-8, 1e-4, 1, 100} {
		r := rand.New(rand.NewPCG(3, 3))
		all := drawCosts(r, 3_000, 0)
		var want stats.CostSums
		for i := range all {
			all[i].c *= unit / 1e-4
			all[i].b *= unit / 1e-4
			want.Add(all[i].c, all[i].b)
		}
		got := spreadOf(all, false).costSums()
		_, plain := want.Savings(Level)
		_, iv := got.Savings(Level)
		// Squares of millionths of a cent are held to a thousandth.
		tolerance := 1e-6
		if unit < 1e-6 {
			tolerance = 1e-2
		}
		if got.Method() != want.Method() || math.Abs(iv.Lo-plain.Lo)+math.Abs(iv.Hi-plain.Hi) > tolerance*(plain.Hi-plain.Lo) {
			t.Errorf("costs of %v USD: %v by %s, want %v by %s", unit, iv, got.Method(), plain, want.Method())
		}
	}
}

// Costs whose fourth powers nothing holds leave the interval to the squares.
func TestCostSumsOverflow(t *testing.T) {
	all := drawCosts(rand.New(rand.NewPCG(5, 5)), 200, 50)
	p := spreadOf(all, false)
	p.Spread.Powers.CCBB.Add(math.Inf(1))
	sums := p.costSums()
	if sums.BBBB != 0 || sums.CCB != 0 || sums.Method() != "ratio of sums" || sums.N < 201 {
		t.Errorf("%+v, by %s: the sums of higher powers are there", sums, sums.Method())
	}
}

// BenchmarkCostSpread adds requests whose higher powers are added up, and those beyond the limit.
func BenchmarkCostSpread(b *testing.B) {
	all := drawCosts(rand.New(rand.NewPCG(1, 1)), 1024, 0)
	for _, bb := range []struct {
		name  string
		units int64
	}{{"few", 0}, {"many", maxPowered}} {
		b.Run(bb.name, func(b *testing.B) {
			var s CostSpread
			for i := 0; b.Loop(); i++ {
				x := &all[i%len(all)]
				s.Units = bb.units
				s.add(0, x.c, x.b)
			}
		})
	}
}

// A file of just as many requests as have their higher powers kept, and one of one more, replayed in parts and blocks that
// cut it anywhere: the bytes of one part, for cascades as for reference models, which are added the short way.
func TestSavingsOfParts(t *testing.T) {
	config, err := routing.ParseConfig("t.toml", []byte(`
version = 1
baseline = "B"
tiers = { a = "A", b = "B" }
[tasks.t]
chain = ["a", "b"]
accept = [{ check = "logprob_mean", min = -0.5 }]
[router]
default = "t"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for n, method := range map[int]string{maxPowered: "ratio of sums, log scale", maxPowered + 1: "ratio of sums"} {
		r := rand.New(rand.NewPCG(uint64(n), 2))
		rows := make([]datasets.Row, n)
		for i, x := range drawCosts(r, n, 0) {
			quality, signal := float64(r.IntN(2)), -r.Float64()
			rows[i] = datasets.Row{ID: fmt.Sprint(i), Prompt: "p", Outcomes: []datasets.Outcome{
				{Model: "A", Quality: &quality, CostUSD: &x.c, LogprobMean: &signal}, {Model: "B", Quality: &quality, CostUSD: &x.b},
			}}
		}
		job, err := NewJob([]Candidate{{Label: "c", Config: config}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var want string
		for _, shards := range []int{1, 2, 7} {
			var parts []*Sums
			for i := range shards {
				replayer := job.NewReplayer()
				for block := range slices.Chunk(rows[cutAt(n, i, shards):cutAt(n, i+1, shards)], 4096+r.IntN(4096)) {
					traffic, err := datasets.FromRows(block, job.Columns())
					if err != nil {
						t.Fatal(err)
					}
					replayer.Replay(context.Background(), traffic)
				}
				parts = append(parts, replayer.Sums())
			}
			r.Shuffle(shards, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			total := newSums(job)
			for _, p := range parts {
				total.Merge(p)
			}
			result := job.Finish(total)
			if got := result.Candidates[0].Whole.SavingsInterval.Method; got != method {
				t.Fatalf("%d requests in %d parts: an interval by %s, want %s", n, shards, got, method)
			}
			data, err := json.Marshal([]any{result, total.References})
			if err != nil {
				t.Fatal(err)
			}
			if want == "" {
				want = string(data)
			} else if diff := cmp.Diff(want, string(data)); diff != "" {
				t.Fatalf("%d requests in %d parts (-one +parts):\n%s", n, shards, diff)
			}
			r.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		}
	}
}
