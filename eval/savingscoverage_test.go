package eval_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// The whole grid, which RESULTS.md has figures of, takes a quarter of an hour; -run 'TestSavingsCoverage/alike' a part of it:
//
//	go test ./eval -run TestSavingsCoverage -v -timeout 2h -args -savings-runs 4000
var savingsRuns = flag.Int("savings-runs", 0, "data sets for each cell of TestSavingsCoverage; 0: few, of a part of the cells")

const coverageTable = `
version = 1
baseline = "B"
tiers = { a = "A", b = "B" }
[tasks.cascade]
chain = ["a", "b"]
accept = [{ check = "logprob_mean", min = 0.3 }]
[router]
default = "cascade"
`

// costlyTraffic is traffic of n units for a cascade that escalates 30 % of the requests and saves 60 % on average.
type costlyTraffic struct {
	traffic         *datasets.Traffic
	a, b            *datasets.Outcomes
	sigma           float64
	shown, onBounds missed
}

// missed counts in which share of the runs an interval lies above or below the truth.
type missed struct{ above, below float64 }

func (m *missed) count(lo, hi eval.Number, truth, share float64) {
	switch {
	case float64(lo) > truth:
		m.above += share
	case float64(hi) < truth:
		m.below += share
	}
}

func newCostlyTraffic(t *testing.T, job *eval.Job, n int, sigma float64, kind string) *costlyTraffic {
	t.Helper()
	perUnit := 1
	if kind == "groups of 4" {
		perUnit = 4
	}
	rows := make([]datasets.Row, n*perUnit)
	quality, number, weight := 1.0, 1.0, 3.0
	for i := range rows {
		rows[i] = datasets.Row{ID: fmt.Sprint(i), Prompt: "p", Outcomes: []datasets.Outcome{
			{Model: "A", Quality: &quality, CostUSD: &number, LogprobMean: &number}, {Model: "B", Quality: &quality, CostUSD: &number},
		}}
		if kind == "weights 1 and 3" && i%10 == 0 {
			rows[i].Weight = &weight
		}
		if perUnit > 1 {
			rows[i].Group = fmt.Sprint(i / perUnit)
		}
	}
	traffic, err := datasets.FromRows(rows, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	c := &costlyTraffic{traffic: traffic, sigma: sigma}
	c.a, c.b = &traffic.Outcomes[slices.Index(traffic.Models, "A")], &traffic.Outcomes[slices.Index(traffic.Models, "B")]
	return c
}

// draw fills in costs anew: lognormal ones, sigma the deviation of their logarithm.
func (c *costlyTraffic) draw(rng *rand.Rand) {
	for i := range c.traffic.Len {
		cost := 1e-3 * math.Exp(c.sigma*rng.NormFloat64())
		c.a.CostUSD[i], c.a.LogprobMean[i], c.b.CostUSD[i] = cost/10, rng.Float64(), cost
	}
}

func (c *costlyTraffic) simulate(job *eval.Job, runs int, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 7))
	for range runs {
		c.draw(rng)
		replayer := job.NewReplayer()
		replayer.Replay(context.Background(), c.traffic)
		r := job.Finish(replayer.Sums()).Candidates[0].Whole
		c.shown.count(r.SavingsInterval.Lo, r.SavingsInterval.Hi, 0.6, 1/float64(runs))
		c.onBounds.count(r.SavingsBound, r.SavingsUpper, 0.6, 1/float64(runs))
	}
}

// TestSavingsCoverage simulates how often the interval of the savings that eval shows has the true savings in it, 95 % if
// it is right, and how often the bound that a policy's min_savings goes by is above them, 5 %. Where few requests make most of
// the bill, those that are not among a hundred can decide, which no interval knows.
func TestSavingsCoverage(t *testing.T) {
	if testing.Short() {
		t.Skip("evaluates many times over: long under the race detector")
	}
	config, err := routing.ParseConfig("c.toml", []byte(coverageTable), nil)
	if err != nil {
		t.Fatal(err)
	}
	job, err := eval.NewJob([]eval.Candidate{{Label: "c", Config: config}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	runs, sizes, sigmas := 400, []int{100, 300}, []float64{1.5}
	if *savingsRuns > 0 {
		runs, sizes, sigmas = *savingsRuns, []int{100, 300, 1000, 5000}, []float64{1, 1.5}
	}
	for _, kind := range []string{"alike", "weights 1 and 3", "groups of 4"} {
		for _, sigma := range sigmas {
			for _, n := range sizes {
				t.Run(fmt.Sprintf("%s/sigma %.1f/n %d", kind, sigma, n), func(t *testing.T) {
					c := newCostlyTraffic(t, job, n, sigma, kind)
					c.simulate(job, runs, uint64(n))
					covered := 1 - c.shown.above - c.shown.below
					t.Logf("interval covers %.1f %%, above %.1f, below %.1f;  bound above %.1f %%",
						100*covered, 100*c.shown.above, 100*c.shown.below, 100*c.onBounds.above)
					// Four standard errors of the simulation are tolerated.
					if noise := 4 * math.Sqrt(0.93*0.07/float64(runs)); covered < 0.93-noise || c.onBounds.above > 0.085+noise {
						t.Errorf("want an interval that covers 93 %% and a bound that is above in 8.5 %%, at worst")
					}
				})
			}
		}
	}
}
