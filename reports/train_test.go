package reports

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/train"
)

// A training with a threshold of 0.60 that pays, and one task to reject.
func training(edit func(r *train.Report)) *train.Report {
	r := &train.Report{
		Trained: 40, Folds: 20, RejectTask: "other", MinConfidence: 0.6, Why: "below it, sending the request to reasoning costs less than being wrong",
		Tasks: []train.TaskCount{{Task: "billing", Requests: 20}, {Task: "reasoning", Requests: 15}, {Task: "other", Requests: 5}},
		Figures: train.Figures{
			Accuracy: 0.9, MacroF1: 0.88, ECE: 0.0123, ECEInScope: 0.01, AUROC: 0.95,
			ByTask: []train.TaskF1{{Task: "billing", F1: 0.95}, {Task: "reasoning", F1: 0.81}},
			Matrix: []train.Mistaken{
				{Gold: "billing", Predicted: "billing", Requests: 19}, {Gold: "billing", Predicted: "reasoning", Requests: 1},
				{Gold: "other", Predicted: "billing", Requests: 5}, {Gold: "reasoning", Predicted: "reasoning", Requests: 15},
			},
			Curve: []train.Threshold{
				{MinConfidence: 0, Coverage: 1, Precision: 0.85, InScope: 0.9, Requests: 40},
				{MinConfidence: 0.6, Coverage: 0.75, Precision: 0.92, InScope: 0.8, Recall: 0.6, Requests: 30},
			},
		},
		Misroutes: &train.Misroutes{
			Baseline: "large", Cheapest: "small", Config: "two.toml", Default: "reasoning", DefaultBy: "mid → large", Chosen: true, Pilot: 10, Graded: 8, Rate: 0.4, MinConfidence: 0.6,
			Treatments: []train.Treatment{{Task: "billing", Chain: "small"}, {Task: "reasoning", Chain: "mid → large"}},
			Curve: []train.ThresholdLoss{
				{MinConfidence: 0, Delta: -0.02, USD: -0.1, Loss: 0.7, Coverage: 1},
				{MinConfidence: 0.6, Delta: -0.01, USD: 0.1, Loss: 0.5, Coverage: 0.75},
				{MinConfidence: 1, Delta: 0, USD: 3, Loss: 3},
			},
			Confusion: []train.Misroute{
				{Gold: "reasoning", Predicted: "billing", Requests: 2, Confident: 1, Delta: -0.5, USD: -0.01, Loss: 0.6, Pairs: 8},
				{Gold: "billing", Predicted: "reasoning", Requests: 1, Delta: 0, USD: 0.01, Loss: 0.1, Pairs: 20, Pooled: true},
			},
		},
	}
	edit(r)
	return r
}

func TestWorthLines(t *testing.T) {
	for name, tt := range map[string]struct {
		edit func(r *train.Report)
		want string
	}{
		"chosen": {func(*train.Report) {},
			"Against knowing each request's task, mistakes cost $0.50 with it, $0.70 without a threshold, and $3.00 if everything went to reasoning, per 1,000 requests. " +
				"A point of quality counts as $0.40 per 1,000 requests: what large costs more than small, by how much better it is. " +
				"Priced on the outcomes of 10 pilot requests, 8 graded: each task by its chain in two.toml."},
		"no threshold, models": {func(r *train.Report) { r.MinConfidence, r.Misroutes.Config = 0, "" },
			"Against knowing each request's task, mistakes cost $0.70, and $3.00 if everything went to mid → large, per 1,000 requests. " +
				"A point of quality counts as $0.40 per 1,000 requests: what large costs more than small, by how much better it is. " +
				"Priced on the outcomes of 10 pilot requests, 8 graded: each task by the cheapest model that seems to hold."},
		"no rate, by precision": {func(r *train.Report) {
			r.Misroutes.Rate, r.Misroutes.Chosen, r.Misroutes.MinConfidence = eval.Unknown, false, 0
		},
			"Against knowing each request's task, mistakes move quality and cost per 1,000 requests by -1.0 pp and $0.10 with it, -2.0 pp and -$0.10 without a threshold, " +
				"and 0.0 pp and $3.00 if everything went to reasoning. The least costly threshold would be 0.00. " +
				"Priced on the outcomes of 10 pilot requests, 8 graded: each task by its chain in two.toml."},
		"not priced": {func(r *train.Report) { r.Misroutes = nil }, ""},
	} {
		got := strings.Join(strings.Fields(strings.Join(worthLines(training(tt.edit)), " ")), " ")
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, tt.want)
		}
	}
}

