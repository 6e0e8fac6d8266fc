package eval_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
)

// On the uncontaminated questions of MMLU the oracle gains what Mixtral alone gets right, 742 of 14,037, on GPT-4 (RouteLLM's
// cells, weak and strong right: TT 8816 TF 742 FT 2496 FF 1983), and what Mixtral loses is far beyond the tolerance.
func TestAdviseMMLU(t *testing.T) {
	a := adviseReal(t, "routellm_mmlu.parquet", "contaminated=false", "", 1e6)
	var oracle, perfect *eval.AdviceOption
	for i := range a.Options {
		switch a.Options[i].Kind {
		case eval.OracleOption:
			oracle = &a.Options[i]
		case eval.PerfectOption:
			perfect = &a.Options[i]
		case eval.SwitchProven, eval.SwitchHoped:
			t.Errorf("a switch to %s", a.Options[i].Model)
		case eval.TableProven, eval.TableHoped, eval.PriceOnly:
		}
	}
	if oracle == nil || perfect == nil {
		t.Fatalf("options %+v", a.Options)
	}
	if want := float64(742) / 14037; math.Abs(float64(oracle.Delta)-want) > 1e-9 || oracle.N != 14037 {
		t.Errorf("oracle's delta %v on %d, want %v on 14037", oracle.Delta, oracle.N, want)
	}
	// The oracle is 742/14037 and 1 point better than need be, and 2496/14037 better than Mixtral: so much of the way to
	// Mixtral's saving is within the tolerance.
	small := a.Models[0]
	share := (float64(oracle.Delta) + 0.01) / (2496.0 / 14037)
	saves := 1 - float64(small.CostPer1000)/(1000*float64(a.Bill.PerRequest))
	want := float64(oracle.Savings) + share*(saves-float64(oracle.Savings))
	if math.Abs(float64(perfect.Savings)-want) > 1e-6 {
		t.Errorf("perfect foresight saves %v, want %v", perfect.Savings, want)
	}
	if a.Verdict != eval.NotYet || a.Why != eval.WhyChecks {
		t.Errorf("%s (%s)", a.Verdict, a.Why)
	}
}

// Claude 3.5 Sonnet is better than Claude 3 Opus at function calling, for a fifth of the price: no router is needed for most
// of what can be saved.
func TestAdviseBFCL(t *testing.T) {
	a := adviseReal(t, "bfcl_2024_08_11.parquet", "", "claude-3-opus-20240229", 20_000)
	if a.SwitchTo != "claude-3-5-sonnet-20240620" || a.Verdict != eval.DoNotBuild || a.Why != eval.WhyDoesNotPay {
		t.Errorf("%s (%s), switch to %q", a.Verdict, a.Why, a.SwitchTo)
	}
	if delta := 100 * float64(a.Options[0].Delta); math.Abs(delta-(90.53-88.00)) > 0.01 {
		t.Errorf("delta %v points", delta)
	}
}

func adviseReal(t *testing.T, file, where, baseline string, perDay float64) *eval.Advice {
	t.Helper()
	path := filepath.Join(sharedDir(), "data", file)
	if dir := os.Getenv("TIERWISE_DATA"); dir != "" {
		path = filepath.Join(dir, file)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no real data: %s is expected in ../shared/data, or in the folder that TIERWISE_DATA names", file)
	}
	opts := &datasets.Options{}
	if where != "" {
		c, err := datasets.ParseCondition(where)
		if err != nil {
			t.Fatal(err)
		}
		opts.Where = append(opts.Where, c)
	}
	d, err := datasets.Open(context.Background(), []string{path}, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	a, err := eval.Advise(context.Background(), d, &eval.AdviseOptions{Plan: eval.DefaultPlan(perDay), Baseline: baseline})
	if err != nil {
		t.Fatal(err)
	}
	return a
}
