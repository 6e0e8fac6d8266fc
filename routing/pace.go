package routing

import (
	"slices"
	"sync"
	"time"
)

// A pace is how fast a model answers, from its latest answers.
type pace struct {
	mu     sync.Mutex // protects the following fields
	took   [paceSize]time.Duration
	n      int     // answers so far
	output float64 // tokens of an answer, a moving average; 0: unknown
}

const (
	paceSize  = 16
	paceKnown = 5 // answers from which on a pace is known
)

// add notes an answer that took so long, and its tokens, NaN if that is unknown.
func (p *pace) add(took time.Duration, tokens float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.took[p.n%paceSize] = took
	p.n++
	switch {
	case !(tokens > 0):
	case p.output == 0:
		p.output = tokens
	default:
		p.output += (tokens - p.output) / paceSize
	}
}

// typical returns the median time of an answer and the shortest, false as long as too few are known.
func (p *pace) typical() (median, least time.Duration, ok bool) {
	p.mu.Lock()
	took, n := p.took, p.n
	p.mu.Unlock()
	if n < paceKnown {
		return 0, 0, false
	}
	known := took[:min(n, paceSize)]
	slices.Sort(known)
	return known[len(known)/2], known[0], true
}

// defaultOutput is the tokens of an answer of a model of which nothing is known.
const defaultOutput = 500

// answerTokens returns how many tokens an answer has, as far as one can tell beforehand.
func (p *pace) answerTokens() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.output == 0 {
		return defaultOutput
	}
	return p.output
}
