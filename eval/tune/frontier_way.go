package tune

import (
	"math"
	"strconv"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/frontier"
	"github.com/tierwise/tierwise/routing/llm"
)

// way is an option as the task has it in its config.
func (s *taskSweep) way(o *frontier.ChainOption) Way {
	w := Way{Option: -1}
	scheme := len(s.checks)
	plain := true // every tier but the last is put to the task's own checks
	for _, k := range o.Chain {
		v := &s.variants[k]
		w.Chain = append(w.Chain, s.floors[v.floor].tier)
		if v.backed {
			w.Chain = append(w.Chain, s.floors[s.base].tier)
			plain = false
		}
		if v.scheme >= 0 {
			scheme = v.scheme
		}
	}
	starts := o.Chain[:len(o.Chain)-1]
	for i := range s.task.Accept {
		a := s.task.Accept[i]
		if scheme < len(s.checks) && a.Check == s.checks[scheme].Check || len(starts) == 0 && !(plain && a.PerTier == nil) {
			continue
		}
		if !plain || a.PerTier != nil {
			own := map[string]float64{}
			for _, k := range starts {
				tier := s.floors[s.variants[k].floor].tier
				if least, ok := thresholdAt(&a, tier); ok {
					own[tier] = least
				}
			}
			if a.Min, a.PerTier = nil, own; len(own) == 0 {
				continue
			}
		}
		w.Accept, w.Checks = append(w.Accept, a), len(starts) > 0
	}
	if scheme == len(s.checks) {
		return w
	}
	check := s.checks[scheme]
	check.Min, check.PerTier = nil, map[string]float64{}
	w.Signal = check.Check
	for at, k := range starts {
		if v := &s.variants[k]; v.swept {
			place := &s.columns.Places[s.floors[v.floor].place]
			below, passing := s.around(place, scheme, o.Min[at])
			check.PerTier[s.floors[v.floor].tier] = readable(below, o.Min[at])
			w.Shares = append(w.Shares, passing)
		}
	}
	w.Accept = append(w.Accept, check)
	return w
}

// around returns the next lower signal below a threshold among a model's answers, and which share of those with a signal passes it.
func (s *taskSweep) around(p *eval.PlaceColumns, signal int, at float64) (below, passing float64) {
	below = math.Inf(-1)
	var passed, total eval.Fixed
	for i, v := range p.Signals[signal] {
		if p.Cause[i] != llm.OK || v != v {
			continue
		}
		total.Add(s.columns.Weight[i])
		if v >= at {
			passed.Add(s.columns.Weight[i])
		} else {
			below = max(below, v)
		}
	}
	return below, passed.Float64() / total.Float64()
}

// readable returns the number of fewest digits above below and up to at: a threshold there decides as at does.
func readable(below, at float64) float64 {
	if at == 0 || math.IsInf(at, 0) {
		return at
	}
	for digits := range 15 {
		step := math.Pow(10, math.Floor(math.Log10(math.Abs(at)))-float64(digits))
		v, err := strconv.ParseFloat(strconv.FormatFloat(math.Floor(at/step)*step, 'g', digits+2, 64), 64)
		if err == nil && v > below && v <= at {
			return v
		}
	}
	return at
}
