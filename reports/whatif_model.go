package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// A WhatIf is a candidate's costs and qualities in their parts, so that they can be reckoned anew at other prices, another
// volume and another mix of tasks. What a price does is exact: decisions do not depend on prices. What a mix does is the
// tasks' own figures weighted otherwise.
type WhatIf struct {
	Candidate, Baseline string

	Volume  float64 // requests a month
	Assumed bool    // nobody said the volume

	Models []WhatIfModel
	Tasks  []WhatIfTask
	Notes  []string // what to know of the figures

	Tolerance float64       // share: how much of its quality the whole may lose; 0: nobody said
	Verdict   stats.Verdict // of the whole, as measured
}

// A WhatIfModel is a model with its price. Where costs were recorded that are not tokens × price, it has none: only Factor can
// change then.
type WhatIfModel struct {
	Model  string
	Priced bool
	// USD per million tokens. CachedInput and Reasoning are NaN where they cost what Input and Output cost.
	Input, CachedInput, Output, Reasoning float64
	Factor                                float64 // on all of the model's costs: 1
}

// A WhatIfTask is a task with what its requests cost and come to.
type WhatIfTask struct {
	Task  string
	Share float64 // of the requests
	// Quality and BaseQuality are mean grades, Delta their difference; NaN: nothing is graded.
	Quality, BaseQuality, Delta float64
	// Priced is the share of its requests of which both costs are known; 0: there are no Calls, and the task's costs are unknown.
	Priced float64
	Calls  []WhatIfCall
}

// A WhatIfCall is what calls of one model come to for one request of the task: tokens where the model is priced, else dollars.
type WhatIfCall struct {
	Model    int  // in Models; -1: none, such as embeddings, whose costs stay
	Baseline bool // the call is the baseline's, not the candidate's
	Role     eval.Role
	// Input has no cached tokens in it where those have a price of their own, Output no reasoning tokens.
	Input, CachedInput, Output, Reasoning float64
	USD                                   float64 // of calls without tokens
}

// WhatIfOf returns what the parts of a candidate's costs are; nil if they are not known. volume is requests a month; 0: nobody
// knows, a million is assumed.
func WhatIfOf(c *eval.Comparison, k *eval.CandidateResult, volume float64) *WhatIf {
	if len(k.Usage) == 0 {
		return nil
	}
	w := &WhatIf{Candidate: k.Label, Baseline: c.Baseline, Volume: volume, Tolerance: c.Settings.Tolerance, Verdict: k.Whole.Verdict}
	if volume == 0 {
		w.Volume, w.Assumed = 1e6, true
	}
	w.models(k)
	for i := range k.Tasks {
		if k.Tasks[i].Requests > 0 {
			w.Tasks = append(w.Tasks, w.task(c, k, &k.Tasks[i]))
		}
	}
	r := w.Reckon(w.Given())
	if !(r.Base > 0) {
		return nil
	}
	w.sortTasks(r)
	w.Notes = append(w.pricedNotes(r), w.apart(r, k)...)
	return w
}

// task returns what a task's requests cost and come to. One without known costs is there too: its quality counts.
func (w *WhatIf) task(c *eval.Comparison, k *eval.CandidateResult, t *eval.TaskResult) WhatIfTask {
	task := WhatIfTask{Task: t.Task, Share: float64(t.Share), Quality: float64(t.Quality), BaseQuality: float64(t.BaseQuality), Delta: float64(t.Delta)}
	if m := slices.IndexFunc(k.Mix, func(m eval.MixShare) bool { return m.Task == t.Task }); m >= 0 {
		task.Share = float64(k.Mix[m].Share)
	}
	if math.IsNaN(task.Delta) && len(t.Answers) == 1 && t.Answers[0].Model == c.Baseline {
		task.Delta = 0 // nothing changes there
	}
	u := slices.IndexFunc(k.Usage, func(u eval.TaskUsage) bool { return u.Task == t.Task })
	if u < 0 || !(k.Usage[u].Weight > 0) {
		return task
	}
	task.Priced = 1
	if t.SavingsShare.Known() && t.SavingsShare > 0 {
		task.Priced = min(float64(t.SavingsShare), 1)
	}
	for _, call := range k.Usage[u].Calls {
		task.Calls = append(task.Calls, w.call(&call, k.Usage[u].Weight))
	}
	return task
}

