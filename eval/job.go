package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
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

	plain bool // take no short ways: for tests

	references []int // reference model → its policy
	oracle     []int // reference model → its variant
}

// A variant is a model as a candidate calls it: outcomes slower than its time-out are time-outs, outcomes without
// cost are priced at its price.
type variant struct {
	model   int
	timeout time.Duration
	price   price.Price
	reprice bool
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
}

// A router is a way to find tasks that one or more candidates share.
type router struct {
	view int // the first of them
	llm  string
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
	if err := j.chooseBaseline(); err != nil {
		return nil, err
	}
	for i := range candidates {
		if candidates[i].Config.Router.Embedding != nil && !j.opts.GoldTasks {
			return nil, fmt.Errorf("%s: [router.embedding] cannot be replayed: leave it out, or evaluate callers who name the task (--gold-tasks)",
				candidates[i].Label)
		}
		table, err := routing.Compile(candidates[i].Config)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", candidates[i].Label, err)
		}
		j.addView(table)
	}
	index := newIndex(j)
	for v := range candidates {
		j.plan = append(j.plan, index.plan(v))
	}
	return j, j.addReferences(index)
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
func (j *Job) addView(t *routing.Table) {
	view := tableView{table: t}
	for m := range routing.ModelID(t.NumModels()) {
		view.variants = append(view.variants, j.internVariant(variant{
			model: j.internModel(t.ModelName(m)), timeout: t.ModelTimeout(m), price: t.ModelPrice(m), reprice: j.opts.Reprice,
		}))
	}
	base := variant{model: j.internModel(j.baseline), price: price.Unknown(), reprice: j.opts.Reprice}
	if m, ok := t.Model(j.baseline); ok {
		base.price = t.ModelPrice(m)
	}
	view.base = j.internVariant(base)
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
		return o.model == v.model && o.timeout == v.timeout && o.reprice == v.reprice && priceKey(o.price) == priceKey(v.price)
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
	}
	return true
}

// An index finds what candidates have in common.
type index struct {
	job      *Job
	routers  map[string]int
	policies map[string]int
	cells    map[cell]int
}

func newIndex(j *Job) *index {
	return &index{j, map[string]int{}, map[string]int{}, map[cell]int{}}
}

// plan returns the cells of candidate v, by task id.
func (x *index) plan(v int) []int {
	j := x.job
	table := j.tables[v].table
	r := x.router(v)
	var out []int
	for k := range routing.TaskID(table.NumTasks()) {
		c := cell{router: r, task: k, policy: x.policy(v, k), name: table.TaskName(k)}
		i, ok := x.cells[c]
		if !ok {
			i = len(j.cells)
			j.cells = append(j.cells, c)
			x.cells[c] = i
		}
		out = append(out, i)
	}
	return out
}

// router returns the router of candidate v: the same as another's if it has the same layers and the same tasks.
func (x *index) router(v int) int {
	c, t := x.job.candidates[v].Config, x.job.tables[v].table
	var names []string
	for k := range routing.TaskID(t.NumTasks()) {
		names = append(names, t.TaskName(k))
	}
	layers := c.Router
	if x.job.opts.GoldTasks {
		layers = routing.Router{Default: c.Router.Default}
	}
	// Marshalling cannot fail: a Router is strings, numbers and lists of them.
	key, _ := json.Marshal([]any{layers, names})
	if i, ok := x.routers[string(key)]; ok {
		return i
	}
	r := router{view: v}
	if m, ok := t.LLMRouter(); ok {
		r.llm = t.ModelName(m)
	}
	x.routers[string(key)] = len(x.job.routers)
	x.job.routers = append(x.job.routers, r)
	return len(x.job.routers) - 1
}

// policy returns the policy of a task of view v: the same as another's if it has the same chain, checks and prices.
func (x *index) policy(v int, task routing.TaskID) int {
	j := x.job
	key := j.policyKey(v, task)
	if i, ok := x.policies[key]; ok {
		return i
	}
	view := &j.tables[v]
	p := policy{view: v, task: task, sized: view.table.NeedsSize(task)}
	view.table.Reachable(task, 0, func(s *routing.Step, c *routing.Check) {
		n := need{view.variants[s.Model], -1}
		if c != nil {
			n.signal = view.signals[c.Signal][s.Model]
		}
		p.needs = append(p.needs, n)
	})
	x.policies[key] = len(j.policies)
	j.policies = append(j.policies, p)
	return len(j.policies) - 1
}

// policyKey spells out all that a walk of the task and its bill depend on.
func (j *Job) policyKey(v int, task routing.TaskID) string {
	view := &j.tables[v]
	t := view.table
	var b strings.Builder
	fmt.Fprint(&b, view.base, t.Flags(task))
	for _, s := range t.Chain(task) {
		fmt.Fprint(&b, "|", view.variants[s.Model], s.Context())
		for _, c := range t.Checks(task) {
			if threshold, ok := c.Threshold(s.Position); ok {
				b.WriteString("," + strconv.Itoa(view.signals[c.Signal][s.Model]) + "≥" + strconv.FormatUint(math.Float64bits(threshold), 16))
			}
		}
	}
	return b.String()
}

// addReferences adds a table for each reference model: the model alone, for everything.
func (j *Job) addReferences(x *index) error {
	models := j.opts.Models
	if models == nil {
		for _, c := range j.candidates {
			for _, t := range c.Config.Tiers {
				if !slices.Contains(models, t.Model) {
					models = append(models, t.Model)
				}
			}
		}
	}
	if !slices.Contains(models, j.baseline) {
		models = append(slices.Clone(models), j.baseline)
	}
	j.opts.Models = models
	for _, m := range models {
		table, err := routing.Compile(single(m, j.baseline, j.findModel(m), j.findModel(j.baseline)))
		if err != nil {
			return err
		}
		j.addView(table)
		v := len(j.tables) - 1
		j.references = append(j.references, x.policy(v, 0))
		j.oracle = append(j.oracle, j.tables[v].variants[0])
	}
	return nil
}

// findModel returns the first candidate's definition of a model: reference rows are priced by it.
func (j *Job) findModel(name string) routing.Model {
	for _, c := range j.candidates {
		for _, m := range c.Config.Models {
			if m.Name == name {
				m.Provider, m.Context = "", 0 // as recorded: no time-out, no limit
				return m
			}
		}
	}
	return routing.Model{Name: name, Price: price.Unknown()}
}

// single returns the config that sends everything to model m.
func single(m, baseline string, models ...routing.Model) *routing.Config {
	if m == baseline {
		models = models[:1]
	}
	return &routing.Config{
		Version: 1, Name: m, Baseline: baseline, Models: models,
		Tiers:  []routing.Tier{{Name: m, Model: m}},
		Tasks:  []routing.Task{{Name: "all", Chain: []string{m}}},
		Router: routing.Router{Default: "all"},
	}
}

// Columns returns the columns of the traffic that the job looks at.
func (j *Job) Columns() datasets.Columns {
	c := datasets.Columns{Models: j.models, Bare: !j.opts.Details && !j.opts.Reprice}
	for _, v := range j.variants {
		c.Bare = c.Bare && !v.price.Known()
	}
	for _, r := range j.routers {
		c.Prompt = c.Prompt || !j.opts.GoldTasks && j.tables[r.view].table.NeedsPrompt()
	}
	for _, p := range j.policies {
		c.Chars = c.Chars || p.sized
	}
	for _, s := range j.signals {
		c.Response = c.Response || s.check.Kind.NeedsText()
	}
	return c
}

// Baseline returns the model that everything is compared with.
func (j *Job) Baseline() string { return j.baseline }
