package train

import (
	"cmp"
	"math"
	"slices"

	"github.com/tierwise/tierwise/routing/classify"
)

// Figures say how good predictions are. Shares are of the weight of requests.
type Figures struct {
	// Accuracy and MacroF1 are of the requests in scope, whatever the confidence; MacroF1 is the mean of the tasks' own.
	Accuracy float64    `json:"accuracy"`
	MacroF1  float64    `json:"macro_f1"`
	ByTask   []TaskF1   `json:"by_task"`
	Matrix   []Mistaken `json:"confusion"`

	// ECE is the expected calibration error: the mean distance between confidence and share of right predictions over 15
	// bins of equal weight, all requests taken together; those of the task to reject are never right.
	ECE float64 `json:"ece"`
	// ECEInScope is that of the requests in scope alone: it does not depend on how much there is to reject.
	ECEInScope  float64 `json:"ece_in_scope"`
	Reliability []Bin   `json:"reliability"`

	Curve []Threshold `json:"thresholds"`
	// AUROC is the chance that a request in scope that is right has more confidence than one to reject; 0 if there is none
	// to reject.
	AUROC float64 `json:"rejection_auroc,omitempty"`
}

// A TaskF1 is how good predictions of one task are, among the requests in scope.
type TaskF1 struct {
	Task      string  `json:"task"`
	Requests  int     `json:"requests"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// A Mistaken is an entry of the confusion matrix that is not zero.
type Mistaken struct {
	Gold      string  `json:"gold"`
	Predicted string  `json:"predicted"`
	Requests  int     `json:"requests"`
	Weight    float64 `json:"weight"`
}

// A Bin is a row of the reliability table.
type Bin struct {
	Requests   int     `json:"requests"`
	Lo         float64 `json:"lo"` // least and greatest confidence
	Hi         float64 `json:"hi"`
	Confidence float64 `json:"confidence"` // mean
	Right      float64 `json:"right"`      // share
	weight     float64
}

// A Threshold says what a min_confidence does.
type Threshold struct {
	MinConfidence float64 `json:"min_confidence"`
	Requests      int     `json:"requests"`  // at or above
	Coverage      float64 `json:"coverage"`  // their share of all
	Precision     float64 `json:"precision"` // the share of them that is right; 0 if there are none
	// InScope is the share of the requests in scope that are right and not rejected; Recall that of those to reject that
	// are, 0 if there are none.
	InScope float64 `json:"in_scope_accuracy"`
	Recall  float64 `json:"reject_recall"`
}

// thresholds are the min_confidence that figures are given for: 0 to 0.99.
func thresholds() []float64 {
	out := make([]float64, 100)
	for t := range out {
		out[t] = float64(t) / 100
	}
	return out
}

// A verdict is what one prediction came to.
type verdict struct {
	confidence, weight float64
	right, reject      bool
}

func newFigures(r *Requests, h *held, opinions []opinion) Figures {
	all := make([]verdict, len(h.requests))
	for i := range all {
		q := &h.requests[i]
		all[i] = verdict{opinions[i].confidence, q.Weight, h.right(i), q.Task == classify.Reject}
	}
	slices.SortStableFunc(all, func(a, b verdict) int { return cmp.Compare(a.confidence, b.confidence) })
	f := Figures{Matrix: matrix(r, h), Curve: curve(all), AUROC: auroc(all)}
	f.Accuracy = f.Curve[0].InScope
	f.ByTask, f.MacroF1 = byTask(r, h)
	f.Reliability, f.ECE = reliability(all)
	_, f.ECEInScope = reliability(slices.DeleteFunc(all, func(v verdict) bool { return v.reject }))
	return f
}

func matrix(r *Requests, h *held) []Mistaken {
	cells := map[[2]int]*Mistaken{}
	for i := range h.requests {
		q := &h.requests[i]
		key := [2]int{q.Task, h.best[i]}
		if cells[key] == nil {
			cells[key] = &Mistaken{Gold: r.taskName(q.Task), Predicted: r.Tasks[h.best[i]]}
		}
		cells[key].Requests++
		cells[key].Weight += q.Weight
	}
	out := make([]Mistaken, 0, len(cells))
	for _, c := range cells {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Mistaken) int {
		return cmp.Or(cmp.Compare(a.Gold, b.Gold), cmp.Compare(a.Predicted, b.Predicted))
	})
	return out
}

func byTask(r *Requests, h *held) ([]TaskF1, float64) {
	own, said, right := make([]float64, h.tasks), make([]float64, h.tasks), make([]float64, h.tasks)
	out := make([]TaskF1, h.tasks)
	for i := range h.requests {
		q := &h.requests[i]
		if q.Task < 0 {
			continue
		}
		out[q.Task].Requests++
		own[q.Task] += q.Weight
		said[h.best[i]] += q.Weight
		if h.right(i) {
			right[q.Task] += q.Weight
		}
	}
	sum := 0.0
	for k := range out {
		out[k].Task = r.Tasks[k]
		out[k].Precision, out[k].Recall, out[k].F1 = ratio(right[k], said[k]), ratio(right[k], own[k]), ratio(2*right[k], own[k]+said[k])
		sum += out[k].F1
	}
	return out, sum / float64(h.tasks)
}

// ratio returns a/b, 0 where b is.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// reliability returns the reliability table of verdicts in the order of their confidence, and the ECE.
func reliability(all []verdict) ([]Bin, float64) {
	const bins = 15
	total := 0.0
	for _, v := range all {
		total += v.weight
	}
	out := make([]Bin, 0, bins)
	sum, ece := 0.0, 0.0
	for i, v := range all {
		// A bin ends where its share of the weight does, but never between equal confidences.
		if len(out) == 0 || sum >= total*float64(len(out))/bins && v.confidence > all[i-1].confidence {
			out = append(out, Bin{Lo: v.confidence})
		}
		sum += v.weight
		b := &out[len(out)-1]
		b.Requests++
		b.Hi = v.confidence
		b.weight += v.weight
		b.Confidence += v.weight * v.confidence
		if v.right {
			b.Right += v.weight
		}
	}
	for i := range out {
		b := &out[i]
		ece += math.Abs(b.Confidence - b.Right)
		b.Confidence, b.Right = ratio(b.Confidence, b.weight), ratio(b.Right, b.weight)
	}
	return out, ratio(ece, total)
}

// curve returns what each threshold does to verdicts in the order of their confidence.
func curve(all []verdict) []Threshold {
	var sums struct{ all, right, scope, reject float64 }
	for _, v := range all {
		sums.all += v.weight
		if v.reject {
			sums.reject += v.weight
		} else {
			sums.scope += v.weight
		}
	}
	ts := thresholds()
	out := make([]Threshold, len(ts))
	var covered, right, accepted float64 // from the greatest confidence down
	next := len(all)
	for k := len(ts) - 1; k >= 0; k-- {
		for ; next > 0 && all[next-1].confidence >= ts[k]; next-- {
			v := all[next-1]
			covered += v.weight
			if v.right {
				right += v.weight
			}
			if v.reject {
				accepted += v.weight
			}
		}
		out[k] = Threshold{
			MinConfidence: ts[k], Requests: len(all) - next, Coverage: ratio(covered, sums.all), Precision: ratio(right, covered),
			InScope: ratio(right, sums.scope), Recall: ratio(sums.reject-accepted, sums.reject),
		}
	}
	return out
}

// auroc returns the area under the curve of right requests in scope against those to reject, of verdicts in the order of their confidence.
func auroc(all []verdict) float64 {
	below, area, scope := 0.0, 0.0, 0.0
	for i := 0; i < len(all); {
		j := i
		var reject, right float64
		for ; j < len(all) && all[j].confidence == all[i].confidence; j++ {
			switch {
			case all[j].reject:
				reject += all[j].weight
			case all[j].right:
				right += all[j].weight
			}
		}
		area += right * (below + reject/2)
		below, scope, i = below+reject, scope+right, j
	}
	return ratio(area, below*scope)
}
