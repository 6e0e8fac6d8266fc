package train

import (
	"cmp"
	"slices"
)

// A Suspect is a request that looks mislabeled.
type Suspect struct {
	ID          string  `json:"id"`
	Gold        string  `json:"gold"`
	Predicted   string  `json:"predicted"`
	Probability float64 `json:"probability"`      // of Predicted, out of fold
	OfGold      float64 `json:"gold_probability"` // that of Gold
}

// maxSuspects is how many are listed.
const maxSuspects = 50

// suspects returns the requests that look most mislabeled (Northcutt et al., Confident learning, 2021): those given a
// task other than their own with at least the mean probability that the requests of that task are given it with, by how much more that is than the
// probability of their own.
func (p *problem) suspects(h *held, calibrations []*calibration) []Suspect {
	sums, counts := make([]float64, p.labels), make([]float64, p.labels)
	var buf []float32
	for i := range h.requests {
		buf = h.probabilities(buf, i, calibrations[h.requests[i].Fold])
		sums[p.label[i]] += float64(buf[p.label[i]])
		counts[p.label[i]]++
	}
	out := []Suspect{}
	for i := range h.requests {
		r := &h.requests[i]
		buf = h.probabilities(buf, i, calibrations[r.Fold])
		best := -1
		for k := range p.labels {
			if counts[k] > 0 && float64(buf[k]) >= sums[k]/counts[k] && (best < 0 || buf[k] > buf[best]) {
				best = k
			}
		}
		if best < 0 || best == p.label[i] {
			continue
		}
		predicted := p.requests.Reject
		if best < len(p.requests.Tasks) {
			predicted = p.requests.Tasks[best]
		}
		out = append(out, Suspect{
			ID: r.ID, Gold: p.requests.taskName(r.Task), Predicted: predicted,
			Probability: float64(buf[best]), OfGold: float64(buf[p.label[i]]),
		})
	}
	slices.SortFunc(out, func(a, b Suspect) int {
		return cmp.Or(cmp.Compare(b.Probability-b.OfGold, a.Probability-a.OfGold), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), maxSuspects)]
}
