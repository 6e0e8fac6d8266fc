package frontier

import "math"

// A tree is the second thresholds under one first threshold: what each adds to what the ones below it come to. A node is
// neighbouring thresholds: they all cost at least what the ones below them do, and how good the best of them is is known.
// Where some option is as good as that for less, all of them are passed over at one look.
type tree struct {
	total      value // of what the first tier does, all that it sends on accepted by the second
	thresholds int
	nodes      []span // those of 2k and 2k+1 lie below that of k, and the thresholds are the last half
	cells      int64  // computed
	looks      int64  // at nodes

	front *front
	first int32
	adds  bool
	best  int64 // quality under this first threshold, for less; −1: none yet
}

// A span is what neighbouring thresholds add.
type span struct {
	change value
	top    int64 // the most quality that the lowest of them add, however many these are
}

func newTree(thresholds int) *tree {
	leaves := 1
	for leaves < thresholds {
		leaves *= 2
	}
	t := &tree{thresholds: thresholds, nodes: make([]span, 2*leaves)}
	for k := leaves + thresholds; k < 2*leaves; k++ {
		t.nodes[k].top = math.MinInt64 / 2 // no threshold
	}
	return t
}

// add changes what a threshold adds.
func (t *tree) add(threshold int, change value) {
	k := len(t.nodes)/2 + threshold
	t.nodes[k].change.add(change)
	t.nodes[k].top += change.quality
	for k /= 2; k > 0; k /= 2 {
		n, low, high := &t.nodes[k], &t.nodes[2*k], &t.nodes[2*k+1]
		n.change.add(change)
		n.top = max(low.top, low.change.quality+high.top)
	}
}

// scan adds the second thresholds under a first one that may be options to a front, or only notes them.
func (t *tree) scan(f *front, first int32, adds bool) {
	t.front, t.first, t.adds, t.best = f, first, adds, -1
	t.climb(1, t.total)
}

// climb looks at the thresholds of a node, those below it coming to at.
func (t *tree) climb(k int, at value) {
	n := &t.nodes[k]
	t.looks++
	top := at.quality + n.top
	if top <= t.best || t.front.dominates(value{at.cost, top}) {
		return
	}
	leaves := len(t.nodes) / 2
	if k < leaves {
		t.climb(2*k, at)
		at.add(t.nodes[2*k].change)
		t.climb(2*k+1, at)
		return
	}
	at.add(n.change)
	t.best = at.quality
	t.cells++
	if t.adds {
		t.front.add(at, [maxTiers - 1]int32{t.first, int32(k - leaves)})
	} else {
		t.front.note(at)
	}
}
