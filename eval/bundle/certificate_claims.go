package bundle

import (
	"fmt"
	"math"
	"strconv"

	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
)

// claims says in words what may be said of a table, and what not.
func claims(c *gate.Certificate, r *tune.Result) []string {
	out := []string{}
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	share := 1.0
	if c.Look != nil {
		share = c.Look.AlphaShare
	}
	s := &r.Settings
	alpha, tolerance, taskTolerance := s.Alpha*share, points(s.Tolerance), points(s.TaskTolerance)
	moved, tested := 0, 0
	for i := range r.Tasks {
		if r.Tasks[i].Option >= 0 {
			moved++
		}
		if r.Tasks[i].Level > 0 {
			tested++
		}
	}
	switch {
	case moved == 0:
		add("Every task stays on the baseline: nothing changes, and nothing is saved.")
	case s.Family:
		add("Had any task truly lost more than %s, the chance that one of them was moved was at most %s, all tasks together.", taskTolerance, percent(alpha))
	default:
		add("Had a task truly lost more than %s, its chance of being moved was at most %s.", taskTolerance, percent(alpha))
		if tested > 1 {
			add("That is each task by itself: with %d tasks tested, all of them at the limit, one or more would be moved wrongly with a chance of up to %s.", tested, percent(1-math.Pow(1-alpha, float64(tested))))
		}
	}
	if moved > 0 {
		add("Nothing is said of how many of the tasks that were moved lose more than that.")
		out = append(out, overallClaims(c, r, alpha, tolerance)...)
	}
	if c.GoldTasks {
		add("All of this is for callers who name the task of each request: no router was judged.")
	}
	if l := c.Look; l != nil && l.Number > 1 {
		add("This is look %d at labels for this config. It has %s of the level; all looks so far may spend %s together.", l.Number, percent(l.AlphaShare), percent(l.AlphaSum))
	}
	return out
}

// splitClaims says what the halves of split tasks are.
func splitClaims(splits []tune.Split) (out []string) {
	for i := range splits {
		if s := &splits[i]; s.Used {
			out = append(out, fmt.Sprintf("%s are the requests of %s of which %s is predicted to gain less than %v over %s, about %s of them; %[2]s are the others. That was decided on the pilot, and learned again for every table without a fold of it; each half is certified by itself.",
				s.Easy, s.Task, s.Strong, s.Below, s.Weak, percent(s.EasyShare)))
		}
	}
	return out
}

// overallClaims says what may be said of the whole table.
func overallClaims(c *gate.Certificate, r *tune.Result, alpha float64, tolerance string) (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch {
	case c.Overall.Verdict == stats.Holds:
		add("The whole table loses no more than %s, at a level of %s. That is simulated, not proved, because the table has seen a twentieth more labels than the tables that were judged for it: where every option was at the limit, up to 7 %% of such claims were false at a level of 5 %%.", tolerance, percent(alpha))
	case c.Overall.Verdict == stats.Fails:
		add("The whole table loses more than %s, at a level of %s. The claims of the tasks stand.", tolerance, percent(alpha))
	case c.Overall.Reason != "":
		add("Nothing is claimed of the whole table: %s. The claims of the tasks stand.", c.Overall.Reason)
	case !c.Overall.Bound.Known():
		add("Nothing is claimed of the whole table: the labels do not tell. The claims of the tasks stand.")
	default:
		add("Nothing is claimed of the whole table: it may lose %s, which is more than %s. The claims of the tasks stand.", points(-float64(c.Overall.Bound)), tolerance)
	}
	shipped := &r.Tables[r.Table]
	add("The difference of quality to quote is %s, cross-fitted; the %s on the requests that chose the table are not: they tend to be too good.", signed(shipped.Overall.Delta), signed(shipped.Naive))
	return out
}

// points writes a share as points of quality.
func points(x float64) string {
	text := strconv.FormatFloat(math.Round(1e4*x)/100, 'f', -1, 64)
	if text == "1" {
		return "1 point"
	}
	return text + " points"
}

// signed writes a difference of quality.
func signed(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf("%+.1f pp", 100*x)
}

func percent(x float64) string {
	return strconv.FormatFloat(math.Round(1e4*x)/100, 'f', -1, 64) + " %"
}
