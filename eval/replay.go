package eval

import (
	"context"
	"math"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

var nan = math.NaN()

// A Replayer replays blocks of traffic, one after the other, and adds up what comes out. It is not safe for
// concurrent use: every worker has its own.
type Replayer struct {
	job   *Job
	block *block
	world world
	sums  *Sums

	predictions []predictions // by classifier
	memo        *Memo
	gains       []gainPredictions // by splitter
	routes      [][]routed        // by router
	costly      []bool            // by router: a route of the block is not free

	byTask  []bucket // requests of the block by task; scratch
	tokens  []int32
	covered []uint8 // by request, for the policy at hand: bits savable and judgeable
	groups  []uint64
	one     [1]int32
	aside   bool // a scenario is replayed: no examples, sweeps and comparisons with gold tasks
	tally   tally

	control *control
	cross   cross
	checks  checks

	plan   *CachePlan     // nil: no caches
	cached map[place]*hit // of the router at hand
}

const (
	savable   = 1 << iota // every reachable model has an outcome, with signals where they decide
	judgeable             // and every one is graded or failed
)

// NewReplayer returns a worker of the job.
func (j *Job) NewReplayer() *Replayer {
	r := &Replayer{
		job: j, block: newBlock(j), sums: newSums(j),
		predictions: make([]predictions, len(j.classifiers)), gains: make([]gainPredictions, len(j.splitters)), routes: make([][]routed, len(j.routers)), costly: make([]bool, len(j.routers)),
	}
	r.world.block, r.world.gains, r.block.prices = r.block, r.gains, r.sums.Prices
	r.control = newControl(j)
	return r
}

// Sums returns what was added up so far.
func (r *Replayer) Sums() *Sums {
	r.checks.flush()
	return r.sums
}

// Replay replays a block. It keeps nothing of it.
func (r *Replayer) Replay(ctx context.Context, t *datasets.Traffic) {
	if t.Len == 0 {
		return
	}
	r.prepare(ctx, t)
	r.sums.addBlock(r.block)
	for i := range r.job.routers {
		r.replayRouter(ctx, i)
	}
	r.replayReferences(ctx)
	r.control.replay(ctx, r)
}

// prepare looks at the block in all the ways that the candidates share.
func (r *Replayer) prepare(ctx context.Context, t *datasets.Traffic) {
	r.block.load(t)
	r.covered = resize(r.covered, t.Len)
	r.measureSizes(t)
	r.hashGroups(t)
	r.predict(t)
	for i := range r.job.routers {
		r.route(ctx, i)
		r.routeHits(i)
	}
	for i := range r.predictions {
		r.memo.keep(&r.job.classifiers[i], t, &r.predictions[i])
	}
}

// predict starts on a block with all that predicts.
func (r *Replayer) predict(t *datasets.Traffic) {
	for i := range r.predictions {
		r.predictions[i].load(&r.job.classifiers[i], t, r.memo)
	}
	for i := range r.gains {
		r.gains[i].load(&r.job.splitters[i], t)
	}
}

// measureSizes estimates the requests' sizes in tokens, if a chain depends on them.
func (r *Replayer) measureSizes(t *datasets.Traffic) {
	r.tokens = resize(r.tokens, t.Len)
	clear(r.tokens)
	for i, chars := range t.Chars {
		r.tokens[i] = int32(min(routing.Tokens(int(chars), maxTokens(t, i)), math.MaxInt32))
	}
}

// hashGroups fills in the groups' hashes, 0 for a request without.
func (r *Replayer) hashGroups(t *datasets.Traffic) {
	r.groups = r.groups[:0]
	if !t.Group.Present() {
		return
	}
	r.groups = resize(r.groups, t.Len)
	for i := range r.groups {
		r.groups[i] = 0
		if g, ok := t.Group.At(i); ok {
			r.groups[i] = hashBytes(g) | 1
		}
	}
}

// replayRouter replays the cells behind a router: task by task, so that the requests of one go through one policy.
func (r *Replayer) replayRouter(ctx context.Context, index int) {
	routes := r.routes[index]
	view := &r.job.tables[r.job.routers[index].view]
	table := view.table
	golds := goldTasks(table, r.block.traffic.Task.Names)
	r.bucket(table.NumTasks(), len(routes), func(i int) int { return int(routes[i].Task) })
	r.sums.Routers[index].addRoutes(view, r.block, routes, golds, r.job.opts.GoldTasks)
	if index < r.job.ownRouters {
		for task := range table.NumTasks() {
			r.addRoutedModels(index, task, &r.byTask[task])
		}
	}
	billed := routes
	if !r.costly[index] && !r.job.opts.Details { // examples tell more of a route than what it cost
		billed = nil
	}
	r.cross.start(r, view)
	r.cached = r.hitsOf(index)
	for c := range r.job.cells {
		spec := &r.job.cells[c]
		if spec.router != index || len(r.byTask[spec.task].rows) == 0 {
			continue
		}
		r.aside = c >= r.job.ownCells
		if !r.aside {
			r.checks.start(&r.sums.Checks[c], c)
		}
		r.replay(ctx, spec.policy, r.sums.Cells[c], &r.byTask[spec.task], billed)
		if r.aside {
			continue
		}
		r.checks.add(r, spec.policy, r.byTask[spec.task].rows)
		if r.cross.on {
			r.cross.add(ctx, r, c, routes, golds)
		}
	}
	r.cross.on, r.aside, r.cached = false, false, nil
	if r.job.opts.Details && index < r.job.ownRouters {
		r.addReliability(index, routes, golds)
		r.addMisroutes(index, routes, golds)
	}
}

// bucket sorts the requests of the block by task, but for those of a negative one.
func (r *Replayer) bucket(tasks, n int, task func(int) int) {
	for len(r.byTask) < tasks {
		r.byTask = append(r.byTask, bucket{})
	}
	for k := range r.byTask {
		r.byTask[k].reset(len(r.job.variants))
	}
	for i := range n {
		if k := task(i); k >= 0 {
			r.byTask[k].rows = append(r.byTask[k].rows, int32(i))
		}
	}
}

// A walker walks requests of a block through one policy.
type walker struct {
	world *world
	table *routing.Table
	task  routing.TaskID
	base  *variantColumns
	// baseModel is the baseline among the job's models.
	baseModel int
	chain     []routing.Step
	models    []int // of the chain's steps, among the job's
	tokens    []int32
	covered   []uint8
	groups    []uint64 // nil: no groups
	uncovered func(row int, visit func(reason string))
	usage     bool // add up tokens
}

func (r *Replayer) walker(index int) *walker {
	p := &r.job.policies[index]
	view := &r.job.tables[p.view]
	r.world.enter(view, p.task)
	w := &walker{
		world: &r.world, table: view.table, task: p.task,
		base: &r.block.variants[view.base], baseModel: r.job.variants[view.base].model,
		chain: view.table.Chain(p.task), tokens: r.tokens,
	}
	for i := range w.chain {
		v := view.variants[w.chain[i].Model]
		w.models = append(w.models, r.job.variants[v].model)
	}
	w.covered, w.groups = r.covered, r.groups
	w.uncovered = func(row int, visit func(string)) {
		r.missing(index, row, func(flags uint8, n need) { visit(r.job.describe(flags, n)) })
	}
	return w
}

// A result is what a walk of one request came to.
type result struct {
	routing.Decision
	quality float64 // NaN: unknown
	cost    float64 // of everything, USD; NaN: unknown
	latency float64 // of everything, ms; NaN: unknown
	route   *routed
	check   float64 // the part of cost that went to self-checks

	unbilled int64 // failed calls of unknown cost
	model    int   // whose answer is returned, among the job's; −1: nobody's
}

// walk walks request i and fills in out.
func (w *walker) walk(ctx context.Context, i int, route *routed, out *result) {
	w.world.begin(i)
	w.table.DispatchInto(ctx, w.task, int(w.tokens[i]), w.world, &out.Decision)
	out.route, out.model = route, -1
	// Where a check decided without a signal, production would go on and a replay cannot tell.
	if out.Unmeasured > 0 {
		out.Ended, out.Answer = routing.Unevaluable, -1
	}
	if out.Ended == routing.Unevaluable {
		out.quality, out.cost, out.latency, out.check, out.unbilled = nan, nan, nan, nan, 0
		return
	}
	out.quality = 0
	out.cost = route.cost + w.world.cost
	out.latency = route.latency + w.world.latency
	out.check, out.unbilled = w.world.checkCost, w.world.unbilled
	if out.Returned() {
		out.model = w.models[out.Answer]
		out.quality = w.world.columns[out.Answer].quality[i]
	}
}

// baseline returns the baseline's quality on request i (0 if it failed, NaN if it is not graded, or if it failed on a
// request that nobody labeled), its cost, and which model answered: −1 if it failed.
func (w *walker) baseline(i int) (quality, cost float64, model int) {
	quality, cost, model = w.world.block.baseQuality(w.base, i), w.base.cost[i], -1
	if cause := w.base.cause[i]; cause == llm.OK {
		model = w.baseModel
	} else if cause == llm.Unrecorded {
		cost = nan
	}
	return quality, cost, model
}

// baseQuality returns the baseline's quality on request i, NaN if there is no graded outcome of it.
func (b *block) baseQuality(base *variantColumns, i int) float64 {
	switch cause := base.cause[i]; {
	case cause == llm.OK:
		return base.quality[i]
	case cause == llm.Unrecorded || !b.traffic.Labeled[i]:
		return nan
	}
	return 0
}

// cover finds out which of the rows a policy can be judged on: by all that is reachable, not by what is visited,
// which would keep the easy rows.
func (r *Replayer) cover(index int, rows []int32) {
	p := &r.job.policies[index]
	if p.sized {
		for _, i := range rows {
			r.covered[i] = savable | judgeable
			r.missing(index, int(i), func(flags uint8, _ need) { r.covered[i] &^= flags })
		}
		return
	}
	for _, i := range rows {
		r.covered[i] = savable | judgeable
	}
	for _, n := range p.needs {
		c := &r.block.variants[n.variant]
		if n.signal < 0 {
			for _, i := range rows {
				if c.cause[i] == llm.Unrecorded {
					r.covered[i] = 0
				} else if !c.judged[i] {
					r.covered[i] &^= judgeable
				}
			}
			continue
		}
		signal := r.block.signals[n.signal]
		for _, i := range rows {
			if signal[i] != signal[i] && c.cause[i] == llm.OK {
				r.covered[i] = 0
			}
		}
	}
}

// missing calls visit for everything that is missing to judge a request under a policy, with the bits that this
// takes away.
func (r *Replayer) missing(index, row int, visit func(flags uint8, n need)) {
	p := &r.job.policies[index]
	view := &r.job.tables[p.view]
	view.table.Reachable(p.task, int(r.tokens[row]), func(s *routing.Step, c *routing.Check) {
		n := need{view.variants[s.Model], -1}
		columns := &r.block.variants[n.variant]
		switch {
		case c == nil && columns.cause[row] == llm.Unrecorded:
			visit(savable|judgeable, n)
		case c == nil && !columns.judged[row]:
			visit(judgeable, n)
		case c != nil && columns.cause[row] == llm.OK:
			n.signal = view.signals[c.Signal][s.Model]
			if signal := r.block.signals[n.signal][row]; signal != signal {
				visit(savable|judgeable, n)
			}
		}
	})
}

// noQuality ends what describe says where nothing but a grade is missing.
const noQuality = ": no quality"

// describe says what is missing.
func (j *Job) describe(flags uint8, n need) string {
	name := j.models[j.variants[n.variant].model]
	switch {
	case n.signal >= 0:
		return name + ": no signal " + j.signals[n.signal].check.Word()
	case flags&savable != 0:
		return name + ": no outcome"
	default:
		return name + noQuality
	}
}
