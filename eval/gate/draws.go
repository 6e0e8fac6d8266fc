package gate

import (
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// draws reports whether there are requests of a task to label that would settle something.
func draws(t *eval.TaskResult) bool { return t.LabelNext > 0 && t.Gradable > 0 }

// drawing returns the command that draws requests to label, if it draws any, else the other one.
func (j *judge) drawing(draws bool, other string) string {
	if draws {
		return j.LabelCommand
	}
	return other
}

// more says to label so many more requests, and that these are to be collected first if it is so.
func more(about string, n int64, draws bool) string {
	if draws {
		return "label " + about + number(n) + " more"
	}
	return "all requests that would tell are labeled, collect and label " + about + number(n) + " more"
}

// lacksGrades reports whether requests lack the grade of a model's answer and nothing else of it.
func lacksGrades(r *eval.Result) bool {
	for reason := range r.Uncovered {
		if strings.HasSuffix(reason, ": no quality") {
			return true
		}
	}
	return false
}
