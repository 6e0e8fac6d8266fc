package eval

import (
	"math"
	"slices"
	"time"
	"unsafe"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/price"
)

// variantColumns are what calls of a variant come to, one entry per request of the block.
type variantColumns struct {
	cause    []llm.Cause
	quality  []float64 // of the answer; NaN: ungraded or none
	cost     []float64 // USD; NaN: unknown
	latency  []float64 // ms; NaN: unknown
	unbilled []bool    // a failed call of unknown cost
	judged   []bool    // graded, or failed, which needs no grade
	grade    []grade   // what cause and quality come to

	// Memory for costs and latencies that are not as recorded, kept from block to block.
	ownCost, ownLatency []float64
	ownUnbilled         []bool
}

// A grade is an outcome in a byte, so that loops over many requests can count without branching on who was right.
type grade uint8

const (
	wrong     grade = iota // quality 0
	right                  // quality 1
	scored                 // another quality
	ungraded               // answered
	failed                 // no answer
	none                   // no outcome
	numGrades = 8          // a power of two, for indexing
)

// gradeOf is the grade of an outcome.
func gradeOf(cause llm.Cause, quality float64) grade {
	switch {
	case cause == llm.Unrecorded:
		return none
	case cause != llm.OK:
		return failed
	case quality != quality:
		return ungraded
	case isBinary(quality):
		return grade(math.Float64bits(quality) >> 52 & 1) // the exponent of 1 is odd
	}
	return scored
}

// A block is the traffic of one block as the job looks at it. Its columns are filled anew for each block.
type block struct {
	job      *Job
	traffic  *datasets.Traffic
	variants []variantColumns
	signals  [][]float64 // by signal; NaN: not available
	// The columns above that the block computed are kept in these to be used again.
	ownVariants []variantColumns
	ownSignals  [][]float64

	selfCheckCost, selfCheckLatency [][]float64 // by job model

	modelIndex []int // job model → index in the traffic's models, −1 if not seen

	prices  []PriceSums // where recorded and priced costs are added up; of the replayer's sums
	weights []float64   // what each request stands for; empty: all 1

	nan    []float64
	absent variantColumns
	counts []int32        // scratch of measureText
	down   variantColumns // see unanswered
}

func newBlock(j *Job) *block {
	return &block{
		job: j, variants: make([]variantColumns, len(j.variants)), signals: make([][]float64, len(j.signals)),
		ownVariants: make([]variantColumns, len(j.variants)), ownSignals: make([][]float64, len(j.signals)),
		selfCheckCost: make([][]float64, len(j.models)), selfCheckLatency: make([][]float64, len(j.models)),
		modelIndex: make([]int, len(j.models)),
	}
}

// load fills the columns from t.
func (b *block) load(t *datasets.Traffic) {
	b.traffic = t
	b.growAbsent(t.Len)
	b.loadWeights(t)
	for m, name := range b.job.models {
		b.modelIndex[m] = slices.Index(t.Models, name)
		b.selfCheckCost[m], b.selfCheckLatency[m] = b.nan, b.nan
		if o := b.outcomes(m); o != nil {
			b.selfCheckCost[m], b.selfCheckLatency[m] = orNaN(o.SelfCheckCostUSD, b.nan), orNaN(o.SelfCheckLatencyMS, b.nan)
		}
	}
	for v := range b.variants {
		b.loadVariant(v)
	}
	for s := range b.signals {
		b.signals[s] = b.measure(s)
	}
}

// loadWeights keeps the weights if any is not 1, the default.
func (b *block) loadWeights(t *datasets.Traffic) {
	weights := b.weights[:0]
	unit := true
	for _, w := range t.Weight {
		if w != w {
			w = 1
		}
		unit = unit && w == 1
		weights = append(weights, w)
	}
	b.weights = weights
	if unit {
		b.weights = weights[:0]
	}
}

// weight returns what request i stands for.
func (b *block) weight(i int) float64 {
	if len(b.weights) == 0 {
		return 1
	}
	return b.weights[i]
}

// outcomes returns the outcomes of a job model, nil if the traffic has none so far.
func (b *block) outcomes(model int) *datasets.Outcomes {
	if i := b.modelIndex[model]; i >= 0 && i < len(b.traffic.Outcomes) {
		return &b.traffic.Outcomes[i]
	}
	return nil
}

// growAbsent makes the columns of a model without outcomes long enough.
func (b *block) growAbsent(n int) {
	for len(b.nan) < n {
		b.nan = append(b.nan, math.NaN())
		b.absent.cause = append(b.absent.cause, llm.Unrecorded)
		b.absent.unbilled = append(b.absent.unbilled, false)
		b.absent.judged = append(b.absent.judged, false)
		b.absent.grade = append(b.absent.grade, none)
	}
	b.absent.quality, b.absent.cost, b.absent.latency = b.nan, b.nan, b.nan
}

// orNaN returns column c, or nan if the file has no such column.
func orNaN(c, nan []float64) []float64 {
	if c == nil {
		return nan
	}
	return c
}

