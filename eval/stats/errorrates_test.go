package stats

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The full grid: see the package comment. -only takes part of it.
var only = flag.String("only", "", "simulate only the cells whose name contains this")
var runs = flag.Int("runs", 0, "simulated runs a cell of the error-rate grids; 0 is few, of a part of the cells")

// A spread is one kind of delta: the values it takes besides 0 and their rates. Weighted rows draw from one of two.
type spread struct{ values, rates []float64 }

// valid reports whether the rates are rates: a shape cannot have every loss at every discordance.
func (s spread) valid() bool {
	total := 0.0
	for _, r := range s.rates {
		if r < -1e-12 {
			return false
		}
		total += r
	}
	return total <= 1
}

// draw calls f with each value and how many of n units have it.
func (s spread) draw(src *rand.PCG, n float64, f func(value, count float64)) {
	left := 1.0
	for i, v := range s.values {
		k := binomial(src, n, s.rates[i]/left)
		n, left = n-k, left-s.rates[i]
		f(v, k)
	}
	f(0, n)
}

// shapes make deltas that lose just the loss in the mean where the share psi of units has one.
var shapes = map[string]func(loss, psi float64) spread{
	"whole": func(loss, psi float64) spread {
		return spread{[]float64{-1, 1}, []float64{(psi + loss) / 2, (psi - loss) / 2}}
	},
	"halves": func(loss, psi float64) spread {
		return spread{[]float64{-0.5, 0.5}, []float64{psi/2 + loss, psi/2 - loss}}
	},
	"fifths": func(loss, psi float64) spread { // 1/5, 2/5 … 1, alike often: their mean is 0.6
		down, up := psi/2+loss/1.2, psi/2-loss/1.2
		var s spread
		for v := 0.2; v < 1.1; v += 0.2 {
			s.values, s.rates = append(s.values, -v, v), append(s.rates, down/5, up/5)
		}
		return s
	},
	"small gains": func(loss, psi float64) spread { // rare whole losses hide behind common small gains
		down := (loss + 0.1*psi) / 1.1
		return spread{[]float64{-1, 0.1}, []float64{down, psi - down}}
	},
	"small losses": func(loss, psi float64) spread { // rare whole gains hide behind common small losses
		up := (0.1*psi - loss) / 1.1
		return spread{[]float64{-0.1, 1}, []float64{psi - up, up}}
	},
}

// A trial draws one data set of n units that lose just the tolerance and tests it.
type trial func(src *rand.PCG, n, loss, psi float64) Noninferiority

const alpha = 0.05

// designs are how units come; each says for which shapes.
var designs = []struct {
	name   string
	shapes []string
	trial  func(shape func(loss, psi float64) spread) trial
}{
	{"graded", []string{"halves", "fifths", "small gains", "small losses", "whole"}, gradedTrial},
	{"binary, weights 1 and 10", []string{"whole"}, weightedTrial(false, 0.1, 10)},
	{"binary, weights 1 and 3, heavy rows lose", []string{"whole"}, weightedTrial(true, 0.3, 3)},
	{"graded, weights 1 and 10", []string{"fifths"}, weightedGradedTrial},
	{"groups of 3-10 repeats", []string{"whole", "fifths"}, groupTrial},
}

func gradedTrial(shape func(loss, psi float64) spread) trial {
	return func(src *rand.PCG, n, loss, psi float64) Noninferiority {
		s := Deltas{N: n}
		shape(loss, psi).draw(src, n, s.count)
		return s.NonInferior(loss, alpha)
	}
}

func (s *Deltas) count(v, k float64) {
	s.Sum += v * k
	s.Gains += max(v, 0) * k
	s.SumSq += v * v * k
	if v != 0 {
		s.Nonzero += int(k)
	}
}

// weightedTrial has the share heavy of rows with a larger weight; either the rates are the same on both kinds, or the light
// rows have as many gains as losses and the heavy ones lose all.
func weightedTrial(heavyLose bool, heavy, weight float64) func(func(loss, psi float64) spread) trial {
	return func(shape func(loss, psi float64) spread) trial {
		return func(src *rand.PCG, n, loss, psi float64) Noninferiority {
			light, dark := shape(loss, psi), shape(loss, psi)
			if heavyLose {
				share := heavy * weight / (1 - heavy + heavy*weight)
				light, dark = shape(0, psi-loss), shape(loss/share, psi-loss+loss/share)
			}
			heavies := binomial(src, n, heavy)
			var b, c, discordant2 float64
			for _, part := range []struct {
				s    spread
				n, w float64
			}{{light, n - heavies, 1}, {dark, heavies, weight}} {
				part.s.draw(src, part.n, func(v, k float64) {
					b, c = b+max(v, 0)*k*part.w, c+max(-v, 0)*k*part.w
					discordant2 += math.Abs(v) * k * part.w * part.w
				})
			}
			sumW, sumW2 := n-heavies+weight*heavies, n-heavies+weight*weight*heavies
			return WeightedPairs(sumW, sumW2, b, c).WithDiscordant(sumW, sumW2, b+c, discordant2).NonInferior(loss, alpha)
		}
	}
}

