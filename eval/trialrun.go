package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// A TriedTask is what the trials of a task came to.
type TriedTask struct {
	Task     string
	Requests int64   // dispatched to it
	Weight   float64 // Σw of them
	BaseCost float64 // of the baseline, mean USD per request where it is known; NaN: nowhere
	Labeled  []TriedRequest
	Trials   []Tried // of the task, in the order in which they were given
}

// A TriedRequest is a request with a graded outcome of the baseline. Its Key is that of the whole chat where it is one of several
// messages, else as by datasets.ClusterKey.
type TriedRequest struct {
	datasets.Cluster
	Split  string // "" if the data has none
	Weight float64
	Group  uint64 // 0: none
}

// A Tried is what a trial came to.
type Tried struct {
	Trial int // index among all
	Delta Deltas
	// Saving is the baseline's cost less the trial's, mean USD per request on Known requests where both are known and
	// every model within reach has an outcome; NaN: on none. What routing costs is in neither.
	Saving     float64
	Known      int64
	Escalated  float64 // share of the requests walked, by weight
	LatencyP95 float64 // ms; NaN: unknown
}

// Tries is what trials came to.
type Tries struct {
	Tasks []TriedTask // in the order of the config
	// LeftOut are requests that the classifier was trained on, without an out-of-fold prediction: they are nowhere above.
	LeftOut int64
	Hash    string // of the data, in hex
}

// Run replays the trials. It keeps a byte, or a number where outcomes are graded otherwise than right and wrong, for each
// trial and each request with a graded outcome of the baseline.
func (t *Trials) Run(ctx context.Context, d *datasets.Dataset, run *RunOptions) (*Tries, error) {
	columns := t.job.Columns()
	columns.Prompt, columns.Shape = true, true // for clusters
	columns.Bare = false                       // for the data hash
	parts, err := pass(ctx, d, d.Shards(), columns, run, func() (func(*datasets.Traffic), func() *trialWorker) {
		w := newTrialWorker(t)
		w.replayer.memo = run.memo()
		return func(b *datasets.Traffic) { w.add(ctx, b) }, func() *trialWorker { return w }
	})
	if err != nil {
		return nil, err
	}
	return t.finish(parts), nil
}

// A trialWorker tries requests of blocks.
type trialWorker struct {
	trials   *Trials
	replayer *Replayer
	sums     []trialSums   // by trial
	tasks    []triedSums   // by task
	chunks   []*trialChunk // one per block and task
	hash     [2]uint64
	leftOut  int64

	stride stride
	keys   datasets.KeyMaker
	// Scratch.
	labeled []int32 // of the rows at hand
	names   []byte
	ends    []int
}

type triedSums struct {
	rows, baseKnown Count
	baseCost        Fixed
}

type trialSums struct {
	savable, walked, escalated Count
	saving                     Fixed
	latency                    Histogram
	timeless                   bool // the latency of some request is not known
}

func newTrialWorker(t *Trials) *trialWorker {
	return &trialWorker{
		trials: t, replayer: t.job.NewReplayer(), sums: make([]trialSums, len(t.policies)), tasks: make([]triedSums, len(t.tasks)),
	}
}

func (w *trialWorker) add(ctx context.Context, t *datasets.Traffic) {
	if t.Len == 0 {
		return
	}
	w.hash = AddHash(w.hash, t.Hash)
	r := w.replayer
	r.prepare(ctx, t)
	routes := r.routes[0]
	r.bucket(len(w.trials.tasks), len(routes), func(i int) int {
		if routes[i].Task == leftOut {
			w.leftOut++
		}
		return int(routes[i].Task)
	})
	for k := range w.trials.tasks {
		w.addTask(ctx, k, r.byTask[k].rows)
	}
}

// addTask tries the requests of a block that are dispatched to a task.
func (w *trialWorker) addTask(ctx context.Context, task int, rows []int32) {
	if len(rows) == 0 {
		return
	}
	b := w.replayer.block
	base := &b.variants[w.replayer.job.tables[0].base]
	sums := &w.tasks[task]
	chunk := &trialChunk{shard: b.traffic.Index, first: b.traffic.Rows[0], task: task}
	w.labeled = w.labeled[:0]
	for _, i := range rows {
		weight := b.weight(int(i))
		sums.rows.add(weight)
		if cost := base.cost[i]; cost == cost {
			sums.baseKnown.add(weight)
			sums.baseCost.Add(weight * cost)
		}
		if q := b.baseQuality(base, int(i)); q == q && weight > 0 {
			w.labeled = append(w.labeled, i)
		}
	}
	trials := w.trials.of[task]
	chunk.labeled, chunk.rows = len(w.labeled), w.requests(w.labeled)
	chunk.codes, chunk.values = make([]uint8, len(trials)*len(w.labeled)), make([][]float64, len(trials))
	w.chunks = append(w.chunks, chunk)
	for k, trial := range trials {
		w.try(ctx, trial, rows, func(request int, delta float64) { chunk.set(k, request, delta) })
	}
}

// requests keeps what is to be known of labeled requests. Their ids and keys share one string.
func (w *trialWorker) requests(labeled []int32) []TriedRequest {
	t := w.replayer.block.traffic
	out := make([]TriedRequest, len(labeled))
	w.names, w.ends = w.names[:0], w.ends[:0]
	for _, i := range labeled {
		id, _ := t.ID.At(int(i))
		said, _ := t.Prompt.At(int(i))
		if chat, ok := t.Messages.At(int(i)); ok && t.MessageCount[i] > 1 { // chats that end alike are not the same request
			said = chat
		}
		group, _ := t.Group.At(int(i))
		w.names = append(w.names, id...)
		w.ends = append(w.ends, len(w.names))
		w.names = w.keys.AppendKey(w.names, group, said, id)
		w.ends = append(w.ends, len(w.names))
	}
	names, start := string(w.names), 0
	for k, i := range labeled {
		r, id, key := &out[k], w.ends[2*k], w.ends[2*k+1]
		r.ID, r.Key, start = names[start:id], names[id:key], key
		r.Weight = w.replayer.block.weight(int(i))
		r.Task, _ = t.Task.At(int(i))
		r.Split, _ = t.Split.At(int(i))
		if len(w.replayer.groups) > 0 {
			r.Group = w.replayer.groups[i]
		}
	}
	return out
}

