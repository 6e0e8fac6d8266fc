package reports

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/bundle"
)

// hostile are names that break what is quoted carelessly.
var hostile = []string{
	"plain", "gpt-4.1", "a b", "", "#", `"`, `\`, `\u0041`, "'", "]", "x = 1", "a\nb", "a\r\nb", "tab\there", "bell\a", "del\x7f", "żółć", "模型", "\u2028", "🙂",
	"[tasks.x]\nchain = []", `"""`, "{{.}}", "%d%s",
}

func TestQuoteTOML(t *testing.T) {
	for _, name := range hostile {
		checkQuoted(t, name)
	}
}

func FuzzQuoteTOML(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, name string) { checkQuoted(t, strings.ToValidUTF8(name, "\ufffd")) })
}

// checkQuoted checks that a name survives as a key, as a table, and as a value, beside a comment that has it too.
func checkQuoted(t *testing.T, name string) {
	t.Helper()
	text := "[" + "t." + bundle.Key(name) + "]  # " + plain(name) + "\n" + bundle.Key(name) + " = " + bundle.Quote(name) + "\n"
	var got map[string]map[string]map[string]string
	if _, err := toml.Decode(text, &got); err != nil {
		t.Fatalf("%q makes %q: %v", name, text, err)
	}
	want := map[string]map[string]map[string]string{"t": {name: {name: name}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q makes %q: -want +got\n%s", name, text, diff)
	}
}

// hostileDraft is a draft of which model and task have that name.
func hostileDraft(name string) (*eval.Inspection, *eval.Draft) {
	cheap := eval.InspectedModel{Model: "cheap " + name, Observed: eval.Observed{Quality: 0.8, CostPer1000: 0.25}}
	base := eval.InspectedModel{
		Model: name, Observed: eval.Observed{Quality: 0.9, CostPer1000: 10},
		Price: &eval.PriceGuess{Input: 0.15, CachedInput: eval.Unknown, Output: 1e-7, Reasoning: 2e7, Outcomes: 20},
	}
	x := &eval.Inspection{
		Data:     eval.InspectedData{Files: []string{name + ".parquet"}, Requests: 40, Graded: 40},
		Baseline: name, Models: []eval.InspectedModel{cheap, base},
	}
	task := &eval.InspectedTask{Task: name, Requests: 40, Share: 1, Proof: eval.Proof{Labels: 40}}
	d := &eval.Draft{
		Baseline: name, Default: name,
		Tiers: []eval.DraftTier{{Tier: "small", InspectedModel: &x.Models[0]}, {Tier: "frontier", InspectedModel: &x.Models[1]}},
		Tasks: []eval.DraftTask{{
			Name: name, InspectedTask: task, Why: eval.BehindCheck, Chain: []string{"small", "frontier"},
			Accept: []eval.DraftCheck{{Check: "finish"}, {Check: "logprob_mean", Min: []eval.DraftMin{{Tier: "small", Min: -0.5, Passes: 0.7, Delta: -0.01}}}},
			Longer: []string{"small", "mid", "frontier"},
			Alone: []eval.DraftAlone{
				{Tier: "small", TaskModel: &eval.TaskModel{Model: cheap.Model, Observed: cheap.Observed}},
				{Tier: "frontier", TaskModel: &eval.TaskModel{Model: name, Observed: base.Observed}},
			},
		}},
		Dominated: []string{cheap.Model}, Unpriced: []string{cheap.Model},
	}
	return x, d
}

func TestDraftTOML(t *testing.T) {
	for _, name := range hostile {
		x, d := hostileDraft(name)
		text := string(Draft(x, d, "tierwise eval '"+name+".toml'"))
		var got struct {
			Version  int
			Baseline string
			Models   map[string]struct{ Price map[string]float64 }
			Tiers    map[string]string
			Tasks    map[string]struct {
				Chain  []string
				Accept []map[string]any
			}
			Router struct{ Default string }
		}
		if _, err := toml.Decode(text, &got); err != nil {
			t.Fatalf("%q: %v\n%s", name, err, text)
		}
		if got.Version != 1 || got.Baseline != name || got.Router.Default != name {
			t.Errorf("%q: version %d, baseline %q, default %q", name, got.Version, got.Baseline, got.Router.Default)
		}
		if diff := cmp.Diff(map[string]string{"small": "cheap " + name, "frontier": name}, got.Tiers); diff != "" {
			t.Errorf("tiers: -want +got\n%s", diff)
		}
		price := map[string]float64{"input": 0.15, "output": 1e-7, "reasoning": 2e7}
		if diff := cmp.Diff(price, got.Models[name].Price); diff != "" || got.Models["cheap "+name].Price != nil {
			t.Errorf("prices are %v: -want +got\n%s", got.Models, diff)
		}
		task := got.Tasks[name]
		accept := []map[string]any{{"check": "finish"}, {"check": "logprob_mean", "min": map[string]any{"small": -0.5}}}
		if diff := cmp.Diff(accept, task.Accept); diff != "" || len(task.Chain) != 2 || len(got.Tasks) != 1 {
			t.Errorf("tasks are %v: -want +got\n%s", got.Tasks, diff)
		}
	}
}
