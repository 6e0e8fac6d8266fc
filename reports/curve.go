package reports

import (
	"fmt"

	"github.com/tierwise/tierwise/eval"
)

// curveLines are what the literature's figures say of the candidates together.
func curveLines(c *eval.Comparison) []string {
	v := c.Curve
	if v == nil {
		return nil
	}
	lines := []string{fmt.Sprintf("mixed, from %s to %s per 1,000 requests: AIQ %.3f, of the single models alone %.3f",
		known(USD, v.FromPer1000), known(USD, v.ToPer1000), float64(v.AIQ), float64(v.SingleModelsAIQ))}
	if k := v.Calls; k != nil {
		lines = append(lines, fmt.Sprintf("%s → %s, by share of answers: APGR %.3f (random 0.5), CPT(50 %%) %s, CPT(80 %%) %s",
			k.Weak, k.Strong, float64(k.APGR), known(Share, k.CPT50), known(Share, k.CPT80)))
	}
	return lines
}
