package eval_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval"
)

// A key that is not there is named: it would else count as 0.
func TestReadComparisonNamesMissingKeys(t *testing.T) {
	c := &eval.Comparison{
		Format: eval.ResultsFormat, Version: eval.ResultsVersion, Baseline: "large",
		Candidates: []eval.CandidateResult{{Label: "frugal", Tasks: []eval.TaskResult{{Task: "lookup"}}}}, References: []eval.ReferenceResult{{Model: "large"}},
	}
	whole, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := eval.ReadComparison(strings.NewReader(string(whole))); err != nil {
		t.Fatalf("all keys are there: %v", err)
	}
	for _, test := range []struct{ cut, key string }{
		{`"baseline":"large",`, `"baseline"`},
		{`"tolerance":0,`, `"settings.tolerance"`},
		{`"references":`, `"references"`},
		{`"savings":0,`, `"candidates[0].whole.savings"`},
		{`"task":"lookup",`, `"candidates[0].tasks[0].task"`},
	} {
		key, _, _ := strings.Cut(test.cut, ":")
		cut := strings.Replace(string(whole), key+":", `"other":`, 1)
		_, err := eval.ReadComparison(strings.NewReader(cut))
		if err == nil || !strings.HasPrefix(err.Error(), test.key+" is missing: ") {
			t.Errorf("without %s the error is %v, want it to name %s", key, err, test.key)
		}
	}
}
