package tune

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// Recipe is the version of the way to choose and certify: the same search under another may come to another table.
const Recipe = "1"

// A Search says what a table is tuned for. Its config says how requests find their task, which tiers there are and which
// checks the answers of a task are put to; its chains and thresholds are what is searched.
type Search struct {
	Candidate eval.Candidate
	Options   eval.Options // the baseline, gold tasks, seed, prices and production's mix; the rest does not matter
	Settings  Settings

	Exclude []string          // models that take no part
	Pins    map[string]string // task → tier that serves it whatever the labels say, the baseline behind it

	// Split also looks for tasks that mix easy and hard requests, and tunes the two halves of such a task each by itself: see
	// [Split]. It takes a pilot of every task that has enough labels.
	Split bool

	MaxP95        float64 // ms: options of which a task's p95 latency is higher are not offered; 0: no limit
	MaxEscalation float64 // share of a task's requests: likewise; 0: no limit

	// Look is asked how the labeled requests of the data with a hash, given by the keys of their clusters, may be looked at.
	// Nil: as by the first search of all.
	Look func(dataHash string, clusters []string) (*Look, error)
}

// A Look is what a ledger of searches says of one.
type Look struct {
	Searched []bool              // by request: another search has seen its results; nil: none has
	Share    float64             // of alpha that this one may spend
	Next     float64             // what the same search on more labels may; 0: as a new one
	Chains   map[string][]string // by task, the chains that it must walk and no others; a task that is not here may walk any
	Splits   map[string]SplitAt  // if there are Chains: the tasks that must be split, and no others
}

// A Tuned is what came of a search.
type Tuned struct {
	*Result
	Baseline string
	Menu     Menu
	Ways     [][]Way // by task of Result.Tasks: what was tried
	Tried    []eval.TriedTask
	Barred   [][]Barred // by task: what a limit ruled out before anyone looked at quality
	// Config is the candidate's with the table that was chosen.
	Config *routing.Config
	// Candidate is what was searched: Search.Candidate, with the halves of the tasks that are split.
	Candidate eval.Candidate
	Mix       *eval.Mix // Search.Options.Mix, of the tasks of Candidate
	Splits    []Split   // that the pilot promised something of, in the order of the config
	Mixed     int       // tasks that had enough labels to look for one
	// SplitSought says that splits were looked for.
	SplitSought bool
	Sidecars    map[string][]byte // of the artifacts of splits that are used, by path: files of out-of-fold gains

	LeftOut  int64 // requests that the classifier was trained on, without out-of-fold prediction
	DataHash string
	// Clusters are those of the labeled requests, as Search.Look was asked; Pilot says which of them only chose.
	Clusters []string
	Pilot    []bool

	Grouped, Weighted bool // units of evidence are groups; requests have unequal weights
}

// A Barred is an option that a limit rules out.
type Barred struct {
	Option     int
	Escalated  float64 // share of the task's requests
	LatencyP95 float64 // ms; NaN: unknown
}

// RunOptions say how a search is run; they do not change what comes out.
type RunOptions struct {
	Workers  int
	Progress func(stage string) func(done, total int64) // nil: nobody wants to know
	Memo     *eval.Memo                                 // of the dataset; nil: one for this search
}

func (o *RunOptions) stage(name string) *eval.RunOptions {
	run := &eval.RunOptions{Workers: o.Workers, Memo: o.Memo}
	if o.Progress != nil {
		run.Progress = o.Progress(name)
	}
	return run
}

