package eval

import (
	"cmp"
	"slices"
)

// SignalValues are what a check measures of the answers of one model.
type SignalValues struct {
	values  []float64  // of weight 1, rising
	weights []weighted // falling; where it is not empty, it holds all and values is empty
	Known   int64      // answers with a signal
}

type weighted struct{ value, weight float64 }

// AtShare returns the largest threshold that at least a share of the answers with a signal passes, by weight; NaN if there
// are none.
func (s *SignalValues) AtShare(share float64) float64 {
	if len(s.weights) > 0 {
		return s.atWeight(share)
	}
	n := len(s.values)
	want := share*float64(n) - 1e-9*float64(n)
	for k := max(int(want), 1); k <= n; k++ { // that many pass
		if v := s.values[n-k]; float64(k) >= want && (k == n || s.values[n-k-1] != v) {
			return v
		}
	}
	return nan
}

func (s *SignalValues) atWeight(share float64) float64 {
	var total, passed Fixed
	for _, v := range s.weights {
		total.Add(v.weight)
	}
	want := share*total.Float64() - 1e-9*total.Float64()
	for i, v := range s.weights {
		passed.Add(v.weight)
		if passed.Float64() >= want && (i+1 == len(s.weights) || s.weights[i+1].value != v.value) {
			return v.value
		}
	}
	return nan
}

// add adds some entries of a column, none of them NaN. Where no request of the block has another weight than 1, the weights
// are empty.
func (s *SignalValues) add(column, weights []float64, rows []int32) {
	if len(weights) > 0 {
		s.weigh(0)
	}
	s.Known += int64(len(rows))
	for _, i := range rows {
		v := column[i] + 0 // −0 is 0: which of them comes first would hang on the order of requests
		switch {
		case len(weights) > 0:
			s.weights = append(s.weights, weighted{v, weights[i]})
		case s.weights != nil:
			s.weights = append(s.weights, weighted{v, 1})
		default:
			s.values = append(s.values, v)
		}
	}
}

// weigh gives all values so far the weight 1, with room for more.
func (s *SignalValues) weigh(more int) {
	if s.weights == nil {
		s.weights = make([]weighted, 0, len(s.values)+more)
	}
	for _, v := range s.values {
		s.weights = append(s.weights, weighted{v, 1})
	}
	s.values = nil
}

// merge adds the values of several and sorts them. It takes these away, one after the other: they are many.
func (s *SignalValues) merge(parts []*SignalValues) {
	heavy, n := false, 0
	for _, p := range parts {
		heavy = heavy || p.weights != nil
		n += len(p.values) + len(p.weights)
		s.Known += p.Known
	}
	if heavy {
		s.weigh(n)
	} else {
		s.values = make([]float64, 0, n)
	}
	for _, p := range parts {
		if heavy {
			p.weigh(0)
		}
		s.values, s.weights = append(s.values, p.values...), append(s.weights, p.weights...)
		*p = SignalValues{}
	}
	slices.Sort(s.values)
	slices.SortFunc(s.weights, func(a, b weighted) int {
		return cmp.Or(cmp.Compare(b.value, a.value), cmp.Compare(a.weight, b.weight))
	})
}