// try walks requests through a trial and calls note for each that is labeled, in the order of w.labeled, with its delta.
func (w *trialWorker) try(ctx context.Context, trial int, rows []int32, note func(request int, delta float64)) {
	r, policy, sums := w.replayer, w.trials.policies[trial], &w.sums[trial]
	walker := r.walker(policy)
	r.cover(policy, rows)
	straight := w.stride.enter(r, policy, walker)
	labeled := 0
	var out result
	for _, i := range rows {
		answer, cost, latency, ok := 0, 0.0, 0.0, false
		if straight {
			answer, cost, latency, ok = w.stride.walk(i)
		}
		if ok {
			out.Ended, out.Escalations, out.cost, out.latency = routing.Accepted, int8(answer), cost, latency
			out.quality = walker.world.columns[answer].quality[i]
		} else {
			walker.walk(ctx, int(i), &free, &out)
		}
		quality, baseCost, _ := walker.baseline(int(i))
		flags := walker.covered[i]
		sums.add(&out, r.block.weight(int(i)), baseCost, flags)
		if labeled < len(w.labeled) && w.labeled[labeled] == i {
			if flags&judgeable == 0 {
				out.quality = nan
			}
			note(labeled, out.quality-quality)
			labeled++
		}
	}
}

// add adds a walk: what the baseline costs there, and what the trial is covered for.
func (s *trialSums) add(r *result, weight, baseCost float64, flags uint8) {
	if r.Ended == routing.Unevaluable {
		return
	}
	s.walked.add(weight)
	if r.Escalations > 0 {
		s.escalated.add(weight)
	}
	if r.latency == r.latency {
		s.latency.add(r.latency, weight)
	} else {
		s.timeless = true
	}
	if saving := baseCost - r.cost; saving == saving && flags&savable != 0 {
		s.savable.add(weight)
		s.saving.Add(weight * saving)
	}
}

// finish puts together what the workers came to.
func (t *Trials) finish(workers []*trialWorker) *Tries {
	out := &Tries{Tasks: make([]TriedTask, len(t.tasks))}
	var chunks []*trialChunk
	tasks, sums := make([]triedSums, len(t.tasks)), make([]trialSums, len(t.policies))
	var hash [2]uint64
	for _, w := range workers {
		out.LeftOut += w.leftOut
		hash = AddHash(hash, w.hash)
		chunks = append(chunks, w.chunks...)
		for k := range tasks {
			tasks[k].rows.merge(&w.tasks[k].rows)
			tasks[k].baseKnown.merge(&w.tasks[k].baseKnown)
			tasks[k].baseCost.AddFixed(w.tasks[k].baseCost)
		}
		for i := range sums {
			sums[i].merge(&w.sums[i])
		}
	}
	out.Hash = fmt.Sprintf("%016x%016x", hash[1], hash[0])
	slices.SortFunc(chunks, func(a, b *trialChunk) int {
		return cmp.Or(cmp.Compare(a.shard, b.shard), cmp.Compare(a.first, b.first))
	})
	for k := range out.Tasks {
		task := &out.Tasks[k]
		task.Task = t.tasks[k]
		task.Requests, task.Weight = tasks[k].rows.N, tasks[k].rows.Weight()
		task.BaseCost = ratio(&tasks[k].baseCost, &tasks[k].baseKnown)
		for _, i := range t.of[k] {
			task.Trials = append(task.Trials, sums[i].finish(i))
		}
	}
	byTask := make([][]*trialChunk, len(t.tasks))
	for _, c := range chunks {
		byTask[c.task] = append(byTask[c.task], c)
	}
	for k, chunks := range byTask {
		out.Tasks[k].gather(chunks)
	}
	return out
}

// gather takes the labeled requests out of a task's chunks.
func (t *TriedTask) gather(chunks []*trialChunk) {
	n := 0
	for _, c := range chunks {
		n += c.labeled
	}
	t.Labeled = make([]TriedRequest, 0, n)
	for _, c := range chunks {
		t.Labeled = append(t.Labeled, c.rows...)
		c.rows = nil
	}
	for i := range t.Trials {
		t.Trials[i].Delta = Deltas{chunks, i}
	}
}

func (s *trialSums) merge(o *trialSums) {
	s.savable.merge(&o.savable)
	s.walked.merge(&o.walked)
	s.escalated.merge(&o.escalated)
	s.saving.AddFixed(o.saving)
	s.latency.merge(&o.latency)
	s.timeless = s.timeless || o.timeless
}

func (s *trialSums) finish(trial int) Tried {
	out := Tried{
		Trial: trial, Saving: ratio(&s.saving, &s.savable), Known: s.savable.N,
		Escalated: s.escalated.Weight() / max(s.walked.Weight(), math.SmallestNonzeroFloat64), LatencyP95: nan,
	}
	if s.latency.N > 0 && !s.timeless {
		out.LatencyP95 = s.latency.quantiles(0.95)[0]
	}
	return out
}

// ratio is a sum over the weight of what it is of, NaN if that is nothing.
func ratio(sum *Fixed, of *Count) float64 {
	if w := of.Weight(); w > 0 {
		return sum.Float64() / w
	}
	return nan
}