// written are the rows of a section's table as a reader sees them.
func written(s Section) []string {
	var out []string
	for _, row := range s.Table.Rows {
		var cells []string
		for i, c := range row {
			cells = append(cells, Format(s.Table.Columns[i].Unit, c))
		}
		out = append(out, strings.Join(cells, " | "))
	}
	return out
}

func TestTrainedFigures(t *testing.T) {
	r := training(func(r *train.Report) {
		// Nothing to reject among these, and nothing at the threshold.
		r.Verify = &train.Verify{Requests: 7, Figures: train.Figures{
			Accuracy: 1, MacroF1: 1, Curve: []train.Threshold{{MinConfidence: 0, Coverage: 1, Precision: 1, InScope: 1, Requests: 7}, {MinConfidence: 0.6}},
		}}
	})
	want := []string{
		"requests | 40 | 7", "accuracy | 90.0 % | 100.0 %", "macro-F1 | 88.0 % | 100.0 %", "expected calibration error | 0.012 | 0.000",
		"expected calibration error, in scope | 0.010 | 0.000", "rejection AUROC | 0.950 | –",
		"decided at min_confidence 0.60 | 75.0 % | 0.0 %", "right, of those decided | 92.0 % | –", "in scope, decided and right | 80.0 % | 0.0 %", "out of scope, rejected | 60.0 % | –",
	}
	if diff := cmp.Diff(want, written(trainedFigures(r))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := strings.Join(trainedOn(r), " "); !strings.Contains(got, "trained on 40 of 2 tasks (7 to verify on); 5 of \"other\" train the rejection") {
		t.Errorf("%s", got)
	}
}

func TestTrainedThresholds(t *testing.T) {
	got := written(trainedThresholds(training(func(r *train.Report) { r.MinConfidence = 1 }))[0])
	if last := got[len(got)-1]; last != "1.00 (min_confidence) | 0.0 % | – | 0.0 % | 100.0 % | $3.00" {
		t.Errorf("a threshold that nothing reaches: %s", last)
	}
	if got[0] != "0.00 | 100.0 % | 85.0 % | 90.0 % | 0.0 % | $0.70" {
		t.Errorf("no threshold: %s", got[0])
	}
}

func TestMistakes(t *testing.T) {
	priced := training(func(*train.Report) {})
	want := []string{"reasoning | billing | 2 | 1 | -50.0 pp | -$10.00 | 8 | $0.60", "billing | reasoning | 1 | 0 | 0.0 pp | $10.00 | all tasks | $0.10"}
	if diff := cmp.Diff(want, written(mistakes(priced))); diff != "" {
		t.Errorf("priced (-want +got)\n%s", diff)
	}
	want = []string{"other | billing | 5", "billing | reasoning | 1"}
	if diff := cmp.Diff(want, written(mistakes(training(func(r *train.Report) { r.Misroutes = nil })))); diff != "" {
		t.Errorf("not priced (-want +got)\n%s", diff)
	}
	if got := written(trainedTasks(priced)); !strings.HasPrefix(got[0], "reasoning |") || !strings.HasSuffix(got[0], "| mid → large") {
		t.Errorf("the task that is told apart worst comes first: %v", got)
	}
}
