package train

import "fmt"

// recommend returns the least threshold that has the precision wanted, and why; 1 if none has it. If there are requests to
// reject it also rejects half of them: how many of these production will see, labels do not say, so that precision alone
// would let them in.
func recommend(curve []Threshold, precision float64, rejects bool) (float64, string) {
	for _, t := range curve {
		if t.Requests == 0 || t.Precision < precision || rejects && t.Recall < 0.5 {
			continue
		}
		why := fmt.Sprintf("the lowest threshold with a precision of %.2f out of fold", precision)
		if rejects {
			why += " that rejects half of what is out of scope"
		}
		return t.MinConfidence, fmt.Sprintf("%s: %.3f of %d requests, %.0f %% of the traffic", why, t.Precision, t.Requests, 100*t.Coverage)
	}
	return 1, fmt.Sprintf("no threshold has a precision of %.2f out of fold", precision)
}
