package tune_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
)

// A made world is traffic of which it is known how often each model is right. Costs are those of a ladder: of madeCost, and the
// baseline's 1.
type made struct {
	tasks  []madeTask
	labels int  // requests per task
	signal bool // answers carry a log-probability and a finish reason
}

type madeTask struct {
	base  float64 // chance that the baseline is right
	tiers []madeTier
	check bool // the config asks for finished answers
}

// A madeTier is a model that is right with a chance that depends on whether the baseline is, and on nothing else.
type madeTier struct {
	right [2]float64 // where the baseline is wrong, where it is right
	tells float64    // how far the signals of its right answers lie above those of the wrong ones, in standard deviations
}

// madeCost is the price of a request at each tier below the baseline, USD.
var madeCost = [...]float64{0.05, 0.15, 0.40}

// loses makes a tier that truly loses a share of the requests against a baseline that is right with the chance base, and is
// right with the chance gains where the baseline is wrong. Where the gains alone are less than it is to be better, a negative
// loss, it loses nothing beside them.
func loses(loss, base, gains, tells float64) madeTier {
	return madeTier{right: [2]float64{gains, min(1, 1-(loss+(1-base)*gains)/base)}, tells: tells}
}

// dataset draws the traffic.
func (m *made) dataset(rng *rand.Rand) (*datasets.Dataset, error) {
	var rows []datasets.Row
	for k := range m.tasks {
		t := &m.tasks[k]
		for i := range m.labels {
			id := fmt.Sprintf("%s-%04d", madeName(k), i)
			row := datasets.Row{ID: id, Prompt: "request " + id, Task: madeName(k)}
			base := 0
			if rng.Float64() < t.base {
				base = 1
			}
			for at := range t.tiers {
				right := 0
				if rng.Float64() < t.tiers[at].right[base] {
					right = 1
				}
				row.Outcomes = append(row.Outcomes, m.outcome(rng, at, right, t.tiers[at].tells))
			}
			row.Outcomes = append(row.Outcomes, m.outcome(rng, len(madeCost), base, 0))
			rows = append(rows, row)
		}
	}
	var b bytes.Buffer
	w := datasets.NewWriter(&b)
	if err := w.Write(rows...); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	open := func(context.Context, string) (datasets.File, error) { return inMemory{bytes.NewReader(b.Bytes())}, nil }
	return datasets.Open(context.Background(), []string{"made.parquet"}, &datasets.Options{Open: open})
}

// inMemory is a file in memory.
type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error    { return nil }
func (inMemory) Version() string { return "1" }

// signalZero is the log-probability of a wrong answer, on average: deviations of 1 stay below 0.
const signalZero = -10

func (m *made) outcome(rng *rand.Rand, tier, right int, tells float64) datasets.Outcome {
	quality, cost := float64(right), 1.0
	if tier < len(madeCost) {
		cost = madeCost[tier]
	}
	out := datasets.Outcome{Model: madeTierName(tier), Quality: &quality, CostUSD: &cost}
	if m.signal {
		signal := signalZero + tells*quality + rng.NormFloat64()
		out.LogprobMean = &signal
		out.FinishReason = "stop"
		if rng.Float64() < []float64{catches, falseAlarm}[right] {
			out.FinishReason = "length"
		}
	}
	return out
}

func madeName(task int) string { return fmt.Sprintf("task%d", task) }

func madeTierName(tier int) string {
	if tier == len(madeCost) {
		return "base"
	}
	return fmt.Sprintf("tier%d", tier)
}

// config has the ladder, and every task on the baseline.
func (m *made) config() *routing.Config {
	c := &routing.Config{Version: 1, Name: "made", Baseline: "base", Router: routing.RouterConfig{Default: madeName(0)}}
	for i := range len(madeCost) + 1 {
		c.Tiers = append(c.Tiers, routing.Tier{Name: madeTierName(i), Model: madeTierName(i)})
	}
	for k := range m.tasks {
		t := routing.Task{Name: madeName(k), Chain: []string{"base"}}
		if m.tasks[k].check {
			t.Accept = []routing.Accept{{Check: accept.Finish.String()}}
		}
		c.Tasks = append(c.Tasks, t)
	}
	return c
}

// truth is the delta of a task served by a chain with its checks: what its answers are worth on endless traffic, less the
// baseline's. At each tier but the last, answers that pass are returned and the others go on; given whether the baseline is
// right, tiers are right independently of each other, and what passes depends on the answer alone.
func (t *madeTask) truth(served *routing.Task) (delta float64) {
	for base, chance := range []float64{1 - t.base, t.base} {
		for _, name := range served.Chain[:len(served.Chain)-1] {
			tier := &t.tiers[madeTierAt(name)]
			right := tier.right[base]
			returnedRight := right * tier.passes(served, name, 1)
			returnedWrong := (1 - right) * tier.passes(served, name, 0)
			if base == 0 {
				delta += chance * returnedRight
			} else {
				delta -= chance * returnedWrong
			}
			chance *= 1 - returnedRight - returnedWrong
		}
	}
	return delta
}

// passes is the chance that a right or a wrong answer of a tier passes the checks of a task.
func (t *madeTier) passes(served *routing.Task, name string, right int) float64 {
	chance := 1.0
	for i := range served.Accept {
		a := &served.Accept[i]
		switch a.Check {
		case accept.Finish.String():
			chance *= 1 - []float64{catches, falseAlarm}[right]
		case accept.LogprobMean.String():
			chance *= 1 - distuv.UnitNormal.CDF(a.PerTier[name]-signalZero-t.tells*float64(right))
		default:
			panic("no such check was made: " + a.Check)
		}
	}
	return chance
}

func madeTierAt(name string) int {
	for i := range madeCost {
		if madeTierName(i) == name {
			return i
		}
	}
	panic("no such tier was made: " + name)
}

// TestMadeTruth wants what is tried on very many requests of a made world to come to what is said to be true of it.
func TestMadeTruth(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	m := mixed(rng)
	m.tasks, m.labels = m.tasks[:2], 5000
	tuned, err := m.tune(t.Context(), rng)
	if err != nil {
		t.Fatal(err)
	}
	ways := 0
	for k := range tuned.Tried {
		for i, w := range tuned.Ways[k] {
			sum, squares := 0.0, 0.0
			deltas := tuned.Tried[k].Trials[i].Delta.Append(nil)
			for _, d := range deltas {
				sum, squares = sum+d, squares+d*d
			}
			n := float64(len(deltas))
			want := m.tasks[k].truth(&routing.Task{Chain: w.Chain, Accept: w.Accept})
			if err := math.Sqrt(squares) / n; math.Abs(sum/n-want) > 4.5*err {
				t.Errorf("%s: delta %.4f ± %.4f on %v requests, in truth %.4f", tuned.Menu.Options[w.Option].Name, sum/n, err, n, want)
			}
			ways++
		}
	}
	if ways < 40 {
		t.Errorf("only %d ways are tried", ways)
	}
}
