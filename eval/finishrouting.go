package eval

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

// addRouting fills in how the requests found their tasks.
func (j *Job) addRouting(v int, s *Sums, out *CandidateResult) {
	r := &s.Routers[j.cells[j.plan[v][0]].router]
	out.Unrouted, out.Unclassified, out.EmbeddingUnpriced, out.LeftOut = r.Unrouted.N, r.Unclassified.N, r.Unpriced.N, r.LeftOut.N
	if len(r.Unknown) > 0 {
		out.UnknownTasks = map[string]int64{}
		for name, n := range r.Unknown {
			out.UnknownTasks[name] = n.N
		}
	}
	j.addLayers(v, r, out)
	out.Splits = j.finishSplits(v, r)
	for _, m := range slices.SortedFunc(maps.Keys(r.Tasks), func(a, b Misroute) int {
		return cmp.Or(cmp.Compare(a.Gold, b.Gold), cmp.Compare(a.Task, b.Task))
	}) {
		count := MisrouteCount{Gold: m.Gold, Task: m.Task, Requests: r.Tasks[m].N}
		if task, gold := j.routeOf(v, m); m.Gold != "" && task != gold && !j.opts.GoldTasks {
			count.Price = priceMisroute(j.crossed(v, s, m.Gold, task, gold))
		}
		out.Misroutes = append(out.Misroutes, count)
	}
	if !j.opts.GoldTasks {
		out.GoldTasks = j.finishGoldTasks(v, s, r)
	}
}

// addLayers fills in what decided, and how often that was right.
func (j *Job) addLayers(v int, r *RouterSums, out *CandidateResult) {
	var all RoutedSums
	for _, sums := range r.Layers {
		all.merge(&sums)
	}
	out.RouterAccuracy, out.RouterAccuracyKnown = Number(all.Right.share(&all.Gold)), all.Gold.N
	for l := range routing.Layer(numLayers) {
		sums, ok := r.Layers[l.String()]
		if !ok {
			continue
		}
		out.Layers = append(out.Layers, LayerResult{
			Layer: l.String(), Requests: sums.Requests.N, Share: Number(sums.Requests.share(&all.Requests)),
			Labeled: sums.Gold.N, Accuracy: Number(sums.Right.share(&sums.Gold)),
		})
	}
	table := j.tables[v].table
	for i := range r.Rules {
		rule, sums := &j.candidates[v].Config.Router.Rules[i], &r.Rules[i]
		result := RuleResult{
			Rule: table.RuleName(i), Task: rule.Task, Requests: sums.Requests.N, Share: Number(sums.Requests.share(&all.Requests)),
			Labeled: sums.Gold.N, Accuracy: Number(sums.Right.share(&sums.Gold)), Upper: Unknown, Confidence: rule.Confidence,
		}
		if rule.Confidence == 0 {
			result.Confidence = 1
		}
		if n := sums.units(); n > 0 {
			// The upper end of a two-sided interval of level 1−2α is a one-sided bound at α.
			result.Upper = Number(stats.Wilson(float64(result.Accuracy)*n, n, 1-2*j.opts.Alpha).Hi)
		}
		out.Rules = append(out.Rules, result)
	}
}

// routeOf returns the task that requests of an entry of the matrix were found to be of, and that which their gold task is.
func (j *Job) routeOf(v int, m Misroute) (task, gold routing.TaskID) {
	table := j.tables[v].table
	task, ok := table.Task(m.Task)
	if !ok {
		task = table.Default()
	}
	if gold, ok = table.Task(m.Gold); !ok {
		gold = table.Default()
	}
	return task, gold
}