// pricedNotes say which requests the dollars are of, where they are not of all.
func (w *WhatIf) pricedNotes(r *Reckoning) []string {
	if FormatNumber(Share, r.Priced) == FormatNumber(Share, 1) {
		return nil
	}
	var unknown []string
	for i := range w.Tasks {
		if w.Tasks[i].Priced == 0 {
			unknown = append(unknown, w.Tasks[i].Task)
		}
	}
	note := fmt.Sprintf("Costs are known of %s of the requests; the dollars take the others to cost as much.", FormatNumber(Share, r.Priced))
	if len(unknown) > 0 {
		note += " None are known of " + some(unknown, ", ") + "."
	}
	return []string{note}
}

// apart says where what is reckoned here is not what was measured, and why.
func (w *WhatIf) apart(r *Reckoning, k *eval.CandidateResult) []string {
	var notes []string
	if measured := float64(k.Whole.Savings); math.Abs(r.Savings-measured) > 5e-4 {
		notes = append(notes, fmt.Sprintf("Here each task counts by its share of all requests, which makes the saving %s; over the requests of known cost alone it is %s.",
			FormatNumber(Share, r.Savings), FormatNumber(Share, measured)))
	}
	if measured := float64(k.Whole.Delta); math.Abs(r.Delta-measured) > 5e-4 {
		notes = append(notes, fmt.Sprintf("Here each task's change of quality counts by the task's share of all requests, which makes it %s; measured over all it is %s.",
			FormatNumber(Points, r.Delta), FormatNumber(Points, measured)))
	}
	return notes
}

// sortTasks puts the dearest tasks first, those of unknown costs last.
func (w *WhatIf) sortTasks(r *Reckoning) {
	bills := map[string]float64{}
	for i := range w.Tasks {
		bills[w.Tasks[i].Task] = r.Tasks[i].Share * zeroed(r.Tasks[i].Base)
	}
	slices.SortStableFunc(w.Tasks, func(a, b WhatIfTask) int { return cmp.Compare(bills[b.Task], bills[a.Task]) })
}

// models takes the models of the calls, the dearest bill first, with their prices where these make the costs that count.
func (w *WhatIf) models(k *eval.CandidateResult) {
	bills := map[string]float64{}
	var names []string
	for i := range k.Usage {
		for _, c := range k.Usage[i].Calls {
			if c.Role == eval.RoleEmbedding {
				continue
			}
			if _, ok := bills[c.Model]; !ok {
				names = append(names, c.Model)
			}
			bills[c.Model] += float64(c.Cost)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(bills[b], bills[a]) })
	for _, name := range names {
		m := WhatIfModel{Model: name, Factor: 1, Input: nan, CachedInput: nan, Output: nan, Reasoning: nan}
		if i := slices.IndexFunc(k.Prices, func(p eval.ModelPrice) bool { return p.Model == name }); i >= 0 {
			p := &k.Prices[i]
			m.Input, m.CachedInput, m.Output, m.Reasoning = float64(p.Input), float64(p.CachedInput), float64(p.Output), float64(p.Reasoning)
			m.Priced = m.explains(k)
		}
		w.Models = append(w.Models, m)
	}
}

var nan = math.NaN()

// explains reports whether tokens × price are the costs of the model's calls, within a tenth of a percent.
func (m *WhatIfModel) explains(k *eval.CandidateResult) bool {
	cost, made := 0.0, 0.0
	for i := range k.Usage {
		for j := range k.Usage[i].Calls {
			c := &k.Usage[i].Calls[j]
			if c.Model != m.Model || !c.Input.Known() {
				continue
			}
			call := m.split(c, 1)
			cost, made = cost+float64(c.Cost), made+call.usd(m)
		}
	}
	return cost > 0 && math.Abs(made-cost) <= 1e-3*cost
}

// split puts the tokens of calls where they are priced, per request.
func (m *WhatIfModel) split(c *eval.ModelUsage, weight float64) WhatIfCall {
	x := WhatIfCall{Input: float64(c.Input) / weight, Output: float64(c.Output) / weight}
	if cached := float64(c.CachedInput) / weight; cached > 0 && m.CachedInput == m.CachedInput {
		x.Input, x.CachedInput = x.Input-cached, cached
	}
	if reasoning := float64(c.Reasoning) / weight; reasoning > 0 && m.Reasoning == m.Reasoning {
		x.Output, x.Reasoning = x.Output-reasoning, reasoning
	}
	return x
}

