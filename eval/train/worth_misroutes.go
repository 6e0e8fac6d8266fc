package train

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval"
)

// Misroutes say what it costs that the classifier mistakes tasks, by out-of-fold predictions. All is measured against what
// requests come to if each is treated as one of its own task: a delta is a difference of quality, dollars are what is paid
// more, and a loss is the dollars, less what the delta is worth. Negative losses are gains: a task may be better off with
// the treatment of another.
type Misroutes struct {
	Baseline string `json:"baseline"`
	Config   string `json:"config,omitempty"` // whose chains tasks are treated with; "": each by its best model
	Pilot    int    `json:"pilot_requests"`   // whose outcomes prices are made of
	Graded   int    `json:"pilot_graded"`
	// PilotFolds is how many folds, from 0, the pilot requests are; 0: they are all of the split "tune".
	PilotFolds int `json:"pilot_folds,omitempty"`
	// Rate is what a point of quality of 1,000 requests is worth in USD: what the baseline costs more than Cheapest, by how
	// much better it is. Null: it is not dearer and better, so that quality is compared first.
	Rate     eval.Number `json:"usd_per_point_and_1000"`
	Cheapest string      `json:"cheapest_model,omitempty"`

	Default    string      `json:"default_task"` // whose treatment requests below min_confidence get
	DefaultBy  string      `json:"default_chain"`
	Treatments []Treatment `json:"treatments"` // in the order of the tasks
	Confusion  []Misroute  `json:"confusion"`  // the most costly first; by request whatever the confidence

	// MinConfidence is the threshold of the least loss, of equals that nearest to 0.80, which is the threshold where costs do
	// not tell; 1: the default treatment for everything.
	MinConfidence float64         `json:"min_confidence"`
	Chosen        bool            `json:"chosen"`     // it is the classifier's
	Curve         []ThresholdLoss `json:"thresholds"` // from 0, no threshold, to 1, the default treatment for everything
}

// A Treatment is what the requests of a task get.
type Treatment struct {
	Task  string `json:"task"`
	Chain string `json:"chain"` // a model, or tiers
}

// A Misroute is what becomes of requests of a task that are taken for another.
type Misroute struct {
	Gold      string  `json:"gold"`
	Predicted string  `json:"predicted"`
	Requests  int     `json:"requests"`
	Share     float64 `json:"share"` // of the traffic
	Confident int     `json:"confident"`
	// Delta and USD are for each request, the means over the pilot requests of the gold task, whatever they are taken for; Loss is for 1,000 requests of the traffic, whatever their task, null without a rate.
	Delta  eval.Number `json:"delta"`
	USD    eval.Number `json:"usd"`
	Loss   eval.Number `json:"loss_usd_per_1000"`
	Pairs  int         `json:"pairs"` // graded requests behind Delta
	Pooled bool        `json:"pooled,omitempty"`
}

// A ThresholdLoss is what a min_confidence comes to: requests below it get the default treatment. Dollars are for 1,000
// requests of the traffic.
type ThresholdLoss struct {
	MinConfidence float64     `json:"min_confidence"`
	Coverage      float64     `json:"coverage"` // the share of the traffic at or above
	Delta         eval.Number `json:"delta"`
	USD           eval.Number `json:"usd_per_1000"`
	Loss          eval.Number `json:"loss_usd_per_1000"` // null without a rate
}

// notReached is the finding that no threshold has the precision wanted.
const notReached = "precision-not-reached"

// Price adds what misroutes cost to the report. With choose the classifier's min_confidence becomes the threshold of the
// least loss; the classifier is made anew.
func (r *Result) Price(q *Requests, p *Prices, choose bool) error {
	m := p.misroutes(q, r.OutOfFold.Rows(), r.Model.MinConfidence, choose)
	r.Report.Misroutes = m
	var err error
	if choose {
		r.Report.Findings = slices.DeleteFunc(r.Report.Findings, func(f Finding) bool { return f.ID == notReached })
		r.Model.MinConfidence, r.Model.Why = m.MinConfidence, m.why(r.Report)
		r.Report.MinConfidence, r.Report.Why = r.Model.MinConfidence, r.Model.Why
		r.Classifier, err = classifierOf(r.Model)
	}
	r.Report.Findings = append(r.Report.Findings, p.findings()...)
	r.Report.addRejection()
	return err
}

