package eval

import "maps"

// A Partial is what a replay adds up for one table of one task over some of the requests. Merging is commutative
// and associative to the last bit and a zero Partial is its identity, so a result does not depend on how the
// requests were spread over workers, shards or machines: every field is an integer, an exact sum, or a map of them.
type Partial struct {
	Rows    Count // requests dispatched here
	Graded  Count // of them, with a graded baseline outcome
	Covered Count // of these, with all that it takes to judge the table

	// Gradable are requests that cannot be judged and lack nothing but grades.
	Gradable Count

	// Over the covered requests.
	Changed Count // the answer is another model's than the baseline's, or one of the two has none
	Better  Count // delta > 0
	Lost    Count // delta < 0
	Worse   Count // delta ≤ −0.5

	// The covered requests without group: by quality where both are 0 or 1, else as sums.
	Pairs   [4]Count // index: 2·candidate + baseline
	PairsW2 Fixed    // Σw² of those of weight other than 1
	// PairsW3 is Σw³ of these, DiscordantW2 the part of PairsW2 where only one of the two is right.
	PairsW3, DiscordantW2 Fixed
	Deltas                DeltaSums
	Values                Values
	// Groups holds the covered requests with a group, by the group's hash.
	Groups map[uint64]Group

	Uncovered map[string]int64 // graded but not covered: why → requests

	// Money, in USD. The savings run over the requests of known cost where the baseline's is known too and every
	// reachable model has an outcome; OtherCost is the cost of the others.
	CostKnown   Count
	OtherCost   Fixed // Σw·cost
	RouterCost  Fixed
	CheckCost   Fixed
	Savable     Count
	SavableCost Fixed
	SavableBase Fixed
	Spread      CostSpread // of SavableCost and SavableBase
	Unbilled    int64      // failed calls of unknown cost, taken as free

	// The walks. Walked are the requests of which the outcomes tell how the walk went.
	Walked     Count
	Attempts   Count // N: attempts; weights: of their requests
	Escalated  Count // requests with at least one escalation
	FailedOver Count // requests with at least one failover
	Exhausted  Count
	Failed     Count     // no answer: all failed, aborted, or exhausted with an error
	Answers    []Count   // by place in the chain
	Latency    Histogram // ms, where known

	Regressions, Escalations Examples // only with details

	// Where the money of SavableCost went: on calls of each place in the chain (as Answers), on the LLM router's, and on
	// self-checks, by check of the task. The rest of it is embeddings.
	Spend       []Spend
	RouterSpend Spend
	CheckSpend  []Spend
	Tokens      *CallTokens `json:",omitempty"` // of these calls and the baseline's; only with details
}

// cost returns Σw·cost over all requests of known cost.
func (p *Partial) cost() float64 {
	sum := p.SavableCost
	sum.AddFixed(p.OtherCost)
	return sum.Float64()
}

// DeltaSums are sums over pairs of graded scores: w the weight, q1 and q0 the candidate's and the baseline's
// quality, d their difference.
type DeltaSums struct {
	Count                 Count
	W2, WQ1, WQ0, WD, WD2 Fixed // W2: of weights other than 1
	W3, WGains            Fixed // W3: of weights other than 1; WGains: Σw·max(d, 0)
	NonZero               int64
}

func (s *DeltaSums) add(w, q1, q0 float64) {
	d := q1 - q0
	s.Count.add(w)
	s.WQ1.Add(w * q1)
	s.WQ0.Add(w * q0)
	s.WD.Add(w * d)
	s.WD2.Add(float64(w*d) * d)
	if w != 1 {
		s.W2.Add(w * w)
		s.W3.Add(w * w * w)
	}
	if d > 0 {
		s.WGains.Add(w * d)
	}
	if d != 0 {
		s.NonZero++
	}
}

func (s *DeltaSums) merge(o *DeltaSums) {
	s.Count.merge(&o.Count)
	for _, p := range []struct{ to, from *Fixed }{
		{&s.W2, &o.W2}, {&s.W3, &o.W3}, {&s.WQ1, &o.WQ1}, {&s.WQ0, &o.WQ0}, {&s.WD, &o.WD}, {&s.WD2, &o.WD2}, {&s.WGains, &o.WGains},
	} {
		p.to.AddFixed(*p.from)
	}
	s.NonZero += o.NonZero
}