func weightedGradedTrial(shape func(loss, psi float64) spread) trial {
	return func(src *rand.PCG, n, loss, psi float64) Noninferiority {
		heavies := binomial(src, n, 0.1)
		var light, heavy Deltas
		shape(loss, psi).draw(src, n-heavies, light.count)
		shape(loss, psi).draw(src, heavies, heavy.count)
		return WeightedDeltas(n+9*heavies, n+99*heavies, light.Sum+10*heavy.Sum, light.SumSq+10*heavy.SumSq,
			light.Nonzero+heavy.Nonzero).WithGains((light.Gains+10*heavy.Gains)/(n+9*heavies)).NonInferior(loss, alpha)
	}
}

// groupTrial has groups of 3 to 10 rows, of which each repeats the group's outcome with chance 0.7 and has one of its own
// otherwise. A group is one unit: its mean delta with the weight of its rows.
func groupTrial(shape func(loss, psi float64) spread) trial {
	return func(src *rand.PCG, n, loss, psi float64) Noninferiority {
		rng, s := rand.New(src), shape(loss, psi)
		var w, w2, wd, wd2, gains float64
		nonzero := 0
		for range int(n) {
			size, common, sum := 3+rng.IntN(8), s.one(rng), 0.0
			for range size {
				if rng.Float64() < 0.7 {
					sum += common
				} else {
					sum += s.one(rng)
				}
			}
			if sum != 0 {
				nonzero++
			}
			m := float64(size)
			w, w2, wd, wd2, gains = w+m, w2+m*m, wd+sum, wd2+sum*sum/m, gains+max(sum, 0)
		}
		return WeightedDeltas(w, w2, wd, wd2, nonzero).WithGains(gains/w).NonInferior(loss, alpha)
	}
}

// one draws a single delta.
func (s spread) one(rng *rand.Rand) float64 {
	u := rng.Float64()
	for i, r := range s.rates {
		if u -= r; u < 0 {
			return s.values[i]
		}
	}
	return 0
}

// A rateCell is one line of the grid.
type rateCell struct {
	name         string
	n, loss, psi float64
	trial        trial
	holds, fails float64 // share of runs with that verdict
}

func (c *rateCell) String() string {
	return fmt.Sprintf("%-58s n %5.0f  loss %2.0f pp  psi %4.1f %%  holds %5.2f %%  fails %5.2f %%", c.name, c.n, 100*c.loss, 100*c.psi, 100*c.holds, 100*c.fails)
}

func (c *rateCell) run(runs int, seed uint64) {
	src := rand.NewPCG(seed, uint64(c.n))
	var holds, fails float64
	for range runs {
		switch r := c.trial(src, c.n, c.loss, c.psi); {
		case r.P <= r.Alpha:
			holds++
		case r.PFails <= r.Alpha:
			fails++
		}
	}
	c.holds, c.fails = holds/float64(runs), fails/float64(runs)
}

// discordances go from as little as makes the loss to 20 %.
func discordances(loss float64) []float64 {
	out := []float64{loss}
	for _, psi := range []float64{1.5 * loss, 0.05, 0.1, 0.2} {
		if psi > out[len(out)-1] {
			out = append(out, psi)
		}
	}
	return out
}

// few returns the runs a cell and the cells' n: all of them with -runs, fewer for a test of seconds.
func few(runsIfFew int, all ...float64) (int, []float64) {
	if *runs > 0 {
		return *runs, all
	}
	return runsIfFew, all[1:3]
}

