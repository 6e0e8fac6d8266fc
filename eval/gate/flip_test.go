package gate

import (
	"math"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval"
)

// min_savings says which prices would make or break it first, and only where that is known and not far off.
func TestFlipsOfMinSavings(t *testing.T) {
	// It saves 50 % of 10: 2 of the 5 on small, 3 on large, the baseline.
	spend := []eval.ModelSpend{{Model: "large", CostUSD: 3}, {Model: "small", CostUSD: 2}}
	for _, tt := range []struct {
		name, rule string
		spend      []eval.ModelSpend
		bill       eval.Number
		outcome    Outcome
		flips      map[string]float64
		want       string
	}{
		// large: 2/(7 − 3); small: (7 − 3)/2
		{"passes", `min_savings = "30%"`, spend, 10, Pass, map[string]float64{"large": 0.5, "small": 2}, "; at least 30.0 % until large costs × 0.5 or small × 2 of today's price"},
		// large: 2/(4.5 − 3); small: (4.5 − 3)/2
		{"fails", `min_savings = "55%"`, spend, 10, Fail, map[string]float64{"large": 4. / 3, "small": 0.75}, ", and the limit is 55.0 %; it would be met once large costs × 1.33 or small × 0.75 of today's price"},
		// No price of either brings a table that spends 3 on the baseline to a saving of 70 % of 10.
		{"no price", `min_savings = "70%"`, spend, 10, Fail, nil, ", and the limit is 70.0 %"},
		{"not known", `min_savings = "30%"`, nil, 0, Pass, nil, "of the bill of large"},
		// large: 2/(8,000 − 3): nobody needs to hear of it, but it is there.
		{"far", `min_savings = "20%"`, spend, 10_000, Pass, map[string]float64{"large": 2. / 7997, "small": 7997. / 2}, "of the bill of large"},
	} {
		r, err := judged(t, "[vs_baseline]\n"+tt.rule, func(in *Input) {
			w := &in.Comparison.Candidates[0].Whole
			w.Spend, w.SavingsCostUSD, w.SavingsBaseUSD = tt.spend, 5, tt.bill
		})
		if err != nil {
			t.Fatal(err)
		}
		e := &r.Rules[0]
		if e.Outcome != tt.outcome || !strings.HasSuffix(e.Message, tt.want) || len(e.Flips) != len(tt.flips) {
			t.Errorf("%s: %s %q, flips %v", tt.name, e.Outcome, e.Message, e.Flips)
		}
		for _, f := range e.Flips {
			if want := tt.flips[f.Model]; math.Abs(float64(f.Factor)-want) > 1e-12*want {
				t.Errorf("%s: %s × %v, want %v", tt.name, f.Model, f.Factor, want)
			}
		}
	}
}
