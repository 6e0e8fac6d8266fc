package demo

import (
	"math"
	"math/rand/v2"
	"unicode/utf8"

	"github.com/tierwise/tierwise/datasets"
)

// A model is an invented model, with the list prices that the configs beside this file give too.
type model struct {
	name                       string
	input, cachedInput, output float64 // USD per million tokens
	errors                     float64 // share of calls that fail
	firstMS, tokenMS           float64 // median latency: until the first token, and of each
	caches                     bool    // reports cached input
	thinks                     bool    // spends reasoning tokens
	blind                      bool    // its log-probabilities say nothing of its answers
}

const numModels = 4

// Indexes in models.
const (
	nano = iota
	small
	mid
	large
)

var models = [numModels]model{
	nano:  {name: "gpt-nano", input: 0.05, cachedInput: 0.0125, output: 0.40, errors: 0.007, firstMS: 120, tokenMS: 4},
	small: {name: "gpt-small", input: 0.20, cachedInput: 0.05, output: 1.20, errors: 0.006, firstMS: 180, tokenMS: 6},
	mid:   {name: "gpt-mid", input: 0.60, cachedInput: 0.15, output: 4.00, errors: 0.005, firstMS: 300, tokenMS: 10, caches: true, blind: true},
	large: {name: "gpt-large", input: 2.50, cachedInput: 0.625, output: 20.00, errors: 0.004, firstMS: 600, tokenMS: 18, caches: true, thinks: true},
}

// timeoutMS is the time limit that the configs set: what a caller waited who got a timeout.
const timeoutMS = 60_000

// call returns model m's outcome on a prompt, and its true quality, NaN where the call failed.
func (t task) call(r *rand.Rand, m int, prompt string, q question, quality float64) (datasets.Outcome, float64) {
	o := datasets.Outcome{Model: models[m].name}
	if r.Float64() < models[m].errors {
		fail(r, &o)
		return o, math.NaN()
	}
	text, finish := q.answer(m, quality), "stop"
	if t.name != classification && quality < 0.5 && r.Float64() < 0.08 {
		text, finish = truncate(text), "length"
	}
	o.Quality, o.Response, o.FinishReason = new(quality), new(text), finish
	t.count(r, m, prompt, text, &o)
	t.signals(r, m, quality, &o)
	return o, quality
}

func fail(r *rand.Rand, o *datasets.Outcome) {
	switch u := r.Float64(); {
	case u < 0.5:
		o.Error, o.LatencyMS = "rate_limit", new(round(40+160*r.Float64(), 1))
	case u < 0.8:
		o.Error, o.LatencyMS = "server", new(round(300+2700*r.Float64(), 1))
	default:
		o.Error, o.LatencyMS = "timeout", new(float64(timeoutMS))
	}
}

// truncate drops the last third of a text, as a limit on output tokens does.
func truncate(text string) string {
	cut := len(text) * 2 / 3
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// count fills in tokens, cost and latency.
func (t task) count(r *rand.Rand, m int, prompt, text string, o *datasets.Outcome) {
	model := &models[m]
	in, cached, out, thought := tokens(r, prompt), int64(0), tokens(r, text), int64(0)
	if model.caches {
		// Providers cache whole blocks at the start of a prompt.
		if in > 256 && r.Float64() < 0.15 {
			cached = in / 2 / 128 * 128
		}
		o.CachedInputTokens = &cached
	}
	if model.thinks {
		thought = int64(math.Ceil(t.thinking * math.Exp(0.4*r.NormFloat64())))
		o.ReasoningTokens = &thought
		out += thought
	}
	o.InputTokens, o.OutputTokens = &in, &out
	usd := float64(in-cached)*model.input + float64(cached)*model.cachedInput + float64(out)*model.output
	o.CostUSD = new(round(usd/1e6, 10))
	median := model.firstMS + model.tokenMS*float64(out)
	o.LatencyMS = new(round(min(median*math.Exp(0.3*r.NormFloat64()), timeoutMS-1), 1))
}

// tokens estimates the tokens of a text as tokenizers count them: a quarter of its characters, more or less.
func tokens(r *rand.Rand, text string) int64 {
	n := float64(utf8.RuneCountInString(text)) / 4 * (1 + 0.04*r.NormFloat64())
	return max(1, int64(math.Round(n)))
}

// round keeps a few decimals: enough to be exact for every reader, and machines that differ in the last bit of
// math.Exp still write the same file.
func round(x float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(x*p) / p
}
