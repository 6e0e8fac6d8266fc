package train

import "fmt"

// recommend returns the least threshold that has the precision wanted, and why; 1 if none has it.
func recommend(curve []Threshold, precision float64) (float64, string) {
	for _, t := range curve {
		if t.Requests > 0 && t.Precision >= precision {
			return t.MinConfidence, fmt.Sprintf("the lowest threshold with a precision of %.2f out of fold: %.3f of %d requests, %.0f %% of the traffic",
				precision, t.Precision, t.Requests, 100*t.Coverage)
		}
	}
	return 1, fmt.Sprintf("no threshold has a precision of %.2f out of fold", precision)
}