// Unpriced says in the report why it does not say what misroutes cost.
func (r *Result) Unpriced(reason string) {
	r.Report.Findings = append(r.Report.Findings, Finding{ID: "not-priced", Message: "mistakes are not priced: " + reason})
	r.Report.addRejection()
}

// addRejection adds a finding if the threshold rejects little of what is to be rejected. There may be much more of it in
// production than among the labels, so that precision on these says little.
func (r *Report) addRejection() {
	half := slices.IndexFunc(r.Curve, func(t Threshold) bool { return t.Recall >= 0.5 })
	if r.RejectTask == "" || half < 0 || r.MinConfidence >= r.Curve[half].MinConfidence {
		return
	}
	at := slices.IndexFunc(r.Curve, func(t Threshold) bool { return t.MinConfidence == r.MinConfidence })
	t := &r.Curve[half]
	r.Findings = append(r.Findings, Finding{
		"rejects-little", fmt.Sprintf("at min_confidence %.2f only %.0f %% of the requests of %q are rejected; %.2f is the lowest that rejects half of them, and leaves %.1f %% of those in scope decided and right",
			r.MinConfidence, 100*r.Curve[at].Recall, r.RejectTask, t.MinConfidence, 100*t.InScope),
		fmt.Sprintf("set min_confidence = %.2f or more below [router.embedding], if much of the traffic is out of scope", t.MinConfidence),
	})
}

// misroutes prices out-of-fold predictions, which are those of q.Train.
func (p *Prices) misroutes(q *Requests, predictions []Prediction, minConfidence float64, choose bool) *Misroutes {
	m := &Misroutes{
		Baseline: p.baseline, Config: p.config, Pilot: p.pilot, Graded: p.graded, Rate: eval.Number(p.rate * 10), Cheapest: p.cheapest,
		PilotFolds: p.pilotFolds, Default: p.byDefault, DefaultBy: p.treatments[p.fallback].name, Chosen: choose,
	}
	for k, task := range p.tasks {
		m.Treatments = append(m.Treatments, Treatment{task, p.treatments[p.of[k]].name})
	}
	priced := p.price(q, predictions)
	m.Curve, m.MinConfidence = p.curve(priced)
	if choose {
		minConfidence = m.MinConfidence
	}
	m.Confusion = p.confusion(priced, minConfidence)
	return m
}

// A priced is a prediction of a request with what it comes to.
type priced struct {
	gold, predicted int // tasks
	confidence      float64
	share           float64    // of the traffic
	taken, unsure   difference // if the prediction is taken, and if it is not
}

func (p *Prices) price(q *Requests, predictions []Prediction) []priced {
	total := 0.0
	for i := range q.Train {
		total += q.Train[i].Weight
	}
	out := make([]priced, len(predictions))
	for i := range predictions {
		r := &q.Train[i]
		gold := taskIndex(q, r.Task)
		predicted, _ := slices.BinarySearch(q.Tasks, predictions[i].Task)
		out[i] = priced{
			gold, predicted, predictions[i].Confidence, ratio(r.Weight, total),
			p.differences[gold][p.of[predicted]], p.differences[gold][p.fallback],
		}
	}
	return out
}

// curve returns what thresholds come to, and the best of them: of equals that nearest to usual.
func (p *Prices) curve(all []priced) ([]ThresholdLoss, float64) {
	const usual = 0.80
	var out []ThresholdLoss
	var best difference
	least := math.NaN()
	for _, t := range append(thresholds(), 1) {
		var sum difference
		coverage := 0.0
		for i := range all {
			d := all[i].unsure
			if all[i].confidence >= t && t < 1 {
				d = all[i].taken
				coverage += all[i].share
			}
			sum.quality += all[i].share * d.quality
			sum.usd += all[i].share * d.dollars()
		}
		out = append(out, ThresholdLoss{t, min(coverage, 1), eval.Number(sum.quality), eval.Number(1000 * sum.usd), p.lossPer1000(sum)})
		c := p.compare(sum, best)
		if math.IsNaN(least) || c < 0 || c == 0 && math.Abs(t-usual) < math.Abs(least-usual) {
			best, least = sum, t
		}
	}
	return out, least
}

// lossPer1000 is the loss of 1,000 requests, unknown without a rate.
func (p *Prices) lossPer1000(d difference) eval.Number {
	usd, ok := p.loss(d)
	if !ok {
		return eval.Unknown
	}
	return eval.Number(1000 * usd)
}

