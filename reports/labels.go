package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// taskWants says how many more labels would tell of a task, and whether there are requests to label; command says in brackets
// what draws them, if anything does.
func taskWants(r *eval.Result, command string) string {
	const given = ", if the delta is near what it seems (80 % power)"
	more, here := count(r.MoreLabels), r.Gradable
	switch {
	case here == 0 && r.Requests > r.Covered:
		return fmt.Sprintf("its other %s lack an outcome or a signal of a model: collect these, and label about %s more to tell%s",
			howMany(int(r.Requests-r.Covered), "request", "requests"), more, given)
	case here == 0:
		return "all its requests are labeled: collect and label about " + more + " more to tell" + given
	case here < r.MoreLabels:
		return fmt.Sprintf("label about %s more of its requests to tell%s%s; the data has %s, collect the others", more, command, given, count(here))
	}
	return fmt.Sprintf("label about %s more of its requests to tell%s%s", more, command, given)
}

// unlabeled says what to do about a task without labels.
func unlabeled(t *eval.TaskResult, command string) string {
	if t.Gradable == 0 {
		return t.Reason + ", and none of its requests has all outcomes and signals that it takes to judge it: collect these, then label about " + count(t.LabelNext)
	}
	return fmt.Sprintf("%s: label about %s of its requests%s", t.Reason, count(t.LabelNext), command)
}

// diffWants says how many more labels would tell of a row of a diff.
func diffWants(d *eval.TrafficDiff, whole bool, r *eval.DiffResult) string {
	if !whole {
		return taskWants(&r.Result, "")
	}
	more := count(r.MoreLabels) + " more requests, spread as these are, to tell, if the delta is near what it seems (80 % power)"
	if slices.ContainsFunc(d.Tasks, func(t eval.TaskDiff) bool { return t.LabelNext > 0 && t.Gradable > 0 }) {
		return "label about " + more
	}
	return "the requests that would tell are labeled already: collect and label about " + more
}

// labelsOf says what would tell of one of the candidate's tasks.
func labelsOf(k *eval.CandidateResult, t *eval.TaskResult) string {
	out := taskLabels(t)
	if out != "" && slices.ContainsFunc(k.Mix, func(m eval.MixShare) bool { return m.Task == t.Task && m.Share == 0 }) {
		out += "; production has nothing of it: none of its requests is drawn"
	}
	return out
}

// lacksMore reports whether there is a task with labels of which no request can be judged, for want of more than labels.
func lacksMore(k *eval.CandidateResult) bool {
	return slices.ContainsFunc(k.Tasks, func(t eval.TaskResult) bool {
		return t.Verdict == stats.Inconclusive && t.Graded > 0 && t.Covered == 0
	})
}

// lacking lists what requests lack, most first, three at most.
func lacking(r *eval.Result) string {
	reasons := slices.SortedFunc(maps.Keys(r.Uncovered), func(a, b string) int {
		if d := r.Uncovered[b] - r.Uncovered[a]; d != 0 {
			return int(d)
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for _, reason := range reasons[:min(len(reasons), 3)] {
		parts = append(parts, fmt.Sprintf("%s (%s)", reason, count(r.Uncovered[reason])))
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}
