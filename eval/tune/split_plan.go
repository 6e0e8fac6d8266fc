package tune

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

// MinMixed is how many labels a task must have for a split to be looked for: a fifth of them teach it, and what is left must
// certify the easy half with a few losses.
const MinMixed = 300

// maxWeak is how many weak models are tried for a task: the cheapest, and the first ones of the chains that promise most.
const maxWeak = 3

// easyShares are the shares of a task's requests that are tried as the easy half.
var easyShares = [...]float64{0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9}

// minTelling is how surely predicted gains must tell actual ones on a task's pilot, in standard errors. Without it the best of
// eight cuts by three models looks like something where gains are noise: five tasks of six were split there.
const minTelling = 2

// What the halves must promise for a task to be split: so many times what the task promises as one, and so much of its cost
// more.
const (
	splitFactor = 1.15
	splitMargin = 0.03
)

// A splitting finds tasks to split and tries their halves.
type splitting struct {
	*Search
	ladder   *ladder
	builder  *menuBuilder
	look     *Look
	settings *Settings
	tasks    []searched // unsplit
	out      *Tuned

	pilots []pilotTask // by task
	lesson *lesson
}

// A pilotTask is what the pilot knows of a task.
type pilotTask struct {
	task  *Task
	rows  []int // of the pilot
	ratio float64
	class classPilot
}

// A classPilot is a class of requests, a task or a half of one, on the pilot.
type classPilot struct {
	samples []*sample // by option of the menu; nil: not offered
	n2      float64   // units of verify to expect
}

// split finds the tasks to split and returns all tasks with what was tried, halves in the place of those.
func (s *splitting) split(ctx context.Context, d *datasets.Dataset, run *RunOptions) ([]searched, error) {
	mixed := s.mixed()
	s.out.Mixed = len(mixed)
	held := s.look.Chains != nil
	if held {
		mixed = slices.DeleteFunc(mixed, func(k int) bool { _, ok := s.look.Splits[s.tasks[k].tried.Task]; return !ok })
	}
	if len(mixed) == 0 {
		return s.tasks, nil
	}
	for _, k := range mixed {
		s.tasks[k].piloted = true
	}
	s.lookAtPilots()
	var err error
	if s.lesson, err = s.read(ctx, d, mixed); err != nil {
		return nil, err
	}
	stage := func(int64, int64) {}
	if run.Progress != nil {
		stage = run.Progress("learning what is hard")
	}
	halves, wanted := map[int]Split{}, []int(nil)
	for i, k := range mixed {
		var split *Split
		if cut, ok := s.look.Splits[s.tasks[k].tried.Task]; held && ok {
			split = &Split{SplitAt: cut, Held: true}
		} else if split, err = s.best(ctx, k, run.Workers); err != nil {
			return nil, err
		}
		if split != nil {
			halves[k] = *split
			wanted = append(wanted, k)
		}
		stage(int64(i+1), int64(len(mixed)))
	}
	return s.try(ctx, d, run, wanted, halves)
}

// mixed are the tasks that could be split: those that are tuned, have enough labels and no split yet. None of that looks at
// quality.
func (s *splitting) mixed() (out []int) {
	taken := map[string]bool{}
	for i := range s.Candidate.Config.Tasks {
		if split := s.Candidate.Config.Tasks[i].Split; split != nil {
			taken[split.Task], taken[s.Candidate.Config.Tasks[i].Name] = true, true
		}
	}
	for k := range s.tasks {
		t := &s.tasks[k]
		if s.Pins[t.tried.Task] == "" && len(t.ways) > 0 && len(t.tried.Labeled) >= MinMixed && !taken[t.tried.Task] {
			out = append(out, k)
		}
	}
	return out
}

