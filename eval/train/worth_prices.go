package train

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// prices makes prices of what was replayed; the reason says why there are none.
func (p *pricing) prices() (*Prices, string, error) {
	base := slices.IndexFunc(p.candidates[p.chains:], func(t treatment) bool { return t.name == p.baseline }) + p.chains
	out := &Prices{
		baseline: p.baseline, pilot: len(p.pilot), graded: p.graded(), tasks: slices.Clone(p.requests.Tasks), treatments: p.candidates,
	}
	if !p.requests.Split {
		out.pilotFolds = pilotFolds
	}
	if p.requests.Reject != "" {
		out.tasks = append(out.tasks, p.requests.Reject)
	}
	if out.graded < minPairs {
		return nil, "too few of the requests to price on are graded", nil
	}
	switch {
	case p.opts.Config != nil:
		p.treatByConfig(out)
	case !p.tellsTasks(base):
		return nil, fmt.Sprintf("no task has %d graded requests among the %d pilot requests", minPairs, len(p.pilot)), nil
	default:
		p.treatByModel(out, base)
	}
	p.setRate(out, base)
	p.compact(out)
	if out.equal() {
		return nil, "all tasks are treated alike, by " + out.treatments[out.fallback].name, nil
	}
	for k := range out.tasks {
		row := make([]difference, len(out.treatments))
		for t := range row {
			row[t] = p.difference(k, out.of[k], t)
		}
		out.differences = append(out.differences, row)
	}
	return out, "", nil
}

// graded counts the pilot requests on which some treatment can be judged.
func (p *pricing) graded() int {
	n := 0
	for i := range p.pilot {
		if slices.ContainsFunc(p.quality, func(q []float64) bool { return !math.IsNaN(q[i]) }) {
			n++
		}
	}
	return n
}

// tellsTasks reports whether some task has enough graded requests to find its best model.
func (p *pricing) tellsTasks(base int) bool {
	for k := range p.requests.Tasks {
		if p.mean(base, base, func(task int) bool { return task == k }).pairs >= minPairs {
			return true
		}
	}
	return false
}

// treatByConfig gives each task the treatment that the config has for it. Requests to reject are not of any task, so
// they should get what the default does, unless the config has a task for them.
func (p *pricing) treatByConfig(out *Prices) {
	c := p.opts.Config
	chain := func(task string) int {
		for i := range c.Tasks {
			if c.Tasks[i].Name == task {
				return p.chainOf[i]
			}
		}
		return -1
	}
	out.config, out.byDefault, out.fallback = c.Source, c.Router.Default, chain(c.Router.Default)
	for _, task := range out.tasks {
		n := chain(task)
		if n < 0 {
			n = out.fallback
		}
		out.of = append(out.of, n)
	}
}

// treatByModel gives each task its best model: the cheapest that seems to lose no more than the tolerance, of those with
// enough graded requests, else the baseline. Requests that the classifier is not sure of, and those to reject, are treated
// as those of the task with the dearest model.
func (p *pricing) treatByModel(out *Prices, base int) {
	for k := range p.requests.Tasks {
		out.of = append(out.of, p.bestModel(k, base))
	}
	dearest := slices.MaxFunc(out.of, func(a, b int) int { return cmp.Compare(p.meanUSD(a), p.meanUSD(b)) })
	sizes := make([]float64, len(p.requests.Tasks))
	for i := range p.requests.Train {
		if r := &p.requests.Train[i]; r.Task >= 0 {
			sizes[r.Task] += r.Weight
		}
	}
	best := -1
	for k, t := range out.of {
		if t == dearest && (best < 0 || sizes[k] > sizes[best]) {
			best = k
		}
	}
	out.fallback, out.byDefault = dearest, p.requests.Tasks[best]
	if p.requests.Reject != "" {
		out.of = append(out.of, dearest)
	}
}

// meanUSD is the mean cost of a candidate, −1 if it is not known.
func (p *pricing) meanUSD(candidate int) float64 {
	sum, weight := 0.0, 0.0
	for i, usd := range p.usd[candidate] {
		if !math.IsNaN(usd) {
			w := p.requests.Train[p.pilot[i]].Weight
			sum, weight = sum+w*usd, weight+w
		}
	}
	if weight == 0 {
		return -1
	}
	return sum / weight
}

func (p *pricing) bestModel(task, base int) int {
	tolerance := cmp.Or(p.opts.TaskTolerance, 0.05)
	best, saved := base, 0.0
	for m := range p.candidates {
		d := p.mean(base, m, func(k int) bool { return k == task })
		if d.pairs >= minPairs && d.quality >= -tolerance && d.usd < saved {
			best, saved = m, d.usd
		}
	}
	return best
}

// mean returns what candidate to comes to less what candidate from does, on the pilot requests of some tasks on which both
// are known.
func (p *pricing) mean(from, to int, of func(task int) bool) difference {
	var d difference
	var weight, priced float64
	for n, i := range p.pilot {
		r := &p.requests.Train[i]
		if !of(taskIndex(p.requests, r.Task)) {
			continue
		}
		if q := p.quality[to][n] - p.quality[from][n]; !math.IsNaN(q) {
			d.quality += r.Weight * q
			weight += r.Weight
			d.pairs++
		}
		if usd := p.usd[to][n] - p.usd[from][n]; !math.IsNaN(usd) {
			d.usd += r.Weight * usd
			priced += r.Weight
		}
	}
	d.quality = ratio(d.quality, weight)
	if d.usd /= priced; priced == 0 {
		d.usd = math.NaN()
	}
	return d
}

// difference returns what requests of a task come to under one treatment less under another. Where too few are graded, the
// mean of all tasks stands for them.
func (p *pricing) difference(task, from, to int) difference {
	d := p.mean(from, to, func(k int) bool { return k == task })
	if from == to || d.pairs >= minPairs && !math.IsNaN(d.usd) {
		return d
	}
	all := p.mean(from, to, func(int) bool { return true })
	if d.pairs < minPairs {
		d.quality, d.pairs, d.pooled = all.quality, all.pairs, true
	}
	if math.IsNaN(d.usd) {
		d.usd = all.usd
	}
	return d
}

// setRate finds what today's baseline pays for quality: what it costs more than the cheapest model, by how much better it
// is. Whoever stays on it thinks that it is worth that.
func (p *pricing) setRate(out *Prices, base int) {
	out.rate = math.NaN()
	cheapest, least := -1, math.Inf(1)
	for m := p.chains; m < len(p.candidates); m++ {
		d := p.mean(base, m, func(int) bool { return true })
		if usd := p.meanUSD(m); d.pairs >= minPairs && usd >= 0 && usd < least {
			cheapest, least = m, usd
		}
	}
	if cheapest < 0 {
		return
	}
	if d := p.mean(cheapest, base, func(int) bool { return true }); d.usd > 0 && d.quality > 0 {
		out.rate, out.cheapest = d.usd/d.quality, p.candidates[cheapest].name
	}
}

// compact leaves in prices, and in what was replayed, the treatments that some task has.
func (p *pricing) compact(out *Prices) {
	used := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(out.of), out.fallback))))
	place := map[int]int{}
	var quality, usd [][]float64
	out.treatments = nil
	for n, t := range used {
		place[t] = n
		out.treatments = append(out.treatments, p.candidates[t])
		quality, usd = append(quality, p.quality[t]), append(usd, p.usd[t])
	}
	p.quality, p.usd = quality, usd
	for k := range out.of {
		out.of[k] = place[out.of[k]]
	}
	out.fallback = place[out.fallback]
}
