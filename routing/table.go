package routing

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/price"
)

// Ids of a Table's names: small integers from 0, in the order of the config.
type (
	TaskID  int32
	TierID  int32
	ModelID int32
)

// Limits of a task: a walk keeps its steps in a word.
const (
	MaxChain  = 64 // tiers of a chain
	MaxChecks = 64 // acceptance checks
)

// A Table is a compiled dispatch config: names are ids, patterns are compiled, chains are flattened. It is
// immutable and safe for concurrent use.
type Table struct {
	name     string
	baseline ModelID
	models   []tableModel
	tiers    []Step // Position is the tier's own place
	tierName []string
	tasks    []tableTask
	taskIDs  map[string]TaskID
	modelIDs map[string]ModelID
	signals  []accept.Check // distinct measurements of all checks
	router   tableRouter
}

type tableModel struct {
	name    string
	price   price.Price
	timeout time.Duration
	context int
}

type tableTask struct {
	name   string
	chain  []Step
	checks []Check
	flags  Flags
	split  *tableSplit // nil: none
}

// A Step is a place in a chain: the tier tried there and its model.
type Step struct {
	Position int // in the chain, from 0
	Tier     TierID
	Model    ModelID
	context  int // tokens that fit; 0: everything
}

// fits reports whether a request of that many tokens fits the step's model.
func (s *Step) fits(tokens int) bool { return s.context == 0 || tokens <= s.context }

// A Check is one acceptance check of a task.
type Check struct {
	accept.Check
	// Signal identifies what is measured among all checks of the table: checks that differ only in their
	// thresholds share it.
	Signal int
	// Index is the check's place in the task's config, from 0.
	Index int

	thresholds []float64 // by position in the chain; NaN: no such check there
}

// Threshold returns the check's threshold at a place in the chain, false if the check is not made there.
func (c *Check) Threshold(position int) (float64, bool) {
	t := c.thresholds[position]
	return t, !math.IsNaN(t)
}

// Passes compares a signal, measured at a place in the chain, with the threshold there. A signal that is not
// available does not pass.
func (c *Check) Passes(position int, signal float64, ok bool) bool {
	return ok && accept.Pass(signal, c.thresholds[position])
}

// Compile turns a config into a table. A config that came from ParseConfig compiles; for one built in code the
// error names what does not fit together.
func Compile(c *Config) (*Table, error) {
	t := &Table{name: c.Name, taskIDs: map[string]TaskID{}, modelIDs: map[string]ModelID{}}
	timeouts := map[string]time.Duration{}
	for _, p := range c.Providers {
		timeouts[p.Name] = p.Timeout
	}
	for _, m := range c.Models {
		t.addModel(tableModel{m.Name, m.Price, timeouts[m.Provider], m.Context})
	}
	tierIDs := map[string]TierID{}
	for i, tier := range c.Tiers {
		id, ok := t.modelIDs[tier.Model]
		if !ok {
			id = t.addModel(tableModel{name: tier.Model, price: price.Unknown()})
		}
		tierIDs[tier.Name] = TierID(i)
		t.tierName = append(t.tierName, tier.Name)
		t.tiers = append(t.tiers, Step{Position: i, Tier: TierID(i), Model: id, context: t.models[id].context})
	}
	var ok bool
	if t.baseline, ok = t.modelIDs[c.Baseline]; !ok {
		return nil, fmt.Errorf("baseline %q is no model of the config", c.Baseline)
	}
	for i := range c.Tasks {
		task, err := t.compileTask(c, &c.Tasks[i], tierIDs)
		if err != nil {
			return nil, fmt.Errorf("tasks.%s: %w", c.Tasks[i].Name, err)
		}
		t.taskIDs[task.name] = TaskID(i)
		t.tasks = append(t.tasks, task)
	}
	if err := t.compileSplits(c); err != nil {
		return nil, err
	}
	if err := t.compileRouter(c); err != nil {
		return nil, fmt.Errorf("router: %w", err)
	}
	return t, nil
}

func (t *Table) addModel(m tableModel) ModelID {
	id := ModelID(len(t.models))
	t.models = append(t.models, m)
	t.modelIDs[m.name] = id
	return id
}

func (t *Table) compileTask(c *Config, task *Task, tierIDs map[string]TierID) (tableTask, error) {
	out := tableTask{
		name: task.Name,
		flags: Flags{
			ErrorWhenExhausted:  firstSet(task.OnExhausted, c.OnExhausted) == "error",
			FailoverWhenRefused: firstSet(task.OnContentFilter, c.OnContentFilter) == "failover",
		},
	}
	if len(task.Chain) == 0 || len(task.Chain) > MaxChain {
		return out, fmt.Errorf("a chain has 1 to %d tiers, not %d", MaxChain, len(task.Chain))
	}
	if len(task.Accept) > MaxChecks {
		return out, fmt.Errorf("a task has at most %d checks, not %d", MaxChecks, len(task.Accept))
	}
	for i, name := range task.Chain {
		id, ok := tierIDs[name]
		if !ok {
			return out, fmt.Errorf("chain: no tier %q", name)
		}
		step := t.tiers[id]
		step.Position = i
		if slices.ContainsFunc(out.chain, func(s Step) bool { return s.Model == step.Model }) {
			return out, fmt.Errorf("chain: reaches model %q twice", t.models[step.Model].name)
		}
		out.chain = append(out.chain, step)
	}
	for i := range task.Accept {
		check, err := t.compileCheck(c, task, i)
		if err != nil {
			return out, fmt.Errorf("accept[%d]: %w", i, err)
		}
		out.checks = append(out.checks, check)
	}
	return out, nil
}

