package imports

import (
	"fmt"

	"github.com/tierwise/tierwise/datasets"
)

// split applies Options.Repeats, or fallback where it is not set, to a row that came whole.
func (r *run) split(row datasets.Row, at place, fallback string) error {
	policy := r.opts.Repeats
	if policy == "" {
		policy = fallback
	}
	nth := make([]int, len(row.Outcomes)) // which outcome of its model each is, from 0
	most := 0
	for i := range row.Outcomes {
		for j := range i {
			if row.Outcomes[j].Model == row.Outcomes[i].Model {
				nth[i]++
			}
		}
		if nth[i] > 0 {
			r.report.Repeats++
		}
		most = max(most, nth[i])
	}
	if most == 0 || policy == "mean" {
		return r.emit(row, at)
	}
	outcomes := row.Outcomes
	for k := range most + 1 {
		part := row
		part.Outcomes = nil
		for i, o := range outcomes {
			if nth[i] == k {
				part.Outcomes = append(part.Outcomes, o)
			}
		}
		if policy == "first" {
			return r.emit(part, at)
		}
		part.ID = fmt.Sprintf("%s#%d", row.ID, k+1)
		if part.Group == "" {
			part.Group = row.ID
		}
		if err := r.emit(part, at); err != nil {
			return err
		}
	}
	return nil
}
