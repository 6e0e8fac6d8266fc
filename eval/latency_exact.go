package eval

import (
	"context"
	"maps"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// NearLatency reports whether a limit, in ms, is so near a quantile of a [Result] that it does not tell on which side of it the
// latency is: the two are in one bin of the [Histogram].
func NearLatency(quantile, limit float64) bool { return bin(quantile) == bin(limit) }

// ExactP95 replays all of a dataset once more under the candidate of a label, and returns the 95th percentile of its latencies,
// in ms: the least of them that 95 % of the weight does not exceed. near is the one that [Job.Finish] made of the same data.
// old is the label of another candidate: then only requests count that both are judged on, as in a [Versus]; "": all count.
func (j *Job) ExactP95(ctx context.Context, d *datasets.Dataset, label, old string, near float64, run *RunOptions) (float64, error) {
	if old == "" {
		old = label
	}
	v, err := j.newVersus(label, old)
	if err != nil {
		return 0, err
	}
	parts, err := pass(ctx, d, d.Shards(), j.Columns(), run, func() (func(*datasets.Traffic), func() *latencies) {
		w := &versusWorker{versus: v, replayer: j.NewReplayer()}
		l := &latencies{bin: bin(near), at: map[float64]Count{}}
		return func(t *datasets.Traffic) { w.addLatencies(ctx, t, l) }, func() *latencies { return l }
	})
	if err != nil {
		return 0, err
	}
	total := &latencies{bin: bin(near), at: map[float64]Count{}}
	for _, p := range parts {
		total.merge(p)
	}
	return total.quantile(0.95), nil
}

// latencies counts latencies: one by one in a bin, and those below it and all of them together.
type latencies struct {
	bin        int
	below, all Count
	at         map[float64]Count // in the bin, by latency
}

func (l *latencies) add(ms, weight float64) {
	l.all.add(weight)
	switch b := bin(ms); {
	case b < l.bin:
		l.below.add(weight)
	case b == l.bin:
		n := l.at[ms]
		n.add(weight)
		l.at[ms] = n
	}
}

func (l *latencies) merge(o *latencies) {
	l.below.merge(&o.below)
	l.all.merge(&o.all)
	l.at = mergeMap(l.at, o.at, func(a, b Count) Count { a.merge(&b); return a })
}

// quantile returns the least latency of the bin that a share of the weight does not exceed, NaN if the bin is empty.
func (l *latencies) quantile(share float64) float64 {
	upTo, out := l.below, nan
	for _, ms := range slices.Sorted(maps.Keys(l.at)) {
		n := l.at[ms]
		upTo.merge(&n)
		if out = ms; upTo.Weight() >= share*l.all.Weight() {
			break
		}
	}
	return out
}

// addLatencies adds the requests of a block.
func (w *versusWorker) addLatencies(ctx context.Context, t *datasets.Traffic, l *latencies) {
	if t.Len == 0 {
		return
	}
	w.walkOld(ctx, t)
	w.walkAll(ctx, w.fresh, func(_ routing.TaskID, _ int, walker *walker, i int, r *result) {
		if !w.old[i].leftOut && r.Ended != routing.Unevaluable && r.latency == r.latency {
			l.add(r.latency, walker.world.block.weight(i))
		}
	})
}