func (b *block) loadVariant(v int) {
	spec, n := &b.job.variants[v], b.traffic.Len
	if spec.down {
		b.variants[v] = b.unanswered(n)
		return
	}
	o := b.outcomes(spec.model)
	if o == nil {
		b.variants[v] = b.absent
		return
	}
	c := &b.ownVariants[v]
	c.cause, c.judged = resize(c.cause, n), resize(c.judged, n)
	c.quality = orNaN(o.Quality, b.nan)
	causes := make([]llm.Cause, len(o.ErrorNames))
	for i, name := range o.ErrorNames {
		causes[i] = llm.ParseCause(name)
		if causes[i] == llm.OK {
			causes[i] = llm.Other
		}
	}
	failures := false
	for i, e := range o.Error[:n] {
		switch e {
		case datasets.NoOutcome:
			c.cause[i] = llm.Unrecorded
		case datasets.NoError:
			c.cause[i] = llm.OK
		default:
			c.cause[i], failures = causes[e], true
		}
	}
	c.latency = orNaN(o.LatencyMS, b.nan)
	if spec.timeout > 0 {
		c.ownLatency = append(c.ownLatency[:0], c.latency[:n]...)
		c.latency = c.ownLatency
	}
	// Mostly costs and latencies are as recorded: then the traffic's own columns serve.
	c.cost, c.unbilled = orNaN(o.CostUSD, b.nan), b.absent.unbilled
	if failures || spec.reprice || spec.price.Known() || spec.factor != 1 {
		b.price(c, o, spec, n, &b.prices[v])
	}
	if spec.factor != 1 {
		for i := range c.cost {
			c.cost[i] *= spec.factor
		}
	}
	if spec.timeout > 0 {
		c.timeOut(spec.timeout)
	}
	c.grade = resize(c.grade, n)
	for i, cause := range c.cause {
		g := gradeOf(cause, c.quality[i])
		c.grade[i] = g
		c.judged[i] = g != ungraded && g != none
	}
	b.variants[v] = *c
}

// price fills in costs: recorded, else tokens at the price, else unknown, or 0 and unbilled for a failed call.
func (b *block) price(c *variantColumns, o *datasets.Outcomes, spec *variant, n int, sums *PriceSums) {
	c.ownCost = append(c.ownCost[:0], c.cost[:n]...)
	c.ownUnbilled = resize(c.ownUnbilled, n)
	c.cost, c.unbilled = c.ownCost, c.ownUnbilled
	if spec.reprice {
		copy(c.cost, b.nan)
	}
	input, cached := orNaN(o.InputTokens, b.nan), orNaN(o.CachedInputTokens, b.nan)
	output, reasoning := orNaN(o.OutputTokens, b.nan), orNaN(o.ReasoningTokens, b.nan)
	priced := spec.price.Known()
	for i, cost := range c.cost {
		c.unbilled[i] = false
		usd := math.NaN()
		if priced {
			usd = spec.price.USD(price.Usage{Input: input[i], CachedInput: cached[i], Output: output[i], Reasoning: reasoning[i]})
		}
		if cost == cost {
			if usd == usd {
				sums.Calls++
				sums.Recorded.Add(cost)
				sums.Priced.Add(usd)
			}
			continue
		}
		c.cost[i] = usd
		if failed := c.cause[i] != llm.OK && c.cause[i] != llm.Unrecorded; failed && c.cost[i] != c.cost[i] {
			c.cost[i], c.unbilled[i] = 0, true
		}
	}
}

// timeOut turns outcomes slower than the limit into time-outs: the caller waited that long, and the call is billed.
func (c *variantColumns) timeOut(limit time.Duration) {
	ms := float64(limit) / float64(time.Millisecond)
	for i, l := range c.latency {
		if l > ms && c.cause[i] != llm.Unrecorded {
			c.latency[i], c.cause[i] = ms, llm.Timeout
		}
	}
}

func resize[T any](s []T, n int) []T { return slices.Grow(s[:0], n)[:n] }

// measure returns the column of a signal: recorded, or measured on the recorded answers.
func (b *block) measure(s int) []float64 {
	spec := &b.job.signals[s]
	o := b.outcomes(spec.model)
	if o == nil {
		return b.nan
	}
	switch spec.check.Kind {
	case accept.LogprobMean:
		return orNaN(o.LogprobMean, b.nan)
	case accept.LogprobMin:
		return orNaN(o.LogprobMin, b.nan)
	case accept.SelfCheck:
		return orNaN(o.SelfCheck, b.nan)
	case accept.Func: // no recording has what the service's own code would say
		return b.nan
	case accept.Chars, accept.Regex, accept.JSON, accept.JSONSchema, accept.Finish:
	}
	return b.measureAnswers(s, o)
}

// measureAnswers measures the recorded answers of one model. Where a request has several, the signal is the mean of
// those that have it.
func (b *block) measureAnswers(s int, o *datasets.Outcomes) []float64 {
	check, n := &b.job.signals[s].check, b.traffic.Len
	column := resize(b.ownSignals[s], n)
	b.ownSignals[s] = column
	for i := range column {
		column[i] = math.NaN()
		if o.Error[i] != datasets.NoError {
			continue
		}
		var a accept.Answer
		a.Text, a.HasText = o.Response.At(i)
		a.FinishReason, _ = o.FinishReason.At(i)
		if signal, ok := check.Measure(&a); ok {
			column[i] = signal
		}
	}
	if len(o.Repeats) == 0 {
		return column
	}
	b.counts = resize(b.counts, n)
	for i := range b.counts {
		b.counts[i] = 0
		if column[i] == column[i] {
			b.counts[i] = 1
		}
	}
	for _, r := range o.Repeats {
		a := accept.Answer{Text: []byte(r.Response), HasText: r.HasResponse, FinishReason: r.FinishReason}
		signal, ok := check.Measure(&a)
		if !ok {
			continue
		}
		if b.counts[r.Row] == 0 {
			column[r.Row] = 0
		}
		column[r.Row] += signal
		b.counts[r.Row]++
	}
	for i, k := range b.counts {
		if k > 1 {
			column[i] /= float64(k)
		}
	}
	return column
}

// text returns b as a string without copying. The string is valid as long as the block is.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
