package stats

// A Verdict says what a noninferiority test found. The three words are the same everywhere: terminal, JSON, exit code.
type Verdict string

const (
	Holds        Verdict = "holds"        // the candidate loses no more than the tolerance
	Fails        Verdict = "fails"        // it loses more than the tolerance
	Inconclusive Verdict = "inconclusive" // the labels do not tell
)

// A Noninferiority is the answer to "does the candidate lose more than the tolerance?". Both p-values and both bounds
// come from the same pair of one-sided tests, so that Bound ≥ −Tolerance exactly where P ≤ Alpha, and Upper < −Tolerance
// where PFails ≤ Alpha.
type Noninferiority struct {
	Test      string  // name of the test, for reports
	N         float64 // units; with unequal weights the effective number
	Delta     float64 // estimate, mean of candidate − baseline; NaN without units
	Tolerance float64 // largest loss that is accepted
	Alpha     float64 // one-sided level of each test

	P      float64 // of "it loses more than Tolerance"; small: it does not
	PFails float64 // of "it loses at most Tolerance"; small: it loses more
	Bound  float64 // lower one-sided 1−Alpha bound of the delta: −Bound is the smallest tolerance that holds on these units
	Upper  float64 // upper one-sided 1−Alpha bound of the delta
}

// Verdict reads the two p-values. It is inconclusive where they are NaN.
func (r Noninferiority) Verdict() Verdict {
	switch {
	case r.P <= r.Alpha:
		return Holds
	case r.PFails <= r.Alpha:
		return Fails
	default:
		return Inconclusive
	}
}

// Unchanged is the result for a candidate that cannot differ from the baseline: its delta is 0 by construction, not by
// measurement, and holds at every tolerance. n units no row of which happened to change are not that: they are [Pairs]
// with nothing gained or lost, and can be too few.
func Unchanged(n, tolerance, alpha float64) Noninferiority {
	return Noninferiority{Test: "nothing changed", N: n, Tolerance: tolerance, Alpha: alpha, PFails: 1}
}
