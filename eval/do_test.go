package eval_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/price"
	"github.com/tierwise/tierwise/routing/routingtest"
	"github.com/tierwise/tierwise/routing/trace"
)

// A recordedProvider is a provider whose models do again what a row of traffic says that they did: it is how a replay's
// facts get behind a live router.
type recordedProvider struct {
	row *datasets.Row
}

// Do implements llm.Client.
func (p *recordedProvider) Do(ctx context.Context, c *llm.Call) (*llm.Response, error) {
	if len(c.Request.Messages) == 0 { // the judge asks
		if err := wait(ctx, 7); err != nil {
			return nil, err
		}
		return &llm.Response{Usage: &llm.Usage{Input: 11, CachedInput: math.NaN(), Output: 3, Reasoning: math.NaN()}}, nil
	}
	i := slices.IndexFunc(p.row.Outcomes, func(o datasets.Outcome) bool { return o.Model == c.Model })
	if i < 0 {
		return nil, errors.New("nothing was recorded")
	}
	o := &p.row.Outcomes[i]
	if err := wait(ctx, orNaN(o.LatencyMS)); err != nil {
		return nil, err
	}
	var usage *llm.Usage
	if o.InputTokens != nil {
		usage = &llm.Usage{Input: count(o.InputTokens), CachedInput: count(o.CachedInputTokens), Output: count(o.OutputTokens), Reasoning: count(o.ReasoningTokens)}
	}
	if o.Error != "" {
		return nil, &llm.Error{Cause: llm.ParseCause(o.Error), Usage: usage}
	}
	r := &llm.Response{Model: o.Model, FinishReason: o.FinishReason, Usage: usage}
	if o.Response != nil {
		r.Text = *o.Response
	}
	if mean, least := orNaN(o.LogprobMean), orNaN(o.LogprobMin); mean == mean || least == least {
		if least != least {
			least = mean
		}
		if mean != mean {
			mean = least
		}
		r.Logprobs = []llm.Logprob{{Logprob: least}, {Logprob: 2*mean - least}}
	}
	return r, nil
}

// Stream implements llm.Client: first an event that says nothing, then the answer in two pieces.
func (p *recordedProvider) Stream(ctx context.Context, c *llm.Call) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		r, err := p.Do(ctx, c)
		if !yield(llm.Event{Data: []byte("{}")}, nil) {
			return
		}
		if err != nil {
			yield(llm.Event{}, err)
			return
		}
		if r.Text == "" || yield(llm.Event{Text: r.Text[:1]}, nil) {
			yield(llm.Event{Text: r.Text[min(len(r.Text), 1):], Response: r}, nil)
		}
	}
}

