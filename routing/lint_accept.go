package routing

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/tierwise/tierwise/routing/accept"
)

func acceptLints() []LintCheck {
	return []LintCheck{
		{"useless-check", Warning, "checks that can neither pass a request on nor make an error of it", (*linter).uselessChecks},
		{"always-passes", Warning, "a check that no answer fails", (*linter).alwaysPasses},
		{"never-passes", Error, "a check that no answer passes", (*linter).neverPasses},
		{"cheap-check-last", Warning, "a check that costs a call before checks that cost nothing", (*linter).cheapChecksLast},
		{"unreplayable-check", Info, "a check that a replay of recorded traffic cannot make", (*linter).unreplayable},
		{"self-judge", Warning, "a model that is asked to judge its own answers", (*linter).selfJudges},
	}
}

// acceptPath is the key path of a check.
func acceptPath(t *Task, index int) string {
	return elementPath(KeyPath("tasks", t.Name, "accept"), index)
}

// eachCheck goes through the checks of all tasks.
func (l *linter) eachCheck(see func(t *Task, a *Accept, kind accept.Kind, path string)) {
	for i := range l.Tasks {
		t := &l.Tasks[i]
		for j := range t.Accept {
			if kind, ok := accept.ParseKind(t.Accept[j].Check); ok {
				see(t, &t.Accept[j], kind, acceptPath(t, j))
			}
		}
	}
}

func (l *linter) uselessChecks() {
	for i := range l.Tasks {
		t := &l.Tasks[i]
		if len(t.Chain) == 0 || l.errsWhenExhausted(t) {
			continue
		}
		last := t.Chain[len(t.Chain)-1]
		if len(t.Chain) == 1 && len(t.Accept) > 0 {
			fix := `put a stronger tier behind it, or set on_exhausted = "error"`
			if model := l.tierModel[last]; model == l.Baseline || model == l.dearestTier().Model {
				fix = `drop them, or set on_exhausted = "error"`
			}
			l.report(taskPlace(t, "accept"), fix,
				"the checks of task %s only mark answers: its chain has one tier, %s, so that a bad answer is returned all the same", t.Name, last)
			continue
		}
		for j := range t.Accept {
			a := &t.Accept[j]
			if a.Min != nil || len(a.PerTier) != 1 || !a.madeAt(last) {
				continue
			}
			l.report(place{acceptPath(t, j), "min"}, fmt.Sprintf("give it thresholds for the tiers before, such as %s", t.Chain[0]),
				"check %s of task %s only marks answers: it is made at the last tier, %s, alone, whose answer is returned all the same", a.Check, t.Name, last)
		}
	}
}

// A threshold is one that a check compares with, and where it stands.
type threshold struct {
	min   float64
	place place
}

// thresholdsOf returns all that the check compares with.
func thresholdsOf(a *Accept, kind accept.Kind, path string) []threshold {
	switch {
	case a.Min != nil:
		return []threshold{{*a.Min, place{path, "min"}}}
	case a.PerTier == nil && kind.Binary():
		return []threshold{{1, place{path, ""}}}
	}
	var all []threshold
	for _, tier := range slices.Sorted(maps.Keys(a.PerTier)) {
		all = append(all, threshold{a.PerTier[tier], place{path, KeyPath("min", tier)}})
	}
	return all
}

// signalRange returns the least and the most that the signal of a kind of check can be. Logarithms of probabilities
// have no least, answers no most characters.
func signalRange(kind accept.Kind) (least, most float64) {
	switch kind {
	case accept.Chars:
		return 0, math.Inf(1)
	case accept.LogprobMean, accept.LogprobMin:
		return math.Inf(-1), 0
	case accept.Func:
		return math.Inf(-1), math.Inf(1)
	case accept.Regex, accept.JSON, accept.JSONSchema, accept.Finish, accept.SelfCheck:
	}
	return 0, 1
}

func (l *linter) alwaysPasses() {
	l.eachCheck(func(t *Task, a *Accept, kind accept.Kind, path string) {
		if kind == accept.Regex && findsInAll(a.Pattern) {
			l.report(place{path, "pattern"}, "write a pattern that bad answers lack, or drop the check",
				"check regex of task %s passes every answer: %q is found in all texts", t.Name, a.Pattern)
			return
		}
		least, _ := signalRange(kind)
		for _, th := range thresholdsOf(a, kind, path) {
			if th.min <= least {
				l.report(th.place, fmt.Sprintf("set min above %v, or drop the check", least),
					"check %s of task %s passes every answer: its signal is %v at least, and min is %v", kind, t.Name, least, th.min)
			}
		}
	})
}

func (l *linter) neverPasses() {
	l.eachCheck(func(t *Task, a *Accept, kind accept.Kind, path string) {
		if kind == accept.Regex {
			if _, ok := leastMatch(a.Pattern); !ok {
				l.report(place{path, "pattern"}, "write a pattern that good answers have",
					"check regex of task %s passes no answer: nothing matches %q", t.Name, a.Pattern)
				return
			}
		}
		_, most := signalRange(kind)
		for _, th := range thresholdsOf(a, kind, path) {
			if th.min > most {
				l.report(th.place, fmt.Sprintf("set min to %v at most", most),
					"check %s of task %s passes no answer: its signal is %v at most, and min is %v", kind, t.Name, most, th.min)
			}
		}
	})
}

func (l *linter) cheapChecksLast() {
	for i := range l.Tasks {
		t := &l.Tasks[i]
		for j := range t.Accept {
			if t.Accept[j].Check != accept.SelfCheck.String() {
				continue
			}
			free := slices.IndexFunc(t.Accept[j+1:], func(a Accept) bool { return a.Check != accept.SelfCheck.String() })
			if free < 0 {
				continue
			}
			l.report(place{acceptPath(t, j), ""}, "move self_check behind the others: what they refuse needs no call then",
				"task %s asks %s about every answer before check %s, which costs nothing, has looked at it", t.Name, t.Accept[j].Model, t.Accept[j+1+free].Check)
			break
		}
	}
}

func (l *linter) selfJudges() {
	l.eachCheck(func(t *Task, a *Accept, kind accept.Kind, path string) {
		if kind != accept.SelfCheck {
			return
		}
		for j, tier := range t.Chain {
			last := j == len(t.Chain)-1
			// At the last tier the call is saved, unless an error depends on it.
			if l.tierModel[tier] != a.Model || !a.madeAt(tier) || last && !l.errsWhenExhausted(t) {
				continue
			}
			l.report(place{path, "model"}, "let another model judge: a model that errs mostly believes itself",
				"self_check of task %s asks %s about its own answers at tier %s", t.Name, a.Model, tier)
		}
	})
}

func (l *linter) unreplayable() {
	l.eachCheck(func(t *Task, a *Accept, kind accept.Kind, path string) {
		if kind == accept.Func {
			l.report(place{path, "check"}, "evaluate and tune the table without it, or measure the same by another check",
				"check %s of task %s is code of the service, which a replay does not run: it leaves out the requests that depend on it", a.Check, t.Name)
		}
	})
}
