package eval_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// draftRows are 400 requests of each of three tasks. large is right on 90 % of each. On "easy" small is as right as large, on
// "told" it is right on 60 %, and says so by its log-probability, on "hard" it is right on 40 % and does not say so. mid is
// better than small on "hard" only. waste costs more than large and is worse.
func draftRows() []datasets.Row {
	r := rand.New(rand.NewPCG(1, 2))
	var rows []datasets.Row
	for i := range 1200 {
		task := []string{"easy", "told", "hard"}[i%3]
		large := r.Float64() < 0.9
		right := func(share float64) bool { return large && r.Float64() < share/0.9 }
		small := map[string]bool{"easy": large, "told": right(0.6), "hard": right(0.4)}[task]
		mid := task == "hard" && right(0.7) || task != "hard" && small
		row := datasets.Row{ID: fmt.Sprint(i), Prompt: fmt.Sprintf("prompt %d", i), Task: task, Outcomes: []datasets.Outcome{
			graded("large", oneIf(large), 0.01), graded("small", oneIf(small), 0.0005), graded("mid", oneIf(mid), 0.002),
			graded("waste", oneIf(large && i%7 > 0), 0.02),
		}}
		logprob := -0.1 - r.Float64()
		if task == "told" && !small {
			logprob -= 2
		}
		row.Outcomes[1].LogprobMean = &logprob
		row.Outcomes[1].FinishReason = "stop"
		rows = append(rows, row)
	}
	return rows
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func TestDraft(t *testing.T) {
	x := inspectRows(t, draftRows(), nil)
	d, err := x.Draft(nil)
	if err != nil {
		t.Fatal(err)
	}
	var tiers []string
	for _, tier := range d.Tiers {
		tiers = append(tiers, tier.Tier+" "+tier.Model)
	}
	if diff := cmp.Diff([]string{"small small", "mid mid", "frontier large"}, tiers); diff != "" {
		t.Fatalf("tiers: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"waste"}, d.Dominated); diff != "" {
		t.Errorf("dominated: -want +got\n%s", diff)
	}
	want := map[string]struct {
		why   eval.DraftReason
		chain string
		check string
	}{
		"easy": {eval.HoldsAlone, "small mid frontier", ""},
		"told": {eval.BehindCheck, "small frontier", "finish logprob_mean"},
		"hard": {eval.NoneAsGood, "frontier", ""},
	}
	for i := range d.Tasks {
		task := &d.Tasks[i]
		w := want[task.Name]
		var checks []string
		for _, c := range task.Accept {
			checks = append(checks, c.Check)
		}
		if task.Why != w.why || strings.Join(task.Chain, " ") != w.chain || strings.Join(checks, " ") != w.check {
			t.Errorf("%s: chain %v, checks %v, reason %d; want %+v", task.Name, task.Chain, checks, task.Why, w)
		}
		if task.Why == eval.BehindCheck {
			// The log-probability tells right from wrong wherever large is right, that is, all but surely.
			m := task.Accept[1].Min[0]
			if m.Tier != "small" || !(m.Min < -1 && m.Min > -3) || !(m.Passes > 0.55 && m.Passes < 0.8) || m.Delta < -0.01 {
				t.Errorf("threshold is %+v", m)
			}
		}
	}
	if d.Default != "hard" {
		t.Errorf("default is %s, want the task that stays on the baseline", d.Default)
	}
	// Without a look at grades.
	for own, def := range map[bool]string{false: "easy", true: "other"} {
		d, err := x.Draft(&eval.DraftOptions{Blind: true, OwnDefault: own})
		if err != nil {
			t.Fatal(err)
		}
		if d.Default != def {
			t.Errorf("blind, own default %v: default is %s, want %s", own, d.Default, def)
		}
		for _, task := range d.Tasks {
			if len(task.Chain) != 1 || task.Chain[0] != "frontier" || task.Name == "other" && len(task.Accept) > 0 {
				t.Errorf("blind: %s has chain %v, checks %v", task.Name, task.Chain, task.Accept)
			}
		}
	}
}

func TestDraftLadder(t *testing.T) {
	tests := []struct {
		name     string
		baseline string
		opts     eval.DraftOptions
		want     []string
	}{
		{"one tier", "", eval.DraftOptions{Tiers: 1}, []string{"large"}},
		{"two tiers", "", eval.DraftOptions{Tiers: 2}, []string{"small", "large"}},
		{"more than there are", "", eval.DraftOptions{Tiers: 9}, []string{"small", "mid", "large"}},
		{"a baseline that is not the best", "mid", eval.DraftOptions{}, []string{"small", "mid"}},
		{"the cheapest as baseline", "small", eval.DraftOptions{}, []string{"small"}},
		{"named", "", eval.DraftOptions{Models: []string{"waste", "mid"}}, []string{"mid", "large", "waste"}},
		{"named with the baseline", "", eval.DraftOptions{Models: []string{"large", "small"}}, []string{"small", "large"}},
	}
	rows := draftRows()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := inspectRows(t, rows, &eval.InspectOptions{Baseline: tt.baseline}).Draft(&tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			var models []string
			for _, tier := range d.Tiers {
				models = append(models, tier.Model)
			}
			if diff := cmp.Diff(tt.want, models); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			for _, task := range d.Tasks {
				last := task.Chain[len(task.Chain)-1]
				if i := slices.IndexFunc(d.Tiers, func(tier eval.DraftTier) bool { return tier.Tier == last }); d.Tiers[i].Model != d.Baseline {
					t.Errorf("chain %v of %s does not end on the baseline", task.Chain, task.Name)
				}
			}
		})
	}
}

