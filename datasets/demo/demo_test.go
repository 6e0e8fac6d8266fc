package demo

import (
	"bytes"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/tierwise/tierwise/datasets"
)

// seed1 is the traffic that most tests look at.
var seed1 = sync.OnceValue(func() []sample { return generate(&Options{Seed: 1}) })

// ofTask returns the samples of a task.
func ofTask(samples []sample, name string) []*sample {
	var list []*sample
	for i := range samples {
		if samples[i].row.Task == name {
			list = append(list, &samples[i])
		}
	}
	return list
}

func TestRowsShape(t *testing.T) {
	rows := Rows(&Options{Seed: 1})
	if len(rows) != 12_500 {
		t.Fatalf("%d rows, want 12,500", len(rows))
	}
	end := start().AddDate(0, 0, days)
	ids, perTask, graded := map[string]bool{}, map[string]int{}, map[string]int{}
	for i := range rows {
		r := &rows[i]
		if ids[r.ID] {
			t.Fatalf("id %s twice", r.ID)
		}
		ids[r.ID] = true
		perTask[r.Task]++
		if r.Time.Before(start()) || !r.Time.Before(end) {
			t.Errorf("%s: time %v is outside the two weeks", r.ID, r.Time)
		}
		if i > 0 && r.Time.Before(*rows[i-1].Time) {
			t.Errorf("%s is earlier than the row before it", r.ID)
		}
		if r.Prompt == "" || r.Endpoint == "" || r.Tenant == "" {
			t.Errorf("%s lacks prompt, endpoint or tenant", r.ID)
		}
		if r.Expected != "" {
			graded[r.Task]++
		}
		checkOutcomes(t, r)
	}
	want := map[string]int{classification: 2500, extraction: 2500, reply: 2500, reasoning: 2500, longContext: 2500}
	if diff := cmp.Diff(want, perTask); diff != "" {
		t.Errorf("requests per task (-want +got):\n%s", diff)
	}
	want = map[string]int{classification: 300, extraction: 300, reply: 300, reasoning: 300, longContext: 100}
	if diff := cmp.Diff(want, graded); diff != "" {
		t.Errorf("graded requests per task (-want +got):\n%s", diff)
	}
}

// checkOutcomes wants an outcome of every model: failed, or answered and, where the row is graded, with quality.
func checkOutcomes(t *testing.T, r *datasets.Row) {
	t.Helper()
	if len(r.Outcomes) != numModels {
		t.Fatalf("%s has %d outcomes, want %d", r.ID, len(r.Outcomes), numModels)
	}
	for m, o := range r.Outcomes {
		answered := o.Error == ""
		if o.Model != models[m].name {
			t.Errorf("%s: outcome %d is of %s, want %s", r.ID, m, o.Model, models[m].name)
		}
		if (o.Quality != nil) != (answered && r.Expected != "") {
			t.Errorf("%s, %s: quality given = %v, error %q, expected answer %q", r.ID, o.Model, o.Quality != nil, o.Error, r.Expected)
		}
		if answered != (o.Response != nil && o.CostUSD != nil && o.InputTokens != nil && o.LogprobMean != nil && o.FinishReason != "") {
			t.Errorf("%s, %s: error %q, but answer or figures say otherwise", r.ID, o.Model, o.Error)
		}
		if *o.LatencyMS <= 0 || *o.LatencyMS > timeoutMS || (*o.LatencyMS == timeoutMS) != (o.Error == "timeout") {
			t.Errorf("%s, %s: latency %v with error %q", r.ID, o.Model, *o.LatencyMS, o.Error)
		}
		if answered && (*o.LogprobMean >= 0 || *o.LogprobMin > *o.LogprobMean) {
			t.Errorf("%s, %s: log-probabilities %v (mean), %v (min)", r.ID, o.Model, *o.LogprobMean, *o.LogprobMin)
		}
	}
}

func TestRowsSeed(t *testing.T) {
	opts := Options{Seed: 7, PerTask: 40, Graded: 20, GradedLongContext: 10}
	a, b := Rows(&opts), Rows(&opts)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("one seed gives two results:\n%s", diff)
	}
	opts.Seed = 8
	prompts := map[string]bool{}
	for _, r := range a {
		prompts[r.Prompt] = true
	}
	same := 0
	for _, r := range Rows(&opts) {
		if prompts[r.Prompt] {
			same++
		}
	}
	if same > len(a)/20 {
		t.Errorf("%d of %d prompts are those of another seed", same, len(a))
	}
}

