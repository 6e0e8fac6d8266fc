package demo

import (
	"math"
	"math/rand/v2"

	"github.com/tierwise/tierwise/datasets"
)

// latent draws the quality of one answer, by a graded response model: the request is as hard for the model as its
// difficulty (standard normal) and the model's luck together make it, and the answer loses the k-th part of its
// quality where that exceeds the model's limit by steps[k].
//
// Samejima (1969), Estimation of latent ability using a response pattern of graded scores, Psychometrika monograph
// 17; with one step it is the two-parameter normal ogive.
func (t task) latent(r *rand.Rand, difficulty, limit float64) float64 {
	hard := math.Sqrt(t.shared)*difficulty + math.Sqrt(1-t.shared)*r.NormFloat64()
	kept := 0
	for _, s := range t.steps {
		if hard < limit+s {
			kept++
		}
	}
	return float64(kept) / float64(len(t.steps))
}

// limits solves for the limit of each model at which its mean quality is the task's.
func (t task) limits() [numModels]float64 {
	var limits [numModels]float64
	for m, want := range t.quality {
		lo, hi := -8.0, 8.0
		for range 50 {
			c := (lo + hi) / 2
			if t.mean(c) < want {
				lo = c
			} else {
				hi = c
			}
		}
		limits[m] = (lo + hi) / 2
	}
	return limits
}

// mean is the expected quality at a limit.
func (t task) mean(limit float64) float64 {
	sum := 0.0
	for _, s := range t.steps {
		sum += math.Erfc(-(limit+s)/math.Sqrt2) / 2
	}
	return sum / float64(len(t.steps))
}

// signals fills in what the answer's tokens and a second look say of its quality.
func (t task) signals(r *rand.Rand, m int, quality float64, o *datasets.Outcome) {
	apart := t.signal
	if models[m].blind {
		apart = 0
	}
	// A normal signal, put on the scale of mean log-probabilities: negative, with a long tail.
	s := apart*quality + r.NormFloat64()
	mean := math.Exp(-1 - 0.5*s)
	o.LogprobMean = new(round(-mean, 4))
	o.LogprobMin = new(round(-mean*(6+8*r.Float64()), 4))
	if t.selfCheck && m != large {
		s := t.signal*(quality-0.7) + r.NormFloat64()
		o.SelfCheck = new(round(1/(1+math.Exp(-1.5-s)), 3))
		usd := float64(*o.InputTokens+*o.OutputTokens)*models[nano].input + models[nano].output
		o.SelfCheckCostUSD = new(round(usd/1e6, 10))
		o.SelfCheckLatency = new(round(models[nano].firstMS*math.Exp(0.3*r.NormFloat64()), 1))
	}
}
