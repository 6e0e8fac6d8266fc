package eval

import "slices"

// RoutedModels are what each reference model alone comes to on the requests that a router sends to each task: by task of
// the router's tables, then reference model. The controls that split a saving are made of it.
type RoutedModels [][]RoutedModel

// A RoutedModel compares a reference model with the baseline on the requests of one task.
type RoutedModel struct {
	Judged Count // both are graded, or failed
	Delta  Fixed // Σw·(quality − baseline's) on these

	Priced         Count // both costs are known
	Cost, BaseCost Fixed // Σw·cost on these
}

func (s *RoutedModel) merge(o *RoutedModel) {
	s.Judged.merge(&o.Judged)
	s.Delta.AddFixed(o.Delta)
	s.Priced.merge(&o.Priced)
	s.Cost.AddFixed(o.Cost)
	s.BaseCost.AddFixed(o.BaseCost)
}

func newRoutedModels(tasks, models int) RoutedModels {
	out := make(RoutedModels, tasks)
	for i := range out {
		out[i] = make([]RoutedModel, models)
	}
	return out
}

func (s RoutedModels) merge(o RoutedModels) {
	for k := range o {
		for m := range o[k] {
			s[k][m].merge(&o[k][m])
		}
	}
}

// fit reports whether the sums are of so many tasks and models.
func (s RoutedModels) fit(tasks, models int) bool {
	return len(s) == tasks && !slices.ContainsFunc(s, func(of []RoutedModel) bool { return len(of) != models })
}

// addRoutedModels adds the requests of one task, by its place in the tables of a router.
func (r *Replayer) addRoutedModels(router, task int, k *bucket) {
	for m, policy := range r.job.references {
		r.sums.Models[router][task][m].add(r.block, k, r.job.oracle[m], r.job.tables[r.job.policies[policy].view].base)
	}
}

// add adds requests of a variant and the baseline's: by counts where both are right or wrong, which mostly is so.
func (s *RoutedModel) add(b *block, k *bucket, variant, baseline int) {
	c, base := &b.variants[variant], &b.variants[baseline]
	if len(b.weights) > 0 {
		for _, i := range k.rows {
			s.addQuality(b, c, base, int(i))
			s.addCost(b.weights[i], c.cost[i], base.cost[i])
		}
		return
	}
	var grades [numGrades * numGrades]int64
	for _, i := range k.rows {
		g := c.grade[i]*numGrades + base.grade[i]
		grades[g]++
		if !counted[g] {
			s.addQuality(b, c, base, int(i))
		}
	}
	gained, lost := grades[right*numGrades+wrong], grades[wrong*numGrades+right]
	s.Judged.addUnits(gained + lost + grades[right*numGrades+right] + grades[wrong*numGrades+wrong])
	s.Delta.AddInt(gained - lost)
	bill, baseBill := k.bill(b, variant), k.bill(b, baseline)
	if bill.unknown+baseBill.unknown > 0 {
		for _, i := range k.rows {
			s.addCost(1, c.cost[i], base.cost[i])
		}
		return
	}
	s.Priced.addUnits(int64(len(k.rows)))
	s.Cost.AddFixed(bill.sum)
	s.BaseCost.AddFixed(baseBill.sum)
}

// counted says for which grades of model and baseline the qualities need no look: both right or wrong, or one of the two
// is not graded.
var counted = func() (table [numGrades * numGrades]bool) {
	for m := range grade(numGrades) {
		for b := range grade(numGrades) {
			unknown := m == ungraded || m == none || b == ungraded || b == none
			table[m*numGrades+b] = unknown || m <= right && b <= right
		}
	}
	return table
}()

func (s *RoutedModel) addQuality(b *block, c, base *variantColumns, i int) {
	q0 := b.baseQuality(base, i)
	if !c.judged[i] || q0 != q0 {
		return
	}
	q1 := 0.0
	if c.grade[i] != failed {
		q1 = c.quality[i]
	}
	w := b.weight(i)
	s.Judged.add(w)
	s.Delta.Add(w * (q1 - q0))
}

func (s *RoutedModel) addCost(w, cost, baseCost float64) {
	if cost == cost && baseCost == baseCost {
		s.Priced.add(w)
		s.Cost.Add(w * cost)
		s.BaseCost.Add(w * baseCost)
	}
}