func TestRowsSizes(t *testing.T) {
	for _, n := range []int{1, 2, 3, 65} {
		if got := len(Rows(&Options{PerTask: n, Graded: 2 * n})); got != 5*n {
			t.Errorf("PerTask %d gives %d rows, want %d", n, got, 5*n)
		}
	}
	if got := len(Rows(nil)); got != 12_500 {
		t.Errorf("nil options give %d rows, want 12,500", got)
	}
}

// TestGroups checks that about 6 % of the requests are asked again in other words, and that none of them is graded
// twice.
func TestGroups(t *testing.T) {
	rows := Rows(&Options{Seed: 1})
	groups := map[string][]datasets.Row{}
	grouped := 0
	for _, r := range rows {
		if r.Group != "" {
			grouped++
			groups[r.Group] = append(groups[r.Group], r)
		}
	}
	if share := float64(grouped) / float64(len(rows)); share < 0.045 || share > 0.075 {
		t.Errorf("%.3f of the rows are in groups, want about 0.06", share)
	}
	distinct := map[string]bool{}
	for _, r := range rows {
		if r.Group == "" {
			distinct[r.Prompt] = true
		}
	}
	if len(distinct) != len(rows)-grouped {
		t.Errorf("%d prompts of %d rows without a group are distinct, want all", len(distinct), len(rows)-grouped)
	}
	verbatim := 0
	for name, g := range groups {
		graded := 0
		for _, r := range g {
			if r.Expected != "" {
				graded++
			}
			if r.Task != g[0].Task {
				t.Errorf("group %s is of tasks %s and %s", name, g[0].Task, r.Task)
			}
		}
		if g[0].Prompt == g[1].Prompt {
			verbatim++
		}
		if len(g) < 2 || len(g) > 4 || graded > 1 {
			t.Errorf("group %s has %d rows, %d of them graded; want 2 to 4, at most 1", name, len(g), graded)
		}
	}
	if verbatim == 0 || verbatim == len(groups) {
		t.Errorf("%d of %d groups begin with a verbatim repeat, want some but not all", verbatim, len(groups))
	}
}

// TestRhythm checks that days are busier than nights, and weekdays than weekends.
func TestRhythm(t *testing.T) {
	var day, night, week, weekend float64
	for _, r := range Rows(&Options{Seed: 1}) {
		if h := r.Time.Hour(); h >= 8 && h < 18 {
			day++
		} else {
			night++
		}
		if d := r.Time.Weekday(); d == 0 || d == 6 {
			weekend++
		} else {
			week++
		}
	}
	if day/10 < 3*night/14 || week/5 < 2*weekend/2 {
		t.Errorf("requests: day %.0f, night %.0f, weekdays %.0f, weekends %.0f", day, night, week, weekend)
	}
}

// TestQuality compares the mean quality of all answers, graded or not, with the design. A mean of 2,500 has a
// standard error of at most 1 point; groups widen it a little.
func TestQuality(t *testing.T) {
	samples := seed1()
	for _, task := range tasks() {
		rows := ofTask(samples, task.name)
		for m := range numModels {
			sum, n, errors := 0.0, 0.0, 0.0
			for _, s := range rows {
				if math.IsNaN(s.truth[m]) {
					errors++
					continue
				}
				sum += s.truth[m]
				n++
			}
			if got := sum / n; math.Abs(got-task.quality[m]) > 0.03 {
				t.Errorf("%s, %s: mean quality %.3f, designed %.3f", task.name, models[m].name, got, task.quality[m])
			}
			if share := errors / (n + errors); share < 0.001 || share > 0.013 {
				t.Errorf("%s, %s: %.4f of the calls fail, designed %.3f", task.name, models[m].name, share, models[m].errors)
			}
		}
	}
}

// TestLatentMean checks the response model against its own formula where the numbers are known: half of the
// answers to a request of limit 0 are right; with steps 0 and 1, (Φ(0)+Φ(1))/2 = (0.5+0.841345)/2 (tables of the
// normal distribution).
func TestLatentMean(t *testing.T) {
	for _, test := range []struct {
		steps []float64
		want  float64
	}{{[]float64{0}, 0.5}, {[]float64{0, 1}, 0.6706724}} {
		if got := (task{steps: test.steps}).mean(0); math.Abs(got-test.want) > 1e-6 {
			t.Errorf("steps %v: mean %.7f, want %.7f", test.steps, got, test.want)
		}
	}
}