// confusion returns the mistakes, the most costly first.
func (p *Prices) confusion(all []priced, minConfidence float64) []Misroute {
	cells := map[[2]int]*Misroute{}
	total := map[[2]int]difference{} // what they come to, of all traffic
	for i := range all {
		a := &all[i]
		if a.gold == a.predicted {
			continue
		}
		key := [2]int{a.gold, a.predicted}
		c := cells[key]
		if c == nil {
			c = &Misroute{
				Gold: p.tasks[a.gold], Predicted: p.tasks[a.predicted],
				Delta: eval.Number(a.taken.quality), USD: eval.Number(a.taken.usd), Pairs: a.taken.pairs, Pooled: a.taken.pooled,
			}
			cells[key] = c
		}
		c.Requests++
		c.Share += a.share
		if a.confidence >= minConfidence && minConfidence < 1 {
			c.Confident++
		}
		total[key] = difference{quality: c.Share * a.taken.quality, usd: c.Share * a.taken.dollars()}
	}
	keys := make([][2]int, 0, len(cells))
	for key := range cells {
		cells[key].Loss = p.lossPer1000(total[key])
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [2]int) int {
		return cmp.Or(p.compare(total[b], total[a]), cmp.Compare(cells[b].Requests, cells[a].Requests), cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	out := make([]Misroute, len(keys))
	for i, key := range keys {
		out[i] = *cells[key]
	}
	return out
}

// why says in words why MinConfidence is what it is.
func (m *Misroutes) why(r *Report) string {
	all := "sending the request to " + m.Fallback()
	switch {
	case m.MinConfidence >= 1:
		return "whatever the classifier says, " + all + " costs less than being wrong: it is not worth asking"
	case m.Idle(m.MinConfidence) && m.covers(m.MinConfidence):
		scope := ""
		if r.RejectTask != "" {
			scope = fmt.Sprintf(", the requests of %q too, which are out of scope", r.RejectTask)
		}
		return fmt.Sprintf("the classifier decides every request%s, and %.1f %% of its answers are right out of fold; %s where it is least sure would not cost less",
			scope, 100*r.Curve[0].Precision, all)
	case m.Idle(m.MinConfidence):
		return "below it, " + all + " costs no more than what the classifier says"
	}
	return "below it, " + all + " costs less than being wrong"
}

// Fallback names what requests below min_confidence get: the config's default task, without a config a model.
func (m *Misroutes) Fallback() string {
	if m.Config != "" {
		return m.Default
	}
	return m.DefaultBy
}

// Idle reports whether a threshold of the curve comes to what none at all does.
func (m *Misroutes) Idle(minConfidence float64) bool {
	a, ok := m.At(minConfidence)
	b := &m.Curve[0]
	return ok && compareNearly(float64(a.Delta), float64(b.Delta)) == 0 && compareNearly(float64(a.USD), float64(b.USD)) == 0
}

// covers reports whether no request is below a threshold of the curve.
func (m *Misroutes) covers(minConfidence float64) bool {
	at, _ := m.At(minConfidence)
	return compareNearly(at.Coverage, m.Curve[0].Coverage) == 0
}

// At returns what a threshold of the curve comes to, false if it is none of them.
func (m *Misroutes) At(minConfidence float64) (ThresholdLoss, bool) {
	i := slices.IndexFunc(m.Curve, func(l ThresholdLoss) bool { return l.MinConfidence == minConfidence })
	if i < 0 {
		return ThresholdLoss{}, false
	}
	return m.Curve[i], true
}

// findings say how far prices can be trusted.
func (p *Prices) findings() []Finding {
	var out []Finding
	few := 0
	for k := range p.tasks {
		if slices.ContainsFunc(p.differences[k], func(d difference) bool { return d.pooled }) {
			few++
		}
	}
	if few > 0 {
		out = append(out, Finding{"few-priced", fmt.Sprintf("%d of %d tasks have fewer than %d graded pilot requests: their misroutes are priced by the mean of all tasks", few, len(p.tasks), minPairs),
			"label more answers of these tasks"})
	}
	if slices.ContainsFunc(p.differences, func(row []difference) bool {
		return slices.ContainsFunc(row, func(d difference) bool { return math.IsNaN(d.usd) })
	}) {
		out = append(out, Finding{"cost-unknown", "the cost of some treatments is not known: misroutes to them are priced by quality alone", "record cost_usd"})
	}
	if math.IsNaN(p.rate) {
		out = append(out, Finding{"no-rate", "the baseline is not both dearer and better than the cheapest model, so that dollars and points cannot be weighed: points were compared first", ""})
	}
	return out
}
