package train

import (
	"context"
	"maps"
	"math"
	"slices"
)

// A GainStrength says how freely the parts of a gain vary beside the noise of one request.
type GainStrength struct {
	ratios
	// Noise is the standard deviation of a gain about what is predicted for requests that are held out; NaN if none
	// could be.
	Noise float64
}

// ratios are variances beside that of the noise. A task's offset is drawn to the rest as if by 1/Task more requests.
type ratios struct {
	Task float64 // of the tasks' offsets
	Text float64 // of what the features say of a request
}

// Strength is found among these ratios, each for tasks with each for text.
var (
	taskRatios = []float64{0.01, 0.03, 0.1, 0.3}
	textRatios = []float64{0.003, 0.01, 0.03, 0.1, 0.3}
)

// strengthGroups is how many groups of folds are held out in turn.
const strengthGroups = 4

// strength returns the geometric means of the ratios, each weighted by how likely it makes the gains of rows that are held
// out, by groups of their folds. A mean, since few labels cannot tell one ratio from the next, and the best of them is then often
// one at an end; where nothing can be held out, it is that of all.
//
// The marginal likelihood of all rows, which needs none held out, has to be taken of small blocks of rows where there are thousands.
// In those hardly any prompt has a near one, and text looks too weak: 0.01 where 0.1 is best.
func (g *gains) strength(ctx context.Context, workers int) (out GainStrength, err error) {
	var cells []ratios
	for _, task := range taskRatios {
		for _, text := range textRatios {
			cells = append(cells, ratios{task, text})
		}
	}
	groups := g.groups()
	fits := make([]*gainFit, len(groups))
	errs := make([]missed, len(groups)*len(cells))
	if len(groups) > 1 {
		err = parallel(ctx, len(groups), workers, func(k int) error {
			fits[k] = g.newFit(g.without(groups[k]))
			return nil
		})
		if err != nil {
			return out, err
		}
		err = parallel(ctx, len(errs), workers, func(i int) error {
			k := i / len(cells)
			errs[i] = fits[k].missed(cells[i%len(cells)], groups[k])
			return nil
		})
		if err != nil {
			return out, err
		}
	}
	sums := make([]missed, len(cells))
	for i, e := range errs {
		sums[i%len(cells)].plain += e.plain
		sums[i%len(cells)].weighted += e.weighted
	}
	return mean(cells, sums, len(g.rows)), nil
}

// mean weights ratios by the likelihood of n gains that were missed by so much, the variance of the noise being the best for each.
func mean(cells []ratios, sums []missed, n int) (out GainStrength) {
	likelihood := func(m missed) float64 {
		if m.weighted == 0 { // no row was held out, or all gains are 0
			return 0
		}
		return -float64(n) / 2 * math.Log(m.weighted)
	}
	best := math.Inf(-1)
	for _, m := range sums {
		best = max(best, likelihood(m))
	}
	var all, square float64
	for i, c := range cells {
		p := math.Exp(likelihood(sums[i]) - best)
		all += p
		out.Task += float64(p * math.Log(c.Task))
		out.Text += float64(p * math.Log(c.Text))
		square += float64(p * sums[i].plain)
	}
	out.Task, out.Text = math.Exp(out.Task/all), math.Exp(out.Text/all)
	out.Noise = math.Sqrt(square / all / float64(n))
	return out
}

// missed are sums of squared errors of predictions: as they are, and each beside the noise of its task.
type missed struct{ plain, weighted float64 }

// missed asks a model of those ratios about rows that are no part of the fit.
func (f *gainFit) missed(r ratios, rows []int) (out missed) {
	m := f.learn(GainStrength{ratios: r}, rough)
	for _, i := range rows {
		e := f.g.gain[i] - m.predict(f.g.rows[i].Task, f.g.v.rows[i])
		out.plain += float64(e * e)
		out.weighted += float64(e * e / f.noise[f.g.task[i]])
	}
	return out
}

// groups divides the rows by their folds, into strengthGroups or as many as there are folds.
func (g *gains) groups() [][]int {
	of := map[int]int{} // group by fold
	for i := range g.rows {
		of[g.rows[i].Fold] = 0
	}
	for k, fold := range slices.Sorted(maps.Keys(of)) {
		of[fold] = k % strengthGroups
	}
	groups := make([][]int, min(len(of), strengthGroups))
	for i := range g.rows {
		k := of[g.rows[i].Fold]
		groups[k] = append(groups[k], i)
	}
	return groups
}

// without returns the rows but for some of them; both rise.
func (g *gains) without(some []int) (rows []int) {
	for i := range g.rows {
		if _, ok := slices.BinarySearch(some, i); !ok {
			rows = append(rows, i)
		}
	}
	return rows
}
