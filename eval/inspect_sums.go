package eval

import "math"

// inspectSums are what the second pass adds up. Merging is commutative and associative to the last bit.
type inspectSums struct {
	rows    Count
	squares Fixed // Σw²
	hash    [2]uint64
	ids     []uint64 // hashes
	prompts []uint64 // hashes of the normalised prompts
	groups  []uint64 // hashes of the groups, of requests with one

	from, to int64 // microseconds since 1970 UTC; from > to: no request has a time
	untimed  int64
	splits   map[string]Count
	tasks    map[string]*inspectTask
}

// An inspectTask adds up the requests of one gold task.
type inspectTask struct {
	rows, graded Count
	models       map[string]*inspectCell
}

// An inspectCell adds up the outcomes of one model on one task.
type inspectCell struct {
	outcomes, answered, judged Count
	quality                    Fixed // Σw·quality of the judged
	costKnown, unbilled        Count // unbilled: failed, and of unknown cost: taken as free
	cost                       Fixed // Σw·USD
	latency                    Histogram
	input, output              knownMean

	signals    [numSignals]Count // answered outcomes that carry it
	logprobs   gains             // by −logprob_mean, where it is ≤ 0
	selfChecks gains             // by 1 − self_check, where it is in [0, 1]
	errors     map[string]int64  // by the file's word
	price      priceSums
	noise      noiseSums
	pairs      Partial // with the baseline: only what addPair adds
}

// The signals that are counted.
const (
	hasResponse = iota
	hasFinishReason
	hasLogprobMean
	hasLogprobMin
	hasSelfCheck
	hasJSON
	numSignals
)

// A knownMean is a mean over those that are known.
type knownMean struct {
	known Count
	sum   Fixed
}

func (m *knownMean) add(x, w float64) {
	if x == x {
		m.known.add(w)
		m.sum.Add(w * x)
	}
}

func (m *knownMean) merge(o *knownMean) {
	m.known.merge(&o.known)
	m.sum.AddFixed(o.sum)
}

// mean returns the mean, NaN of nothing.
func (m *knownMean) mean() float64 { return m.sum.Float64() / m.known.Weight() }

func newInspectSums() *inspectSums {
	return &inspectSums{from: math.MaxInt64, to: math.MinInt64, splits: map[string]Count{}, tasks: map[string]*inspectTask{}}
}

// task returns the sums of a task.
func (s *inspectSums) task(name string) *inspectTask {
	t := s.tasks[name]
	if t == nil {
		t = &inspectTask{models: map[string]*inspectCell{}}
		s.tasks[name] = t
	}
	return t
}

// cell returns the sums of a model.
func (t *inspectTask) cell(model string) *inspectCell {
	c := t.models[model]
	if c == nil {
		c = &inspectCell{}
		t.models[model] = c
	}
	return c
}

func (s *inspectSums) merge(o *inspectSums) {
	s.rows.merge(&o.rows)
	s.squares.AddFixed(o.squares)
	s.hash = AddHash(s.hash, o.hash)
	s.ids = append(s.ids, o.ids...)
	s.prompts = append(s.prompts, o.prompts...)
	s.groups = append(s.groups, o.groups...)
	s.from, s.to = min(s.from, o.from), max(s.to, o.to)
	s.untimed += o.untimed
	s.splits = mergeMap(s.splits, o.splits, func(a, b Count) Count { a.merge(&b); return a })
	for name, t := range o.tasks {
		s.task(name).merge(t)
	}
}

func (t *inspectTask) merge(o *inspectTask) {
	t.rows.merge(&o.rows)
	t.graded.merge(&o.graded)
	for model, c := range o.models {
		t.cell(model).merge(c)
	}
}

func (c *inspectCell) merge(o *inspectCell) {
	for _, p := range []struct{ to, from *Count }{
		{&c.outcomes, &o.outcomes}, {&c.answered, &o.answered}, {&c.judged, &o.judged}, {&c.costKnown, &o.costKnown},
		{&c.unbilled, &o.unbilled},
	} {
		p.to.merge(p.from)
	}
	c.quality.AddFixed(o.quality)
	c.cost.AddFixed(o.cost)
	c.latency.merge(&o.latency)
	c.input.merge(&o.input)
	c.output.merge(&o.output)
	for i := range c.signals {
		c.signals[i].merge(&o.signals[i])
	}
	c.logprobs = mergeMap(c.logprobs, o.logprobs, addGain)
	c.selfChecks = mergeMap(c.selfChecks, o.selfChecks, addGain)
	c.errors = mergeMap(c.errors, o.errors, func(a, b int64) int64 { return a + b })
	c.price.merge(&o.price)
	c.noise.merge(&o.noise)
	c.pairs.Merge(&o.pairs)
}
