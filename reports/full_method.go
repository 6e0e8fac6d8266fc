package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// method says how the figures came about, and what the words mean.
func (f *full) method() Section {
	c := f.c
	t := &Table{Columns: []Column{{"What", Text}, {"Value", Text}}}
	row := func(what, value string) {
		if value != "" {
			t.Rows = append(t.Rows, []Cell{T(what), T(value)})
		}
	}
	row("Data", strings.Join(c.Data.Files, ", "))
	row("Hash of the data", c.Data.Hash)
	row("Requests", fmt.Sprintf("%s, %s graded", count(c.Data.Requests), count(c.Data.Graded)))
	if c.Data.Weighted {
		row("Weights", "requests count by their weight")
	}
	if line := mixLine(c); len(line) > 0 {
		row("Mix of tasks", line[0])
	}
	row("Baseline", c.Baseline)
	row("The whole may lose", points(c.Settings.Tolerance))
	row("A task may lose", points(c.Settings.TaskTolerance))
	row("Confidence of verdicts", confidenceOf(c.Settings.Alpha)+", one-sided")
	row("Confidence of intervals", confidenceOf(1-eval.Level)+", two-sided")
	if c.Settings.GoldTasks {
		row("Tasks", "gold tasks, as if every caller named the task")
	}
	if c.Settings.Reprice {
		row("Costs", "tokens at the config's prices, not as recorded")
	}
	row("Seed", fmt.Sprint(c.Settings.Seed))
	for i := range c.Candidates {
		k := &c.Candidates[i]
		row("Hash of the decisions of "+k.Label, k.DecisionHash)
		row("Hash of the prices of "+k.Label, k.PriceHash)
	}
	if f.k != nil {
		row("Test of the whole", f.k.Whole.Test)
		for i := range f.k.Tasks {
			row("Test of "+f.k.Tasks[i].Task, f.k.Tasks[i].Test)
		}
		var methods []string
		for _, r := range f.results() {
			for _, i := range []*eval.Interval{r.DeltaInterval, r.SavingsInterval} {
				if i != nil && !slices.Contains(methods, i.Method) {
					methods = append(methods, i.Method)
				}
			}
		}
		row("Intervals", strings.Join(methods, "; "))
	}
	row("tierwise", c.Tool)
	return Section{ID: MethodID, Title: "Method", Table: t, Lines: glossary, Detail: true, About: "How the figures came about, and what the words mean."}
}

// results are the whole and the tasks of the candidate.
func (f *full) results() []*eval.Result {
	out := []*eval.Result{&f.k.Whole}
	for i := range f.k.Tasks {
		out = append(out, &f.k.Tasks[i].Result)
	}
	return out
}

// HowToRead explains the shorthand of a summary to people who meet it for the first time.
const HowToRead = "How to read it: quality is the mean of the grades that answers were given, from 0 % to 100 %; a point (pp) is the difference between, say, 90 % and 89 %. “At worst” is how much quality may change against you, with the confidence that is said. [low, high] is where the true figure lies with 95 % confidence. n is how many requests a figure is measured on."

var glossary = []string{
	"Baseline: the one model that everything goes to today, and that everything is compared with.",
	"Quality: the mean of the grades that answers were given, from 0 % to 100 %.",
	"pp (points): the difference of two percentages. From 90 % to 89 % is -1 pp.",
	"Change of quality (delta): quality of the table less that of the baseline, on the same graded requests.",
	"At worst (bound): quality changes by no less than this, at the confidence of the verdict.",
	"Interval, such as [-0.5, +0.8]: where the true figure lies, with 95 % confidence.",
	"Tolerance: how much quality may fall before it counts as a loss.",
	"Holds: at worst the loss is within the tolerance. Fails: at best it is not. Inconclusive: the grades do not tell.",
	"n, graded: how many requests a figure goes by. More of them make it surer.",
	"Chain: models in the order in which they are asked. A check looks at each answer and passes it, or the next model is asked: it escalates.",
	"Failover: the next model is asked because one did not answer.",
	"Task: a kind of request, which has its chain. A router finds out which task a request is.",
	"Misroute: a request that was sent to another task than it is of.",
	"p50, p95: half of the requests, 95 % of them, take no longer.",
	"Oracle: the best model for each request, chosen in hindsight. No router can be better.",
}

func (f *full) findings() Section {
	return Section{ID: FindingsID, Title: "What to know before trusting a figure", About: aboutFindings, Lines: findingLines(f.c.Findings)}
}
