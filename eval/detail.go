package eval

import (
	"cmp"
	"math"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// TokenSums add up the tokens of one model's calls where input and output are known.
type TokenSums struct {
	Known                                 Count
	Input, CachedInput, Output, Reasoning Fixed // Σw·tokens; unknown details count as none
}

func (s *TokenSums) merge(o *TokenSums) {
	s.Known.merge(&o.Known)
	s.Input.AddFixed(o.Input)
	s.CachedInput.AddFixed(o.CachedInput)
	s.Output.AddFixed(o.Output)
	s.Reasoning.AddFixed(o.Reasoning)
}

func (s *TokenSums) add(b *block, o *datasets.Outcomes, rows []int32) {
	if o.InputTokens == nil || o.OutputTokens == nil {
		return
	}
	for _, i := range rows {
		in, out := o.InputTokens[i], o.OutputTokens[i]
		if in != in || out != out {
			continue
		}
		w := b.weight(int(i))
		s.Known.add(w)
		s.Input.Add(w * in)
		s.Output.Add(w * out)
		if cached := at(o.CachedInputTokens, int(i)); cached == cached {
			s.CachedInput.Add(w * cached)
		}
		if reasoning := at(o.ReasoningTokens, int(i)); reasoning == reasoning {
			s.Reasoning.Add(w * reasoning)
		}
	}
}

// A Bin counts routed requests of which the gold task is known, by the confidence of the layer that decided.
type Bin struct {
	Requests Count
	Right    Count // sent to the gold task, or to the default if the table lacks that
	Sum      Fixed // Σw·confidence
}

func (b *Bin) merge(o *Bin) {
	b.Requests.merge(&o.Requests)
	b.Right.merge(&o.Right)
	b.Sum.AddFixed(o.Sum)
}

// confidenceBins is the number of bins of a layer's reliability.
const confidenceBins = 10

// addReliability counts how often each layer was right when it was how sure.
func (r *Replayer) addReliability(router int, routes []routed, golds []routing.TaskID) {
	index, sums := r.block.traffic.Task.Index, &r.sums.Routers[router]
	if index == nil {
		return
	}
	for i := range routes {
		route := &routes[i]
		if index[i] < 0 || route.Task == leftOut || route.Confidence != route.Confidence {
			continue
		}
		layer := route.Layer.String()
		if sums.Reliability[layer] == nil {
			sums.Reliability[layer] = make([]Bin, confidenceBins)
		}
		bin := &sums.Reliability[layer][min(int(route.Confidence*confidenceBins), confidenceBins-1)]
		w := r.block.weight(i)
		bin.Requests.add(w)
		bin.Sum.Add(w * route.Confidence)
		if route.Found() == golds[index[i]+1] {
			bin.Right.add(w)
		}
	}
}

// A Sweep is what a check's threshold does: the answers of one model by its signal. It runs over the requests of the
// task on which model and baseline are graded and the signal is there, visited or not.
type Sweep map[int32]SweepBin

// A SweepBin is the answers whose signals fall into one bin, 64 to an octave.
type SweepBin struct {
	Requests Count
	Quality  Fixed // Σw·quality
	Base     Fixed // Σw·quality of the baseline

	GoodW2, BadW2 Fixed // Σw²·quality and Σw²·(1 − quality)
}

func (b *SweepBin) merge(o *SweepBin) {
	b.Requests.merge(&o.Requests)
	b.Quality.AddFixed(o.Quality)
	b.Base.AddFixed(o.Base)
	b.GoodW2.AddFixed(o.GoodW2)
	b.BadW2.AddFixed(o.BadW2)
}

// signalBin orders signals, negative ones too: the upper bits of the number, mirrored below zero.
func signalBin(x float64) int32 {
	b := math.Float64bits(x + 0) // −0 is 0
	if b>>63 != 0 {
		b = ^b
	} else {
		b |= 1 << 63
	}
	return int32(b >> binShift)
}

// binFloor returns the least signal of a bin: a threshold that takes the bin and all above it.
func binFloor(bin int32) float64 {
	b := uint64(uint32(bin)) << binShift
	if b>>63 != 0 {
		return math.Float64frombits(b &^ (1 << 63))
	}
	return math.Float64frombits(^(b | (1<<binShift - 1)))
}

// points turns a sweep into at most n thresholds, rising, each with what accepting from there on comes to.
func (s Sweep) points(n int) []SweepPoint {
	bins := make([]int32, 0, len(s))
	var total Count
	for b, sb := range s {
		bins = append(bins, b)
		total.merge(&sb.Requests)
	}
	slices.SortFunc(bins, func(a, b int32) int { return cmp.Compare(b, a) })
	out := []SweepPoint{}
	var sum SweepBin
	for i, b := range bins {
		sb := s[b]
		sum.merge(&sb)
		due := total.Weight() * float64(len(out)+1) / float64(n)
		if sum.Requests.Weight() < due && i < len(bins)-1 {
			continue
		}
		w := sum.Requests.Weight()
		out = append(out, SweepPoint{
			Min: binFloor(b), AcceptShare: Number(w / total.Weight()), Quality: Number(sum.Quality.Float64() / w),
			Delta: Number(sum.Quality.Float64()/w - sum.Base.Float64()/w),
		})
	}
	slices.Reverse(out)
	return out
}
