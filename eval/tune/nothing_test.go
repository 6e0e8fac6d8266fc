package tune_test

import (
	"fmt"
	"math"
	"testing"
)

// In these worlds every option loses as much as is given, with the share of discordant pairs that is given, so that what is
// moved is moved wrongly as soon as it adds up to the tolerance; a loss at the limit counts as one beyond it. The recipe says
// of all options at the limit: overall false claims in at most 7.0 % of the runs, and a task at the limit is moved with a
// chance of at most alpha, 5.4 % for Tango's test with the binomial floor.
func TestNothingToSave(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector")
	}
	for _, edge := range []struct {
		loss, discordant float64
		tasks            int
	}{
		{0.01, 0.02, 8},
		{0.01, 0.10, 8},
		{0.02, 0.04, 12},
		{0.03, 0.09, 12},
		{0.05, 0.05, 8},
		{0.05, 0.09, 8},
		{0.05, 0.20, 3},
		{0.08, 0.10, 8},
	} {
		w := worldOf(edge.tasks, 3, 3, 7, func(int) (float64, float64) {
			return (edge.discordant + edge.loss) / 2, (edge.discordant - edge.loss) / 2
		})
		for _, n := range []int{100, 300} {
			t.Run(fmt.Sprintf("loss=%v,discordant=%v,labels=%d", edge.loss, edge.discordant, n), func(t *testing.T) {
				count := *sets
				if count == 0 {
					count = 60
				}
				got := simulate(t, w, n, count, nil)
				t.Logf("every option loses %.0f pp with %.0f %% discordant pairs, %d tasks of %d labels: %.1f %% of the runs move something, %.1f %% claim something false of the whole; %.2f %% of the tasks are moved beyond their tolerance, %.2f %% in any of the three tables",
					100*edge.loss, 100*edge.discordant, edge.tasks, n, percent(got.changed, count), percent(got.false, count), percent(got.beyond, edge.tasks*count), percent(got.tried, edge.tasks*count))
				limit := func(p float64, runs int) float64 { return 100 * (p + 3*math.Sqrt(p*(1-p)/float64(runs))) }
				if percent(got.false, count) > limit(0.07, count) {
					t.Errorf("false overall claims in %.1f %% of the runs", percent(got.false, count))
				}
				if beyond := percent(got.beyond, edge.tasks*count); beyond > limit(0.054, edge.tasks*count) {
					t.Errorf("%.1f %% of the tasks are moved, all wrongly", beyond)
				}
			})
		}
	}
}
