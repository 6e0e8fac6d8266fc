package eval

import (
	"math"

	"github.com/tierwise/tierwise/eval/stats"
)

// contenderGap is how far a model's quality may be from the baseline's for the two to say how often models as good as each
// other disagree. A model that is far worse disagrees for another reason, and no number of labels will save it.
const contenderGap = 0.10

// shrinkage is how many labels of the mean discordance are added to a task's own.
const shrinkage = 10

// evidence is what a task's labels are.
type evidence struct {
	labels      float64 // effective units on which the baseline was judged
	discordance float64 // mean squared difference to the contenders; NaN without any
}

// prove fills in what the labels can prove, for each task and for all.
func (f *finisher) prove(x *Inspection) {
	all := make([]evidence, len(x.Tasks))
	var sum, known float64
	for i := range x.Tasks {
		all[i] = f.evidence(f.sums.tasks[x.Tasks[i].Task])
		if psi := all[i].discordance; psi == psi {
			sum, known = sum+psi, known+1
		}
	}
	mean := sum / known // NaN where there is nothing to compare the baseline with
	for i := range x.Tasks {
		e := &all[i]
		if e.discordance = shrink(e.discordance, e.labels, mean); e.discordance == e.discordance {
			e.discordance = min(e.discordance, 1)
		}
		x.Tasks[i].Proof = f.proof(e, e.labels, f.settings.TaskTolerance)
	}
	x.Whole = f.proveWhole(x, all)
}

// shrink draws a task's discordance towards the mean of the tasks, and adds half a discordant label, so that a few labels
// that all agree do not promise that the next thousand will.
func shrink(psi, n, mean float64) float64 {
	if psi != psi {
		return mean
	}
	return (psi*n + shrinkage*mean + 0.5) / (n + shrinkage + 1)
}

// evidence looks at the baseline and the models about as good on a task: those within contenderGap of it, or the nearest
// one.
func (f *finisher) evidence(t *inspectTask) evidence {
	e := evidence{discordance: nan}
	base := t.models[f.baseline]
	if base == nil {
		return e
	}
	e.labels = base.pairs.units().deltasForTest().N
	var near, nearest stats.Deltas
	gap := math.Inf(1)
	for _, m := range f.survey.ByCost() {
		c := t.models[m]
		if c == nil || m == f.baseline {
			continue
		}
		d := c.pairs.units().deltasForTest()
		delta := math.Abs(d.Sum / d.N)
		if delta <= contenderGap {
			near.N += d.N
			near.SumSq += d.SumSq
		}
		if delta < gap {
			gap, nearest = delta, d
		}
	}
	if near.N == 0 {
		near = nearest
	}
	e.discordance = near.SumSq / near.N
	return e
}

// proof says what labels of which n units prove; where they come in several tasks, n is what they are worth together.
func (f *finisher) proof(e *evidence, n, tolerance float64) Proof {
	p := Proof{Labels: Number(e.labels), Discordance: Number(e.discordance), CanProve: Unknown, Floor: Unknown}
	if n > 0 {
		p.Floor = Number(stats.FloorTolerance(n, f.settings.Alpha))
	}
	if e.discordance != e.discordance {
		return p
	}
	if n > 0 {
		p.CanProve = Number(stats.SmallestTolerance(n, e.discordance, f.settings.Alpha, f.settings.Power))
	}
	worth := 1.0 // labels for each unit of n
	if n > 0 {
		worth = e.labels / n
	}
	if needed, ok := stats.LabelsNeeded(e.discordance, 0, tolerance, f.settings.Alpha, f.settings.Power); ok {
		p.Needed = int64(math.Ceil(float64(needed) * worth))
		p.Missing = max(p.Needed-int64(e.labels), 0)
	}
	// A fifth of the labels picks two options, the others certify each at half the level.
	if needed, ok := stats.LabelsNeeded(e.discordance, 0, tolerance, f.settings.Alpha/2, f.settings.Power); ok {
		p.NeededToTune = int64(math.Ceil(float64(needed) * worth / 0.8))
	}
	return p
}

// proveWhole is for a table that moves every task. Its delta is the mean of the tasks' by their share of the traffic, so
// that its variance is ΣW²ψ/n: what n_e labels drawn from the traffic as it comes would have. Tasks without labels are left
// out.
func (f *finisher) proveWhole(x *Inspection, all []evidence) Proof {
	var share, psi, variance, labels float64
	for i := range all {
		if e := &all[i]; e.labels > 0 && e.discordance > 0 {
			share += float64(x.Tasks[i].Share)
		}
	}
	for i := range all {
		e := &all[i]
		if !(e.labels > 0 && e.discordance > 0) {
			continue
		}
		w := float64(x.Tasks[i].Share) / share
		psi += w * e.discordance
		variance += w * w * e.discordance / e.labels
		labels += e.labels
	}
	if labels == 0 {
		return f.proof(&evidence{labels: sumLabels(all), discordance: nan}, sumLabels(all), f.settings.Tolerance)
	}
	return f.proof(&evidence{labels: labels, discordance: psi}, psi/variance, f.settings.Tolerance)
}

func sumLabels(all []evidence) float64 {
	n := 0.0
	for i := range all {
		n += all[i].labels
	}
	return n
}