// Without costs nobody knows which model is cheaper: only the baseline is a tier, unless models are named, cheapest first.
func TestDraftWithoutCosts(t *testing.T) {
	rows := draftRows()
	for i := range rows {
		for k := range rows[i].Outcomes {
			rows[i].Outcomes[k].CostUSD = nil
		}
	}
	x := inspectRows(t, rows, nil)
	d, err := x.Draft(nil)
	if err != nil || len(d.Tiers) != 1 || d.Tiers[0].Model != "large" || len(d.Unpriced) != 3 {
		t.Errorf("draft is %+v, %v", d, err)
	}
	d, err = x.Draft(&eval.DraftOptions{Models: []string{"mid", "small"}})
	if err != nil || len(d.Tiers) != 3 || d.Tiers[0].Model != "mid" || d.Tiers[1].Model != "small" {
		t.Errorf("draft is %+v, %v", d, err)
	}
}

func TestDraftErrors(t *testing.T) {
	requests := twoTasks()
	for i := range requests {
		requests[i].Outcomes = nil
	}
	ungraded := twoTasks()
	for i := range ungraded {
		for k := range ungraded[i].Outcomes {
			ungraded[i].Outcomes[k].Quality = nil
		}
	}
	tests := []struct {
		name string
		rows []datasets.Row
		opts eval.DraftOptions
		want string
	}{
		{"no outcomes", requests, eval.DraftOptions{}, "no outcomes"},
		{"no quality", ungraded, eval.DraftOptions{}, "no answer is graded"},
		{"unknown model", twoTasks(), eval.DraftOptions{Models: []string{"lage"}}, `model "lage"; it has small, large, dear`},
		{"a model twice", twoTasks(), eval.DraftOptions{Models: []string{"small", "small"}}, "named twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := inspectRows(t, tt.rows, nil).Draft(&tt.opts); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want one with %q", err, tt.want)
			}
		})
	}
}

// An inspection that was read back from JSON can be drafted from too, but has no thresholds.
func TestDraftFromJSON(t *testing.T) {
	data, err := json.Marshal(inspectRows(t, draftRows(), nil))
	if err != nil {
		t.Fatal(err)
	}
	var x eval.Inspection
	if err := json.Unmarshal(data, &x); err != nil {
		t.Fatal(err)
	}
	d, err := x.Draft(nil)
	if err != nil || len(d.Tiers) != 3 {
		t.Fatalf("draft is %+v, %v", d, err)
	}
	for _, task := range d.Tasks {
		if task.Why == eval.BehindCheck {
			t.Errorf("%s has a threshold out of nothing: %+v", task.Name, task.Accept)
		}
	}
}

// Whatever the traffic, a draft's chains reach the baseline and its thresholds are numbers.
func TestDraftOfAnything(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 0))
		x := inspectRows(t, randomRows(r, 1+r.IntN(200), seed%2 == 0), &eval.InspectOptions{Baseline: "C"})
		d, err := x.Draft(&eval.DraftOptions{Tiers: 1 + r.IntN(4)})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, task := range d.Tasks {
			if len(task.Chain) == 0 || len(task.Chain) == 1 && len(task.Accept) > 0 {
				t.Errorf("seed %d: %s has chain %v, checks %v", seed, task.Name, task.Chain, task.Accept)
			}
			for _, c := range task.Accept {
				for _, m := range c.Min {
					if math.IsNaN(m.Min) || math.IsInf(m.Min, 0) || !slices.Contains(task.Chain, m.Tier) {
						t.Errorf("seed %d: %s has threshold %+v", seed, task.Name, m)
					}
				}
			}
		}
	}
}
