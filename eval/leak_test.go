package eval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify"
)

// learnt returns the artifact of a classifier that knows by heart which of the tasks each row is of, and says so in its
// list of what it was trained on.
func learnt(tb testing.TB, rows []datasets.Row, tasks ...string) []byte {
	tb.Helper()
	const bits = 18
	m := &classify.Model{Header: classify.Header{
		Tasks: tasks, Embedder: classify.NGramsName, Dims: 1 << bits, Head: "logistic", Temperature: 0.1,
		Confidence: classify.Calibration{Slope: 1}, Novelty: make([]float64, len(tasks)), MinConfidence: 0.5,
	}}
	for k := range tasks {
		m.Lanes = append(m.Lanes, classify.Lane{Task: k})
	}
	weights := map[uint32][]float32{}
	for i := range rows {
		features, err := classify.NGrams{Bits: bits}.Embed(nil, &classify.Input{Text: rows[i].Prompt})
		if err != nil {
			tb.Fatal(err)
		}
		for _, f := range features {
			if weights[f.Index] == nil {
				weights[f.Index] = make([]float32, len(tasks))
			}
			weights[f.Index][slices.Index(tasks, rows[i].Task)]++
		}
		m.Seen = append(m.Seen, uint32(datasets.PromptKey([]byte(rows[i].Prompt))>>32))
		if rows[i].Group != "" {
			m.Seen = append(m.Seen, uint32(datasets.GroupKey([]byte(rows[i].Group))>>32))
		}
	}
	slices.Sort(m.Seen)
	m.Seen = slices.Compact(m.Seen)
	m.Features = slices.Sorted(maps.Keys(weights))
	for _, f := range m.Features {
		m.IDF = append(m.IDF, 1)
		m.Weights = append(m.Weights, weights[f]...)
	}
	c, err := classify.New(m)
	if err != nil {
		tb.Fatal(err)
	}
	data, err := c.MarshalBinary()
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// outOfFold are predictions by id; a row that is looked up under another prompt is none of them.
type outOfFold map[string]prediction

type prediction struct {
	key        uint64
	task       string
	confidence float64
}

// Lookup implements eval.OutOfFold.
func (o outOfFold) Lookup(id []byte, promptKey uint64) (task string, confidence float64, ok bool) {
	p, ok := o[string(id)]
	return p.task, p.confidence, ok && p.key == promptKey
}

func (o outOfFold) add(row *datasets.Row, task string, confidence float64) {
	o[row.ID] = prediction{datasets.PromptKey([]byte(row.Prompt)), task, confidence}
}

// leakConfig has a layer 2 or 3 in place of %s.
const leakConfig = `
version = 1
baseline = "L"
tiers = { s = "S", l = "L" }
[tasks.t]
chain = ["s"]
[tasks.u]
chain = ["l"]
[router]
default = "u"
[[router.rules]]
name = "numbers"
task = "u"
match = '^1'
%s
`

func leakCandidate(tb testing.TB, layer string, artifact []byte) eval.Candidate {
	tb.Helper()
	config, err := routing.ParseConfig("leak.toml", fmt.Appendf(nil, leakConfig, layer), func(string) ([]byte, error) { return artifact, nil })
	if err != nil {
		tb.Fatal(err)
	}
	return eval.Candidate{Label: "router", Config: config}
}

const (
	asLayer2 = "[router.embedding]\nartifact = \"c.bin\"\nmin_confidence = 0.6"
	asLayer3 = "[router.llm]\nmodel = \"S\"\nmin_confidence = 0.6"
)

// noise returns requests of which nothing can be learnt: prompts and tasks are drawn on their own. Sending a t to S is right.
func noise(r *rand.Rand, from, n int) []datasets.Row {
	rows := make([]datasets.Row, n)
	for i := range rows {
		free := 0.0
		row := datasets.Row{
			ID: fmt.Sprint(from + i), Prompt: fmt.Sprintf("%x %x", r.Uint64(), r.Uint64()), Task: []string{"t", "u"}[r.IntN(2)],
			RouterCostUSD: &free, RouterLatencyMS: &free,
		}
		if i%5 == 0 {
			row.Prompt = "1" + row.Prompt // caught by the rule
		}
		for _, model := range []string{"S", "L"} {
			quality, cost, latency := 1.0, map[string]float64{"S": 0.01, "L": 0.1}[model], 100.0
			if model == "S" && row.Task == "u" {
				quality = 0
			}
			row.Outcomes = append(row.Outcomes, datasets.Outcome{Model: model, Quality: &quality, CostUSD: &cost, LatencyMS: &latency})
		}
		rows[i] = row
	}
	return rows
}

func compareOne(t *testing.T, c eval.Candidate, rows []datasets.Row) (*eval.CandidateResult, *eval.Comparison, []*eval.Record) {
	t.Helper()
	job, err := eval.NewJob([]eval.Candidate{c}, &eval.Options{Details: true})
	if err != nil {
		t.Fatal(err)
	}
	traffic, err := datasets.FromRows(rows, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	var records []*eval.Record
	err = job.NewReplayer().Records(context.Background(), traffic, func(r *eval.Record) error {
		records = append(records, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out := job.Finish(replayAll(t, job, rows))
	return &out.Candidates[0], out, records
}

// asJSON writes a result as results.json has it, so that unknown numbers are equal.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What a classifier remembers counts nowhere: on requests that it was trained on, every figure is that of the out-of-fold
// predictions, as if a router without memory had been asked.
func TestOutOfFoldPredictionsCount(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	rows := noise(r, 0, 400)
	c := leakCandidate(t, asLayer2, learnt(t, rows, "t", "u"))
	remembers(t, c, rows)

	predictions := outOfFold{}
	honest := slices.Clone(rows)
	for i := range rows {
		task, confidence := []string{"t", "u"}[r.IntN(2)], r.Float64()
		predictions.add(&rows[i], task, confidence)
		honest[i].RouterTask, honest[i].RouterConfidence = task, &confidence
	}
	c.OutOfFold, c.OutOfFoldSum = predictions, "sum"
	got, _, records := compareOne(t, c, rows)
	want, _, wantRecords := compareOne(t, leakCandidate(t, asLayer3, nil), honest)
	clearCalls(&want.Whole, nil) // the LLM router's are there, and free
	clearCalls(&got.Whole, nil)
	if diff := cmp.Diff(asJSON(t, want.Whole), asJSON(t, got.Whole)); diff != "" {
		t.Errorf("figures (-by the out-of-fold predictions +by the classifier):\n%s", diff)
	}
	if got.RouterAccuracy != want.RouterAccuracy || got.RouterAccuracy > 0.6 || got.LeftOut != 0 {
		t.Errorf("accuracy %v, want %v, that of a coin; %d left out", got.RouterAccuracy, want.RouterAccuracy, got.LeftOut)
	}
	for i := range got.Reliability {
		want.Reliability[i].Layer = strings.ReplaceAll(want.Reliability[i].Layer, "llm", "embedding")
	}
	slices.SortStableFunc(want.Reliability, func(a, b eval.ReliabilityBin) int { return strings.Compare(a.Layer, b.Layer) })
	if diff := cmp.Diff(asJSON(t, want.Reliability), asJSON(t, got.Reliability)); diff != "" {
		t.Errorf("reliability:\n%s", diff)
	}
	for i, rec := range records {
		if rec.Task != wantRecords[i].Task || rec.OutOfFold != (rec.Layer != "rule") {
			t.Errorf("request %s goes to %s by %s, out of fold: %v; want task %s", rec.ID, rec.Task, rec.Layer, rec.OutOfFold, wantRecords[i].Task)
		}
	}
}

// remembers makes sure that the classifier is as overfitted as a leak takes.
func remembers(t *testing.T, c eval.Candidate, rows []datasets.Row) {
	t.Helper()
	table, err := routing.Compile(c.Config)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i := range rows {
		task, confidence, err := table.Predict(&routing.Features{Prompt: rows[i].Prompt})
		if err != nil {
			t.Fatal(err)
		}
		if task == rows[i].Task && confidence > 0.6 {
			right++
		}
	}
	if right < len(rows)*9/10 {
		t.Fatalf("the classifier remembers %d of %d requests: that is no leak to find", right, len(rows))
	}
}

// Without out-of-fold predictions the requests that a classifier was trained on are left out of everything, whether or
// not a rule would have caught them, and the result says so.
func TestTrainedOnIsLeftOut(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	rows := noise(r, 0, 300)
	rows[7].Group = "seven"
	trained, fresh := rows[:200], rows[200:]
	fresh[0].Prompt = strings.ToUpper(trained[0].Prompt) // the same prompt, but for case
	fresh[1].Group = "seven"
	c := leakCandidate(t, asLayer2, learnt(t, trained, "t", "u"))
	got, all, records := compareOne(t, c, rows)
	alone, _, _ := compareOne(t, c, fresh[2:])
	if got.LeftOut != 202 || got.Whole.Requests != 98 {
		t.Errorf("%d left out and %d judged, want 202 and 98", got.LeftOut, got.Whole.Requests)
	}
	alone.Whole.Share = got.Whole.Share // of all requests
	if got.Whole.Coverage >= 0.95 || got.Whole.Verdict != stats.Inconclusive || got.Whole.Reason != "coverage below 95 %" {
		t.Errorf("coverage %v, %s: %s; what is left out is not covered", got.Whole.Coverage, got.Whole.Verdict, got.Whole.Reason)
	}
	alone.Whole.Coverage, alone.Whole.Verdict, alone.Whole.Reason = got.Whole.Coverage, got.Whole.Verdict, got.Whole.Reason
	alone.LeftOut, alone.RandomMix, got.RandomMix = got.LeftOut, eval.Control{}, eval.Control{}
	if diff := cmp.Diff(asJSON(t, alone), asJSON(t, got)); diff != "" {
		t.Errorf("figures (-of fresh requests alone +with those left out):\n%s", diff)
	}
	if !slices.ContainsFunc(all.Findings, func(f eval.Finding) bool {
		return f.ID == "left-out" && strings.Contains(f.Message, "202 of 300") && strings.Contains(f.Fix, "tierwise train") && strings.Contains(f.Fix, "c.oof.parquet")
	}) {
		t.Errorf("findings %v", all.Findings)
	}
	for i, rec := range records {
		if out := rec.Ended == "left_out"; out != (i < 202) || out && (rec.Task != "" || rec.Layer != "" || rec.CostUSD.Known() || !strings.Contains(rec.Why, "c.bin was trained on this")) {
			t.Errorf("record of request %s: %+v", rec.ID, rec)
		}
	}
	if got, all, _ := compareOne(t, c, trained); got.Whole.Requests != 0 || got.Whole.Verdict != "inconclusive" || len(all.Findings) == 0 {
		t.Errorf("of nothing but trained requests: %+v", got.Whole)
	}
}

// With gold tasks named no classifier is asked, so nothing is left out.
func TestGoldTasksLeaveNothingOut(t *testing.T) {
	rows := noise(rand.New(rand.NewPCG(3, 3)), 0, 50)
	c := leakCandidate(t, asLayer2, learnt(t, rows, "t", "u"))
	job, err := eval.NewJob([]eval.Candidate{c}, &eval.Options{GoldTasks: true})
	if err != nil {
		t.Fatal(err)
	}
	if cols := job.Columns(); cols.Prompt || cols.Shape || cols.Embedding {
		t.Errorf("columns %+v: nothing of the prompt is needed", cols)
	}
	if got := job.Finish(replayAll(t, job, rows)).Candidates[0]; got.Whole.Requests != 50 || got.LeftOut != 0 {
		t.Errorf("%d judged, %d left out", got.Whole.Requests, got.LeftOut)
	}
}
