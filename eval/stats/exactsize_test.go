package stats

import (
	"fmt"
	"sort"
	"strings"
	"testing"
)

// TestExactSize computes, not simulates, how often a candidate of one class of right-or-wrong outcomes which loses just the
// tolerance gets either verdict: at most 5.4 % hold at alpha 5 %, 6 % fail.
func TestExactSize(t *testing.T) {
	_, sizes := few(0, 50, 100, 300, 1000)
	var lines strings.Builder
	var worstHolds, worstFails float64
	for _, loss := range []float64{0.01, 0.02, 0.05} {
		for _, psi := range discordances(loss) {
			for _, n := range sizes {
				holds, fails := exactRates(int(n), loss, psi)
				worstHolds, worstFails = max(worstHolds, holds), max(worstFails, fails)
				fmt.Fprintf(&lines, "binary, exact  n %5.0f  loss %2.0f pp  psi %4.1f %%  holds %5.2f %%  fails %5.2f %%\n", n, 100*loss, 100*psi, 100*holds, 100*fails)
			}
		}
	}
	if *runs > 0 {
		t.Log("\n" + lines.String())
	}
	if worstHolds > 0.054+5e-4 || worstFails > 0.06 {
		t.Errorf("holds in up to %.4f, fails in up to %.4f", worstHolds, worstFails)
	}
	if worstHolds < 0.04 || worstFails < 0.04 {
		t.Errorf("holds in up to %.4f, fails in up to %.4f: the cells ask nothing", worstHolds, worstFails)
	}
}

// exactRates sums over the gains b. With each of them the verdict goes from holds over inconclusive to fails as the losses
// c rise (see TestLossesNeverHelp), so two searches find where it turns.
func exactRates(n int, loss, psi float64) (holds, fails float64) {
	gains := (psi - loss) / 2
	for b, pb := range outcomes(n, gains) {
		verdict := func(c int) Noninferiority {
			return Pairs{N: float64(n), B: float64(b), C: float64(c)}.NonInferior(loss, alpha)
		}
		pass := sort.Search(n-b+1, func(c int) bool { r := verdict(c); return r.P > r.Alpha })
		fail := sort.Search(n-b+1, func(c int) bool { r := verdict(c); return r.PFails <= r.Alpha })
		for c, pc := range outcomes(n-b, (psi-gains)/(1-gains)) {
			if c < pass {
				holds += pb * pc
			}
			if c >= fail {
				fails += pb * pc
			}
		}
	}
	return holds, fails
}
