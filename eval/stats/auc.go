package stats

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Tally is a weighted count: Σw and Σw² over what was counted. Merging is adding.
type Tally struct{ W, W2 float64 }

// Add counts one of weight w.
func (t *Tally) Add(w float64) {
	t.W += w
	t.W2 += w * w
}

// Merge adds what another shard counted.
func (t *Tally) Merge(o Tally) {
	t.W += o.W
	t.W2 += o.W2
}

// N returns the effective number of what was counted, by Kish.
func (t Tally) N() float64 { return KishN(t.W, t.W2) }

func (t Tally) valid() bool { return t.W >= 0 && t.W2 >= 0 && !math.IsInf(t.W+t.W2, 0) }

// Share returns which share of whole the part is, by weight, and its Wilson interval at the effective number of the
// whole. Without any weight the share is NaN and the interval [0, 1].
func Share(part, whole Tally, level float64) (float64, Interval) {
	share, n := part.W/whole.W, whole.N()
	if n == 0 {
		return math.NaN(), Wilson(0, 0, level)
	}
	return share, Wilson(share*n, n, level)
}

// A SignalBin counts the right and the wrong answers that had one value of an acceptance check's signal, or values between
// which the caller does not distinguish.
type SignalBin struct {
	Signal    float64
	Good, Bad Tally
}

// MergeBins returns the bins of both, ascending by signal, those of the same signal added up. The order within a and b,
// and which is which, do not matter; neither is changed.
func MergeBins(a, b []SignalBin) []SignalBin {
	all := slices.SortedStableFunc(slices.Values(slices.Concat(a, b)), func(x, y SignalBin) int {
		return cmp.Or(cmp.Compare(x.Signal, y.Signal), cmp.Compare(x.Good.W, y.Good.W), cmp.Compare(x.Bad.W, y.Bad.W),
			cmp.Compare(x.Good.W2, y.Good.W2), cmp.Compare(x.Bad.W2, y.Bad.W2))
	})
	var out []SignalBin
	for _, bin := range all {
		if last := len(out) - 1; last >= 0 && out[last].Signal == bin.Signal {
			out[last].Good.Merge(bin.Good)
			out[last].Bad.Merge(bin.Bad)
			continue
		}
		out = append(out, bin)
	}
	return out
}

// A Separation says how well a signal tells right answers from wrong ones.
type Separation struct {
	Method    string  // of the interval
	AUC       float64 // chance that a right answer's signal is above a wrong one's, ties half; NaN without either
	SE        float64 // DeLong's standard error; NaN with fewer than two of either
	Level     float64
	Interval  Interval
	Good, Bad float64 // effective numbers
	Warnings  []string
}

// fewAnswers is the number of right or of wrong answers below which DeLong's variance is too rough to build on.
const fewAnswers = 20

// AUC returns the area under the ROC curve of a signal, right answers being those that should score high, with its
// two-sided interval of the given level. Bins may come in any order.
//
// The standard error is that of DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44:837, and the interval is taken on
// the logit scale, so that it stays within [0, 1] (Pepe 2003, §5.2.4). With fewer than 20 right or wrong answers, or where
// the two do not overlap, it is method 5 of Newcombe (2006), Statistics in Medicine 25:559, a score interval which has
// width there too. With weights, each sum is weighted and n − 1 is that of the effective number. Answers count as
// independent: repeats of one request belong in one count of weight 1.
func AUC(bins []SignalBin, level float64) Separation {
	nan := math.NaN()
	out := Separation{Method: "none", AUC: nan, SE: nan, Level: level, Interval: Interval{nan, nan}}
	bins = MergeBins(bins, nil)
	var good, bad Tally
	for _, bin := range bins {
		if !bin.Good.valid() || !bin.Bad.valid() || math.IsNaN(bin.Signal) {
			out.Warnings = []string{"a count is negative or a signal not a number"}
			return out
		}
		good.Merge(bin.Good)
		bad.Merge(bin.Bad)
	}
	out.Good, out.Bad = good.N(), bad.N()
	switch {
	case out.Good == 0 || out.Bad == 0:
		out.Interval = Interval{0, 1}
		out.Warnings = []string{"only right answers, or only wrong ones: nothing to tell apart"}
		return out
	case !validLevel(level):
		return out
	}
	out.AUC, out.SE = deLong(bins, good, bad)
	z := distuv.UnitNormal.Quantile((1 + level) / 2)
	switch few := min(out.Good, out.Bad); {
	case few < fewAnswers:
		out.Method, out.Interval = "Newcombe score", newcombeAUC(out.AUC, out.Good, out.Bad, z)
		out.Warnings = []string{fmt.Sprintf("only %.0f right and %.0f wrong answers", out.Good, out.Bad)}
	case out.SE > 0 && out.AUC > 0 && out.AUC < 1:
		out.Method, out.Interval = "DeLong, logit", logitInterval(out.AUC, z*out.SE)
	default:
		out.Method, out.Interval = "Newcombe score", newcombeAUC(out.AUC, out.Good, out.Bad, z)
	}
	return out
}

// deLong returns the area and its standard error from bins ascending by signal. An answer's placement is the share of the
// other kind that it beats, ties half; the variance of the area is that of the mean placement of the right answers plus
// that of the wrong ones.
func deLong(bins []SignalBin, good, bad Tally) (auc, se float64) {
	below := 0.0 // weight of the wrong answers below the bin
	for _, bin := range bins {
		auc += bin.Good.W * (below + bin.Bad.W/2)
		below += bin.Bad.W
	}
	auc = min(auc/(good.W*bad.W), 1)
	var ofGood, ofBad, belowGood, belowBad float64 // Σw²·(placement − area)²
	for _, bin := range bins {
		g := (belowBad+bin.Bad.W/2)/bad.W - auc
		b := 1 - (belowGood+bin.Good.W/2)/good.W - auc
		ofGood += bin.Good.W2 * g * g
		ofBad += bin.Bad.W2 * b * b
		belowGood += bin.Good.W
		belowBad += bin.Bad.W
	}
	return auc, math.Sqrt(meanVariance(ofGood, good) + meanVariance(ofBad, bad))
}

// meanVariance is the variance of a weighted mean from Σw²·(x − mean)²; NaN with fewer than two values.
func meanVariance(sum float64, t Tally) float64 {
	n := t.N()
	if n <= 1+1e-9 {
		return math.NaN()
	}
	return sum / (t.W * t.W) * n / (n - 1)
}

func logitInterval(p, half float64) Interval {
	logit, half := math.Log(p/(1-p)), half/(p*(1-p))
	return Interval{min(p, 1/(1+math.Exp(half-logit))), max(p, 1/(1+math.Exp(-half-logit)))} // p, for rounding
}

// newcombeAUC inverts the score test whose variance at area t is that of Hanley and McNeil (1982), Radiology 143:29, for
// exponential signals, with both numbers replaced by their mean there.
func newcombeAUC(auc, good, bad, z float64) Interval {
	shared := max((good+bad)/2-1, 0)
	reach := func(t float64) float64 {
		return z * math.Sqrt(t*(1-t)*(1+shared*(1-t)/(2-t)+shared*t/(1+t))/(good*bad))
	}
	lo := bisect(0, auc, func(t float64) bool { return auc-t <= reach(t) })
	hi := 1 - bisect(0, 1-auc, func(u float64) bool { return 1-u-auc <= reach(1-u) })
	return Interval{lo, max(auc, hi)} // auc, for rounding
}
