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

// A TriedRequest is a request with a graded outcome of the baseline.
type TriedRequest struct {
	datasets.Cluster
	Split  string // "" if the data has none
	Weight float64
	Group  uint64 // 0: none
}

// A Tried is what a trial came to.
type Tried struct {
	Trial int // index among all
	// Delta is, for each of TriedTask.Labeled, the quality less the baseline's; NaN: a model within reach is not graded or
	// lacks a signal.
	Delta []float64
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

// Run replays the trials. It keeps a number for each trial and each request with a graded outcome of the baseline.
func (t *Trials) Run(ctx context.Context, d *datasets.Dataset, run *RunOptions) (*Tries, error) {
	columns := t.job.Columns()
	columns.Prompt = true // for clusters
	columns.Bare = false  // for the data hash
	parts, err := pass(ctx, d, d.Shards(), columns, run, func() (func(*datasets.Traffic), func() *trialWorker) {
		w := newTrialWorker(t)
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

// A trialChunk is the labeled requests of a block that are dispatched to a task.
type trialChunk struct {
	shard  int
	first  int64 // row of the block's first request
	task   int
	rows   []TriedRequest
	deltas [][]float64 // by trial of the task
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
	w.hash = addHash(w.hash, t.Hash)
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
	var labeled []int32
	for _, i := range rows {
		weight := b.weight(int(i))
		sums.rows.add(weight)
		if cost := base.cost[i]; cost == cost {
			sums.baseKnown.add(weight)
			sums.baseCost.Add(weight * cost)
		}
		if q := b.baseQuality(base, int(i)); q == q && weight > 0 {
			labeled = append(labeled, i)
			chunk.rows = append(chunk.rows, w.request(int(i), weight))
		}
	}
	w.chunks = append(w.chunks, chunk)
	for _, trial := range w.trials.of[task] {
		chunk.deltas = append(chunk.deltas, w.try(ctx, trial, rows, labeled))
	}
}

// request keeps what is to be known of request i.
func (w *trialWorker) request(i int, weight float64) TriedRequest {
	t := w.replayer.block.traffic
	id, _ := t.ID.At(i)
	prompt, _ := t.Prompt.At(i)
	group, _ := t.Group.At(i)
	out := TriedRequest{Weight: weight, Cluster: datasets.Cluster{ID: string(id), Key: datasets.ClusterKey(string(group), text(prompt), string(id))}}
	out.Task, _ = t.Task.At(i)
	out.Split, _ = t.Split.At(i)
	if len(w.replayer.groups) > 0 {
		out.Group = w.replayer.groups[i]
	}
	return out
}

// try walks requests through a trial and returns the deltas of those that are labeled, some of the same rows.
func (w *trialWorker) try(ctx context.Context, trial int, rows, labeled []int32) []float64 {
	r, policy, sums := w.replayer, w.trials.policies[trial], &w.sums[trial]
	walker := r.walker(policy)
	r.cover(policy, rows)
	deltas := make([]float64, 0, len(labeled))
	free := routed{}
	var out result
	for _, i := range rows {
		walker.walk(ctx, int(i), &free, &out)
		weight := r.block.weight(int(i))
		quality, baseCost, _ := walker.baseline(int(i))
		flags := walker.covered[i]
		if out.Ended != routing.Unevaluable {
			sums.walked.add(weight)
			if out.Escalations > 0 {
				sums.escalated.add(weight)
			}
			if out.latency == out.latency {
				sums.latency.add(out.latency, weight)
			} else {
				sums.timeless = true
			}
			if saving := baseCost - out.cost; saving == saving && flags&savable != 0 {
				sums.savable.add(weight)
				sums.saving.Add(weight * saving)
			}
		}
		if len(deltas) < len(labeled) && labeled[len(deltas)] == i {
			if flags&judgeable == 0 {
				out.quality = nan
			}
			deltas = append(deltas, out.quality-quality)
		}
	}
	return deltas
}

// finish puts together what the workers came to.
func (t *Trials) finish(workers []*trialWorker) *Tries {
	out := &Tries{Tasks: make([]TriedTask, len(t.tasks))}
	var chunks []*trialChunk
	tasks, sums := make([]triedSums, len(t.tasks)), make([]trialSums, len(t.policies))
	var hash [2]uint64
	for _, w := range workers {
		out.LeftOut += w.leftOut
		hash = addHash(hash, w.hash)
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
	for i, c := range chunks {
		task := &out.Tasks[c.task]
		task.Labeled = append(task.Labeled, c.rows...)
		for j := range task.Trials {
			task.Trials[j].Delta = append(task.Trials[j].Delta, c.deltas[j]...)
		}
		chunks[i] = nil
	}
	return out
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
