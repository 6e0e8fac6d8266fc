package eval

import (
	"math"
	"testing"
)

// A quantile is no farther from the number than [QuantileError] of it, and somewhere nearly as far.
func TestQuantileError(t *testing.T) {
	worst := 0.0
	for x := 0.01; x < 1e6; x *= 1.00037 {
		var h Histogram
		h.add(x, 1)
		got := h.quantiles(0.95)[0]
		worst = max(worst, math.Abs(got-x)/got)
	}
	if worst > QuantileError || worst < 0.95*QuantileError {
		t.Errorf("off by %v of it, want up to %v", worst, QuantileError)
	}
}