// TestErrorRates simulates candidates that lose just the tolerance: neither verdict may come up more often than in 7 % of
// the runs of any cell, nor than 5.5 % on average, at alpha 5 %.
func TestErrorRates(t *testing.T) {
	perCell, sizes := few(300, 50, 100, 300, 1000)
	var cells []*rateCell
	for _, d := range designs {
		for _, shape := range d.shapes {
			for _, loss := range []float64{0.01, 0.02, 0.05} {
				for _, psi := range discordances(loss) {
					if !shapes[shape](loss, psi).valid() {
						continue
					}
					for _, n := range sizes {
						cells = append(cells, &rateCell{name: d.name + ": " + shape, n: n, loss: loss, psi: psi, trial: d.trial(shapes[shape])})
					}
				}
			}
		}
	}
	for _, o := range overallDesigns {
		for _, loss := range []float64{0.01, 0.02, 0.05} {
			for _, psi := range discordances(loss) {
				for _, n := range sizes {
					cells = append(cells, &rateCell{name: o.name, n: n, loss: loss, psi: psi, trial: o.trial})
				}
			}
		}
	}
	cells = slices.DeleteFunc(cells, func(c *rateCell) bool { return !strings.Contains(c.name, *only) })
	runCells(cells, perCell)
	report(t, cells, perCell)
}

func runCells(cells []*rateCell, perCell int) {
	var jobs []func()
	for i, c := range cells {
		jobs = append(jobs, func() { c.run(perCell, uint64(i)) })
	}
	inParallel(jobs)
}

func report(t *testing.T, cells []*rateCell, perCell int) {
	t.Helper()
	slack := func(rate float64, runs int) float64 { return 4 * math.Sqrt(rate*(1-rate)/float64(runs)) }
	limit := 0.07 + slack(0.07, perCell)
	var holds, fails, worstHolds, worstFails float64
	var lines strings.Builder
	above := 0
	for _, c := range cells {
		holds, fails = holds+c.holds, fails+c.fails
		worstHolds, worstFails = max(worstHolds, c.holds), max(worstFails, c.fails)
		mark := ""
		if c.holds > 0.07 || c.fails > 0.07 {
			mark = "  <- above 7 %"
			above++
		}
		fmt.Fprintf(&lines, "%s%s\n", c, mark)
		if c.holds > limit || c.fails > limit {
			t.Errorf("%s, want at most %.2f %%", c, 100*limit)
		}
	}
	n := float64(len(cells))
	if *runs > 0 {
		t.Logf("\n%stype-I error: %d cells of %d runs, %d above 7 %%; holds at most %.2f %%, on average %.2f %%; fails at most %.2f %%, on average %.2f %%",
			lines.String(), len(cells), perCell, above, 100*worstHolds, 100*holds/n, 100*worstFails, 100*fails/n)
	}
	if average := 0.055 + slack(0.055, perCell*len(cells)); holds/n > average || fails/n > average {
		t.Errorf("on average holds %.4f, fails %.4f, want at most %.4f", holds/n, fails/n, average)
	}
}

// overallDesigns test whole tables of 12 classes with n labels in each, all of which lose just the tolerance.
var overallDesigns = []struct {
	name  string
	trial trial
}{
	{"whole: 12 equal classes, binary", overallTrial("whole", false, 1)},
	{"whole: 12 classes, Zipf weights, binary", overallTrial("whole", true, 1)},
	{"whole: 12 equal classes, graded", overallTrial("fifths", false, 0)},
	{"whole: 12 classes, Zipf weights, graded", overallTrial("fifths", true, 0)},
	{"whole: 12 classes, Zipf weights, small gains", overallTrial("small gains", true, 0)},
	{"whole: 12 classes, Zipf weights, every other graded", overallTrial("whole", true, 0.5)},
}

// overallTrial gives the share binary of the classes counts, and the others sums of deltas of the shape.
func overallTrial(shape string, zipf bool, binary float64) trial {
	return func(src *rand.PCG, n, loss, psi float64) Noninferiority {
		strata := make([]Stratum, 12)
		for i := range strata {
			s := Stratum{Weight: 1}
			if zipf {
				s.Weight = 1 / float64(i+1)
			}
			d := Deltas{N: n}
			spread := shapes[shape](loss, psi)
			if !spread.valid() {
				spread = shapes["whole"](loss, psi)
			}
			spread.draw(src, n, d.count)
			if binary == 1 || binary > 0 && i%2 == 0 {
				s.Pairs = Pairs{N: n, B: (d.SumSq + d.Sum) / 2, C: (d.SumSq - d.Sum) / 2}
			} else {
				s.Graded, s.Deltas = true, d
			}
			strata[i] = s
		}
		return Overall(strata, loss, alpha)
	}
}
