package eval

// A sweepOwner is where the sweep of a check is: that of the first cell in which the same signal of the same model's answers
// to the same requests is looked at. Candidates that differ in their thresholds share it.
type sweepOwner struct {
	cell int
	key  SweepKey
}

// sweepOwners returns the owners by cell, then place in the chain × checks + check.
func (j *Job) sweepOwners() [][]sweepOwner {
	type source struct {
		router, base, variant, signal int
		task                          string
	}
	owners := map[source]sweepOwner{}
	out := make([][]sweepOwner, len(j.cells))
	for i := range j.cells {
		c := &j.cells[i]
		p := &j.policies[c.policy]
		view := &j.tables[p.view]
		for _, step := range view.table.Chain(p.task) {
			for _, check := range view.table.Checks(p.task) {
				owner := sweepOwner{i, SweepKey{step.Position, check.Index}}
				if _, ok := check.Threshold(step.Position); ok {
					key := source{c.router, view.base, view.variants[step.Model], view.signals[check.Signal][step.Model], c.name}
					if first, ok := owners[key]; ok {
						owner = first
					} else {
						owners[key] = owner
					}
				}
				out[i] = append(out[i], owner)
			}
		}
	}
	return out
}

// sweep returns the sweep of a check of a cell, by its place in the chain × checks + check.
func (j *Job) sweep(s *Sums, cell, place int) Sweep {
	owner := j.owners[cell][place]
	return s.Sweeps[owner.cell][owner.key]
}
