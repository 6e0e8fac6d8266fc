package train

import (
	"fmt"
	"strconv"
)

// recommend returns the least threshold that has the precision wanted, and why; 1 if none has it. If there are requests to
// reject it also rejects half of them: how many of these production will see, labels do not say, so that precision alone
// would let them in.
func recommend(curve []Threshold, precision float64, rejects bool) (float64, string) {
	for _, t := range curve {
		if t.Requests == 0 || t.Precision < precision || rejects && t.Recall < 0.5 {
			continue
		}
		why := fmt.Sprintf("the lowest threshold with a precision of %s out of fold", shareText(precision))
		if rejects {
			why += " that rejects half of what is out of scope"
		}
		return t.MinConfidence, fmt.Sprintf("%s: %.3f of %d requests, %.0f %% of the traffic", why, t.Precision, t.Requests, 100*t.Coverage)
	}
	return 1, fmt.Sprintf("no threshold has a precision of %s out of fold", shareText(precision))
}

// shareText writes a share that somebody asked for, with all the digits that it has but no fewer than two.
func shareText(x float64) string {
	text := strconv.FormatFloat(x, 'f', 2, 64)
	if again, err := strconv.ParseFloat(text, 64); err != nil || again != x {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return text
}
