package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/tierwise/tierwise/routing"
)

// LintChecks returns what Lint looks for beyond routing.Lint, by ID.
func LintChecks() []routing.LintCheck {
	return []routing.LintCheck{
		{ID: "check-refuses-all", Severity: routing.Warning, Doc: "a check that none of the answers pass (with -d)"},
		{ID: "check-refuses-none", Severity: routing.Info, Doc: "a check that all of the answers pass (with -d)"},
		{ID: "classifier-unsure", Severity: routing.Warning, Doc: "a classifier that is wrong on a fifth or more of what it decides (with -d)"},
		{ID: "default-heavy", Severity: routing.Warning, Doc: "a router that is sure of less than half of the requests (with -d)"},
		{ID: "left-out", Severity: routing.Warning, Doc: "requests that a classifier was trained on and of which nothing can be said (with -d)"},
		{ID: "model-absent", Severity: routing.Warning, Doc: "a model in a chain that the traffic has no outcome of (with -d)"},
		{ID: "no-signal", Severity: routing.Error, Doc: "a check whose signal the outcomes do not carry (with -d)"},
		{ID: "rule-idle", Severity: routing.Warning, Doc: "a rule that decides none of the requests (with -d)"},
		{ID: "rule-overconfident", Severity: routing.Warning, Doc: "a rule that is right less often than its confidence says (with -d)"},
		{ID: "semantic-false-hits", Severity: routing.Warning, Doc: "a semantic cache of which more than 1 % of the hits are false (with -d)"},
		{ID: "semantic-unproven", Severity: routing.Warning, Doc: "a semantic cache of whose hits nothing tells whether they are right (with -d)"},
		{ID: "task-idle", Severity: routing.Info, Doc: "a task that none of the requests are dispatched to (with -d)"},
	}
}

// Few findings about what never happens mean much on less than this many requests.
const lintRequests = 50

// A linter looks at what a config came to on traffic.
type linter struct {
	config *routing.Config
	result *CandidateResult
	models map[string]bool // that the traffic has outcomes of
	found  []routing.Finding
}

// Lint looks for mistakes in a config that only show on traffic: r is what a job with details found of it, and models are
// those that the traffic has outcomes of. The findings come by what was looked at, not by position.
func Lint(c *routing.Config, r *CandidateResult, models []string) []routing.Finding {
	l := &linter{config: c, result: r, models: map[string]bool{}}
	for _, m := range models {
		l.models[m] = true
	}
	l.rules()
	l.classifier()
	l.checks()
	l.absentModels()
	l.tasks()
	return l.found
}

// report adds a finding about the first of the key paths that stands in the file.
func (l *linter) report(id, fix, message string, paths ...string) {
	f := routing.Finding{ID: id, Message: message, Fix: fix, Path: paths[len(paths)-1]}
	for _, c := range LintChecks() {
		if c.ID == id {
			f.Severity = c.Severity
		}
	}
	for _, path := range paths {
		if at, ok := l.config.Position(path); ok {
			f.Path, f.Position = path, at
			break
		}
	}
	l.found = append(l.found, f)
}

func (l *linter) rules() {
	total := l.result.Whole.Requests
	for i := range l.result.Rules {
		r, at := &l.result.Rules[i], fmt.Sprintf("router.rules[%d]", i)
		if r.Requests == 0 && total >= lintRequests {
			l.report("rule-idle", "drop it, or look whether its conditions mean what they should (patterns are case-sensitive without (?i))",
				fmt.Sprintf("rule %q decides none of the %d requests", r.Rule, total), at)
		}
		if overconfident(r) {
			l.report("rule-overconfident", confidenceFix(r), fmt.Sprintf("rule %q %s", r.Rule, confidenceGap(r)), at+".confidence", at)
		}
	}
}

// classifier looks at what layer 2 decides. A finding of the evaluation says it of requests that are left out.
func (l *linter) classifier() {
	const table = "router.embedding"
	if n := l.result.LeftOut; n > 0 {
		artifact, outOfFold := trainedFiles(l.config)
		paths := []string{table + ".artifact", table}
		for i := range l.config.Tasks {
			paths = append(paths, routing.KeyPath("tasks", l.config.Tasks[i].Name, "split", "artifact"))
		}
		l.report("left-out", fmt.Sprintf("keep %s beside it, as tierwise wrote the two, or lint on other requests", outOfFold),
			fmt.Sprintf("nothing can be said of %d of %d requests: %s was trained on them", n, n+l.result.Whole.Requests, artifact), paths...)
	}
	if l.config.Router.Embedding == nil {
		return
	}
	for _, layer := range l.result.Layers {
		if layer.Layer != routing.LayerEmbedding.String() || layer.Labeled < lintRequests {
			continue
		}
		if wrong := layer.Labeled - int64(math.Round(float64(layer.Accuracy)*float64(layer.Labeled))); wrong*5 >= layer.Labeled {
			l.report("classifier-unsure", "raise min_confidence, if mistakes cost more than the default does; tierwise train says what they cost",
				fmt.Sprintf("the classifier is wrong on %d of the %d requests of known task that it decides", wrong, layer.Labeled), table+".min_confidence", table)
		}
	}
}

