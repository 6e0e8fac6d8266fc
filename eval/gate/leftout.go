package gate

import (
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// leftOut says that n requests are not judged, since a classifier was trained on them, and what brings them back; "" if
// there are none. It is the finding about the candidate of that label; about all candidates if that is "".
func leftOut(findings []eval.Finding, n int64, label string) string {
	if n == 0 {
		return ""
	}
	var parts []string
	for _, f := range findings {
		message, about := f.Message, true
		if label != "" {
			message, about = strings.CutPrefix(f.Message, label+": ")
		}
		if f.ID == "left-out" && about {
			parts = append(parts, message+"; "+f.Fix)
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("%s requests are left out: the classifier was trained on them", number(n))
	}
	return strings.Join(parts, "; ")
}

// sayLeftOut adds to an entry that is inconclusive what the evidence leaves out.
func (e *Entry) sayLeftOut(ev *evidence) {
	if e.Outcome == Unclear && ev.leftOut != "" {
		e.Message += "; " + ev.leftOut
	}
}
