package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// runOK runs a command that must succeed without a word on stderr, and returns what it prints.
func runOK(t *testing.T, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exitDone || stderr.Len() > 0 {
		t.Fatalf("tierwise %s: exit code %d\n%s", strings.Join(args, " "), code, &stderr)
	}
	return stdout.Bytes()
}

func inspection(t *testing.T, args ...string) *eval.Inspection {
	t.Helper()
	x := &eval.Inspection{}
	if err := json.Unmarshal(runOK(t, append([]string{"inspect", "--json"}, args...)...), x); err != nil {
		t.Fatal(err)
	}
	return x
}

// The counts of right and wrong are those of RouteLLM's repository over the rows that are not contaminated: MMLU 742 gained
// and 2,496 lost of 14,037; GSM8K 94 and 382 of 1,307. So is the price that its cost columns are made with: $24.70 and $0.24
// per million tokens of either kind.
func TestRealInspect(t *testing.T) {
	for _, tt := range []struct {
		file             string
		requests, tasks  int
		changed          float64 // of all requests
		weak, strong     float64 // quality
		samePrompt, sets int64
	}{
		{"routellm_mmlu.parquet", 14037, 57, 742 + 2496, 0.68091, 0.80587, 210, 105},
		{"routellm_gsm8k.parquet", 1307, 1, 94 + 382, 0.63734, 0.85769, 0, 0},
	} {
		t.Run(tt.file, func(t *testing.T) {
			x := inspection(t, realData(t, tt.file), "--where", "contaminated=false")
			if x.Data.Requests != int64(tt.requests) || len(x.Tasks) != tt.tasks || x.Baseline != routeLLMStrong {
				t.Errorf("%d requests, %d tasks, baseline %s", x.Data.Requests, len(x.Tasks), x.Baseline)
			}
			weak, strong := &x.Models[0], &x.Models[1]
			if math.Abs(float64(weak.Quality)-tt.weak) > 5e-6 || math.Abs(float64(strong.Quality)-tt.strong) > 5e-6 {
				t.Errorf("qualities are %v and %v", weak.Quality, strong.Quality)
			}
			// Shrinking within a task moves a label or two of each.
			if got := float64(x.Whole.Discordance) * float64(tt.requests); math.Abs(got-tt.changed) > 2*float64(tt.tasks) {
				t.Errorf("%.1f discordant pairs, want about %v", got, tt.changed)
			}
			for model, want := range map[*eval.InspectedModel]eval.Number{weak: 0.24, strong: 24.7} {
				if p := model.Price; p == nil || p.Input != want || p.Output != want || p.CachedInput.Known() {
					t.Errorf("the price of %s is %+v, want %v", model.Model, p, want)
				}
			}
		})
	}
}

// The layouts of the same requests are inspected alike.
func TestRealInspectLayouts(t *testing.T) {
	short := func(name string) []any {
		x := inspection(t, realData(t, name))
		var out []any
		for _, m := range x.Models {
			out = append(out, m.Judged, float64(m.Quality), float64(m.CostPer1000))
		}
		return append(out, x.Tasks[0].Proof)
	}
	canonical := short("routellm_gsm8k.parquet")
	for _, name := range []string{"routellm_gsm8k_long.parquet", "routellm_gsm8k_wide.parquet"} {
		if diff := cmp.Diff(canonical, short(name)); diff != "" {
			t.Errorf("%s: -canonical +this\n%s", name, diff)
		}
	}
}

// Public prices of 2024, in USD per million input and output tokens, are told from costs and tokens alone.
func TestRealPrices(t *testing.T) {
	x := inspection(t, realData(t, "bfcl_2024_08_11.parquet"))
	for model, want := range map[string][2]eval.Number{
		"claude-3-5-sonnet-20240620": {3, 15}, "claude-3-haiku-20240307": {0.25, 1.25}, "claude-3-opus-20240229": {15, 75},
		"gpt-3.5-turbo-0125-FC": {0.5, 1.5}, "gpt-4-turbo-2024-04-09": {10, 30}, "gpt-4o-2024-05-13": {5, 15},
	} {
		i := slices.IndexFunc(x.Models, func(m eval.InspectedModel) bool { return m.Model == model })
		if p := x.Models[i].Price; p == nil || [2]eval.Number{p.Input, p.Output} != want {
			t.Errorf("the price of %s is %+v, want %v", model, p, want)
		}
	}
}

func TestRealFindings(t *testing.T) {
	for file, want := range map[string][]string{
		"zeroeval_gsm.parquet":    {"no-costs", "coverage"}, // one model covers 681 rows only
		"bfcl_2024_08_11.parquet": {"cost-unknown", "dominated", "same-prompt"},
	} {
		var got []string
		for _, f := range inspection(t, realData(t, file)).Findings {
			got = append(got, f.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", file, diff)
		}
	}
	x := inspection(t, realData(t, "clinc150.parquet"), "--split-map", "train=tune", "--split-map", "val=tune", "--split-map", "test=verify")
	if len(x.Tasks) != 151 || x.Data.Requests != 23700 || len(x.Findings) != 1 || x.Findings[0].ID != "no-outcomes" {
		t.Errorf("%d tasks, %d requests, findings %v", len(x.Tasks), x.Data.Requests, x.Findings)
	}
	if diff := cmp.Diff([]eval.Tally{{Name: "tune", Requests: 18200}, {Name: "verify", Requests: 5500}}, x.Data.Splits); diff != "" {
		t.Errorf("splits: -want +got\n%s", diff)
	}
}

// What init writes is a config that eval takes as it is, that covers all and loses no more than a point on the same labels.
func TestRealInit(t *testing.T) {
	for _, file := range []string{
		"routellm_mmlu.parquet", "routellm_gsm8k.parquet", "routellm_gsm8k_long.parquet", "routellm_gsm8k_wide.parquet",
		"bfcl_2024_08_11.parquet", "zeroeval_gsm.parquet",
	} {
		t.Run(file, func(t *testing.T) {
			data, config := realData(t, file), filepath.Join(t.TempDir(), "dispatch.toml")
			runOK(t, "init", "-d", data, "-o", config)
			text, err := os.ReadFile(config)
			if err != nil {
				t.Fatal(err)
			}
			again := string(runOK(t, "init", "-d", data, "--workers", "1"))
			// The name of the config stands in a line, and in its seal.
			seals := regexp.MustCompile(`(?m)  #[0-9a-f]{4}$`)
			want := seals.ReplaceAllString(strings.Replace(string(text), config, "dispatch.toml", 1), "")
			if diff := cmp.Diff(want, seals.ReplaceAllString(again, "")); diff != "" {
				t.Errorf("-many workers +one\n%s", diff)
			}
			parsed, err := routing.ReadConfig(config)
			if err != nil {
				t.Fatal(err)
			}
			whole := evaluate(t, config, "-d", data, "--gold-tasks").Candidates[0].Whole
			if whole.Coverage != 1 || !(whole.Delta >= -0.01) || whole.Savings < 0 {
				t.Errorf("coverage %v, delta %v, savings %v", whole.Coverage, whole.Delta, whole.Savings)
			}
			if c := evaluate(t, config, "-d", data); c.Candidates[0].Tasks[0].Task != parsed.Router.Default {
				t.Errorf("without the callers' tasks requests go to %s", c.Candidates[0].Tasks[0].Task)
			}
		})
	}
}
