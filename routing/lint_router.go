package routing

import (
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/routing/llm"
)

func routerLints() []LintCheck {
	return []LintCheck{
		{"router-as-dear", Warning, "an LLM router whose model costs as much as models that it chooses between", (*linter).routerAsDear},
		{"llm-accepts-all", Warning, "an LLM router whose every answer is taken, however unsure", (*linter).llmAcceptsAll},
		{"llm-never-sure", Warning, "an LLM router that never says how sure it is, though that is asked for", (*linter).llmNeverSure},
		{"no-descriptions", Warning, "a task that the LLM router knows by its name alone", (*linter).noDescriptions},
		{"low-confidence-embedding", Warning, "a classifier that decides though it is rather unsure", (*linter).lowConfidenceEmbedding},
		{"unreachable-task", Info, "a task that requests reach only if callers name it", (*linter).unreachableTasks},
		{"one-task", Info, "a config with a single task: there is nothing to route", (*linter).oneTask},
		{"cheap-default", Warning, "unsure requests that go to the cheapest tier, unchecked", (*linter).cheapDefault},
		{"semantic-loose", Warning, "a semantic cache that takes prompts for the same that are not", (*linter).semanticLoose},
	}
}

// routerAsDear compares prices of input: the router's call reads the whole prompt and answers with a word.
func (l *linter) routerAsDear() {
	if l.Router.LLM == nil {
		return
	}
	router, ok := l.models[l.Router.LLM.Model]
	if !ok {
		return
	}
	first := l.firstModels()
	at := place{"router.llm", "model"}
	const fix = "ask a smaller model, or leave more to rules and a trained classifier, which cost nothing"
	cheapest, found := Model{}, false
	for _, m := range first {
		if m.Price.Known() && (!found || m.Price.Input < cheapest.Price.Input) {
			cheapest, found = m, true
		}
	}
	switch {
	case !router.Price.Known() || !found:
	case router.Price.Input > cheapest.Price.Input:
		const format = "the LLM router asks %s, whose input costs $%v per million tokens: %s as much as %s ($%v), the cheapest model that it chooses between"
		times := "infinitely many times"
		if cheapest.Price.Input > 0 {
			times = fmt.Sprintf("%.3g times", router.Price.Input/cheapest.Price.Input)
		}
		l.report(at, fix, format, router.Name, router.Price.Input, times, cheapest.Name, cheapest.Price.Input)
		return
	}
	if slices.ContainsFunc(first, func(m Model) bool { return m.Name == router.Name }) {
		l.reportAs(Info, at, fix, "the LLM router asks %s, which it also chooses: such a request pays for its prompt twice", router.Name)
	}
}

// firstModels returns the models that tasks begin with, each once.
func (l *linter) firstModels() []Model {
	var first []Model
	for _, t := range l.Tasks {
		if len(t.Chain) == 0 {
			continue
		}
		m, ok := l.models[l.tierModel[t.Chain[0]]]
		if ok && !slices.ContainsFunc(first, func(o Model) bool { return o.Name == m.Name }) {
			first = append(first, m)
		}
	}
	return first
}

func (l *linter) llmAcceptsAll() {
	if r := l.Router.LLM; r != nil && r.MinConfidence == 0 && !l.neverSure(r.Model) {
		l.report(place{"router.llm", "min_confidence"}, "set router.llm.min_confidence, such as 0.5; what is less sure goes to the default",
			"every answer of the LLM router is taken, however unsure it is")
	}
}

// neverSure reports whether a model's provider tells no probabilities of tokens, so that nobody knows how sure it is.
func (l *linter) neverSure(model string) bool {
	i := slices.IndexFunc(l.Providers, func(p Provider) bool { return p.Name == l.models[model].Provider })
	return i >= 0 && l.Providers[i].Kind == llm.Anthropic
}

