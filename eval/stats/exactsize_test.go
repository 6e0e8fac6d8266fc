package stats

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"testing"
)

// exactLimit is how often at most either verdict may come up at alpha 5 % where a candidate of one class of right-or-wrong
// outcomes loses just the tolerance.
const exactLimit = 0.054

// TestExactSize computes, not simulates, how often that is, in the cells of the other grids.
func TestExactSize(t *testing.T) {
	_, sizes := few(0, 50, 100, 300, 1000)
	var lines strings.Builder
	var all exactSizes
	for _, loss := range []float64{0.01, 0.02, 0.05} {
		for _, n := range sizes {
			turns := newTurns(n, loss)
			for _, psi := range discordances(loss) {
				holds, fails := turns.rates(loss, psi)
				mark := all.add(holds, fails)
				fmt.Fprintf(&lines, "binary, exact  n %5.0f  loss %2.0f pp  psi %4.1f %%  holds %5.2f %%  fails %5.2f %%%s\n", n, 100*loss, 100*psi, 100*holds, 100*fails, mark)
			}
		}
	}
	if *runs > 0 {
		t.Logf("\n%s%s", lines.String(), &all)
	}
	all.check(t)
}

// TestExactSizeBetweenCells does so where no other grid looks, for the size of a test of counts moves with every unit of n:
// Tango's test with the floor alone fails up to 5.9 % in the cells above, but up to 7.5 % in these.
func TestExactSizeBetweenCells(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds of sums")
	}
	step := 1.3
	if *runs > 0 {
		step = 1.05
	}
	var all exactSizes
	for n := 30.0; n <= 1000; n = math.Ceil(step * n) {
		for _, loss := range []float64{0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07} {
			turns := newTurns(n, loss)
			for _, times := range []float64{1, 1.02, 1.05, 1.1, 1.25, 1.5, 2, 3, 5, 10} {
				if psi := times * loss; psi <= 0.3 {
					if holds, fails := turns.rates(loss, psi); all.add(holds, fails) != "" {
						t.Logf("n %.0f, loss %.1f pp, psi %.2f %%: holds %.2f %%, fails %.2f %%", n, 100*loss, 100*psi, 100*holds, 100*fails)
					}
				}
			}
		}
	}
	if *runs > 0 {
		t.Log(&all)
	}
	all.check(t)
}

// exactSizes are the largest and the mean size of some cells.
type exactSizes struct {
	cells, bad           int
	worstHolds, sumHolds float64
	worstFails, sumFails float64
}

// add takes one cell in and returns the mark of a bad one.
func (s *exactSizes) add(holds, fails float64) string {
	s.cells++
	s.worstHolds, s.sumHolds = max(s.worstHolds, holds), s.sumHolds+holds
	s.worstFails, s.sumFails = max(s.worstFails, fails), s.sumFails+fails
	if max(holds, fails) > exactLimit {
		s.bad++
		return "  <- above 5.4 %"
	}
	return ""
}

func (s *exactSizes) String() string {
	n := float64(s.cells)
	return fmt.Sprintf("exact type-I error, one binary class: %d cells, %d above 5.4 %%; holds at most %.2f %%, on average %.2f %%; fails at most %.2f %%, on average %.2f %%",
		s.cells, s.bad, 100*s.worstHolds, 100*s.sumHolds/n, 100*s.worstFails, 100*s.sumFails/n)
}

func (s *exactSizes) check(t *testing.T) {
	t.Helper()
	if s.bad > 0 {
		t.Error(s)
	}
	if s.worstHolds < 0.04 || s.worstFails < 0.04 {
		t.Errorf("%s: the cells ask nothing", s)
	}
}

// turns are the numbers of losses at which the verdict turns, by the number of gains: with each of these it goes from holds
// over inconclusive to fails as the losses rise (see TestLossesNeverHelp), so that two searches find where.
type turns struct {
	n, tolerance float64
	at           map[int]turn
}

type turn struct{ pass, fail int } // the fewest losses that no longer hold, that fail

func newTurns(n, tolerance float64) turns { return turns{n, tolerance, map[int]turn{}} }

func (t turns) with(b int) turn {
	if at, ok := t.at[b]; ok {
		return at
	}
	verdict := func(c int) Noninferiority {
		return Pairs{N: t.n, B: float64(b), C: float64(c)}.NonInferior(t.tolerance, alpha)
	}
	var at turn
	most := int(t.n) - b
	at.pass = sort.Search(most+1, func(c int) bool { return verdict(c).P > alpha })
	at.fail = sort.Search(most+1, func(c int) bool { return verdict(c).PFails <= alpha })
	t.at[b] = at
	return at
}

// rates returns how often a candidate that truly loses the share loss of psi discordant units gets either verdict.
func (t turns) rates(loss, psi float64) (holds, fails float64) {
	gains := (psi - loss) / 2
	for b, pb := range outcomes(int(t.n), gains) {
		if pb < 1e-9 {
			continue
		}
		at, left := t.with(b), t.n-float64(b)
		lost := (psi - gains) / (1 - gains)
		if at.pass > 0 {
			holds += pb * atMost(float64(at.pass-1), left, lost)
		}
		if float64(at.fail) <= left {
			fails += pb * atLeast(float64(at.fail), left, lost)
		}
	}
	return holds, fails
}