// TestSignals checks what log-probabilities tell: see the package comment.
func TestSignals(t *testing.T) {
	samples := seed1()
	for _, task := range tasks() {
		rows := ofTask(samples, task.name)
		for m := range numModels {
			lo, hi := 0.72, 0.83 // designed 0.775; 100 wrong answers give a standard error of 0.025
			switch {
			case models[m].blind:
				lo, hi = 0.43, 0.57
			case task.name == reasoning:
				lo, hi = 0.50, 0.62
			}
			if a := auc(rows, m); a < lo || a > hi {
				t.Errorf("%s, %s: AUC of logprob_mean %.3f, want %.2f to %.2f", task.name, models[m].name, a, lo, hi)
			}
		}
	}
}

// auc is the chance that a good answer (0.75 or better) of model m has a higher mean log-probability than another.
func auc(samples []*sample, m int) float64 {
	var good, bad []float64
	for _, s := range samples {
		switch o := &s.row.Outcomes[m]; {
		case o.Error != "":
		case s.truth[m] >= 0.75:
			good = append(good, *o.LogprobMean)
		default:
			bad = append(bad, *o.LogprobMean)
		}
	}
	slices.Sort(bad)
	wins := 0.0
	for _, g := range good {
		below, _ := slices.BinarySearch(bad, g)
		notAbove, _ := slices.BinarySearch(bad, math.Nextafter(g, 1))
		wins += float64(below+notAbove) / 2
	}
	return wins / float64(len(good)*len(bad))
}

// TestCosts checks that a recorded cost is what the tokens cost at the list price: input includes cached tokens,
// output includes reasoning tokens.
func TestCosts(t *testing.T) {
	cached, thought := 0, 0
	for _, r := range Rows(&Options{Seed: 1, PerTask: 200}) {
		for m, o := range r.Outcomes {
			if o.Error != "" {
				continue
			}
			p, in := models[m], float64(*o.InputTokens)
			want := in*p.input + float64(*o.OutputTokens)*p.output
			if o.CachedInputTokens != nil && *o.CachedInputTokens > 0 {
				cached++
				want -= float64(*o.CachedInputTokens) * (p.input - p.cachedInput)
			}
			if o.ReasoningTokens != nil && *o.ReasoningTokens > 0 {
				thought++
			}
			if math.Abs(*o.CostUSD-want/1e6) > 1e-9 {
				t.Errorf("%s, %s: cost %v, tokens cost %v", r.ID, o.Model, *o.CostUSD, want/1e6)
			}
		}
	}
	if cached == 0 || thought == 0 {
		t.Errorf("%d outcomes with cached input, %d with reasoning tokens, want some of each", cached, thought)
	}
}

// TestRowsValid checks that readers find nothing wrong with the traffic.
func TestRowsValid(t *testing.T) {
	rows := Rows(&Options{Seed: 1})
	traffic, err := datasets.FromRows(rows, datasets.Columns{Prompt: true, Expected: true, Response: true})
	if err != nil {
		t.Fatal(err)
	}
	if traffic.Len != len(rows) || len(traffic.Models) != numModels {
		t.Errorf("%d rows of models %v, want %d rows of %d models", traffic.Len, traffic.Models, len(rows), numModels)
	}
}

func TestFiles(t *testing.T) {
	opts := &Options{Seed: 3, PerTask: 60, Graded: 10, GradedLongContext: 5}
	files, err := Files(opts)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	want := []string{"traffic.parquet", "safe.toml", "balanced.toml", "greedy.toml", "invoice.schema.json"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	rows, err := parquet.Read[datasets.Row](bytes.NewReader(files[0].Data), int64(len(files[0].Data)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Rows(opts), rows); diff != "" {
		t.Errorf("traffic.parquet (-made +read):\n%s", diff)
	}
	again, err := Files(opts)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(files[0].Data, again[0].Data) {
		t.Error("the same options give two different files")
	}
}

func BenchmarkRows(b *testing.B) {
	n := 0
	for b.Loop() {
		n += len(Rows(&Options{Seed: 1}))
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
}
