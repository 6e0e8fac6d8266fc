package reports

import (
	"math"
	"testing"
)

// A number that is held to a limit never looks as if it were the limit, or on its other side.
func TestFormatBesideLimit(t *testing.T) {
	for _, test := range []struct {
		unit Unit
		x    float64
		want string
	}{
		{Bound, -0.0501, "≥ -5.01 pp"},
		{Bound, -0.0499, "≥ -4.99 pp"},
		{Bound, -0.050004, "≥ -5.0004 pp"},
		{Bound, -0.05, "≥ -5.0 pp"},
		{Bound, -0.0506, "≥ -5.1 pp"},
		{Bound, -0.02, "≥ -2.0 pp"},
		{Bound, math.NaN(), Dash},
		{Points, -0.0501, "-5.01 pp"},
		{Share, -0.0501, "-5.0 %"},
	} {
		if got := Format(test.unit, beside(test.x, 0.05)); got != test.want {
			t.Errorf("%v: %s, want %s", test.x, got, test.want)
		}
	}
	if got := Format(Bound, N(-0.0501)); got != "≥ -5.0 pp" {
		t.Errorf("held to nothing: %s", got)
	}
}
