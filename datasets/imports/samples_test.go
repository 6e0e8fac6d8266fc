package imports

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
)

// sample finds real outputs of other tools; they are not part of the project.
func sample(t testing.TB, names ...string) []string {
	t.Helper()
	folder := filepath.Join(cmp.Or(os.Getenv("TIERWISE_DATA"), filepath.Join("..", "..", "..", "shared", "data")), "imports")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no samples of other tools' outputs: %v; set TIERWISE_DATA to the folder that has them in imports/", err)
	}
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.Join(folder, name))
	}
	return paths
}

func mustRead(t testing.TB, format string, opts *Options, files ...string) Result {
	t.Helper()
	res, err := Read(t.Context(), format, files, opts)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// printed compares a figure with one that was printed with so many digits.
func printed(t *testing.T, what string, got float64, want string) {
	t.Helper()
	mantissa, _, _ := strings.Cut(want, "e")
	_, decimals, _ := strings.Cut(mantissa, ".")
	verb := 'f'
	if strings.Contains(want, "e") {
		verb = 'e'
	}
	if s := fmt.Sprintf("%.*"+string(verb), len(decimals), got); s != want {
		t.Errorf("%s is %s, want %s", what, s, want)
	}
}

// A promptfooColumn has the figures of one column of a run, as a script independent of this package counted them.
type promptfooColumn struct {
	model, prompt string
	rows, pass    int
	errors        int
	labelled      int
	mean          string
	costKnown     int
	costUSD       string
}

func TestPromptfooSamples(t *testing.T) {
	small := []promptfooColumn{
		{"mini", "plain", 17, 11, 1, 15, "0.761667", 13, "7.4025e-05"},
		{"mini", "terse", 8, 6, 0, 7, "0.763393", 7, "5.205e-05"},
		{"openai:chat:gpt-4o", "plain", 16, 14, 1, 14, "0.941071", 12, "0.00107625"},
		{"openai:chat:gpt-4o", "terse", 7, 7, 0, 6, "0.921875", 6, "0.0006825"},
		{"house-8b", "plain", 17, 6, 2, 14, "0.305357", 8, "2.3e-06"},
		{"house-8b", "terse", 8, 4, 2, 5, "0.5275", 3, "1.4e-06"},
	}
	full := []promptfooColumn{
		{"mini", "plain", 61, 41, 1, 59, "0.747246", 55, "0.000299175"},
		{"mini", "terse", 60, 44, 1, 58, "0.751616", 55, "0.00031485"},
		{"openai:chat:gpt-4o", "plain", 60, 52, 1, 58, "0.89806", 54, "0.00471875"},
		{"openai:chat:gpt-4o", "terse", 59, 54, 1, 57, "0.895285", 54, "0.0050225"},
		{"house-8b", "plain", 61, 34, 2, 58, "0.487716", 32, "9.72e-06"},
		{"house-8b", "terse", 60, 33, 2, 57, "0.485088", 31, "1.372e-05"},
	}
	for _, test := range []struct {
		file    string
		columns []promptfooColumn
	}{{"promptfoo_small.json", small}, {"promptfoo_small.jsonl", small}, {"promptfoo_full.jsonl.gz", full}} {
		t.Run(test.file, func(t *testing.T) {
			for _, c := range test.columns {
				checkPromptfooColumn(t, sample(t, test.file)[0], c)
			}
		})
	}
}

func checkPromptfooColumn(t *testing.T, file string, c promptfooColumn) {
	t.Helper()
	name := c.model + " " + c.prompt
	m := modelOf(t, mustRead(t, "promptfoo", &Options{Prompt: c.prompt}, file), c.model)
	if m.Requests != c.rows || m.Outcomes != c.rows || m.Errors != c.errors || m.Labeled != c.labelled || m.CostKnown != c.costKnown {
		t.Errorf("%s: %+v, want %+v", name, m, c)
	}
	printed(t, name+" mean", *m.QualityMean, c.mean)
	printed(t, name+" cost", m.CostUSD, c.costUSD)
	passed := modelOf(t, mustRead(t, "promptfoo", &Options{Prompt: c.prompt, Quality: "pass"}, file), c.model)
	// The one test without assertions counts as passed in the tool's own figure; here it is no label.
	if got := *passed.QualityMean*float64(passed.Labeled) + 1; got != float64(c.pass) {
		t.Errorf("%s: %v passed, want %d", name, got, c.pass)
	}
}

func modelOf(t *testing.T, res Result, name string) Model {
	t.Helper()
	for _, m := range res.Report.Models {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no model %q in %+v", name, res.Report.Models)
	return Model{}
}

func TestPromptfooSampleRequests(t *testing.T) {
	for _, test := range []struct {
		file               string
		requests, complete int
		coverage           [3]int // house-8b, mini, openai:chat:gpt-4o
		labelled           [3]int
	}{
		{"promptfoo_small.json", 25, 23, [3]int{25, 25, 23}, [3]int{19, 22, 20}},
		{"promptfoo_small.jsonl", 25, 23, [3]int{25, 25, 23}, [3]int{19, 22, 20}},
		{"promptfoo_full.jsonl.gz", 121, 119, [3]int{121, 121, 119}, [3]int{115, 117, 115}},
		{"promptfoo_interrupted.jsonl", 11, 9, [3]int{9, 11, 11}, [3]int{9, 11, 11}},
	} {
		t.Run(test.file, func(t *testing.T) {
			rep := mustRead(t, "promptfoo", nil, sample(t, test.file)...).Report
			if rep.Requests != test.requests || rep.Complete != test.complete || rep.Repeats != 0 || len(rep.Models) != 3 {
				t.Fatalf("%+v", rep)
			}
			for i, m := range rep.Models {
				if m.Requests != test.coverage[i] || m.Labeled != test.labelled[i] {
					t.Errorf("%s covers %d, %d labelled, want %d and %d", m.Name, m.Requests, m.Labeled, test.coverage[i], test.labelled[i])
				}
			}
		})
	}
}

func TestPromptfooInterruptedSample(t *testing.T) {
	res := mustRead(t, "promptfoo", nil, sample(t, "promptfoo_interrupted.jsonl")...)
	for _, want := range []struct{ model, scores string }{{"mini", "9.025"}, {"openai:chat:gpt-4o", "9.93125"}, {"house-8b", "2.6375"}} {
		m := modelOf(t, res, want.model)
		printed(t, want.model+" score sum", *m.QualityMean*float64(m.Labeled), want.scores)
	}
}

func outcomeOf(t *testing.T, res Result, id, model string) datasets.Outcome {
	t.Helper()
	for _, row := range res.Rows {
		for _, o := range row.Outcomes {
			if row.ID == id && o.Model == model {
				return o
			}
		}
	}
	t.Fatalf("no outcome of model %q on request %q", model, id)
	return datasets.Outcome{}
}

func TestInspectSamples(t *testing.T) {
	const log = "inspect/2026-11-20T10-00-00+00-00_desk_"
	for _, test := range []struct {
		extension, metric string
		models            [2]string // large, small
		labelled          [2]int
		mean              [2]string
	}{
		{".json", "match", [2]string{"openai/large", "openai/small"}, [2]int{10, 9}, [2]string{"0.6", "0.555556"}},
		{".eval", "match", [2]string{"openai/large", "openai/small"}, [2]int{10, 9}, [2]string{"0.6", "0.555556"}},
		{".json", "rubric", [2]string{"openai/large", "openai/small"}, [2]int{8, 7}, [2]string{"0.5625", "0.535714"}},
		{".eval", "rubric", [2]string{"openai/large", "openai/small"}, [2]int{8, 7}, [2]string{"0.5625", "0.535714"}},
	} {
		t.Run(test.metric+test.extension, func(t *testing.T) {
			files := sample(t, log+"small"+test.extension, log+"large"+test.extension)
			res := mustRead(t, "inspect_ai", &Options{Metric: test.metric}, files...)
			if res.Report.Requests != 10 || res.Report.Complete != 10 || res.Report.Repeats != 10 {
				t.Errorf("%+v", res.Report)
			}
			for i, m := range res.Report.Models {
				if m.Name != test.models[i] || m.Requests != 10 || m.Labeled != test.labelled[i] || m.Errors != i {
					t.Errorf("%+v", m)
				}
				printed(t, m.Name, *m.QualityMean, test.mean[i])
			}
			// Input tokens hold the cached ones: 209 + 72 and 230 + 80.
			for model, want := range map[string][3]int64{"openai/small": {281, 72, 27}, "openai/large": {310, 80, 30}} {
				if got := tokens(res, model); got != want {
					t.Errorf("%s: input, cached and output tokens %v, want %v", model, got, want)
				}
			}
			if o := outcomeOf(t, res, "desk/1#1", "openai/small"); o.Error != "rate_limit" || o.Quality != nil {
				t.Errorf("%+v", o)
			}
		})
	}
}

// tokens sums input, cached and output tokens of a model.
func tokens(res Result, model string) [3]int64 {
	var sums [3]int64
	for _, row := range res.Rows {
		for _, o := range row.Outcomes {
			if o.Model != model {
				continue
			}
			for i, v := range []*int64{o.InputTokens, o.CachedInputTokens, o.OutputTokens} {
				if v != nil {
					sums[i] += *v
				}
			}
		}
	}
	return sums
}

func TestLMEvalSamples(t *testing.T) {
	for _, test := range []struct {
		filter, metric string
		task           string
		labelled       int
		large, tiny    string
	}{
		{"strict-match", "", "stock", 6, "0.5000", "0.3333"},
		{"flexible-extract", "", "stock", 6, "0.6667", "0.3333"},
		{"strict-match", "", "colour", 5, "0.6000", "0.4000"},
		{"strict-match", "acc_norm,exact_match", "colour", 5, "0.6000", "0.4000"},
	} {
		t.Run(test.filter+" "+test.task, func(t *testing.T) {
			res := mustRead(t, "lm_eval", &Options{Filter: test.filter, Metric: test.metric}, sample(t, "lm_eval")...)
			if res.Report.Requests != 11 || res.Report.Complete != 11 || res.Report.Repeats != 0 {
				t.Errorf("%+v", res.Report)
			}
			for model, want := range map[string]string{"acme/large-70b": test.large, "acme/tiny-1b": test.tiny} {
				n, sum := 0, 0.0
				for _, row := range res.Rows {
					for _, o := range row.Outcomes {
						if row.Task == test.task && o.Model == model {
							n++
							sum += *o.Quality
							if (o.Response == nil) != (test.task == "colour") {
								t.Errorf("%s %s: response %v", row.ID, model, o.Response)
							}
						}
					}
				}
				if n != test.labelled {
					t.Errorf("%s: %d labelled, want %d", model, n, test.labelled)
				}
				printed(t, model, sum/float64(n), want)
			}
		})
	}
	t.Run("filters", func(t *testing.T) {
		_, err := Read(t.Context(), "lm_eval", sample(t, "lm_eval"), nil)
		wantError(t, err, `"flexible-extract", "strict-match"`, "--filter")
	})
}

func TestOpenAIBatchSamples(t *testing.T) {
	// In the order of a shell's glob: the error file comes before the outputs that tell whose it is.
	res := mustRead(t, "openai_batch", nil, sample(t, "batch/openai_error_small.jsonl", "batch/openai_input_large.jsonl", "batch/openai_input_small.jsonl",
		"batch/openai_output_large.jsonl", "batch/openai_output_small.jsonl")...)
	if res.Report.Requests != 6 || res.Report.Complete != 6 {
		t.Errorf("%+v", res.Report)
	}
	small, large := modelOf(t, res, "gpt-small"), modelOf(t, res, "gpt-large")
	if small.Errors != 2 || large.Errors != 0 || small.Labeled+large.Labeled != 0 || small.TokensKnown != 4 || small.CostKnown != 0 {
		t.Errorf("%+v %+v", small, large)
	}
	if got, want := tokens(res, "gpt-small"), [3]int64{4 * 24, 32, 8}; got != want {
		t.Errorf("small: %v, want %v", got, want)
	}
	if got, want := tokens(res, "gpt-large"), [3]int64{6 * 24, 48, 12}; got != want {
		t.Errorf("large: %v, want %v", got, want)
	}
	for id, want := range map[string]string{"q-6": "batch_expired", "q-3": "bad_request"} {
		if o := outcomeOf(t, res, id, "gpt-small"); o.Error != want {
			t.Errorf("%s: error %q, want %q", id, o.Error, want)
		}
	}
}

func TestAnthropicBatchSamples(t *testing.T) {
	res := mustRead(t, "anthropic_batch", nil, sample(t, "batch/anthropic_requests.jsonl", "batch/anthropic_results.jsonl")...)
	m := modelOf(t, res, "claude-large")
	if res.Report.Requests != 6 || m.Errors != 3 || m.Outcomes != 6 || m.Labeled != 0 {
		t.Errorf("%+v", res.Report)
	}
	for id, want := range map[string]int64{"q-1": 9, "q-2": 21, "q-3": 9} {
		o := outcomeOf(t, res, id, "claude-large")
		if *o.InputTokens != want || *o.Response != "shipping" {
			t.Errorf("%s: %d tokens in, answer %q", id, *o.InputTokens, *o.Response)
		}
	}
	for id, want := range map[string]string{"q-4": "bad_request", "q-5": "batch_expired", "q-6": "batch_canceled"} {
		if o := outcomeOf(t, res, id, "claude-large"); o.Error != want {
			t.Errorf("%s: error %q, want %q", id, o.Error, want)
		}
	}
}

// What is imported from the samples is traffic that a replay takes, and comes back from canonical JSON Lines as it is.
func TestSamplesAreTraffic(t *testing.T) {
	for _, test := range []struct {
		format string
		opts   *Options
		files  []string
	}{
		{"promptfoo", nil, []string{"promptfoo_full.jsonl.gz"}},
		{"promptfoo", nil, []string{"promptfoo_interrupted.jsonl", "promptfoo_full.jsonl.gz"}},
		{"inspect_ai", &Options{Metric: "match"}, []string{"inspect/2026-11-20T10-00-00+00-00_desk_small.eval", "inspect/2026-11-20T10-00-00+00-00_desk_large.json"}},
		{"lm_eval", &Options{Filter: "strict-match"}, []string{"lm_eval"}},
		{"openai_batch", nil, []string{"batch/openai_input_small.jsonl", "batch/openai_output_small.jsonl", "batch/openai_error_small.jsonl"}},
	} {
		t.Run(test.format, func(t *testing.T) {
			res := mustRead(t, test.format, test.opts, sample(t, test.files...)...)
			checkTraffic(t, res.Rows)
			traffic, err := datasets.FromRows(res.Rows, datasets.Columns{Prompt: true, Response: true})
			if err != nil {
				t.Fatal(err)
			}
			if traffic.Len != len(res.Rows) || len(traffic.Models) != len(res.Report.Models) {
				t.Errorf("%d rows and %d models as traffic, %d and %d imported", traffic.Len, len(traffic.Models), len(res.Rows), len(res.Report.Models))
			}
		})
	}
}

func TestDetectSamples(t *testing.T) {
	for file, want := range map[string]string{
		"promptfoo_small.json": "promptfoo", "promptfoo_small.jsonl": "promptfoo", "promptfoo_full.jsonl.gz": "promptfoo",
		"promptfoo_interrupted.jsonl": "promptfoo", "promptfoo_small.csv": "promptfoo",
		"inspect/2026-11-20T10-00-00+00-00_desk_small.eval": "inspect_ai", "inspect/2026-11-20T10-00-00+00-00_desk_large.json": "inspect_ai",
		"lm_eval": "lm_eval", "batch/openai_input_small.jsonl": "openai_batch", "batch/openai_error_small.jsonl": "openai_batch",
		"batch/anthropic_requests.jsonl": "anthropic_batch", "batch/anthropic_results.jsonl": "anthropic_batch",
	} {
		if got, err := Detect(sample(t, file)[0]); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", file, got, err, want)
		}
	}
}

func TestPromptfooSampleCSV(t *testing.T) {
	_, err := Read(t.Context(), "promptfoo", sample(t, "promptfoo_small.csv"), nil)
	wantError(t, err, "promptfoo_small.csv", "export .jsonl")
	_, err = Read(t.Context(), "promptfoo", sample(t, "promptfoo_small.json", "promptfoo_small.jsonl"), nil)
	wantError(t, err, "the same result", "give each run once")
}

// wantError checks that an error says all of what it should.
func wantError(t testing.TB, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error does not say %q:\n%v", p, err)
		}
	}
}
