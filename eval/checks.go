package eval

import "github.com/tierwise/tierwise/routing"

// CheckSums are what the checks of one cell did.
type CheckSums struct {
	Unpriced Count        // covered requests whose walks have no known cost
	Places   []CheckPlace // by place in the chain × checks + check
}

// A CheckPlace is what one check did at one place in the chain. Of a graded answer of quality q, q counts as good and 1 − q
// as bad.
type CheckPlace struct {
	// Over the answers of a Sweep, visited or not, by what the check says of them.
	Accepted, Refused SweepBin

	// Over the walks of covered requests. A false accept is a bad answer that was returned from here with this check's
	// consent, a false escalation a good one that this check sent on.
	FalseAccepts     Fixed // Σw·(1 − quality)
	Lost             Fixed // Σw·(baseline's quality − quality) of returned answers that are worse than the baseline's
	FalseEscalations Fixed // Σw·quality
	Wasted           Fixed // Σw·quality·cost of what came after the refusal; on walks of known cost
}

func (s *CheckSums) merge(o *CheckSums) {
	s.Unpriced.merge(&o.Unpriced)
	for i := range o.Places {
		s.Places[i].merge(&o.Places[i])
	}
}

func (s *CheckPlace) merge(o *CheckPlace) {
	s.Accepted.merge(&o.Accepted)
	s.Refused.merge(&o.Refused)
	for _, f := range []struct{ to, from *Fixed }{
		{&s.FalseAccepts, &o.FalseAccepts}, {&s.Lost, &o.Lost}, {&s.FalseEscalations, &o.FalseEscalations}, {&s.Wasted, &o.Wasted},
	} {
		f.to.AddFixed(*f.from)
	}
}

// newCheckSums returns room for the checks of a policy: none if it has no check that decides.
func (j *Job) newCheckSums(policy int) CheckSums {
	p := &j.policies[policy]
	table := j.tables[p.view].table
	return CheckSums{Places: make([]CheckPlace, len(table.Chain(p.task))*len(table.Checks(p.task)))}
}

// add adds the walk of request i: what its checks let through and what they sent on.
func (s *CheckSums) add(w *walker, i int, r *result) {
	total := w.world.cost
	bad := r.Ended == routing.Accepted && r.quality != 1
	if !bad && len(w.world.refusals) == 0 && total == total { // nothing to add of most walks
		return
	}
	base, _, _ := w.baseline(i)
	if w.covered[i]&judgeable == 0 || base != base {
		return
	}
	weight := w.world.block.weight(i)
	if total != total {
		s.Unpriced.add(weight)
	}
	s.addRefusals(w.world, weight)
	if bad {
		var badness, lost Fixed
		badness.Add(weight * (1 - r.quality))
		if base > r.quality {
			lost.Add(weight * (base - r.quality))
		}
		s.addAccepted(w, int(r.Answer), badness, lost)
	}
}

// addRefusals adds what checks sent on in the walk at hand, of a covered request of that weight.
func (s *CheckSums) addRefusals(w *world, weight float64) {
	for _, no := range w.refusals {
		good := weight * w.columns[no.place].quality[w.row]
		if good == 0 {
			continue
		}
		s.Places[no.check].FalseEscalations.Add(good)
		if w.cost == w.cost {
			s.Places[no.check].Wasted.Add(good * (w.cost - no.cost))
		}
	}
}

// addAccepted adds bad answers that the checks of a place let through.
func (s *CheckSums) addAccepted(w *walker, place int, falseAccepts, lost Fixed) {
	checks := w.table.Checks(w.task)
	for c := range checks {
		if _, ok := checks[c].Threshold(place); ok {
			sums := &s.Places[place*len(checks)+c]
			sums.FalseAccepts.AddFixed(falseAccepts)
			sums.Lost.AddFixed(lost)
		}
	}
}

// checks adds up what checks do with the answers of a block.
type checks struct {
	walks *CheckSums // of the cell that is replayed; nil: it has no checks
	cell  int
	bins  map[*CheckPlace]*signalBins // of what is not added to the sums yet
}

// start begins with a cell.
func (x *checks) start(sums *CheckSums, cell int) {
	x.walks, x.cell = nil, cell
	if len(sums.Places) > 0 {
		x.walks = sums
	}
}

// add ends with a cell: it adds what its checks say of all answers of their places, visited or not.
func (x *checks) add(r *Replayer, policy int, rows []int32) {
	if x.walks == nil {
		return
	}
	p := &r.job.policies[policy]
	view := &r.job.tables[p.view]
	all := view.table.Checks(p.task)
	for _, step := range view.table.Chain(p.task) {
		for _, c := range all {
			threshold, ok := c.Threshold(step.Position)
			if !ok {
				continue
			}
			index := step.Position*len(all) + c.Index
			bins := x.of(r, index, SweepKey{step.Position, c.Index})
			bins.add(r.block, &x.walks.Places[index], &answerColumns{
				model: &r.block.variants[view.variants[step.Model]], base: &r.block.variants[view.base],
				signal: r.block.signals[view.signals[c.Signal][step.Model]], threshold: threshold,
			}, rows)
		}
	}
	x.walks = nil
}

// of returns where the answers of a check go: bins without a sweep if they are in another cell's.
func (x *checks) of(r *Replayer, index int, key SweepKey) *signalBins {
	place := &x.walks.Places[index]
	bins := x.bins[place]
	if bins != nil {
		return bins
	}
	bins = &signalBins{}
	if r.job.owners[x.cell][index] == (sweepOwner{x.cell, key}) {
		bins.sweep, bins.counts = Sweep{}, make([][4]int64, zeroBin+1)
		r.sums.Sweeps[x.cell][key] = bins.sweep
	}
	if x.bins == nil {
		x.bins = map[*CheckPlace]*signalBins{}
	}
	x.bins[place] = bins
	return bins
}

// flush adds what is left to the sums.
func (x *checks) flush() {
	for _, bins := range x.bins {
		bins.flush()
	}
}