// crossed returns what was added up over requests of a gold task that were found to be of a task, wherever the splits of
// the two tasks sent them.
func (j *Job) crossed(v int, s *Sums, goldName string, task, gold routing.TaskID) CrossSums {
	plan, table := j.plan[v], j.tables[v].table
	var out CrossSums
	add := func(served routing.TaskID, from string) {
		sums := s.Crossed[plan[served]][CrossKey{j.cells[plan[gold]].policy, goldName, from, false}]
		out.merge(&sums)
		if _, _, easy, ok := table.Split(gold); ok {
			sums = s.Crossed[plan[served]][CrossKey{j.cells[plan[easy]].policy, goldName, from, true}]
			out.merge(&sums)
		}
	}
	add(task, "")
	if _, _, easy, ok := table.Split(task); ok {
		add(easy, table.TaskName(task))
	}
	return out
}

func priceMisroute(s CrossSums) *MisroutePrice {
	p := &MisroutePrice{
		Covered: s.Covered.N, Delta: Unknown, DeltaSum: Unknown,
		CostKnown: s.Priced.N, ExtraUSD: Unknown, ExtraPer1000: Unknown,
	}
	if w := s.Covered.Weight(); w > 0 {
		sum := s.Quality.Float64() - s.GoldQuality.Float64()
		p.DeltaSum, p.Delta = Number(sum), Number(sum/w)
	}
	if w := s.Priced.Weight(); w > 0 {
		sum := s.Cost.Float64() - s.GoldCost.Float64()
		p.ExtraUSD, p.ExtraPer1000 = Number(sum), Number(1000*sum/w)
	}
	return p
}

// A comparedTask is the requests of one gold task, wherever they were sent.
type comparedTask struct {
	rows Count
	sums CrossSums
}

// finishGoldTasks compares the table as routed with the table under callers who name the gold task; nil if there are no
// gold tasks. Qualities are the gold tasks' means, by the weight of all their requests that were routed; dollars are sums.
func (j *Job) finishGoldTasks(v int, s *Sums, r *RouterSums) *GoldTasksResult {
	byGold := map[string]*comparedTask{}
	for m, n := range r.Tasks {
		if m.Gold == "" {
			continue
		}
		k := byGold[m.Gold]
		if k == nil {
			k = &comparedTask{}
			byGold[m.Gold] = k
		}
		task, gold := j.routeOf(v, m)
		sums := j.crossed(v, s, m.Gold, task, gold)
		k.rows.merge(&n)
		k.sums.merge(&sums)
	}
	if len(byGold) == 0 {
		return nil
	}
	weighGold(j.goldShares(s), byGold)
	out := &GoldTasksResult{}
	var total CrossSums
	var labeled, routed, named, base float64
	for _, name := range slices.Sorted(maps.Keys(byGold)) { // in order: these are plain floats
		k := byGold[name]
		out.Requests += k.rows.N
		total.merge(&k.sums)
		if w := k.sums.Covered.Weight(); w > 0 {
			share := k.rows.Weight()
			labeled += share
			routed += share * (k.sums.Quality.Float64() / w)
			named += share * (k.sums.GoldQuality.Float64() / w)
			base += share * (k.sums.Base.Float64() / w)
		}
	}
	out.Covered, out.CostKnown = total.Covered.N, total.Priced.N
	baseCost, n := total.BaseCost.Float64(), total.Priced.Weight()
	out.Routed = newSide(routed/labeled, base/labeled, total.Cost.Float64()+total.RouterCost.Float64(), baseCost, n)
	out.Named = newSide(named/labeled, base/labeled, total.GoldCost.Float64(), baseCost, n)
	return out
}

// newSide returns one side of the comparison: its mean quality, and what n requests cost it.
func newSide(quality, base, cost, baseCost, n float64) Side {
	s := Side{Quality: Number(quality), Delta: Number(quality - base), CostPer1000: Number(1000 * cost / n), Savings: Unknown}
	if baseCost > 0 {
		s.Savings = Number(1 - cost/baseCost)
	}
	if math.IsInf(float64(s.CostPer1000), 0) {
		s.CostPer1000 = Unknown
	}
	return s
}