// Run searches a dataset: once for what models cost and how signals lie, without a look at quality, and once to walk every
// option on every request.
func (s *Search) Run(ctx context.Context, d *datasets.Dataset, run *RunOptions) (*Tuned, error) {
	baseline := s.Options.Baseline
	if baseline == "" {
		baseline = s.Candidate.Config.Baseline
	}
	if err := s.checkNames(baseline); err != nil {
		return nil, err
	}
	ladder, err := newLadder(s.Candidate.Config, baseline, s.Exclude)
	if err != nil {
		return nil, err
	}
	surveys, err := eval.NewTrials(&s.Candidate, ladder.surveys(), &s.Options)
	if err != nil {
		return nil, err
	}
	if run.Memo == nil {
		own := *run
		own.Memo = &eval.Memo{}
		run = &own
	}
	surveyed, err := surveys.Survey(ctx, d, run.stage("looking at signals"))
	if err != nil {
		return nil, err
	}
	if err := ladder.checkCosts(surveyed); err != nil {
		return nil, err
	}
	ladder.price(surveyed)
	out := &Tuned{Baseline: baseline, Candidate: s.Candidate, Mix: s.Options.Mix}
	builder := newMenuBuilder()
	ways, trials := s.layOut(ladder, s.Candidate.Config.Tasks, surveyed, builder)
	tries, err := eval.NewTrials(&s.Candidate, trials, &s.Options)
	if err != nil {
		return nil, err
	}
	tried, err := tries.Run(ctx, d, run.stage("trying options"))
	if err != nil {
		return nil, err
	}
	if err := checkLabels(tried, baseline); err != nil {
		return nil, err
	}
	out.LeftOut, out.DataHash = tried.LeftOut, tried.Hash
	look, err := s.look(out, tried)
	if err != nil {
		return nil, err
	}
	folds, settings := s.cut(tried, look)
	tasks := make([]searched, len(tried.Tasks))
	for k := range tasks {
		tasks[k] = searched{tried: &tried.Tasks[k], ways: ways[k], folds: folds[k]}
	}
	unsplit := tasks
	if s.Split {
		out.SplitSought = true
		splitting := &splitting{Search: s, ladder: ladder, builder: builder, look: look, settings: settings, tasks: tasks, out: out}
		if tasks, err = splitting.split(ctx, d, run); err != nil {
			return nil, err
		}
	}
	out.Menu = builder.menu
	if err := s.choose(out, tasks, look, settings); err != nil {
		return nil, err
	}
	out.notePilot(unsplit)
	out.settleSplits(unsplit)
	out.Config = out.config(out.Candidate.Config, ladder.baseline)
	return out, nil
}

// A searched is a task with what was tried for it.
type searched struct {
	tried *eval.TriedTask
	ways  []Way
	folds []int // of tried.Labeled
	// Its pilot decides whether it is split, or how.
	piloted bool
	// Of a half of a task that is split: what was tried on the requests that it gets if the split is learned without a fold of
	// the pilot, by that fold; nil where the pilot has no folds.
	without []*searched
}

// checkNames refuses pins and exclusions of what the config does not have.
func (s *Search) checkNames(baseline string) error {
	c := s.Candidate.Config
	var tasks, tiers, models []string
	for _, t := range c.Tasks {
		tasks = append(tasks, t.Name)
	}
	for _, t := range c.Tiers {
		tiers, models = append(tiers, t.Name), append(models, t.Model)
	}
	for _, task := range slices.Sorted(maps.Keys(s.Pins)) {
		if !slices.Contains(tasks, task) {
			return fmt.Errorf("there is no task %q to pin; the config has %s", task, strings.Join(tasks, ", "))
		}
		if tier := s.Pins[task]; !slices.Contains(tiers, tier) {
			return fmt.Errorf("there is no tier %q to pin %s to; the config has %s", tier, task, strings.Join(tiers, ", "))
		}
	}
	for _, model := range s.Exclude {
		if !slices.Contains(models, model) {
			return fmt.Errorf("there is no model %q to exclude; the tiers have %s", model, strings.Join(models, ", "))
		}
		if model == baseline {
			return fmt.Errorf("%s is the baseline: without it there is nothing to compare with", model)
		}
	}
	return nil
}

// ErrNoCost says that it is not known what a model costs.
var ErrNoCost = errors.New("unknown cost")

