package eval_test

import (
	"math"
	"testing"
)

// Over splitRows, task t is answered 90 of 100 times right by A, B and C, u 50, 80 and 90 times; they cost 1, 4 and 10. Of
// 200 requests A alone is right in 70 %, B in 85 %, C in 90 %.
//
// One candidate sends t to A and u to C: 90 % at 5.5. The other sends t to A, and u to A and then, where it is not sure, to C: 50
// escalations: 90 % at (100 + 100 + 500)/200 = 3.5. The hull of all goes from 70 % at 1 to 90 % at 3.5 and is
// flat up to 10: the mean is (2.5 · 80 % + 6.5 · 90 %)/9 = 87.22 %. That of the single models goes from 70 % at 1 to 85 % at 4
// to 90 % at 10: (3 · 77.5 % + 6 · 87.5 %)/9 = 84.17 %.
//
// C answers 50 and 25 % of the requests: the hull of calls goes from 70 % at 0 to 90 % at 25 % and is flat. The mean PGR is
// 0.25 · 0.5 + 0.75 = 0.875; half of the gap takes 12.5 % of the calls, four fifths 20 %.
func TestCurveByHand(t *testing.T) {
	c := evaluate(t, splitRows(), candidate(t, "cascade", cascade), candidate(t, "table", `
[tasks.t]
chain = ["a"]
[tasks.u]
chain = ["c"]
[router]
default = "t"
`))
	v := c.Curve
	if v == nil || v.Calls == nil {
		t.Fatalf("curve %+v", v)
	}
	if v.Calls.Weak != "A" || v.Calls.Strong != "C" {
		t.Errorf("from %s to %s", v.Calls.Weak, v.Calls.Strong)
	}
	for _, x := range []struct {
		name      string
		got, want float64
	}{
		{"from", float64(v.FromPer1000), 1000}, {"to", float64(v.ToPer1000), 10_000},
		{"AIQ", float64(v.AIQ), (2.5*0.8 + 6.5*0.9) / 9}, {"single models", float64(v.SingleModelsAIQ), (3*0.775 + 6*0.875) / 9},
		{"APGR", float64(v.Calls.APGR), 0.875}, {"CPT(50 %)", float64(v.Calls.CPT50), 0.125}, {"CPT(80 %)", float64(v.Calls.CPT80), 0.2},
	} {
		if math.Abs(x.got-x.want) > 1e-9 {
			t.Errorf("%s is %v, want %v", x.name, x.got, x.want)
		}
	}
}

// One candidate is a point and no curve; where another model answers, there are no two models to choose between.
func TestNoCurve(t *testing.T) {
	one := candidate(t, "cascade", cascade)
	if c := evaluate(t, splitRows(), one); c.Curve != nil {
		t.Errorf("of one candidate: %+v", c.Curve)
	}
	other := candidate(t, "other", "[tasks.t]\nchain = [\"b\"]\n[router]\ndefault = \"t\"\n")
	if c := evaluate(t, splitRows(), one, other); c.Curve == nil || c.Curve.Calls != nil {
		t.Errorf("with B: %+v", c.Curve)
	}
}
