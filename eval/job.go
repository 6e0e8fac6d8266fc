package eval

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/price"
)

// A Candidate is a dispatch config under test.
type Candidate struct {
	Label  string
	Config *routing.Config
	// OutOfFold are the out-of-fold predictions of the config's classifier; nil: there are none, so requests that it was
	// trained on are left out. OutOfFoldSum identifies them: the SHA-256, in hex, of the file that they come from.
	OutOfFold    OutOfFold
	OutOfFoldSum string
	// Splits are the out-of-fold gains of the config's splits, by the path of the artifact as the config has it. Requests that
	// an artifact was trained on and that have none are left out.
	Splits map[string]SplitGains
}

// Options of a Job. The zero value is usable.
type Options struct {
	// Baseline is the model that candidates are measured against; "": what the configs say.
	Baseline string
	// GoldTasks replays as if every caller named the gold task of the request.
	GoldTasks bool
	// Reprice makes costs from tokens and the configs' prices even where costs are recorded.
	Reprice bool
	// Models are the models of the reference rows, cheapest first; nil: those of the configs' tiers.
	Models []string
	// Tolerance and TaskTolerance are what the whole and each task may lose, as shares; 0: 0.01 and 0.05.
	Tolerance, TaskTolerance float64
	// Alpha is the one-sided level of the tests; 0: 0.05.
	Alpha float64
	// ControlRows is how many requests, about, the shuffled-tasks control looks at; 0: 20,000. TotalRows is how
	// many there are in all, so that the share of requests looked at is the same in every shard.
	ControlRows, TotalRows int64
	// Details adds what reports show beyond the tables: the data hash, examples, tokens, sweeps, reliability. It takes
	// longer.
	Details bool
	// Seed salts what is drawn: the requests of the control and the examples.
	Seed uint64
	// Scenarios are what every candidate is supposed to meet besides, each on its own.
	Scenarios []Scenario `json:",omitempty"`
	// Caches replays the candidates' caches, in a second pass in the order of time.
	Caches bool `json:",omitempty"`
	// Mix weighs the tasks as production does; nil: by the data's requests. It belongs to the job's candidates, in their order.
	Mix *Mix `json:",omitempty"`
}

func (o *Options) withDefaults() Options {
	out := *o
	setDefault(&out.Tolerance, 0.01)
	setDefault(&out.TaskTolerance, 0.05)
	setDefault(&out.Alpha, 0.05)
	setDefault(&out.ControlRows, 20_000)
	return out
}