// checkCosts refuses to tune for money that nobody knows.
func (l *ladder) checkCosts(surveyed []eval.Surveyed) error {
	var unknown []string
	check := func(place int, model string) {
		outcomes, known := int64(0), int64(0)
		for _, s := range surveyed {
			outcomes, known = outcomes+s.Places[place].Outcomes, known+s.Places[place].Known.N
		}
		if outcomes > 0 && known == 0 {
			unknown = append(unknown, model)
		}
	}
	for _, r := range l.rungs {
		check(r.place, r.model)
	}
	for _, t := range l.config.Tiers {
		if t.Name == l.baseline {
			check(len(l.rungs), t.Model)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	return fmt.Errorf("%w of %s: the traffic records none, so give the config a price = { input = …, output = … } for each under [models]",
		ErrNoCost, strings.Join(unknown, ", "))
}

// checkLabels refuses to tune without a single label.
func checkLabels(tried *eval.Tries, baseline string) error {
	for k := range tried.Tasks {
		if len(tried.Tasks[k].Labeled) > 0 {
			return nil
		}
	}
	if tried.LeftOut > 0 {
		return errors.New("the config's classifier was trained on the labeled requests, and there are no out-of-fold predictions beside it: " +
			"keep the two files that one tierwise train wrote together")
	}
	return fmt.Errorf("%w of the baseline %s, so that nothing can be proved: grade some, of it and of cheaper models", ErrNoGrades, baseline)
}

// ErrNoGrades says that nobody graded what the baseline answered.
var ErrNoGrades = errors.New("no request has a graded answer")

// layOut makes the menu and the trials of tasks, which were surveyed in this order: of each its ways.
func (s *Search) layOut(l *ladder, tasks []routing.Task, surveyed []eval.Surveyed, b *menuBuilder) (ways [][]Way, trials []eval.Trial) {
	for i := range tasks {
		t := &tasks[i]
		var own []Way
		switch tier, pinned := s.Pins[t.Name]; {
		case !pinned:
			own = l.ways(b, t, &surveyed[i])
		case tier != l.baseline:
			own = l.pinned(b, tier)
		}
		for _, w := range own {
			trials = append(trials, eval.Trial{Task: t.Name, Chain: w.Chain, Accept: w.Accept})
		}
		ways = append(ways, own)
	}
	return ways, trials
}

// pinned is the one way of a pinned task.
func (l *ladder) pinned(b *menuBuilder, tier string) []Way {
	return []Way{{Option: b.option(tier+", pinned", 0, tier+", pinned", 1), Chain: []string{tier, l.baseline}}}
}

var nan = math.NaN()

// choose makes evidence of what was tried and chooses by it.
func (s *Search) choose(out *Tuned, tasks []searched, look *Look, settings *Settings) error {
	var evidence []*Evidence
	columns := make([][]float64, len(out.Menu.Options)) // of one task after the other
	for k := range tasks {
		e, err := s.evidence(out, &tasks[k], look, columns)
		if err != nil {
			return err
		}
		evidence = append(evidence, e)
	}
	var err error
	if out.Result, err = Choose(&out.Menu, evidence, settings); err != nil {
		return err
	}
	// Results are in order of names, everything here was in that of the config.
	for i := range out.Tasks {
		k := slices.IndexFunc(tasks, func(t searched) bool { return t.tried.Task == out.Tasks[i].Task })
		out.Ways = append(out.Ways, tasks[k].ways)
		out.Tried = append(out.Tried, *tasks[k].tried)
		out.Barred = append(out.Barred, s.barred(tasks[k].tried, tasks[k].ways))
	}
	return nil
}

// evidence makes evidence of what was tried for a task, in memory that is used again.
func (s *Search) evidence(out *Tuned, t *searched, look *Look, columns [][]float64) (*Evidence, error) {
	task := s.task(t, t.tried, out.Mix, &out.Menu, columns)
	if chains, ok := look.Chains[task.Name]; ok {
		if err := task.KeepChains(&out.Menu, chains); err != nil {
			return nil, err
		}
	}
	out.Grouped, out.Weighted = out.Grouped || task.Group != nil, out.Weighted || task.W != nil
	task.RawWeights = t.without != nil
	e, err := NewEvidence(task, &out.Menu)
	if err != nil {
		return nil, err
	}
	for _, w := range t.without {
		again := s.task(w, t.tried, out.Mix, &out.Menu, columns)
		again.Saving, again.RawWeights = task.Saving, true
		o, err := NewEvidence(again, &out.Menu)
		if err != nil {
			return nil, err
		}
		e.without = append(e.without, o)
	}
	e.keepCommon()
	return e, nil
}

// notePilot says of the labeled requests, in the order in which the look was asked, which of them only chose.
func (t *Tuned) notePilot(tasks []searched) {
	for k := range tasks {
		at := slices.IndexFunc(t.Tasks, func(r TaskResult) bool { return r.Task == tasks[k].tried.Task })
		for _, fold := range tasks[k].folds {
			t.Pilot = append(t.Pilot, t.Chose(at, fold) || tasks[k].piloted && !t.Searched && fold < pilotFolds)
		}
	}
}

// look asks how the labeled requests may be looked at.
func (s *Search) look(out *Tuned, tried *eval.Tries) (*Look, error) {
	for k := range tried.Tasks {
		for i := range tried.Tasks[k].Labeled {
			out.Clusters = append(out.Clusters, tried.Tasks[k].Labeled[i].Key)
		}
	}
	if s.Look == nil {
		return &Look{Share: 1}, nil
	}
	return s.Look(out.DataHash, out.Clusters)
}

// cut divides the labeled requests of all tasks into folds, as one. Those of the split tune only choose, as those do that
// another search has seen.
func (s *Search) cut(tried *eval.Tries, look *Look) (folds [][]int, settings *Settings) {
	var rows []datasets.Cluster
	var searched []bool
	for k := range tried.Tasks {
		for i := range tried.Tasks[k].Labeled {
			r := &tried.Tasks[k].Labeled[i]
			searched = append(searched, r.Split == "tune" || look.Searched != nil && look.Searched[len(rows)])
			rows = append(rows, r.Cluster)
		}
	}
	if !slices.Contains(searched, true) {
		searched = nil
	}
	flat := Cut(rows, searched, s.Options.Seed)
	for k := range tried.Tasks {
		n := len(tried.Tasks[k].Labeled)
		folds = append(folds, flat[:n:n])
		flat = flat[n:]
	}
	settings = &Settings{}
	*settings = s.Settings
	settings.Share, settings.Next = look.Share, look.Next
	return folds, settings
}

// weight is how much of the traffic a task stands for: by production's mix, else by its requests.
func weight(mix *eval.Mix, t *eval.TriedTask) float64 {
	if mix != nil {
		return mix.Tasks[0][t.Task]
	}
	return t.Weight
}

// task puts what was tried of a task into the columns that choosing takes, in memory that is used again. Whether a limit rules
// an option out is asked of limits, the same trials on the requests that the table is for.
func (s *Search) task(of *searched, limits *eval.TriedTask, mix *eval.Mix, menu *Menu, columns [][]float64) *Task {
	t, ways, folds := of.tried, of.ways, of.folds
	n := len(menu.Options)
	cost := t.BaseCost
	if cost != cost { // no request is dispatched to it, or none has a known cost: then no option has a known saving
		cost = 0
	}
	out := &Task{
		Name: t.Task, Weight: weight(mix, t), Cost: cost, Saving: slices.Repeat([]float64{nan}, n), Delta: make([][]float64, n),
		Fold: folds, Piloted: of.piloted,
	}
	out.Pinned = s.Pins[t.Task] != "" && len(ways) > 0 // to the baseline: it has no ways
	weighted := slices.ContainsFunc(t.Labeled, func(r eval.TriedRequest) bool { return r.Weight != 1 })
	for i := range t.Labeled {
		if weighted {
			out.W = append(out.W, t.Labeled[i].Weight)
		}
	}
	out.Group = groups(t.Labeled)
	for i, w := range ways {
		if tried := &t.Trials[i]; out.Pinned || !s.bars(&limits.Trials[i]) {
			columns[w.Option] = tried.Delta.Append(slices.Grow(columns[w.Option][:0], len(t.Labeled)))
			out.Saving[w.Option], out.Delta[w.Option] = tried.Saving, columns[w.Option]
		}
	}
	return out
}

// bars reports whether a limit rules a trial out.
func (s *Search) bars(t *eval.Tried) bool {
	return s.MaxEscalation > 0 && t.Escalated > s.MaxEscalation || s.MaxP95 > 0 && !(t.LatencyP95 <= s.MaxP95)
}

func (s *Search) barred(t *eval.TriedTask, ways []Way) (out []Barred) {
	for i, w := range ways {
		if tried := &t.Trials[i]; s.bars(tried) && s.Pins[t.Task] == "" {
			out = append(out, Barred{Option: w.Option, Escalated: tried.Escalated, LatencyP95: tried.LatencyP95})
		}
	}
	return out
}

// Way returns how a task of the result is served, nil if it stays on the baseline.
func (t *Tuned) Way(task int) *Way {
	for i := range t.Ways[task] {
		if w := &t.Ways[task][i]; w.Option == t.Tasks[task].Option {
			return w
		}
	}
	return nil
}

// config is the config with the chosen table. A task that stays keeps those of its checks that fit a chain of the baseline
// alone: they mark its answers.
func (t *Tuned) config(c *routing.Config, baseline string) *routing.Config {
	out := *c
	out.Tasks = slices.Clone(c.Tasks)
	for i := range out.Tasks {
		task := &out.Tasks[i]
		k := slices.IndexFunc(t.Tasks, func(r TaskResult) bool { return r.Task == task.Name })
		if w := t.Way(k); w != nil {
			task.Chain, task.Accept = w.Chain, w.Accept
			continue
		}
		task.Accept = fixedChecks(task, "", baseline)
		task.Chain = []string{baseline}
	}
	return &out
}
