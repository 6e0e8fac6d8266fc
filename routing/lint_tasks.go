package routing

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

func taskLints() []LintCheck {
	return []LintCheck{
		{"no-fallback", Warning, "a cheap tier with nothing behind it", (*linter).noFallback},
		{"one-provider", Warning, "chains of which every tier is on the same provider", (*linter).oneProvider},
		{"falling-prices", Warning, "tiers, or a chain, that go from a dearer model to a cheaper one", (*linter).fallingPrices},
		{"context-order", Warning, "a chain that goes on to models which take in less", (*linter).contextOrder},
		{"same-split", Warning, "a split whose easy requests are served as the others are", (*linter).sameSplits},
		{"unused-tier", Info, "a tier that is in no chain", (*linter).unusedTiers},
	}
}

func (l *linter) noFallback() {
	dearest := l.dearestTier()
	behind := l.tierOf(l.Baseline)
	if behind == "" {
		behind = dearest.Name
	}
	for i := range l.Tasks {
		t := &l.Tasks[i]
		if len(t.Chain) != 1 {
			continue
		}
		model := l.tierModel[t.Chain[0]]
		if model == l.Baseline || model == dearest.Model {
			continue
		}
		l.report(taskPlace(t, "chain"), fmt.Sprintf("put a stronger tier behind it, such as chain = [%q, %q]", t.Chain[0], behind),
			"task %s has no fallback: when %s fails or answers badly, nobody else is asked", t.Name, model)
	}
}

// oneProvider reports a provider once, with all the tasks that it alone serves.
func (l *linter) oneProvider() {
	alone := map[string][]*Task{}
	for i := range l.Tasks {
		if p := l.onlyProvider(&l.Tasks[i]); p != "" {
			alone[p] = append(alone[p], &l.Tasks[i])
		}
	}
	for _, p := range slices.Sorted(maps.Keys(alone)) {
		tasks := alone[p]
		names := make([]string, len(tasks))
		for i, t := range tasks {
			names[i] = t.Name
		}
		l.report(taskPlace(tasks[0], "chain"), "put a tier of another provider at the end of the chain",
			"every tier of %s %s is on provider %s: when that is down or refuses, so %s", plural(len(names), "task", "tasks"), list(names), p,
			plural(len(names), "is the task", "are they"))
	}
}

// onlyProvider returns the provider of all the tiers of a chain of two or more, "" if there is none such.
func (l *linter) onlyProvider(t *Task) string {
	if len(t.Chain) < 2 {
		return ""
	}
	only := l.models[l.tierModel[t.Chain[0]]].Provider
	for _, tier := range t.Chain[1:] {
		if l.models[l.tierModel[tier]].Provider != only {
			return ""
		}
	}
	return only
}

func (l *linter) fallingPrices() {
	for i := 1; i < len(l.Tiers); i++ {
		before, tier := l.Tiers[i-1], l.Tiers[i]
		from, to := l.models[before.Model].Price, l.models[tier.Model].Price
		if dearer(from, to) {
			l.report(place{KeyPath("tiers", tier.Name), ""}, "write [tiers] in rising order of price: reports, tune and ties go by it",
				"tier %s (%s) stands behind %s, which is dearer (%s)", tier.Name, usd(to), before.Name, usd(from))
		}
	}
	for i := range l.Tasks {
		t := &l.Tasks[i]
		for j := 1; j < len(t.Chain); j++ {
			from, to := l.models[l.tierModel[t.Chain[j-1]]].Price, l.models[l.tierModel[t.Chain[j]]].Price
			// Without checks the chain goes on after failures only, where a cheaper model is as good a helper.
			if l.checkedAt(t, j-1) && dearer(from, to) {
				l.report(place{elementPath(KeyPath("tasks", t.Name, "chain"), j), ""}, "let the chain rise: cheap tiers first, and the strongest last",
					"task %s: what %s (%s) did not answer well goes to %s, which is cheaper (%s)", t.Name, t.Chain[j-1], usd(from), t.Chain[j], usd(to))
			}
		}
	}
}

func (l *linter) contextOrder() {
	for i := range l.Tasks {
		t := &l.Tasks[i]
		for j := range len(t.Chain) - 1 {
			m := l.models[l.tierModel[t.Chain[j]]]
			most := 0
			for _, tier := range t.Chain[j+1:] {
				most = max(most, room(l.models[l.tierModel[tier]]))
			}
			if room(m) <= most {
				continue
			}
			severity, takes := l.check.Severity, fmt.Sprintf("%d tokens", m.Context)
			if m.Context == 0 {
				severity, takes = Info, "any number of tokens, since its context is not given"
			}
			l.reportAs(severity, place{elementPath(KeyPath("tasks", t.Name, "chain"), j+1), ""},
				fmt.Sprintf("give the context of every model, and end the chain with a tier that takes in as much as %s", t.Chain[j]),
				"task %s: tier %s takes in %s, those behind it only %d: a longer request is not passed on", t.Name, t.Chain[j], takes, most)
			break
		}
	}
}

// room returns how many tokens fit the model, the most there can be if that is not given.
func room(m Model) int {
	if m.Context == 0 {
		return math.MaxInt
	}
	return m.Context
}

func (l *linter) unusedTiers() {
	for _, tier := range l.Tiers {
		if !slices.ContainsFunc(l.Tasks, func(t Task) bool { return slices.Contains(t.Chain, tier.Name) }) {
			l.report(place{KeyPath("tiers", tier.Name), ""}, "put it into a chain, or drop it", "tier %s is in no chain", tier.Name)
		}
	}
}

func (l *linter) sameSplits() {
	for i := range l.Tasks {
		t := &l.Tasks[i]
		if t.Split == nil {
			continue
		}
		easy := slices.IndexFunc(l.Tasks, func(o Task) bool { return o.Name == t.Split.Task })
		if easy < 0 {
			continue
		}
		var own, other canon
		l.writeTreatment(&own, t)
		l.writeTreatment(&other, &l.Tasks[easy])
		if own.String() == other.String() {
			l.report(taskPlace(t, "split"), fmt.Sprintf("give %s a chain of its own, a cheaper one, or drop the split", t.Split.Task),
				"task %s and %s, which gets its easy requests, have the same chain and checks: the split changes nothing", t.Name, t.Split.Task)
		}
	}
}

// errsWhenExhausted reports whether a task ends in an error if its last answer is not accepted.
func (l *linter) errsWhenExhausted(t *Task) bool {
	return firstSet(t.OnExhausted, l.OnExhausted) == "error"
}