// A Group adds up the requests of one group: they are one unit of evidence.
type Group struct {
	Count             Count
	WQ1, WQ0, WD      Fixed
	OnlyQ1, OnlyQ0, W float64 // the request's own, if it is the only one, else 0
}

func (g *Group) add(w, q1, q0 float64) {
	g.OnlyQ1, g.OnlyQ0, g.W = q1, q0, w
	if g.Count.N > 0 {
		g.OnlyQ1, g.OnlyQ0, g.W = 0, 0, 0
	}
	g.Count.add(w)
	g.WQ1.Add(w * q1)
	g.WQ0.Add(w * q0)
	g.WD.Add(w * (q1 - q0))
}

func (g *Group) merge(o *Group) {
	switch {
	case o.Count.N == 0:
		return
	case g.Count.N == 0:
		*g = *o
		return
	}
	g.OnlyQ1, g.OnlyQ0, g.W = 0, 0, 0
	g.Count.merge(&o.Count)
	g.WQ1.AddFixed(o.WQ1)
	g.WQ0.AddFixed(o.WQ0)
	g.WD.AddFixed(o.WD)
}

// Merge adds o, of other requests, to p. It leaves o alone.
func (p *Partial) Merge(o *Partial) {
	for _, c := range []struct{ to, from *Count }{
		{&p.Rows, &o.Rows}, {&p.Graded, &o.Graded}, {&p.Covered, &o.Covered}, {&p.Gradable, &o.Gradable}, {&p.Changed, &o.Changed},
		{&p.Better, &o.Better}, {&p.Lost, &o.Lost}, {&p.Worse, &o.Worse}, {&p.CostKnown, &o.CostKnown},
		{&p.Savable, &o.Savable}, {&p.Walked, &o.Walked}, {&p.Attempts, &o.Attempts}, {&p.Escalated, &o.Escalated},
		{&p.FailedOver, &o.FailedOver}, {&p.Exhausted, &o.Exhausted}, {&p.Failed, &o.Failed},
	} {
		c.to.merge(c.from)
	}
	for i := range p.Pairs {
		p.Pairs[i].merge(&o.Pairs[i])
	}
	for _, f := range []struct{ to, from *Fixed }{
		{&p.PairsW2, &o.PairsW2}, {&p.PairsW3, &o.PairsW3}, {&p.DiscordantW2, &o.DiscordantW2}, {&p.OtherCost, &o.OtherCost}, {&p.RouterCost, &o.RouterCost}, {&p.CheckCost, &o.CheckCost},
		{&p.SavableCost, &o.SavableCost}, {&p.SavableBase, &o.SavableBase},
	} {
		f.to.AddFixed(*f.from)
	}
	p.Deltas.merge(&o.Deltas)
	p.Values.merge(&o.Values)
	p.Spread.merge(&o.Spread)
	p.Groups = mergeMap(p.Groups, o.Groups, func(a, b Group) Group { a.merge(&b); return a })
	p.Uncovered = mergeMap(p.Uncovered, o.Uncovered, func(a, b int64) int64 { return a + b })
	p.Latency.merge(&o.Latency)
	p.Regressions = mergeExamples(p.Regressions, o.Regressions)
	p.Escalations = mergeExamples(p.Escalations, o.Escalations)
	p.Unbilled += o.Unbilled
	for len(p.Answers) < len(o.Answers) {
		p.Answers = append(p.Answers, Count{})
	}
	for i := range o.Answers {
		p.Answers[i].merge(&o.Answers[i])
	}
	p.mergeSpend(o)
}

// mergeMap adds the entries of from to those of to, which may be nil, and returns it.
func mergeMap[K comparable, V any](to, from map[K]V, add func(a, b V) V) map[K]V {
	if to == nil {
		return maps.Clone(from)
	}
	for k, v := range from {
		to[k] = add(to[k], v)
	}
	return to
}
