package train

import (
	"math"
	"slices"

	"github.com/tierwise/tierwise/routing/classify"
)

// A calibration turns logits into confidences.
type calibration struct {
	temperature float64
	rejection   float64 // added to the rejection's logit
	curve       classify.Calibration
	novelty     []float64 // by task
}

// apply puts the calibration into a model.
func (c *calibration) apply(m *classify.Model) {
	m.Temperature, m.Confidence, m.Novelty = c.temperature, c.curve, c.novelty
	for i := range m.Lanes {
		if m.Lanes[i].Task == classify.Reject {
			m.Lanes[i].Bias += c.rejection
		}
	}
}

// calibrate fits a calibration on what models said of some requests. Temperature and rejection are those that tell right
// from wrong predictions best: the temperature that is best for the probabilities of all tasks, or somewhat more, which
// looks more at how well the likeliest task fits and less at its distance from the next. How many requests of the traffic are to be
// rejected is not known; for this choice, those of the training weigh at least as much as the wrong predictions in
// scope do. The curve takes all requests as they are.
func (h *held) calibrate(rows []int) *calibration {
	c := &calibration{novelty: h.limits(rows)}
	least := h.temperature(rows)
	best := math.Inf(1)
	for _, factor := range []float64{1, 1.5} {
		t := factor * least
		f := h.facts(rows, t)
		for _, r := range h.rejections(rows) {
			p := f.probabilities(r / t)
			curve := fitCurve(p, f.right, f.balanced)
			if loss := curveLoss(curve, p, f.right, f.balanced); loss < best-1e-9 {
				best = loss
				c.temperature, c.rejection, c.curve = t, r, fitCurve(p, f.right, f.weight)
			}
		}
	}
	return c
}

// rejections returns what may be added to the rejection's logit. Requests to reject are few in the training, whatever they
// are in the traffic, so that their lane comes out low.
func (h *held) rejections(rows []int) []float64 {
	if !slices.ContainsFunc(rows, func(i int) bool { return h.requests[i].Task == classify.Reject }) {
		return []float64{0}
	}
	return []float64{0, 1, 2, 3, 4}
}

// temperature returns the best temperature of the logits.
func (h *held) temperature(rows []int) float64 {
	scores := make([]float32, 0, len(rows)*(h.tasks+1))
	var labels []int
	var weights []float64
	for _, i := range rows {
		k := h.requests[i].Task
		if k == classify.Reject {
			k = h.tasks
		}
		scores = append(scores, h.row(i)...)
		labels, weights = append(labels, k), append(weights, h.requests[i].Weight)
	}
	t, _ := temperature(scores, labels, weights, h.tasks+1)
	return t
}

// facts are what the curve is fitted on, by request.
type facts struct {
	tasks, rejection []float64 // as by held.split
	right            []bool
	weight           []float64
	balanced         []float64 // weights with those to reject raised to the sum of the wrong ones in scope
}

func (h *held) facts(rows []int, t float64) *facts {
	f := &facts{}
	wrong, reject := 0.0, 0.0
	for _, i := range rows {
		z, r := h.split(i, t)
		f.tasks, f.rejection = append(f.tasks, z), append(f.rejection, r)
		f.right, f.weight = append(f.right, h.right(i)), append(f.weight, h.requests[i].Weight)
		switch {
		case h.requests[i].Task == classify.Reject:
			reject += h.requests[i].Weight
		case !h.right(i):
			wrong += h.requests[i].Weight
		}
	}
	f.balanced = slices.Clone(f.weight)
	for j, i := range rows {
		if h.requests[i].Task == classify.Reject && reject > 0 {
			f.balanced[j] *= max(wrong/reject, 1)
		}
	}
	return f
}

// probabilities returns those of the likeliest tasks if so much is added to the rejection.
func (f *facts) probabilities(rejection float64) []float64 {
	p := make([]float64, len(f.tasks))
	for i, z := range f.tasks {
		p[i] = 1 / (z + math.Exp(f.rejection[i]+rejection))
	}
	return p
}

// fitCurve fits the logistic curve of being right on the logit of p by Newton's method, towards targets just within 0 and 1 (Platt,
// Probabilistic outputs for support vector machines, 1999).
func fitCurve(p []float64, right []bool, weight []float64) classify.Calibration {
	yes, no := 0.0, 0.0
	for i, w := range weight {
		if right[i] {
			yes += w
		} else {
			no += w
		}
	}
	high, low := (yes+1)/(yes+2), 1/(no+2)
	c := classify.Calibration{Slope: 1}
	const rounds = 60
	for range rounds {
		var ga, gb, haa, hab, hbb float64
		for i := range p {
			x, target := classify.Logit(p[i]), low
			if right[i] {
				target = high
			}
			q := c.Apply(p[i])
			d, v := weight[i]*(q-target), weight[i]*q*(1-q)
			ga, gb = ga+d*x, gb+d
			haa, hab, hbb = haa+v*x*x, hab+v*x, hbb+v
		}
		const ridge = 1e-6
		haa, hbb = haa+ridge, hbb+ridge
		det := haa*hbb - hab*hab
		if det <= 0 {
			break
		}
		da, db := (hbb*ga-hab*gb)/det, (haa*gb-hab*ga)/det
		// Far from the end a whole step may overshoot.
		length := min(1, 2/max(math.Abs(da), math.Abs(db), 1e-12))
		c.Slope, c.Offset = c.Slope-length*da, c.Offset-length*db
		if math.Abs(da)+math.Abs(db) < 1e-9 {
			break
		}
	}
	if !(c.Slope > 0) || math.IsNaN(c.Offset) || math.IsInf(c.Slope+c.Offset, 0) {
		// The probability says nothing of being right: all are as likely.
		return classify.Calibration{Slope: 0, Offset: math.Log((yes + 1) / (no + 1))}
	}
	return c
}

// curveLoss returns the mean −ln probability of what came true.
func curveLoss(c classify.Calibration, p []float64, right []bool, weight []float64) float64 {
	sum, total := 0.0, 0.0
	for i := range p {
		q := c.Apply(p[i])
		if !right[i] {
			q = 1 - q
		}
		sum -= weight[i] * math.Log(max(q, 1e-12))
		total += weight[i]
	}
	if total == 0 {
		return 0
	}
	return sum / total
}

// limits returns for each task the 2nd percentile of the similarity of its own requests that were taken for its. That of few
// requests is drawn towards that of all, for it is little more than their least.
func (h *held) limits(rows []int) []float64 {
	byTask := make([][]float64, h.tasks)
	var all []float64
	for _, i := range rows {
		if h.right(i) {
			byTask[h.best[i]] = append(byTask[h.best[i]], h.similarity[i])
			all = append(all, h.similarity[i])
		}
	}
	const share, prior = 0.02, 50
	general := quantile(all, share)
	out := make([]float64, h.tasks)
	for k, own := range byTask {
		n := float64(len(own))
		out[k] = (n*quantile(own, share) + prior*general) / (n + prior)
	}
	return out
}

// quantile returns the least value that at least the given share of values is no greater than, 0 of none. It sorts them.
func quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[max(int(math.Ceil(share*float64(len(values))))-1, 0)]
}
