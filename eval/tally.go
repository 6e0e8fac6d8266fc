package eval

import "github.com/tierwise/tierwise/routing"

// A tally adds up the ordinary walks of one policy over a block: every call was answered, the costs are known, the answer
// and the baseline's are right or wrong, or the latter is not graded, and the request has weight 1 and no group. How such a
// walk went is one of few kinds, so most sums follow from how many there are of each, without branching on who was right;
// what the baseline and the first call cost are bills of the bucket, less those of other walks. A test wants the same sums
// from the plain way, which all others go.
type tally struct {
	w      *walker
	p      *Partial
	base   *bill
	first  *bill      // of the chain's first model
	checks *CheckSums // nil: the policy has no checks, or nobody wants to know

	kinds  []int64 // walks by place of the answer, how they ended, and pair
	others []int32 // requests that are not ordinary, or whose costs are not known
	// Of the walks in kinds, those whose own cost is not known, and those of which only the baseline's is not.
	unknown, unsavable int64
}

// A pair is who of candidate and baseline was right on a request, if it is one that can be counted.
type pair uint8

const (
	bothWrong pair = iota // up to bothRight as Partial.Pairs
	worse
	better
	bothRight
	halfPair // the baseline is not graded
	noPair
	numPairs = 8 // a power of two, for indexing
)

// pairOf is the pair of a grade × numGrades + the baseline's.
var pairOf = func() (table [numGrades * numGrades]pair) {
	for i := range table {
		table[i] = noPair
	}
	for g := wrong; g <= ungraded; g++ {
		table[g*numGrades+ungraded] = halfPair
	}
	for g := wrong; g <= right; g++ {
		for g0 := wrong; g0 <= right; g0++ {
			table[g*numGrades+g0] = pair(g<<1 | g0)
		}
	}
	return table
}()

// startTally begins with a policy on a bucket. It returns nil where no walk is ordinary.
func (r *Replayer) startTally(policy int, w *walker, p *Partial, k *bucket) *tally {
	if r.job.plain || len(r.block.weights) > 0 || r.block.traffic.Split.Index != nil || len(w.world.checkSpent) > 0 {
		return nil
	}
	view := &r.job.tables[r.job.policies[policy].view]
	base, first := k.squaredBill(r.block, view.base), k.bill(r.block, view.variants[w.chain[0].Model])
	if base.overflown() || first.overflown() {
		return nil
	}
	t := &r.tally
	*t = tally{w: w, p: p, base: base, first: first, checks: r.checks.walks, kinds: resize(t.kinds, len(w.chain)*2*numPairs), others: t.others[:0]}
	clear(t.kinds)
	return t
}

// add adds the walk of request i. If it is not ordinary, it returns false: the plain way adds it.
func (t *tally) add(i int, r *result) bool {
	w := t.w
	if r.Answer < 0 || r.Attempts != r.Answer+1 || r.Failovers > 0 { // somebody failed, or was skipped
		return t.pass(i)
	}
	pair := pairOf[w.world.columns[r.Answer].grade[i]*numGrades+w.base.grade[i]]
	flags := w.covered[i]
	if pair >= halfPair {
		flags |= judgeable // which is not asked for without a grade
	}
	total := r.cost + w.base.cost[i]
	if pair == noPair || flags != savable|judgeable || total != total || len(w.groups) > 0 && w.groups[i] != 0 {
		return t.pass(i)
	}
	t.count(i, int(r.Answer)*2+int(r.Ended), pair, r.cost, r.latency, r.route)
	for k := 1; k < int(r.Attempts); k++ {
		t.p.Spend[k].Cost.Add(w.world.columns[k].cost[i])
	}
	if w.usage {
		t.p.addTokens(1, w, r, w.base.cost[i])
	}
	if t.checks != nil && pair < halfPair {
		t.checks.addRefusals(w.world, 1)
	}
	return true
}

// pass leaves request i to the plain way.
func (t *tally) pass(i int) bool {
	t.others = append(t.others, int32(i))
	return false
}

// count counts a walk that ended with the answer of a place, accepted (2·place) or with the chain exhausted (2·place + 1).
func (t *tally) count(i, end int, pair pair, cost, latency float64, route *routed) {
	t.kinds[end*numPairs+int(pair)]++
	p := t.p
	if latency == latency {
		p.Latency.add(latency, 1)
	}
	if cost != cost {
		t.unknown++
		t.others = append(t.others, int32(i))
		return
	}
	if route.cost != 0 {
		p.RouterCost.Add(route.cost)
	}
	baseCost := t.w.base.cost[i]
	if baseCost != baseCost {
		t.unsavable++
		t.others = append(t.others, int32(i))
		p.OtherCost.Add(cost)
		return
	}
	p.SavableCost.Add(cost)
	p.Spread.addCost(cost, baseCost)
	p.RouterSpend.add(1, route.llm)
}

// flush ends with the policy.
func (t *tally) flush() {
	p := t.p
	var calls int64 // of the place: of all walks that end there or later
	for place := len(t.w.chain) - 1; place >= 0; place-- {
		accepted, exhausted := t.ended(place, routing.Accepted), t.ended(place, routing.Exhausted)
		answers, last := int64(0), int64(0)
		for pair := range halfPair {
			t.addPairs(place, pair, accepted[pair]+exhausted[pair])
		}
		p.Gradable.addUnits(accepted[halfPair] + exhausted[halfPair])
		for pair := range noPair {
			answers += accepted[pair] + exhausted[pair]
			last += exhausted[pair]
		}
		calls += answers
		p.Attempts.addUnits(calls)
		p.Answers[place].addUnits(answers)
		p.Exhausted.addUnits(last)
		p.Spend[place].Calls += calls
		if place > 0 {
			p.Escalated.addUnits(answers)
		}
		if t.checks != nil {
			var falseAccepts, lost Fixed
			falseAccepts.AddInt(accepted[bothWrong] + accepted[worse])
			lost.AddInt(accepted[worse])
			t.checks.addAccepted(t.w, place, falseAccepts, lost)
		}
	}
	known := calls - t.unknown
	for _, c := range []*Count{&p.Rows, &p.Walked} {
		c.addUnits(calls)
	}
	p.CostKnown.addUnits(known)
	p.Savable.addUnits(known - t.unsavable)
	p.Spend[0].Calls -= t.unknown + t.unsavable
	spent, _ := t.first.without(t.others, t.w.world.columns[0].cost)
	p.Spend[0].Cost.AddFixed(spent)
	bill, squares := t.base.without(t.others, t.w.base.cost)
	p.SavableBase.AddFixed(bill)
	p.Spread.addBases(known-t.unsavable, &squares)
}

// ended returns the walks that ended at a place in one way, by pair.
func (t *tally) ended(place int, how routing.Ended) []int64 {
	return t.kinds[(place*2+int(how))*numPairs:][:numPairs]
}

// addPairs adds n covered requests of one pair that were answered at a place.
func (t *tally) addPairs(place int, pair pair, n int64) {
	p := t.p
	p.Graded.addUnits(n)
	p.Covered.addUnits(n)
	p.Pairs[pair].addUnits(n)
	if t.w.models[place] != t.w.baseModel {
		p.Changed.addUnits(n)
	}
	if pair == better {
		p.Better.addUnits(n)
	}
	if pair == worse {
		p.Lost.addUnits(n)
		p.Worse.addUnits(n)
	}
}