// checks looks at the signals of each task's checks on each tier.
func (l *linter) checks() {
	for i := range l.config.Tasks {
		task := &l.config.Tasks[i]
		result := l.task(task.Name)
		if result == nil {
			continue
		}
		for j, a := range task.Accept {
			at := fmt.Sprintf("%s.accept[%d]", routing.KeyPath("tasks", task.Name), j)
			for place, tier := range task.Chain[:max(len(task.Chain)-1, 0)] {
				model := l.model(tier)
				missing := result.Uncovered[model+": no signal "+a.Check]
				if missing*20 > result.Graded && missing > 0 {
					l.report("no-signal", fmt.Sprintf("record %s with the outcomes of %s, or drop the check: in production a signal that is not there refuses the answer", a.Check, model),
						fmt.Sprintf("check %s on tier %s: %d of %d graded requests carry no such signal of %s", a.Check, tier, missing, result.Graded, model), at)
				}
				l.sweep(task.Name, tier, a.Check, at, place)
			}
		}
	}
}

// sweep looks at how many answers a check passes.
func (l *linter) sweep(task, tier, check, at string, place int) {
	i := slices.IndexFunc(l.result.Sweeps, func(s SweepResult) bool { return s.Task == task && s.Tier == tier && s.Check == check })
	if i < 0 || l.result.Sweeps[i].Requests < lintRequests {
		return
	}
	s := &l.result.Sweeps[i]
	share := 0.0
	for _, p := range s.Points { // in rising order of thresholds, falling of shares
		if p.Min >= float64(s.Min) {
			share = float64(p.AcceptShare)
			break
		}
	}
	switch {
	case share == 0:
		fix := "lower its min"
		if place == 0 {
			fix += fmt.Sprintf(", or take %s off the chain: it is paid for and never answers", tier)
		}
		l.report("check-refuses-all", fix, fmt.Sprintf("check %s on tier %s passes none of %d answers", check, tier, s.Requests), at)
	case share == 1 && float64(s.Min) <= s.Points[0].Min:
		l.report("check-refuses-none", "nothing, if that is meant; else raise its min",
			fmt.Sprintf("check %s on tier %s passes all of %d answers, right or wrong", check, tier, s.Requests), at)
	}
}

func (l *linter) absentModels() {
	for i := range l.config.Tasks {
		task := &l.config.Tasks[i]
		for j, tier := range task.Chain {
			if model := l.model(tier); !l.models[model] {
				path := routing.KeyPath("tasks", task.Name) + ".chain"
				l.report("model-absent", "collect its outcomes before it ships: nothing is known of it here",
					fmt.Sprintf("the traffic has no outcome of %s, which tier %s of task %s asks", model, tier, task.Name),
					fmt.Sprintf("%s[%d]", path, j), path)
			}
		}
	}
}

func (l *linter) tasks() {
	total := l.result.Whole.Requests
	if total < lintRequests {
		return
	}
	for i := range l.config.Tasks {
		if name := l.config.Tasks[i].Name; l.task(name) == nil {
			l.report("task-idle", "nothing, if such requests are still to come",
				fmt.Sprintf("none of the %d requests are dispatched to task %s", total, name), routing.KeyPath("tasks", name))
		}
	}
	for _, layer := range l.result.Layers {
		if layer.Layer == routing.LayerDefault.String() && layer.Requests*2 > total && len(l.config.Tasks) > 1 {
			l.report("default-heavy", "train a classifier on this traffic: tierwise train -d FILE -o classifier.bin",
				fmt.Sprintf("no layer is sure of %d of %d requests: they go to %s", layer.Requests, total, l.config.Router.Default), "router.default", "router")
		}
	}
}

// task returns the result of a task, nil if no request was dispatched to it.
func (l *linter) task(name string) *TaskResult {
	i := slices.IndexFunc(l.result.Tasks, func(t TaskResult) bool { return t.Task == name })
	if i < 0 {
		return nil
	}
	return &l.result.Tasks[i]
}

// model returns the model of a tier.
func (l *linter) model(tier string) string {
	i := slices.IndexFunc(l.config.Tiers, func(t routing.Tier) bool { return t.Name == tier })
	if i < 0 {
		return ""
	}
	return l.config.Tiers[i].Model
}
