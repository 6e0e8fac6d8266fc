package gate

import (
	"errors"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

// Format and version of a result file. POLICY.md documents it.
const (
	ResultFormat  = "tierwise.check"
	ResultVersion = 1
)

// A Result is what the gate found.
type Result struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Tool    string `json:"tool_version,omitempty"`

	// Verdict is holds, fails or inconclusive; "" if the gate could not run.
	Verdict  stats.Verdict `json:"verdict"`
	ExitCode int           `json:"exit_code"` // 0 holds, 1 fails, 2 could not run, 3 inconclusive

	Config      string `json:"config"` // file names
	Against     string `json:"against,omitempty"`
	Policy      string `json:"policy"`
	Certificate string `json:"certificate,omitempty"`
	Certified   bool   `json:"certified"` // a certificate is for this very table
	Baseline    string `json:"baseline,omitempty"`
	Evidence    string `json:"evidence,omitempty"` // replay, certificate, or repriced certificate
	GoldTasks   bool   `json:"gold_tasks"`         // the evidence takes callers to name the task

	Rules    []Entry   `json:"rules"`
	Notes    []Note    `json:"notes,omitempty"`    // what nobody's verdict depends on
	Problems []Problem `json:"problems,omitempty"` // why the gate could not run

	Comparison *eval.Comparison `json:"vs_baseline,omitempty"`
	Versus     *eval.Versus     `json:"vs_main,omitempty"`
}

// An Outcome is what became of a rule.
type Outcome string

// The outcomes, best first.
const (
	Pass    Outcome = "pass"
	Waived  Outcome = "waived" // does not pass, and that is allowed for now
	Warn    Outcome = "warn"   // does not pass, and is only a warning
	Unclear Outcome = "inconclusive"
	Fail    Outcome = "fail"
)

// An Entry is what became of a rule, for one task if the rule is about each.
type Entry struct {
	Section string `json:"section"` // vs_baseline, vs_main or waivers
	Rule    string `json:"rule"`
	Task    string `json:"task,omitempty"`

	Limit    eval.Number `json:"limit"` // in the unit of the rule: see Rule.Limit
	Measured eval.Number `json:"measured"`
	Bound    eval.Number `json:"bound"` // of rules about quality: the lower bound of the delta
	N        int64       `json:"n"`     // requests behind the measured value

	// Limit and measured value as they are shown, with their units.
	LimitText    string `json:"limit_text"`
	MeasuredText string `json:"measured_text"`

	Outcome Outcome `json:"outcome"`
	Message string  `json:"message"`           // one sentence
	Command string  `json:"command,omitempty"` // what would settle an inconclusive rule

	// The place that is responsible.
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`

	// Flips are, of min_savings, the prices at which the limit would be passed, from either side, nearest to today's first;
	// nil if no single price does that or the evidence does not say what each model costs.
	Flips []eval.Flip `json:"flips,omitempty"`
}

// Name is the name of the entry's rule with its section and task.
func (e *Entry) Name() string {
	name := e.Section + "." + e.Rule
	if e.Task != "" {
		name += " (" + e.Task + ")"
	}
	return name
}

// A Note is something that a reader should know.
type Note struct {
	ID      string `json:"id"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
}

// A Problem is why the gate could not run.
type Problem struct {
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"` // 0: unknown
	Column  int    `json:"column,omitempty"`
}

// Exit codes of the gate.
const (
	exitHolds        = 0
	exitFails        = 1
	exitCouldNotRun  = 2
	exitInconclusive = 3
)

// conclude sets the verdict of the whole from the rules.
func (r *Result) conclude() {
	r.Verdict, r.ExitCode = stats.Holds, exitHolds
	for i := range r.Rules {
		switch r.Rules[i].Outcome {
		case Fail:
			r.Verdict, r.ExitCode = stats.Fails, exitFails
			return
		case Unclear:
			r.Verdict, r.ExitCode = stats.Inconclusive, exitInconclusive
		case Pass, Waived, Warn:
		}
	}
}

// Count returns how many rules came to an outcome.
func (r *Result) Count(o Outcome) int {
	n := 0
	for i := range r.Rules {
		if r.Rules[i].Outcome == o {
			n++
		}
	}
	return n
}

// CouldNotRun returns the result of a gate that could not run because of err: with a problem for each [routing.ConfigError]
// in it, else with one.
func CouldNotRun(err error) *Result {
	r := newResult()
	r.ExitCode = exitCouldNotRun
	r.Problems = problems(err)
	return r
}

func problems(err error) []Problem {
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself, to find every problem and not the first
	case routing.ConfigError:
		return []Problem{{e.Msg, e.File, e.Position.Line, e.Position.Column}}
	case interface{ Unwrap() []error }:
		var out []Problem
		for _, part := range e.Unwrap() {
			out = append(out, problems(part)...)
		}
		return out
	case interface{ Unwrap() error }:
		if _, ok := errors.AsType[routing.ConfigError](err); ok {
			return problems(e.Unwrap())
		}
	}
	return []Problem{{Message: err.Error()}}
}

func newResult() *Result {
	return &Result{Format: ResultFormat, Version: ResultVersion, Rules: []Entry{}}
}
