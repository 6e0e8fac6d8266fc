package tune

import "fmt"

// Settings say what is claimed and at which level. The zero value of a field is its default.
type Settings struct {
	Tolerance     float64 // largest loss of the whole table, in [0, 1); default 0.01: one point
	TaskTolerance float64 // largest loss of a task that is moved; default 0.05
	Alpha         float64 // one-sided level of each claim, in (0, 0.5]; default 0.05
	// Family shares the level of the task claims among the tasks that could be moved, so that alpha is the chance of any
	// mistake among them.
	Family bool
	// Share of Alpha that this look at the requests may spend, in (0, 1]: less than 1 where there were or will be others.
	// Default 1.
	Share float64
	// Next is the share of Alpha of the look after this one, of the same search on more labels: then the labels that a task
	// wants are those that would tell there, all of which certify. 0: another search would start anew, at the same level.
	Next float64
	// AlwaysPilot spends a pilot also on tasks with one or two chains, between which there is nothing to choose.
	AlwaysPilot bool
}

func (s *Settings) withDefaults() (Settings, error) {
	var out Settings
	if s != nil {
		out = *s
	}
	for _, f := range []struct {
		name        string
		value       *float64
		by, at, top float64
	}{
		{"tolerance", &out.Tolerance, 0.01, 0, 1},
		{"task tolerance", &out.TaskTolerance, 0.05, 0, 1},
		{"alpha", &out.Alpha, 0.05, 0, 0.5},
		{"share of alpha", &out.Share, 1, 0, 1},
	} {
		if *f.value == 0 {
			*f.value = f.by
		}
		if !(*f.value > f.at && *f.value <= f.top) || f.name != "alpha" && f.name != "share of alpha" && *f.value == 1 {
			return out, fmt.Errorf("the %s is %v, which is not between %v and %v", f.name, *f.value, f.at, f.top)
		}
	}
	if !(out.Next >= 0 && out.Next <= 1) {
		return out, fmt.Errorf("the next share of alpha is %v, which is not between 0 and 1", out.Next)
	}
	return out, nil
}

// grades are the shares of the task tolerance at which a table is built, in the order in which their overall claims are
// tested.
var grades = [...]float64{0.6, 0.8, 1}
