package frontier

import "math"

// A ladder is the second thresholds under one first threshold: what each adds to what the ones below it come to. It is a
// tree of neighbouring thresholds: at least the cost of their lowest is spent by them all, and how good the best of them is is known.
// Where some option is as good as that for as little, all of them are passed over at one look.
type ladder struct {
	total value // of what the first tier does, all that it sends on accepted by the second
	rungs int
	// nodes are the tree: those of 2k and 2k+1 lie below that of k, and the thresholds are the last half.
	nodes []rungs
	cells int64 // computed
	looks int64 // at nodes

	front *front
	first int32
	adds  bool
	best  int64 // under this first threshold, for less
}

// rungs are neighbouring thresholds.
type rungs struct {
	change value
	top    int64 // the most quality that the lowest of them add, however many these are
}

func newLadder(m int) *ladder {
	leaves := 1
	for leaves < m {
		leaves *= 2
	}
	l := &ladder{rungs: m, nodes: make([]rungs, 2*leaves)}
	for k := leaves + m; k < 2*leaves; k++ {
		l.nodes[k].top = math.MinInt64 / 2 // no threshold
	}
	return l
}

// add changes what a threshold adds.
func (l *ladder) add(rung int, change value) {
	k := len(l.nodes)/2 + rung
	l.nodes[k].change.add(change)
	l.nodes[k].top += change.quality
	for k /= 2; k > 0; k /= 2 {
		low, high := &l.nodes[2*k], &l.nodes[2*k+1]
		n := &l.nodes[k]
		n.change.add(change)
		n.top = max(low.top, low.change.quality+high.top)
	}
}

// scan adds the second thresholds under first threshold j that may be options, or only notes them.
func (l *ladder) scan(f *front, j int32, adds bool) {
	l.front, l.first, l.adds, l.best = f, j, adds, -1
	l.climb(1, l.total)
}

// climb looks at the thresholds of a node, those below it coming to at.
func (l *ladder) climb(k int, at value) {
	n := &l.nodes[k]
	l.looks++
	top := at.quality + n.top
	if top <= l.best || l.front.dominates(value{at.cost, top}) {
		return
	}
	if leaves := len(l.nodes) / 2; k < leaves {
		l.climb(2*k, at)
		at.add(l.nodes[2*k].change)
		l.climb(2*k+1, at)
		return
	}
	at.add(n.change)
	l.best = at.quality
	l.cells++
	if l.adds {
		l.front.add(at, [maxTiers - 1]int32{l.first, int32(k - len(l.nodes)/2)})
	} else {
		l.front.note(at)
	}
}
