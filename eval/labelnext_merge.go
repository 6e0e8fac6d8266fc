package eval

import (
	"cmp"
	"slices"
)

// Merge adds what another list of the same data wants: a request that both want is there once, with the models and candidates
// of both.
func (l *LabelList) Merge(o *LabelList) {
	l.Needs = append(l.Needs, o.Needs...)
	at := map[string]int{} // id → place
	for i := range l.Requests {
		at[l.Requests[i].ID] = i
	}
	for _, r := range o.Requests {
		i, ok := at[r.ID]
		if !ok {
			l.Requests = append(l.Requests, r)
			continue
		}
		to := &l.Requests[i]
		to.Models, to.Candidates = union(to.Models, r.Models), union(to.Candidates, r.Candidates)
		slices.Sort(to.Models)
	}
	l.sort()
}

// sort brings the requests of a task together, the tasks in the order of the needs, each in the order of one draw.
func (l *LabelList) sort() {
	order := map[string]int{}
	for _, need := range l.Needs {
		if _, ok := order[need.Task]; !ok {
			order[need.Task] = len(order)
		}
	}
	slices.SortStableFunc(l.Requests, func(a, b LabelRequest) int {
		return cmp.Or(cmp.Compare(order[a.Task], order[b.Task]), cmp.Compare(a.hash, b.hash), cmp.Compare(a.ID, b.ID))
	})
}