func setDefault[T int64 | float64](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// A Job is an evaluation ready to run: candidates compiled and compared, so that what they share is done once. Two
// tables that treat a task alike share its walks, two routers that are alike share the routing, and whatever is
// looked at of an outcome is prepared once for all. A Job is immutable and safe for concurrent use.
type Job struct {
	candidates []Candidate
	opts       Options
	baseline   string

	models   []string  // of all candidates and reference rows
	variants []variant // models as some candidate calls them
	signals  []signal
	tables   []tableView // one per candidate, then one per reference model
	routers  []router
	policies []policy
	cells    []cell
	plan     [][]int // candidate → its cells, by task id
	sharing  [][]int // cell → the candidates that use it

	classifiers []classifier
	splitters   []splitter

	plain bool // take no short ways: for tests

	references []int // reference model → its policy
	oracle     []int // reference model → its variant

	supposed []supposed // the candidates under the scenarios
	// ownCells and ownRouters are how many are the candidates' own: those behind are the scenarios'.
	ownCells, ownRouters int

	owners [][]sweepOwner // cell → place in the chain × checks + check → where its sweep is
}

// A variant is a model as a candidate calls it: outcomes slower than its time-out are time-outs, outcomes without
// cost are priced at its price.
type variant struct {
	model   int
	timeout time.Duration
	price   price.Price
	reprice bool
	factor  float64 // on known costs; 1 leaves them alone
	down    bool    // it does not answer: every call fails at once and costs nothing
}

// A signal is a measurement of one model's answers.
type signal struct {
	model int
	check accept.Check
}

// A tableView is a table with its ids translated to the job's.
type tableView struct {
	table    *routing.Table
	variants []int   // by ModelID
	signals  [][]int // by Check.Signal, ModelID; −1 where no check measures that
	base     int     // the baseline as this candidate prices it

	classifier int   // that it asks; −1: none
	splits     []int // by task: the splitter that it asks; −1: none; nil: no task has one

	change *change // of a scenario; nil: none
}

// A router is a way to find tasks that one or more candidates share.
type router struct {
	view  int // the first of them
	llm   string
	rules int // how many it has
	// What a scenario supposes of the LLM router: its cost is multiplied by factor, and if down it does not answer.
	factor float64
	down   bool
}

// A policy is a way to treat a task that one or more candidates share.
type policy struct {
	view int // the first of them
	task routing.TaskID
	// sized: what is reachable depends on the size of the request. Otherwise needs are all that it takes to judge a
	// request.
	sized bool
	needs []need
}

// A need is an outcome, with a signal or (−1) without one, that it takes to judge a request.
type need struct{ variant, signal int }

// A cell is what replay adds up on its own: the requests that a router sends to a task, under a policy.
type cell struct {
	router int
	task   routing.TaskID
	policy int
	name   string // of the task
}

// NewJob compiles the candidates. There may be none: then only the reference rows are evaluated.
func NewJob(candidates []Candidate, opts *Options) (*Job, error) {
	if opts == nil {
		opts = &Options{}
	}
	j := &Job{candidates: candidates, opts: opts.withDefaults()}
	if err := errors.Join(j.chooseBaseline(), opts.Mix.fits(len(candidates))); err != nil {
		return nil, err
	}
	for i := range candidates {
		table, err := routing.Compile(candidates[i].Config)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", candidates[i].Label, err)
		}
		classifier, err := j.internClassifier(&candidates[i], table)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", candidates[i].Label, err)
		}
		splits, err := j.internSplits(&candidates[i], table)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", candidates[i].Label, err)
		}
		j.addView(table, classifier, splits, nil)
	}
	index := newIndex(j)
	for v := range candidates {
		j.plan = append(j.plan, index.plan(v, v))
	}
	j.owners = j.sweepOwners()
	j.sharing = make([][]int, len(j.cells))
	for v, plan := range j.plan {
		for _, c := range plan {
			j.sharing[c] = append(j.sharing[c], v)
		}
	}
	if err := j.addReferences(index); err != nil {
		return nil, err
	}
	return j, j.addScenarios(index)
}

// chooseBaseline finds the one model that everything is compared with.
func (j *Job) chooseBaseline() error {
	j.baseline = j.opts.Baseline
	for _, c := range j.candidates {
		switch {
		case j.baseline == "":
			j.baseline = c.Config.Baseline
		case j.opts.Baseline == "" && c.Config.Baseline != j.baseline:
			return fmt.Errorf("%s has baseline %q, %s has %q: name the one to compare with (--baseline)",
				j.candidates[0].Label, j.baseline, c.Label, c.Config.Baseline)
		}
	}
	if j.baseline == "" {
		return errors.New("no baseline: name a model (--baseline)")
	}
	return nil
}

// addView translates a table's ids to the job's.
func (j *Job) addView(t *routing.Table, classifier int, splits []int, x *change) {
	view := tableView{table: t, classifier: classifier, splits: splits, change: x}
	for m := range routing.ModelID(t.NumModels()) {
		view.variants = append(view.variants, j.internVariant(x.call(variant{
			model: j.internModel(t.ModelName(m)), timeout: t.ModelTimeout(m), price: t.ModelPrice(m), reprice: j.opts.Reprice, factor: 1,
		}, t.ModelName(m))))
	}
	base := variant{model: j.internModel(j.baseline), price: price.Unknown(), reprice: j.opts.Reprice, factor: 1}
	if m, ok := t.Model(j.baseline); ok {
		base.price = t.ModelPrice(m)
	}
	view.base = j.internVariant(x.bill(base, j.baseline))
	view.signals = make([][]int, len(t.Signals()))
	for s := range view.signals {
		view.signals[s] = slices.Repeat([]int{-1}, t.NumModels())
	}
	for k := range routing.TaskID(t.NumTasks()) {
		for _, step := range t.Chain(k) {
			for _, c := range t.Checks(k) {
				if _, ok := c.Threshold(step.Position); ok {
					model := j.variants[view.variants[step.Model]].model
					view.signals[c.Signal][step.Model] = j.internSignal(signal{model, c.Check})
				}
			}
		}
	}
	j.tables = append(j.tables, view)
}

