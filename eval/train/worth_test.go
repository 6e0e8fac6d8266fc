package train

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// An answered is the outcomes of one request: qualities of the models "cheap" ($0.001) and "dear" ($0.011); NaN: not graded.
type answered struct {
	task        string
	cheap, dear float64
}

// easyAndHard are requests of "easy", where both models are right, and of "hard", where the cheap one is right on half:
// cheap is right on 3/4 of all, dear on all of them, so that dear pays $0.010/0.25 = $0.04 for a request's quality.
func easyAndHard() []answered {
	return []answered{
		{"easy", 1, 1}, {"easy", 1, 1}, {"easy", 1, 1}, {"easy", 1, 1}, {"easy", 1, 1}, {"easy", 1, 1},
		{"hard", 0, 1}, {"hard", 0, 1}, {"hard", 0, 1}, {"hard", 1, 1}, {"hard", 1, 1}, {"hard", 1, 1},
	}
}

// priceable writes the requests as traffic, with that split, and reads what may be trained on.
func priceable(t *testing.T, all []answered, split, reject string) (*datasets.Dataset, *Requests) {
	t.Helper()
	var rows []datasets.Row
	for i, a := range all {
		row := datasets.Row{ID: fmt.Sprintf("r%04d", i), Prompt: fmt.Sprint("prompt ", i), Task: a.task, Split: split}
		for model, o := range map[string]struct{ quality, usd float64 }{"cheap": {a.cheap, 0.001}, "dear": {a.dear, 0.011}} {
			out := datasets.Outcome{Model: model, CostUSD: &o.usd}
			if !math.IsNaN(o.quality) {
				out.Quality = &o.quality
			}
			row.Outcomes = append(row.Outcomes, out)
		}
		rows = append(rows, row)
	}
	name := filepath.Join(t.TempDir(), "traffic.parquet")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := datasets.NewWriter(f)
	if err := w.Write(rows...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Open(context.Background(), []string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	r, err := Read(context.Background(), d, &ReadOptions{Reject: reject})
	if err != nil {
		t.Fatal(err)
	}
	return d, r
}

func config(t *testing.T, text string) *routing.Config {
	t.Helper()
	c, err := routing.ParseConfig("table.toml", []byte(text), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const table = `
version = 1
baseline = "dear"
tiers = { cheap = "cheap", dear = "dear" }
[tasks.easy]
chain = ["cheap"]
[tasks.hard]
chain = ["dear"]
[tasks.other]
chain = ["dear"]
[router]
default = "other"
`

// wantDifferences are what easyAndHard come to by hand: an easy request on dear costs $0.010 more for nothing; a hard one
// on cheap saves that, and loses half of its quality.
func wantDifferences() [][]difference {
	return [][]difference{
		{{0, 0, 6, false}, {0, 0.010, 6, false}},
		{{-0.5, -0.010, 6, false}, {0, 0, 6, false}},
	}
}

var nearly = cmp.Options{
	cmp.AllowUnexported(difference{}),
	cmp.Comparer(func(a, b float64) bool { return a == b || a != a && b != b || math.Abs(a-b) < 1e-9 }),
	cmp.Comparer(func(a, b eval.Number) bool { return a == b || a != a && b != b || math.Abs(float64(a-b)) < 1e-9 }),
}

func TestPrice(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config *routing.Config
		deflt  string
	}{
		{"best models", nil, "hard"},
		{"config", config(t, table), "other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, r := priceable(t, easyAndHard(), "tune", "")
			p, reason, err := Price(context.Background(), d, r, &PriceOptions{Config: tt.config})
			if err != nil || p == nil {
				t.Fatal(reason, err)
			}
			if diff := cmp.Diff(wantDifferences(), p.differences, nearly); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if math.Abs(p.rate-0.04) > 1e-9 || p.byDefault != tt.deflt || p.treatments[p.fallback].name != "dear" || p.baseline != "dear" {
				t.Errorf("rate %v, default %s by %s, baseline %s: want 0.04, %s by dear, dear", p.rate, p.byDefault, p.treatments[p.fallback].name, p.baseline, tt.deflt)
			}
			if len(p.findings()) > 0 {
				t.Errorf("findings %+v", p.findings())
			}
		})
	}
}

// By hand, in USD per 12 requests: an easy request on dear loses 0.010, a hard one on cheap −0.010 + 0.5 × 0.04 = 0.010.
func TestMisroutes(t *testing.T) {
	d, r := priceable(t, easyAndHard(), "tune", "")
	p, _, err := Price(context.Background(), d, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	var said []Prediction
	say := func(n int, task string, confidence float64) {
		for range n {
			said = append(said, Prediction{Task: task, Confidence: confidence})
		}
	}
	say(5, "easy", 0.905)
	say(1, "hard", 0.3)
	say(1, "easy", 0.4)
	say(1, "easy", 0.7)
	say(4, "hard", 0.805)
	m := p.misroutes(r, said, 0, true)
	for threshold, want := range map[float64]eval.Number{
		0:    0.03 / 12, // all three mistakes
		0.35: 0.03 / 12, // the first goes to dear, where it was going
		0.5:  0.02 / 12, // the second goes where it belongs
		0.75: 0.01 / 12, // so does the third
		0.90: 0.01 / 12, // and the hard ones go there anyway
		0.91: 0.06 / 12, // all easy ones go to dear
		1:    0.06 / 12,
	} {
		if got, ok := m.At(threshold); !ok || math.Abs(float64(got.Loss-1000*want)) > 1e-9 {
			t.Errorf("loss at %v is %v per 1,000, want %v", threshold, got.Loss, 1000*want)
		}
	}
	if m.MinConfidence != 0.80 {
		t.Errorf("min_confidence %v, want that of 0.71 to 0.90 which is nearest to 0.80", m.MinConfidence)
	}
	if want := "below it, sending the request to dear costs less than being wrong"; m.why(&Report{}) != want {
		t.Errorf("%q, want %q", m.why(&Report{}), want)
	}
	want := []Misroute{
		{Gold: "hard", Predicted: "easy", Requests: 2, Share: 2.0 / 12, Delta: -0.5, USD: -0.010, Loss: 20.0 / 12, Pairs: 6},
		{Gold: "easy", Predicted: "hard", Requests: 1, Share: 1.0 / 12, Delta: 0, USD: 0.010, Loss: 10.0 / 12, Pairs: 6},
	}
	if diff := cmp.Diff(want, m.Confusion, nearly); diff != "" {
		t.Errorf("confusion (-want +got)\n%s", diff)
	}
	if math.Abs(float64(m.Rate)-0.4) > 1e-9 { // USD for a point of 1,000 requests: 0.04 × 0.01 × 1,000
		t.Errorf("rate %v, want 0.4", m.Rate)
	}
	if said := p.misroutes(r, said, 0.35, false); said.Confusion[0].Confident != 2 || said.Confusion[1].Confident != 0 || said.Chosen {
		t.Errorf("confident at 0.35: %+v", said.Confusion)
	}
}

// A classifier that is always wrong is worth less than no classifier, one that is always right needs no threshold.
func TestMinConfidenceExtremes(t *testing.T) {
	d, r := priceable(t, easyAndHard(), "tune", "")
	p, _, err := Price(context.Background(), d, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	other := map[int]string{0: "hard", 1: "easy"}
	var right, wrong []Prediction
	for i := range r.Train {
		right = append(right, Prediction{Task: r.Tasks[r.Train[i].Task], Confidence: 0.555})
		wrong = append(wrong, Prediction{Task: other[r.Train[i].Task], Confidence: 0.995})
	}
	if m := p.misroutes(r, wrong, 0, true); m.MinConfidence != 1 || !strings.HasPrefix(m.why(&Report{}), "whatever the classifier says") {
		t.Errorf("always wrong: min_confidence %v, %s", m.MinConfidence, m.why(&Report{}))
	}
	m := p.misroutes(r, right, 0, true)
	report := &Report{RejectTask: "noise", Figures: Figures{Curve: []Threshold{{Precision: 0.61}}}}
	want := `the classifier decides every request, the requests of "noise" too, which are out of scope, and 61.0 % of its answers are right out of fold; ` +
		"sending the request to " + m.Fallback() + " where it is least sure would not cost less"
	if m.MinConfidence != 0.55 || m.why(report) != want {
		t.Errorf("always right: min_confidence %v, %s", m.MinConfidence, m.why(report))
	}
}

// Requests to reject should get what the default does: any other treatment is a mistake.
func TestPriceReject(t *testing.T) {
	all := easyAndHard()
	for range 6 {
		all = append(all, answered{"noise", 0, 1})
	}
	d, r := priceable(t, all, "tune", "noise")
	p, _, err := Price(context.Background(), d, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	// On cheap they save $0.010 and lose all of their quality.
	want := append(wantDifferences(), []difference{{-1, -0.010, 6, false}, {0, 0, 6, false}})
	if diff := cmp.Diff(want, p.differences, nearly); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// Of a task with too few graded requests the mean of all tasks is taken: of 14 graded requests cheap loses 3.
func TestPricePools(t *testing.T) {
	all := append(easyAndHard(), answered{"rare", 1, 1}, answered{"rare", 1, 1}, answered{"rare", math.NaN(), math.NaN()})
	d, r := priceable(t, all, "tune", "")
	p, _, err := Price(context.Background(), d, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []difference{{-3.0 / 14, -0.010, 14, true}, {0, 0, 2, false}} // it stays on the baseline
	if diff := cmp.Diff(want, p.differences[2], nearly); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if f := p.findings(); len(f) != 1 || f[0].ID != "few-priced" || !strings.HasPrefix(f[0].Message, "1 of 3 tasks") {
		t.Errorf("findings %+v", f)
	}
}

// Without a split only the folds 0 to 3 are looked at, whatever the others say.
func TestPriceLooksAtPilotFolds(t *testing.T) {
	var all []answered
	for range 40 {
		all = append(all, easyAndHard()...)
	}
	_, r := priceable(t, all, "", "")
	pilot := 0
	for i := range r.Train {
		if r.Train[i].Fold < pilotFolds {
			pilot++
		} else {
			all[i].cheap = 1 - all[i].cheap // of the rest the opposite is true
		}
	}
	if pilot == 0 || pilot > len(all)/4 {
		t.Fatalf("%d of %d are pilot requests", pilot, len(all))
	}
	d, again := priceable(t, all, "", "")
	p, _, err := Price(context.Background(), d, again, &PriceOptions{Baseline: "dear", Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	if p.pilot != pilot || p.graded != pilot || p.treatments[p.of[0]].name != "cheap" || p.treatments[p.of[1]].name != "dear" {
		t.Errorf("%d pilot requests, %d graded, easy by %s, hard by %s; want %d, %[5]d, cheap, dear",
			p.pilot, p.graded, p.treatments[p.of[0]].name, p.treatments[p.of[1]].name, pilot)
	}
}

// Where the baseline is dearer and no better there is no rate: points count first, then dollars.
func TestCompareWithoutRate(t *testing.T) {
	p := &Prices{rate: math.NaN()}
	for _, tt := range []struct {
		a, b difference
		want int
	}{
		{difference{quality: 0.1, usd: 9}, difference{quality: 0, usd: 0}, -1},
		{difference{quality: 0.1, usd: 1}, difference{quality: 0.1 + 1e-15, usd: 0}, 1},
		{difference{quality: 0.1, usd: 1}, difference{quality: 0.1, usd: 1}, 0},
	} {
		if got := p.compare(tt.a, tt.b); got != tt.want {
			t.Errorf("compare(%+v, %+v) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestNotPriced(t *testing.T) {
	alike := strings.ReplaceAll(table, `["dear"]`, `["cheap"]`)
	var ungraded, same []answered
	for i := range 12 {
		task := []string{"easy", "hard"}[i%2]
		ungraded = append(ungraded, answered{task, math.NaN(), math.NaN()})
		same = append(same, answered{task, 1, 1})
	}
	for _, tt := range []struct {
		name   string
		all    []answered
		opts   *PriceOptions
		reason string
		err    string
	}{
		{"not graded", ungraded, nil, "no outcome has a quality", ""},
		{"all alike", easyAndHard(), &PriceOptions{Config: config(t, alike)}, "all tasks are treated alike, by cheap", ""},
		{"cheap does all", same, &PriceOptions{Baseline: "dear"}, "all tasks are treated alike, by cheap", ""},
		{"unknown baseline", easyAndHard(), &PriceOptions{Baseline: "mystery"}, "", "baseline mystery: the data has no outcome of it; it has cheap, dear"},
		{"unknown task", easyAndHard(), &PriceOptions{Config: config(t, strings.ReplaceAll(table, "tasks.easy", "tasks.easi"))}, "",
			`the traffic has requests of task "easy", which the config table.toml lacks; did you mean "easi"?: add it to the config, or leave those requests out`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, r := priceable(t, tt.all, "tune", "")
			p, reason, err := Price(context.Background(), d, r, tt.opts)
			if p != nil || reason != tt.reason {
				t.Errorf("prices %v, reason %q, want %q", p != nil, reason, tt.reason)
			}
			if got := fmt.Sprint(err); err != nil && got != tt.err || err == nil && tt.err != "" {
				t.Errorf("error %q, want %q", got, tt.err)
			}
		})
	}
}
