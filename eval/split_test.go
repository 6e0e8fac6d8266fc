package eval_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
)

// splitTable has split tasks behind rules and an LLM router: the baseline's chain, a threshold and its artifact in place of
// the verbs.
const splitTable = `
version = 1
baseline = "C"
tiers = { a = "A", b = "B", c = "C" }
[tasks.t]
chain = ["a", %q]
accept = [{ check = "logprob_mean", min = -0.6 }]
split = { artifact = "t.split.bin", below = %v, task = "easy" }
[tasks.u]
chain = ["c"]
split = { artifact = "t.split.bin", below = 0.4, task = "easy" }
[tasks.easy]
chain = ["b"]
[router]
default = "u"
[[router.rules]]
task = "easy"
tenants = ["x"]
[router.llm]
model = "A"
min_confidence = 0.4
`

// outOfFoldGains are gains by id; a row that is looked up under another prompt is none of them.
type outOfFoldGains map[string]struct {
	key  uint64
	gain float64
}

// Lookup implements eval.OutOfFoldGains.
func (o outOfFoldGains) Lookup(id []byte, promptKey uint64) (float64, bool) {
	p, ok := o[string(id)]
	return p.gain, ok && p.key == promptKey
}

func (o outOfFoldGains) add(row *datasets.Row, gain float64) {
	p := o[row.ID]
	p.key, p.gain = datasets.PromptKey([]byte(row.Prompt)), gain
	o[row.ID] = p
}

// splitCandidates share a splitter, and the first two the routing; the last lacks the out-of-fold gains that the others have
// of most requests of randomRows that the split was trained on.
func splitCandidates(t testing.TB) []eval.Candidate {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 4))
	var seen []uint32
	predicted := outOfFoldGains{}
	for i := range 60 {
		row := datasets.Row{ID: fmt.Sprintf("r%d", i), Prompt: promptOf(i)}
		seen = append(seen, uint32(datasets.PromptKey([]byte(row.Prompt))>>32))
		if i%6 > 0 {
			predicted.add(&row, 2*r.Float64()-1)
		}
	}
	artifact := classifytest.Gain("000000000", 0, seen...)
	out := make([]eval.Candidate, 4)
	for i := range out {
		text := fmt.Sprintf(splitTable, []string{"b", "c", "c", "b"}[i], []float64{0.3, 0.3, 0.1, 0.3}[i])
		config, err := routing.ParseConfig("split.toml", []byte(text), func(string) ([]byte, error) { return artifact, nil })
		if err != nil {
			t.Fatal(err)
		}
		out[i] = eval.Candidate{Label: fmt.Sprint("split ", i), Config: config}
		if i < 3 {
			out[i].Splits = map[string]eval.SplitGains{"t.split.bin": {Gains: predicted, Sum: "sum"}}
		}
	}
	return out
}

// TestSplitIsRoute wants of every record what the table's own Route says of the request, of those that the split was trained
// on with the out-of-fold gain, and none of those that have no such gain.
func TestSplitIsRoute(t *testing.T) {
	met := map[string]int{}
	for seed := range uint64(10) {
		rows := randomRows(rand.New(rand.NewPCG(seed, 12)), 300, false)
		candidates := splitCandidates(t)
		for _, named := range []bool{false, true} {
			job, err := eval.NewJob(candidates, &eval.Options{GoldTasks: named})
			if err != nil {
				t.Fatal(err)
			}
			traffic, err := datasets.FromRows(rows, job.Columns())
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			err = job.NewReplayer().Records(context.Background(), traffic, func(r *eval.Record) error {
				checkSplit(t, &candidates[n%len(candidates)], &rows[n/len(candidates)], r, named, met)
				n++
				return nil
			})
			if err != nil || n != len(rows)*len(candidates) {
				t.Fatalf("%d records, %v", n, err)
			}
		}
	}
	for _, way := range []string{"left out", "stays", "stays out of fold", "sent", "sent out of fold", "without"} {
		if met[way] < 100 {
			t.Errorf("%q was met %d times: %v", way, met[way], met)
		}
	}
}

// asked is the production of one request: the layers' answers as recorded, the gain as it was predicted.
type asked struct {
	row   *datasets.Row
	table *routing.Table
	oof   *float64
}

func (a asked) Classify(context.Context, routing.Layer) (string, float64, bool) {
	confidence := math.NaN()
	if a.row.RouterConfidence != nil {
		confidence = *a.row.RouterConfidence
	}
	return a.row.RouterTask, confidence, a.row.RouterTask != ""
}

func (a asked) Gain(_ context.Context, task routing.TaskID) float64 {
	if a.oof != nil {
		return *a.oof
	}
	return a.table.PredictGain(task, &routing.Features{Prompt: a.row.Prompt, Messages: 1})
}

func checkSplit(t *testing.T, c *eval.Candidate, row *datasets.Row, got *eval.Record, named bool, met map[string]int) {
	t.Helper()
	table, err := routing.Compile(c.Config)
	if err != nil {
		t.Fatal(err)
	}
	production := asked{row: row, table: table}
	task, _ := table.Task("t")
	gain, _, _, _ := table.Split(task)
	key := datasets.PromptKey([]byte(row.Prompt))
	if gain.Seen(key) {
		g := c.Splits["t.split.bin"].Gains
		ok, x := false, 0.0
		if g != nil {
			x, ok = g.Lookup([]byte(row.ID), key)
		}
		if !ok {
			met["left out"]++
			if got.Ended != "left_out" || !strings.Contains(got.Why, "t.split.bin was trained on this request") {
				t.Errorf("%s, %s: %s, %s: a split remembers it", got.Candidate, got.ID, got.Ended, got.Why)
			}
			return
		}
		production.oof = &x
	}
	f := routing.Features{Prompt: row.Prompt, Tenant: row.Tenant, Messages: 1}
	if named {
		f = routing.Features{Prompt: row.Prompt, Task: row.Task, TaskNamed: true, Messages: 1}
	}
	want := table.Route(context.Background(), &f, production)
	type decision struct {
		Task, Split, Layer string
		Gain               float64
	}
	wanted := decision{Task: table.TaskName(want.Task), Layer: want.Layer.String(), Gain: want.Gain}
	if want.Split {
		wanted.Split = table.TaskName(want.From)
	}
	have := decision{Task: got.Task, Split: got.Split, Layer: got.Layer}
	way := "without"
	if got.Gain != nil {
		have.Gain, way = float64(*got.Gain), "stays"
		if got.Split != "" {
			way = "sent"
		}
		if got.GainOutOfFold {
			way += " out of fold"
		}
		if got.GainOutOfFold != (production.oof != nil) {
			t.Errorf("%s, %s: out of fold is %v", got.Candidate, got.ID, got.GainOutOfFold)
		}
	}
	met[way]++
	if diff := cmp.Diff(wanted, have); diff != "" {
		t.Errorf("%s, %s (-route +replay):\n%s", got.Candidate, got.ID, diff)
	}
}