// usd is what a call costs at the model's price, without its factor.
func (c *WhatIfCall) usd(m *WhatIfModel) float64 {
	return c.USD + (c.Input*zeroed(m.Input)+c.CachedInput*zeroed(m.CachedInput)+c.Output*zeroed(m.Output)+c.Reasoning*zeroed(m.Reasoning))/1e6
}

// zeroed is x, 0 if that is not known: then there are no tokens of that kind either.
func zeroed(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}

func (w *WhatIf) call(c *eval.ModelUsage, weight float64) WhatIfCall {
	i := -1
	if c.Role != eval.RoleEmbedding {
		i = slices.IndexFunc(w.Models, func(m WhatIfModel) bool { return m.Model == c.Model })
	}
	out := WhatIfCall{USD: float64(c.Cost) / weight}
	if i >= 0 && w.Models[i].Priced && c.Input.Known() {
		out = w.Models[i].split(c, weight)
	}
	out.Model, out.Baseline, out.Role = i, c.Role == eval.RoleBaseline, c.Role
	return out
}

// Supposed is what a reader may change: the fields of the models and the tasks' weights, which need not add up to 1.
type Supposed struct {
	Volume float64
	Models []WhatIfModel
	Mix    []float64
}

// Given returns what was measured.
func (w *WhatIf) Given() *Supposed {
	s := &Supposed{Volume: w.Volume, Models: slices.Clone(w.Models)}
	for i := range w.Tasks {
		s.Mix = append(s.Mix, w.Tasks[i].Share)
	}
	return s
}

// A Reckoning is what is supposed comes to. What is not known is NaN.
type Reckoning struct {
	// USD a month. Tasks without known costs are taken to cost what the others do, request for request.
	Cost, Base, Saved    float64
	Savings              float64 // share of Base; NaN if that is 0
	Priced               float64 // share of the requests of which the costs are known
	Quality, BaseQuality float64 // of the tasks with grades
	Delta                float64 // of those, and of the tasks where nothing changes; NaN: nothing is graded
	Tasks                []TaskReckoning
}

// A TaskReckoning is a task's part.
type TaskReckoning struct {
	Share      float64   // of the requests
	Calls      []float64 // USD per 1,000 requests, as the task's calls
	Cost, Base float64   // USD per 1,000 requests; NaN: not known
}

// Reckon returns what is supposed comes to.
func (w *WhatIf) Reckon(s *Supposed) *Reckoning {
	r := &Reckoning{}
	all, costed, graded, judged := 0.0, 0.0, 0.0, 0.0
	for _, share := range s.Mix {
		all += share
	}
	quality, base, delta := 0.0, 0.0, 0.0
	for i := range w.Tasks {
		t := &w.Tasks[i]
		x := w.reckonTask(t, s)
		x.Share = s.Mix[i] / all
		if t.Priced > 0 {
			costed += x.Share
			r.Priced += x.Share * t.Priced
			r.Cost += x.Share * x.Cost * s.Volume / 1000
			r.Base += x.Share * x.Base * s.Volume / 1000
		}
		if !math.IsNaN(t.Quality) {
			graded += x.Share
			quality += x.Share * t.Quality
			base += x.Share * t.BaseQuality
		}
		if !math.IsNaN(t.Delta) {
			judged += x.Share
			delta += x.Share * t.Delta
		}
		r.Tasks = append(r.Tasks, x)
	}
	r.Cost, r.Base = r.Cost/costed, r.Base/costed
	r.Saved = r.Base - r.Cost
	r.Savings = nan
	if r.Base != 0 {
		r.Savings = 1 - r.Cost/r.Base
	}
	r.Quality, r.BaseQuality, r.Delta = quality/graded, base/graded, delta/judged
	if graded == 0 {
		r.Delta = nan // that nothing changes on the baseline says nothing of the others
	}
	return r
}

// reckonTask adds up a task's calls.
func (w *WhatIf) reckonTask(t *WhatIfTask, s *Supposed) TaskReckoning {
	var x TaskReckoning
	if t.Priced == 0 {
		x.Cost, x.Base = nan, nan
	}
	for j := range t.Calls {
		c := &t.Calls[j]
		usd := 1000 * c.USD
		if c.Model >= 0 {
			m := &s.Models[c.Model]
			usd = 1000 * c.usd(m) * m.Factor
		}
		x.Calls = append(x.Calls, usd)
		if c.Baseline {
			x.Base += usd
		} else {
			x.Cost += usd
		}
	}
	return x
}