func (l *linter) llmNeverSure() {
	if r := l.Router.LLM; r != nil && r.MinConfidence > 0 && l.neverSure(r.Model) {
		l.report(place{"router.llm", "min_confidence"}, "leave min_confidence out, or ask a model whose provider tells probabilities of tokens",
			"no answer of the LLM router is taken: the provider of %s does not tell how sure it is, though %v is wanted", r.Model, r.MinConfidence)
	}
}

func (l *linter) noDescriptions() {
	if l.Router.LLM == nil {
		return
	}
	for i := range l.Tasks {
		if t := &l.Tasks[i]; t.Description == "" {
			l.report(taskPlace(t, "description"), "give it a description: one line that says which requests are meant",
				"all that the LLM router is told about task %s is its name", t.Name)
		}
	}
}

func (l *linter) lowConfidenceEmbedding() {
	const least = 0.5
	if e := l.Router.Embedding; e != nil && e.MinConfidence != nil && *e.MinConfidence < least {
		l.report(place{"router.embedding", "min_confidence"}, "leave min_confidence out: the classifier recommends one, from the traffic that it was trained on",
			"the classifier decides even when it is only %v sure: such a decision is wrong more often than right", *e.MinConfidence)
	}
}

func (l *linter) unreachableTasks() {
	if l.Router.LLM != nil || l.Router.Embedding != nil {
		return // which tasks a classifier knows stands in its artifact
	}
	reached := map[string]bool{l.Router.Default: true}
	for _, r := range l.Router.Rules {
		reached[r.Task] = true
	}
	for _, t := range l.Tasks {
		if t.Split != nil && reached[t.Name] { // its task has no split, so that one pass finds all
			reached[t.Split.Task] = true
		}
	}
	var named []string
	for _, t := range l.Tasks {
		if !reached[t.Name] {
			named = append(named, t.Name)
		}
	}
	if len(named) > 0 {
		l.report(place{"router", ""}, "add [[router.rules]], or a classifier, if callers do not name the task of their requests",
			"no rule leads to %s %s: only callers who name %s get there", plural(len(named), "task", "tasks"), list(named), plural(len(named), "it", "them"))
	}
}

func (l *linter) oneTask() {
	if len(l.Tasks) == 1 {
		l.report(taskPlace(&l.Tasks[0], ""), "split it into tasks that want different models; tierwise inspect shows which differ",
			"%s is the only task, so that every request is treated alike", l.Tasks[0].Name)
	}
}

func (l *linter) cheapDefault() {
	i := slices.IndexFunc(l.Tasks, func(t Task) bool { return t.Name == l.Router.Default })
	cheapest, choice := l.cheapestTier()
	if i < 0 || !choice || len(l.Tasks[i].Chain) == 0 {
		return
	}
	t := &l.Tasks[i]
	model := l.tierModel[t.Chain[0]]
	if model != cheapest.Model || model == l.Baseline || l.checkedAt(t, 0) {
		return
	}
	l.report(place{"router", "default"}, fmt.Sprintf("let the default begin with a stronger tier, such as %s, or give tasks.%s checks", l.dearestTier().Name, t.Name),
		"what no layer is sure of goes to task %s, whose chain begins with the cheapest tier, %s, and no check looks at the answer", t.Name, t.Chain[0])
}

// checkedAt reports whether a check looks at the answer of a place in the chain.
func (l *linter) checkedAt(t *Task, position int) bool {
	return slices.ContainsFunc(t.Accept, func(a Accept) bool { return a.madeAt(t.Chain[position]) })
}

// madeAt reports whether the check has a threshold for a tier.
func (a *Accept) madeAt(tier string) bool {
	if a.Min != nil || a.PerTier == nil {
		return true
	}
	_, ok := a.PerTier[tier]
	return ok
}

func (l *linter) semanticLoose() {
	const least = 0.9
	if s := l.Cache.Semantic; s != nil && s.MinSimilarity < least {
		l.report(place{"cache.semantic", "min_similarity"}, "raise it to 0.95 or more, and look at pairs near it before lowering it",
			"prompts that are only %v alike get the same answer: a number or a not may be all that differs", s.MinSimilarity)
	}
}
