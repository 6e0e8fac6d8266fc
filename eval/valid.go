package eval

import (
	"errors"
	"slices"
)

var errShape = errors.New("the sums are not those of the job: the file is damaged, or of another version")

// fits reports whether sums that were read from a file have the shape of the job's: what merging and finishing rely on.
func (s *Sums) fits(j *Job) error {
	want := newSums(j)
	if len(s.Cells) != len(want.Cells) || len(s.Sweeps) != len(want.Sweeps) || len(s.Routers) != len(want.Routers) ||
		len(s.References) != len(want.References) || len(s.Tokens) != len(want.Tokens) || len(s.Control) != len(want.Control) || len(s.Crossed) != len(want.Crossed) || len(s.Prices) != len(want.Prices) ||
		len(s.Models) != len(want.Models) || len(s.Checks) != len(want.Checks) {
		return errShape
	}
	ok := true
	for i, splits := range s.Cells {
		policy := &j.policies[j.cells[i].policy]
		table := j.tables[policy.view].table
		ok = ok && splits.fit(len(table.Chain(policy.task)), len(table.Checks(policy.task)))
		ok = ok && len(s.Checks[i].Places) == len(want.Checks[i].Places)
	}
	for i := range s.References {
		for _, splits := range s.References[i] {
			ok = ok && splits.fit(1, 0)
		}
		for _, tokens := range s.Tokens[i] {
			ok = ok && tokens != nil
		}
	}
	for _, sums := range s.Oracle {
		ok = ok && sums != nil
	}
	for i := range s.Control {
		ok = ok && s.Control[i].fit(len(j.plan[i]))
	}
	for i := range s.Routers {
		ok = ok && len(s.Routers[i].Rules) == j.routers[i].rules
		ok = ok && s.Models[i].fit(len(want.Models[i]), len(j.references))
		for _, bins := range s.Routers[i].Reliability {
			ok = ok && len(bins) == confidenceBins
		}
	}
	if !ok {
		return errShape
	}
	return nil
}

// fit reports whether the control is empty or of so many tasks.
func (s *ControlSums) fit(tasks int) bool {
	for i := range s.Strata {
		if len(s.Strata[i].Tasks) != tasks {
			return false
		}
	}
	return len(s.Strata) == 0 || len(s.Strata) == tasks
}

// fit reports whether partials are there and are of a chain of that length and of so many checks.
func (s Splits) fit(chain, checks int) bool {
	for _, p := range s {
		if p == nil || len(p.Answers) > chain || len(p.Spend) > chain || len(p.CheckSpend) > checks ||
			p.Tokens != nil && len(p.Tokens.Answers) > chain || !p.Latency.valid() || !p.Spread.valid() ||
			!slices.IsSortedFunc(p.Regressions, compareExamples) || !slices.IsSortedFunc(p.Escalations, compareExamples) {
			return false
		}
	}
	return true
}

func (h *Histogram) valid() bool {
	if len(h.Counts) > 0 && (h.First < minBin || h.First > maxBin || len(h.Counts) > maxBin+1-h.First) {
		return false
	}
	for b := range h.W {
		if b < minBin || b > maxBin {
			return false
		}
	}
	return true
}