func (t *Table) compileCheck(c *Config, task *Task, index int) (Check, error) {
	a := &task.Accept[index]
	kind, ok := accept.ParseKind(a.Check)
	if !ok {
		return Check{}, fmt.Errorf("no check %q", a.Check)
	}
	check := Check{Check: accept.Check{Kind: kind, Model: a.Model}, Index: index}
	var err error
	switch kind {
	case accept.Regex:
		check.Pattern, err = compilePattern(a.Pattern)
	case accept.JSONSchema:
		data, ok := c.Files[a.Schema]
		if !ok {
			return check, fmt.Errorf("schema %q was not read", a.Schema)
		}
		check.Schema, err = accept.CompileSchema(data)
	case accept.SelfCheck:
		if _, ok := t.modelIDs[a.Model]; !ok {
			err = fmt.Errorf("no model %q", a.Model)
		}
	case accept.Func:
		check.Name = accept.FuncName(a.Check)
	case accept.Chars, accept.JSON, accept.Finish, accept.LogprobMean, accept.LogprobMin:
	}
	if err != nil {
		return check, err
	}
	if check.thresholds, err = thresholds(a, kind, task.Chain); err != nil {
		return check, err
	}
	check.Signal = t.internSignal(&check.Check, a.Schema)
	return check, nil
}

// thresholds lays the check's thresholds out along the chain.
func thresholds(a *Accept, kind accept.Kind, chain []string) ([]float64, error) {
	out := make([]float64, len(chain))
	for i, tier := range chain {
		switch {
		case a.Min != nil:
			out[i] = *a.Min
		case a.PerTier != nil:
			out[i] = math.NaN()
			if v, ok := a.PerTier[tier]; ok {
				out[i] = v
			}
		case kind.Binary():
			out[i] = 1
		default:
			return nil, errors.New("min is missing")
		}
	}
	return out, nil
}

// internSignal returns the id of the measurement that c makes. Schemas are told apart by path: within one config a
// path is one file.
func (t *Table) internSignal(c *accept.Check, schemaPath string) int {
	same := func(s accept.Check) bool {
		if s.Kind != c.Kind || s.Model != c.Model {
			return false
		}
		switch c.Kind {
		case accept.Regex:
			return s.Pattern.String() == c.Pattern.String()
		case accept.JSONSchema:
			return s.SchemaPath == schemaPath
		case accept.Func:
			return s.Name == c.Name
		case accept.Chars, accept.JSON, accept.Finish, accept.LogprobMean, accept.LogprobMin, accept.SelfCheck:
		}
		return true
	}
	c.SchemaPath = schemaPath
	if i := slices.IndexFunc(t.signals, same); i >= 0 {
		return i
	}
	t.signals = append(t.signals, *c)
	return len(t.signals) - 1
}

func firstSet(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// Name returns the config's name, which may be empty.
func (t *Table) Name() string { return t.name }

// Baseline returns the model that every candidate is measured against.
func (t *Table) Baseline() ModelID { return t.baseline }

// NumTasks returns the number of tasks; their ids are 0 to NumTasks−1 in the order of the config.
func (t *Table) NumTasks() int { return len(t.tasks) }

// NumModels returns the number of models that the config names.
func (t *Table) NumModels() int { return len(t.models) }

// NumTiers returns the number of tiers; their ids rise with price.
func (t *Table) NumTiers() int { return len(t.tierName) }

// TaskName returns the name of a task.
func (t *Table) TaskName(id TaskID) string { return t.tasks[id].name }

// TierName returns the name of a tier.
func (t *Table) TierName(id TierID) string { return t.tierName[id] }

// TierModel returns the model of a tier.
func (t *Table) TierModel(id TierID) ModelID { return t.tiers[id].Model }

// ModelName returns the name of a model.
func (t *Table) ModelName(id ModelID) string { return t.models[id].name }

// ModelPrice returns the list price of a model.
func (t *Table) ModelPrice(id ModelID) price.Price { return t.models[id].price }

// ModelTimeout returns how long one attempt at a model may take; 0: no limit.
func (t *Table) ModelTimeout(id ModelID) time.Duration { return t.models[id].timeout }

// Task returns the id of the task with that name, false if there is none.
func (t *Table) Task(name string) (TaskID, bool) { id, ok := t.taskIDs[name]; return id, ok }

// Model returns the id of the model with that name, false if there is none.
func (t *Table) Model(name string) (ModelID, bool) { id, ok := t.modelIDs[name]; return id, ok }

// Signals returns the distinct measurements that the table's checks make, by Check.Signal. The slice is the table's.
func (t *Table) Signals() []accept.Check { return t.signals }

// Chain returns the steps of a task's chain. The slice is the table's.
func (t *Table) Chain(id TaskID) []Step { return t.tasks[id].chain }

// Checks returns the acceptance checks of a task. The slice is the table's.
func (t *Table) Checks(id TaskID) []Check { return t.tasks[id].checks }

// Context returns how many tokens fit the step's model; 0: everything.
func (s *Step) Context() int { return s.context }

// Flags are the settings of a task besides its chain and checks.
type Flags struct {
	ErrorWhenExhausted  bool // on_exhausted = "error"
	FailoverWhenRefused bool // on_content_filter = "failover"
}

// Flags returns the settings of a task.
func (t *Table) Flags(id TaskID) Flags { return t.tasks[id].flags }

// Default returns the task of requests that no layer is sure of.
func (t *Table) Default() TaskID { return t.router.fallback }