// lookAtPilots counts every task's options on the pilot.
func (s *splitting) lookAtPilots() {
	menu := &s.builder.menu
	columns, searchedOnes := make([][]float64, len(menu.Options)), s.isSearched()
	for k := range s.tasks {
		t := s.task(&s.tasks[k], s.tasks[k].tried, s.out.Mix, menu, columns)
		p, piloted := pilotTask{}, s.tasks[k].piloted || t.chains(menu) > maxChains
		for i, fold := range t.Fold {
			if searchedOnes && fold == Searched || !searchedOnes && piloted && fold < pilotFolds {
				p.rows = append(p.rows, i)
			}
		}
		p.ratio = float64(len(t.Fold)-len(p.rows)) / float64(max(len(p.rows), 1))
		p.task = t.only(p.rows)
		p.class = p.of(allOf(len(p.rows)), menu)
		s.pilots = append(s.pilots, p)
	}
}

func allOf(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// chains counts the chains that a task has something to choose between, as choosing will.
func (t *Task) chains(menu *Menu) int {
	_, kept, _ := t.covered()
	chains := map[int]bool{}
	for j := range kept {
		if kept[j] {
			chains[menu.Options[j].Chain] = true
		}
	}
	return len(chains)
}

// only copies some requests of a task, as if all had been searched.
func (t *Task) only(rows []int) *Task {
	out := *t
	out.RawWeights = true
	out.Fold, out.W, out.Group = slices.Repeat([]int{Searched}, len(rows)), nil, nil
	for _, i := range rows {
		if t.W != nil {
			out.W = append(out.W, t.W[i])
		}
		if t.Group != nil {
			out.Group = append(out.Group, t.Group[i])
		}
	}
	out.Delta = make([][]float64, len(t.Delta))
	for j, deltas := range t.Delta {
		if deltas == nil {
			continue
		}
		out.Delta[j] = make([]float64, len(rows))
		for at, i := range rows {
			out.Delta[j][at] = deltas[i]
		}
	}
	return &out
}

// of counts some of the pilot's requests. A task that cannot be counted, which choosing will say, promises nothing.
func (p *pilotTask) of(rows []int, menu *Menu) classPilot {
	out := classPilot{samples: make([]*sample, len(menu.Options))}
	if len(rows) == 0 {
		return out
	}
	e, err := NewEvidence(p.task.only(rows), menu)
	if err != nil {
		return out
	}
	b := e.base[foldCount]
	out.n2 = p.ratio * stats.KishN(b.w, b.w2)
	for j, kept := range e.kept {
		if kept {
			one := e.sample(b, e.changes[j][foldCount])
			out.samples[j] = &one
		}
	}
	return out
}

// promise returns what a class is expected to certify by each of its chains, USD per request of the task k that it is, or is a
// half of; classes are all that beliefs are shrunk towards, itself among them.
func (s *splitting) promise(k int, class *classPilot, classes []*classPilot) map[int]float64 {
	menu, task := &s.builder.menu, s.pilots[k].task
	set, _ := s.settings.withDefaults() // they were checked, or will be by Choose
	alpha := set.Alpha * set.Share
	if set.Family {
		alpha /= float64(max(len(s.tasks), 1))
	}
	chains := map[int]bool{}
	for j, own := range class.samples {
		if own != nil {
			chains[menu.Options[j].Chain] = true
		}
	}
	walks := min(maxChains, len(chains))
	for walks > 0 && class.n2 < float64(stats.FloorLabels(set.TaskTolerance, alpha/float64(walks))) {
		walks--
	}
	out := map[int]float64{}
	if walks == 0 {
		return out
	}
	z := distuv.UnitNormal.Quantile(1 - alpha/float64(walks))
	for j, own := range class.samples {
		if own == nil {
			continue
		}
		var samples []sample
		at := 0
		for _, o := range classes {
			if o == class {
				at = len(samples)
			}
			if o.samples[j] != nil {
				samples = append(samples, *o.samples[j])
			}
		}
		beliefs := make([]belief, len(samples))
		shrink(samples, beliefs)
		chain := menu.Options[j].Chain
		out[chain] = max(out[chain], task.Saving[j]*beliefs[at].chance(set.TaskTolerance, z, class.n2))
	}
	return out
}

// classes are the pilots of all tasks, with halves in the place of one.
func (s *splitting) classes(k int, halves ...*classPilot) []*classPilot {
	out := halves
	for o := range s.pilots {
		if o != k {
			out = append(out, &s.pilots[o].class)
		}
	}
	return out
}

func mostOf(promises map[int]float64) float64 {
	most := 0.0
	for _, p := range promises {
		most = max(most, p)
	}
	return most
}

// best returns how a task is best split, nil if the pilot does not promise enough of any split.
func (s *splitting) best(ctx context.Context, k, workers int) (*Split, error) {
	p := &s.pilots[k]
	if !(p.task.Cost > 0) {
		return nil, nil
	}
	promises := s.promise(k, &p.class, s.classes(k, &p.class))
	unsplit := mostOf(promises)
	var best *Split
	promised := max(unsplit*splitFactor, unsplit+splitMargin*p.task.Cost)
	for _, weak := range s.weak(k, promises) {
		gains, err := s.lesson.gains(ctx, weak, whole, workers)
		if err != nil {
			return nil, err
		}
		if gains.tells(k) < minTelling {
			continue
		}
		for _, share := range easyShares {
			easy, hard := gains.halve(k, share)
			if len(easy) == 0 || len(hard) == 0 {
				continue
			}
			e, h := p.of(easy, &s.builder.menu), p.of(hard, &s.builder.menu)
			classes := s.classes(k, &e, &h)
			of := p.weight(easy) / (p.weight(easy) + p.weight(hard))
			total := float64(of*mostOf(s.promise(k, &e, classes))) + float64((1-of)*mostOf(s.promise(k, &h, classes)))
			if total > promised {
				promised = total
				best = &Split{SplitAt: SplitAt{Weak: weak}, share: share, Unsplit: unsplit / p.task.Cost, Promised: total / p.task.Cost}
			}
		}
	}
	return best, nil
}

func (p *pilotTask) weight(rows []int) float64 {
	var sum eval.Fixed
	for _, i := range rows {
		sum.Add(p.task.weight(i))
	}
	return sum.Float64()
}

// weak returns the models that a task's baseline is compared with, by promise.
func (s *splitting) weak(k int, promises map[int]float64) (out []string) {
	type chain struct {
		model   string
		promise float64
	}
	var chains []chain
	for _, w := range s.tasks[k].ways {
		chains = append(chains, chain{s.ladder.model(w.Chain[0]), promises[s.builder.menu.Options[w.Option].Chain]})
	}
	slices.SortStableFunc(chains, func(a, b chain) int { return cmp.Compare(b.promise, a.promise) })
	for _, r := range s.ladder.rungs {
		chains = slices.Insert(chains, 0, chain{model: r.model})
		break // they are by price
	}
	for _, c := range chains {
		if len(out) < maxWeak && !slices.Contains(out, c.model) {
			out = append(out, c.model)
		}
	}
	return out
}

func (l *ladder) model(tier string) string {
	for _, r := range l.rungs {
		if r.tier == tier {
			return r.model
		}
	}
	return ""
}

// alone is the way of a task that a model serves it by itself, nil if there is none.
func (s *splitting) alone(k int, model string) *Way {
	for i := range s.tasks[k].ways {
		if w := &s.tasks[k].ways[i]; len(w.Accept) == 0 && len(w.Chain) == 2 && s.ladder.model(w.Chain[0]) == model {
			return w
		}
	}
	return nil
}

// splitConfig is the config with halves, split as learned without a fold. Their names, and those of the artifacts, are in the splits.
func splitConfig(c *routing.Config, splits []Split, without int) *routing.Config {
	out := *c
	out.Tasks = slices.Clone(c.Tasks)
	out.Files = map[string][]byte{}
	maps.Copy(out.Files, c.Files)
	for _, s := range splits {
		k := slices.IndexFunc(out.Tasks, func(t routing.Task) bool { return t.Name == s.Task })
		easy := out.Tasks[k]
		easy.Name, easy.Description = s.Easy, ""
		out.Tasks[k].Split = &routing.Split{Artifact: s.Artifact, Below: s.belows[without-whole], Task: s.Easy}
		out.Tasks = append(out.Tasks, easy)
	}
	return &out
}
