package eval

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// A labelDraw draws as many requests as are wanted of one task of one candidate: those of the smallest hash, so that which
// ones they are does not depend on how the data were spread. It is a heap, the last to be drawn on top.
type labelDraw struct {
	candidate int
	task      routing.TaskID
	wanted    int
	graded    bool // only requests on which the baseline is graded

	there, incomplete int64
	drawn             []drawn
}

type drawn struct {
	hash   uint64
	id     string
	models []int // the job's
	ref    datasets.RowRef
}

func compareDrawn(a, b drawn) int {
	return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.id, b.id))
}

// Len implements heap.Interface.
func (d *labelDraw) Len() int { return len(d.drawn) }

// Less implements heap.Interface.
func (d *labelDraw) Less(i, k int) bool { return compareDrawn(d.drawn[i], d.drawn[k]) > 0 }

// Swap implements heap.Interface.
func (d *labelDraw) Swap(i, k int) { d.drawn[i], d.drawn[k] = d.drawn[k], d.drawn[i] }

// Push implements heap.Interface.
func (d *labelDraw) Push(x any) { d.drawn = append(d.drawn, x.(drawn)) }

// Pop implements heap.Interface.
func (d *labelDraw) Pop() any {
	last := len(d.drawn) - 1
	x := d.drawn[last]
	d.drawn = d.drawn[:last]
	return x
}

// wants reports whether a request of that hash may be among the first.
func (d *labelDraw) wants(hash uint64) bool {
	return len(d.drawn) < d.wanted || hash <= d.drawn[0].hash
}

func (d *labelDraw) push(x drawn) {
	heap.Push(d, x)
	if len(d.drawn) > d.wanted {
		heap.Pop(d)
	}
}

// merge adds what another worker drew from other requests.
func (d *labelDraw) merge(o *labelDraw) {
	d.there += o.there
	d.incomplete += o.incomplete
	for _, x := range o.drawn {
		d.push(x)
	}
}

// sorted returns what was drawn, in order.
func (d *labelDraw) sorted() []drawn {
	return slices.SortedFunc(slices.Values(d.drawn), compareDrawn)
}