func (j *Job) internModel(name string) int {
	if i := slices.Index(j.models, name); i >= 0 {
		return i
	}
	j.models = append(j.models, name)
	return len(j.models) - 1
}

func (j *Job) internVariant(v variant) int {
	same := func(o variant) bool {
		return o.model == v.model && o.timeout == v.timeout && o.reprice == v.reprice &&
			o.factor == v.factor && o.down == v.down && priceKey(o.price) == priceKey(v.price)
	}
	if i := slices.IndexFunc(j.variants, same); i >= 0 {
		return i
	}
	j.variants = append(j.variants, v)
	return len(j.variants) - 1
}

// priceKey makes prices comparable: NaN, for not given, is not equal to itself.
func priceKey(p price.Price) [4]uint64 {
	return [4]uint64{
		math.Float64bits(p.Input), math.Float64bits(p.CachedInput), math.Float64bits(p.Output), math.Float64bits(p.Reasoning),
	}
}

func (j *Job) internSignal(s signal) int {
	same := func(o signal) bool { return o.model == s.model && sameMeasurement(&o.check, &s.check) }
	if i := slices.IndexFunc(j.signals, same); i >= 0 {
		return i
	}
	j.signals = append(j.signals, s)
	return len(j.signals) - 1
}

// sameMeasurement reports whether two checks, possibly of different tables, measure the same. A self-check's model
// is not in the traffic, so it does not tell recorded signals apart.
func sameMeasurement(a, b *accept.Check) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case accept.Regex:
		return a.Pattern.String() == b.Pattern.String()
	case accept.JSONSchema:
		return a.Schema.Equal(b.Schema)
	case accept.Chars, accept.JSON, accept.Finish, accept.LogprobMean, accept.LogprobMin, accept.SelfCheck:
	case accept.Func:
		return a.Name == b.Name
	}
	return true
}

// Columns returns the columns of the traffic that the job looks at.
func (j *Job) Columns() datasets.Columns {
	c := datasets.Columns{Models: j.models, Bare: !j.opts.Details && !j.opts.Reprice}
	for _, v := range j.variants {
		c.Bare = c.Bare && !v.price.Known()
	}
	for _, r := range j.routers {
		view := &j.tables[r.view]
		if !j.opts.GoldTasks {
			j.addRouterColumns(&c, view)
		}
		c.Prompt, c.Shape = c.Prompt || view.splits != nil, c.Shape || view.splits != nil
	}
	for _, p := range j.policies {
		c.Chars = c.Chars || p.sized
	}
	j.addCacheColumns(&c)
	for _, s := range j.signals {
		c.Response = c.Response || s.check.Kind.NeedsText()
	}
	return c
}

// addRouterColumns adds what the layers of a table look at. A classifier's prompts are read whatever it makes of them:
// they tell which requests it was trained on.
func (j *Job) addRouterColumns(c *datasets.Columns, view *tableView) {
	c.Prompt = c.Prompt || view.table.NeedsPrompt() || view.classifier >= 0
	c.Chars = c.Chars || view.table.NeedsChars()
	c.Shape = c.Shape || view.table.NeedsShape()
	if view.classifier >= 0 {
		external := j.classifiers[view.classifier].external
		c.Shape, c.Embedding = c.Shape || !external, c.Embedding || external
	}
}

// Baseline returns the model that everything is compared with.
func (j *Job) Baseline() string { return j.baseline }