func wait(ctx context.Context, ms float64) error {
	if ms != ms {
		return nil
	}
	select {
	case <-time.After(time.Duration(ms * float64(time.Millisecond))):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func count(n *int64) float64 {
	if n == nil {
		return math.NaN()
	}
	return float64(*n)
}

func orNaN(x *float64) float64 {
	if x == nil {
		return math.NaN()
	}
	return *x
}

// recordedJudge says what a row says that the LLM router and the self-checks said.
type recordedJudge struct {
	row *datasets.Row
}

// Label implements routing.Judge.
func (j *recordedJudge) Label(ctx context.Context, ask routing.Ask, _ *routing.Request) (string, float64, error) {
	if _, err := ask(ctx, &llm.Request{}); err != nil {
		return "", 0, err
	}
	if j.row.RouterTask == "" {
		return "", 0, errors.New("it did not say")
	}
	return j.row.RouterTask, orNaN(j.row.RouterConfidence), nil
}

// SelfCheck implements routing.Judge.
func (j *recordedJudge) SelfCheck(ctx context.Context, ask routing.Ask, _ *routing.Request, answer *llm.Response) (float64, error) {
	if _, err := ask(ctx, &llm.Request{}); err != nil {
		return 0, err
	}
	for i := range j.row.Outcomes {
		if o := &j.row.Outcomes[i]; o.Model == answer.Model && o.SelfCheck != nil {
			return *o.SelfCheck, nil
		}
	}
	return math.NaN(), nil
}

// memorySink keeps the last record.
type memorySink struct{ last trace.Record }

// Write implements trace.Sink.
func (s *memorySink) Write(r *trace.Record) error {
	s.last = *r
	s.last.Attempts = slices.Clone(r.Attempts)
	return nil
}

// liveConfig returns the text of a config with a provider for every model, who is asked once per attempt, as the recorded
// outcome of an attempt is one, and with prices.
func liveConfig(c *routing.Config) string {
	text := string(c.Text)
	models := []string{}
	for _, tier := range c.Tiers {
		models = append(models, tier.Model)
	}
	for _, task := range c.Tasks {
		for _, a := range task.Accept {
			models = append(models, a.Model)
		}
	}
	if c.Router.LLM != nil {
		models = append(models, c.Router.LLM.Model)
	}
	for _, m := range c.Models {
		models = append(models, m.Name)
	}
	slices.Sort(models)
	text += "\n[providers.p]\nkind = \"openai\"\nretries = 0\n"
	for i, name := range slices.Compact(models) {
		if name == "" {
			continue
		}
		fields := fmt.Sprintf("provider = \"p\"\nprice = { input = 0.%d, cached_input = 0.07, output = 1.%d, reasoning = 1.9 }\n", i+1, i+3)
		if header := "[models." + name + "]\n"; strings.Contains(text, header) {
			text = strings.Replace(text, header, header+fields, 1)
		} else {
			text += header + fields
		}
	}
	return text
}

// A doer is a live router in front of recorded outcomes.
type doer struct {
	config *routing.Config
	files  fstest.MapFS
}

func newDoer(t *testing.T, c *routing.Config) *doer {
	t.Helper()
	d := &doer{files: fstest.MapFS{"dispatch.toml": {Data: []byte(liveConfig(c))}}}
	for name, data := range c.Files {
		d.files[name] = &fstest.MapFile{Data: data}
	}
	config, err := routing.ParseConfig("dispatch.toml", d.files["dispatch.toml"].Data, func(name string) ([]byte, error) { return c.Files[name], nil })
	if err != nil {
		t.Fatalf("%v\n%s", err, d.files["dispatch.toml"].Data)
	}
	d.config = config
	return d
}

// A done request is what a router did with it.
type done struct {
	record trace.Record
	answer *routing.Answer
	err    error
	text   string // that left, if it was streamed
}

// do sends the request that left the row behind through Router.Do, or Router.Stream, of a router that has seen nothing yet.
func (d *doer) do(t *testing.T, row *datasets.Row, named, stream bool) done {
	t.Helper()
	var sink memorySink
	router, err := routing.New(d.files, "dispatch.toml", &routing.Options{
		Clients: map[string]llm.Client{"p": &recordedProvider{row}}, Judge: &recordedJudge{row}, Trace: &sink,
	})
	if err != nil {
		t.Fatal(err)
	}
	q := sent(t, row, named)
	var out done
	if stream {
		for ev, err := range router.Stream(context.Background(), q) {
			out.text += ev.Text
			out.answer, out.err = ev.Answer, err
		}
	} else {
		out.answer, out.err = router.Do(context.Background(), q)
	}
	out.record = sink.last
	return out
}

// TestScriptsLive: a live router takes the steps that the scripts want. Where the text of an answer was not recorded there
// is nothing to compare: a live answer has one.
func TestScriptsLive(t *testing.T) {
	routingtest.Run(t, func(t *testing.T, s *routingtest.Script, r *routingtest.Request) []string {
		unrecorded := func(step string) bool {
			return step == routing.Unevaluable.String() || strings.HasPrefix(step, "measure ") && strings.HasSuffix(step, " chars none")
		}
		if slices.ContainsFunc(r.Want, unrecorded) {
			return r.Want
		}
		row := recorded(s.Config, r)
		return liveSteps(newDoer(t, s.Config).do(t, &row, r.Task != "", false))
	})
}

// liveSteps are the steps of a live request.
func liveSteps(d done) []string {
	r := &d.record
	steps := []string{"route " + r.Task + " " + r.Layer}
	if r.Split != "" {
		steps = append(steps, routingtest.SplitStep(r.Split))
	}
	for _, a := range r.Attempts {
		steps = append(steps, routingtest.CallStep(a.Model, llm.ParseCause(a.Error)))
		for _, c := range a.Checks {
			steps = append(steps, routingtest.MeasureStep(a.Model, c.Check, c.Signal.Float()))
		}
	}
	ended := r.Ended
	if ended == routing.Aborted.String() {
		ended = r.Error
	}
	return append(steps, routingtest.EndStep(ended, r.Model))
}

// A lived request is what a replay and a live router must agree on, to the last bit.
type lived struct {
	Task, Layer, Rule, Split, Ended, Answer, Tier string

	Attempts      []livedAttempt
	Cost, Latency float64
	Quality       float64
}

type livedAttempt struct {
	Tier, Model, Error string
	Cost, Latency      float64
	Signals            []eval.Signal
}

func (d *doer) replay(t *testing.T, row *datasets.Row, named bool) (lived, bool) {
	t.Helper()
	job, err := eval.NewJob([]eval.Candidate{{Label: "c", Config: d.config}}, &eval.Options{GoldTasks: named})
	if err != nil {
		t.Fatal(err)
	}
	traffic, err := datasets.FromRows([]datasets.Row{*row}, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	var out lived
	err = job.NewReplayer().Records(context.Background(), traffic, func(r *eval.Record) error {
		out = lived{
			Task: r.Task, Layer: r.Layer, Rule: r.Rule, Split: r.Split, Ended: r.Ended, Answer: r.Answer, Tier: r.Tier,
			Cost: float64(r.CostUSD), Latency: float64(r.LatencyMS), Quality: float64(r.Quality),
		}
		for _, a := range r.Attempts {
			out.Attempts = append(out.Attempts, livedAttempt{a.Tier, a.Model, a.Error, float64(a.CostUSD), float64(a.LatencyMS), a.Signals})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, out.Ended != routing.Unevaluable.String()
}

// asLived is what a live request came to, with the quality that the row gives its answer.
func asLived(row *datasets.Row, d done) lived {
	r := &d.record
	out := lived{
		Task: r.Task, Layer: r.Layer, Rule: r.Rule, Split: r.Split, Ended: r.Ended, Answer: r.Model, Tier: r.Tier,
		Cost: r.CostUSD.Float(), Latency: r.LatencyMS.Float(),
	}
	if out.Ended == routing.Aborted.String() {
		out.Ended = r.Error
	}
	for _, a := range r.Attempts {
		l := livedAttempt{Tier: a.Tier, Model: a.Model, Error: a.Error, Cost: a.CostUSD.Float(), Latency: a.LatencyMS.Float()}
		if a.Error != "" && l.Cost != l.Cost {
			l.Cost = 0 // a replay counts it as unbilled
		}
		for _, c := range a.Checks {
			l.Signals = append(l.Signals, eval.Signal{Check: c.Check, Signal: eval.Number(c.Signal.Float()), Threshold: c.Min, Passed: c.Passed})
		}
		out.Attempts = append(out.Attempts, l)
	}
	for i := range row.Outcomes {
		if o := &row.Outcomes[i]; o.Model == r.Model && r.Model != "" {
			out.Quality = orNaN(o.Quality)
		}
	}
	return out
}

// furnish gives every outcome of a row tokens, times and a quality, and the row what its questions to the judge cost. What
// answers lack that no live answer lacks is added.
func furnish(row *datasets.Row, c *routing.Config, r *rand.Rand) {
	number := func(n int) *int64 { v := int64(r.IntN(n)); return &v }
	ms := func(x float64) *float64 { return &x }
	asked := price.Usage{Input: 11, CachedInput: math.NaN(), Output: 3, Reasoning: math.NaN()}
	var judge float64
	for _, m := range c.Models {
		if m.Name == "R" {
			judge = m.Price.USD(asked)
		}
	}
	row.RouterCostUSD, row.RouterLatencyMS, row.RouterModel = &judge, ms(7), "R"
	for i := range row.Outcomes {
		o := &row.Outcomes[i]
		o.LatencyMS = ms(float64(r.IntN(3000)) / 4)
		if o.Error == "" || r.IntN(2) == 0 {
			o.InputTokens, o.OutputTokens = number(1000), number(1000)
			o.CachedInputTokens, o.ReasoningTokens = number(500), number(500)
		}
		o.SelfCheckCostUSD, o.SelfCheckLatency = &judge, ms(7)
		if o.Error != "" {
			continue
		}
		quality := float64(r.IntN(5)) / 4
		o.Quality = &quality
		if o.Response == nil {
			empty := ""
			o.Response = &empty
		}
		if o.LogprobMean != nil || o.LogprobMin != nil {
			mean := -float64(r.IntN(9)) / 8
			least := 2*mean + min(0, -mean-float64(r.IntN(2)))
			if least > mean {
				least = mean
			}
			o.LogprobMean, o.LogprobMin = &mean, &least
		}
	}
}

// TestDoIsReplay: what Router.Do and Router.Stream do with a request is what a replay makes of the row that it leaves
// behind: the decision, every attempt and check, every dollar and millisecond, and whose answer it is.
func TestDoIsReplay(t *testing.T) {
	seeds := uint64(400)
	if testing.Short() {
		seeds = 50
	}
	met := map[string]int{}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) { compareWorlds(t, seed, met) })
	}
	for _, what := range []string{"accepted", "exhausted", "failed", "bad_request", "content_filter", "canceled", "split", "llm", "self_check", "failover", "escalation"} {
		if met[what] < int(seeds)/40 {
			t.Errorf("%s was met %d times in %d scripts: too few to show anything", what, met[what], seeds)
		}
	}
}

// FuzzDoIsReplay is TestDoIsReplay with seeds of the fuzzer's.
func FuzzDoIsReplay(f *testing.F) {
	f.Add(uint64(1 << 40))
	f.Fuzz(func(t *testing.T, seed uint64) {
		synctest.Test(t, func(t *testing.T) { compareWorlds(t, seed, map[string]int{}) })
	})
}

func compareWorlds(t *testing.T, seed uint64, met map[string]int) {
	s, err := routingtest.Parse("random", []byte(randomScript(rand.New(rand.NewPCG(seed, 1)))))
	if err != nil {
		t.Fatal(err)
	}
	d := newDoer(t, s.Config)
	r := rand.New(rand.NewPCG(seed, 3))
	for i := range s.Requests {
		named := s.Requests[i].Task != ""
		row := recorded(s.Config, &s.Requests[i])
		furnish(&row, d.config, r)
		want, known := d.replay(t, &row, named)
		if !known {
			continue
		}
		stream := r.IntN(2) == 0
		live := d.do(t, &row, named, stream)
		got := asLived(&row, live)
		if diff := cmp.Diff(want, got, cmp.Comparer(sameFloat), cmp.Comparer(func(a, b eval.Number) bool { return sameFloat(float64(a), float64(b)) })); diff != "" {
			t.Errorf("seed %d, request %d, stream %v, %+v (-replayed +done):\n%s\n%s", seed, i, stream, row, diff, d.config.Text)
		}
		checkCaller(t, &row, &live, stream)
		met[got.Ended]++
		met[got.Layer]++
		if got.Split != "" {
			met["split"]++
		}
		for k, a := range got.Attempts {
			if k+1 < len(got.Attempts) && a.Error != "" {
				met["failover"]++
			} else if k+1 < len(got.Attempts) {
				met["escalation"]++
			}
			for _, c := range a.Signals {
				met[c.Check]++
			}
		}
	}
}

// checkCaller: the caller gets what the record says.
func checkCaller(t *testing.T, row *datasets.Row, d *done, stream bool) {
	t.Helper()
	r := &d.record
	if (d.err == nil) != (r.Model != "") || (d.answer == nil) != (d.err != nil) {
		t.Fatalf("answer %v, error %v, record %+v", d.answer, d.err, r)
	}
	if d.err != nil {
		var all *routing.AllModelsFailedError
		var exhausted *routing.ExhaustedError
		var call *llm.Error
		ok := errors.As(d.err, &all) && r.Ended == "failed" || errors.As(d.err, &exhausted) && r.Ended == "exhausted" ||
			r.Ended == "aborted" && errors.As(d.err, &call) && call.Cause.Ends() && call.Cause.String() == r.Error
		if !ok {
			t.Errorf("%s %s: error %T %v", r.Ended, r.Error, d.err, d.err)
		}
		return
	}
	i := slices.IndexFunc(row.Outcomes, func(o datasets.Outcome) bool { return o.Model == r.Model })
	a := d.answer
	if want := *row.Outcomes[i].Response; a.Text != want || stream && d.text != want || a.ByModel != r.Model || a.Exhausted != (r.Ended == "exhausted") || !sameFloat(a.CostUSD, r.CostUSD.Float()) {
		t.Errorf("answer %+v, text %q, streamed %q, want %q; record %+v", a, a.Text, d.text, want, r)
	}
}

func sameFloat(a, b float64) bool { return a == b || a != a && b != b }
