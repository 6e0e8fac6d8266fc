package eval

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// A RequestChange is a request whose answer is another model's under the new config, or which only one of the two answers.
type RequestChange struct {
	ID       string `json:"id"`
	GoldTask string `json:"gold_task,omitempty"`
	OldTask  string `json:"old_task"` // dispatched to
	NewTask  string `json:"new_task"`
	OldModel string `json:"old_model,omitempty"` // that answers; "": there is no answer
	NewModel string `json:"new_model,omitempty"`

	OldQuality     Number `json:"old_quality"`
	NewQuality     Number `json:"new_quality"`
	Delta          Number `json:"delta"` // unknown unless both configs can be judged on the request
	OldCostUSD     Number `json:"old_cost_usd"`
	NewCostUSD     Number `json:"new_cost_usd"`
	OldLatencyMS   Number `json:"old_latency_ms"`
	NewLatencyMS   Number `json:"new_latency_ms"`
	OldEscalations int    `json:"old_escalations"`
	NewEscalations int    `json:"new_escalations"`

	Prompt      *Excerpt `json:"prompt,omitempty"` // nil: not recorded, or not wanted
	Expected    *Excerpt `json:"expected,omitempty"`
	OldResponse *Excerpt `json:"old_response,omitempty"`
	NewResponse *Excerpt `json:"new_response,omitempty"`
}

// An Excerpt is the start of a text.
type Excerpt struct {
	Text  string `json:"text"`       // up to 2,000 bytes
	Chars int    `json:"characters"` // of the whole text
}

// The lists of a diff.
const (
	regressions = iota
	wins
	unjudged
	numChangeLists
)

// A differ is what is looked at besides the comparison of two candidates.
type differ struct {
	freshTask []routing.TaskID // old task → the new one of that name, −1 if there is none
	list      bool             // requests are kept
	all       bool             // of any task; else of these
	oldOnly   routing.TaskID   // −1: none
	freshOnly routing.TaskID

	each func(i int, x *RequestChange) // called for every changed request of a block; nil: nobody wants it
}

func newDiffer(v *versus, task string, list bool) *differ {
	out := &differ{list: list, all: task == "", oldOnly: -1, freshOnly: -1}
	old := v.job.tables[v.old].table
	for _, name := range taskNames(old) {
		id, ok := v.table().Task(name)
		if !ok {
			id = -1
		}
		out.freshTask = append(out.freshTask, id)
	}
	if id, ok := old.Task(task); ok {
		out.oldOnly = id
	}
	if id, ok := v.table().Task(task); ok {
		out.freshOnly = id
	}
	return out
}

// wants reports whether requests of a flow are listed.
func (d *differ) wants(f flow) bool { return d.all || f.old == d.oldOnly || f.fresh == d.freshOnly }

// A flow is where a request is dispatched to, by either table.
type flow struct{ old, fresh routing.TaskID }

// diffSums add up what only a diff knows.
type diffSums struct {
	tasks []diffTask // by task of the new candidate
	flows map[flow]Flow
	kept  [numChangeLists]Examples // each with its change
}

// A diffTask adds up the requests of one task of the new candidate.
type diffTask struct {
	moved, changed, unjudged        Count
	walked, escalated, oldEscalated Count
	latency, oldLatency             Histogram // where both are known
}

func newDiffSums(tasks int) *diffSums {
	return &diffSums{tasks: make([]diffTask, tasks), flows: map[flow]Flow{}}
}

func (s *diffSums) merge(o *diffSums) {
	for k := range s.tasks {
		s.tasks[k].merge(&o.tasks[k])
	}
	s.flows = mergeMap(s.flows, o.flows, func(a, b Flow) Flow {
		a.Requests += b.Requests
		a.Changed += b.Changed
		a.Judged += b.Judged
		a.Better += b.Better
		a.Lost += b.Lost
		a.Worse += b.Worse
		return a
	})
	for i := range s.kept {
		s.kept[i] = mergeExamples(s.kept[i], o.kept[i])
	}
}

func (t *diffTask) merge(o *diffTask) {
	for _, c := range []struct{ to, from *Count }{
		{&t.moved, &o.moved}, {&t.changed, &o.changed}, {&t.unjudged, &o.unjudged},
		{&t.walked, &o.walked}, {&t.escalated, &o.escalated}, {&t.oldEscalated, &o.oldEscalated},
	} {
		c.to.merge(c.from)
	}
	t.latency.merge(&o.latency)
	t.oldLatency.merge(&o.oldLatency)
}

// addDiff adds request i, which the new candidate sends to a task.
func (w *versusWorker) addDiff(task routing.TaskID, walker *walker, i int, r *result) {
	old, weight := &w.old[i], walker.world.block.weight(i)
	t := &w.sums.diff.tasks[task]
	base, _, _ := walker.baseline(i)
	judged := base == base && walker.covered[i]&old.flags&judgeable != 0
	if old.walked && r.Ended != routing.Unevaluable {
		t.walked.add(weight)
		if r.Escalations > 0 {
			t.escalated.add(weight)
		}
		if old.escalations > 0 {
			t.oldEscalated.add(weight)
		}
	}
	if r.latency == r.latency && old.latency == old.latency {
		t.latency.add(r.latency, weight)
		t.oldLatency.add(old.latency, weight)
	}
	changed := old.walked && r.Ended != routing.Unevaluable && r.model != old.model
	if changed {
		t.changed.add(weight)
		if !judged {
			t.unjudged.add(weight)
		}
	}
	f := flow{old.task, task}
	if w.diff.freshTask[old.task] != task {
		t.moved.add(weight)
		w.sums.diff.addFlow(f, changed, judged, r.quality-old.quality)
	}
	if changed && w.diff.wants(f) {
		w.keep(f, i, r, judged)
	}
}

func (s *diffSums) addFlow(key flow, changed, judged bool, delta float64) {
	f := s.flows[key]
	f.Requests++
	if changed {
		f.Changed++
	}
	if judged {
		f.Judged++
		switch {
		case delta > 0:
			f.Better++
		case delta < 0:
			f.Lost++
			if delta <= -worseBy {
				f.Worse++
			}
		}
	}
	s.flows[key] = f
}

// keep keeps a changed request if it is among the first of its list.
func (w *versusWorker) keep(f flow, i int, r *result, judged bool) {
	if w.diff.each != nil {
		w.diff.each(i, w.change(f, i, r, judged))
	}
	if !w.diff.list {
		return
	}
	t, delta := w.replayer.block.traffic, r.quality-w.old[i].quality
	list, priority := unjudged, 0.0
	switch {
	case judged && delta < 0:
		list, priority = regressions, delta
	case judged && delta > 0:
		list, priority = wins, -delta
	case judged:
		return
	}
	hash := mix(t.IDHash[i] ^ w.job.opts.Seed)
	kept := &w.sums.diff.kept[list]
	if kept.wants(priority, hash) {
		x := w.change(f, i, r, judged)
		*kept = kept.insert(Example{ID: x.ID, Priority: priority, Hash: hash, ref: datasets.RowRef{File: t.File, Row: t.Rows[i]}, change: x})
	}
}

// change returns what there is to say of request i without its texts.
func (w *versusWorker) change(f flow, i int, r *result, judged bool) *RequestChange {
	t, old := w.replayer.block.traffic, &w.old[i]
	id, _ := t.ID.At(i)
	x := &RequestChange{
		ID: string(id), OldTask: w.job.tables[w.versus.old].table.TaskName(f.old), NewTask: w.table().TaskName(f.fresh),
		OldQuality: Number(old.quality), NewQuality: Number(r.quality), Delta: Unknown,
		OldCostUSD: Number(old.cost), NewCostUSD: Number(r.cost), OldLatencyMS: Number(old.latency), NewLatencyMS: Number(r.latency),
		OldEscalations: old.escalations, NewEscalations: int(r.Escalations),
	}
	x.GoldTask, _ = t.Task.At(i)
	if old.model >= 0 {
		x.OldModel = w.job.models[old.model]
	}
	if r.model >= 0 {
		x.NewModel = w.job.models[r.model]
	}
	if judged {
		x.Delta = Number(r.quality - old.quality)
	}
	return x
}

// fetchTexts reads prompts, answers and expected answers of the kept requests.
func (s *diffSums) fetchTexts(ctx context.Context, d *datasets.Dataset) error {
	refs := map[datasets.RowRef][]*Example{}
	for _, list := range s.kept {
		for i := range list {
			refs[list[i].ref] = append(refs[list[i].ref], &list[i])
		}
	}
	return fetchExamples(ctx, d, refs, func(e *Example, row *datasets.Row) { e.change.setTexts(row) })
}

func (x *RequestChange) setTexts(row *datasets.Row) {
	x.Prompt, x.Expected = excerpt(row.Prompt), excerpt(row.Expected)
	response := func(model string) *Excerpt {
		i := slices.IndexFunc(row.Outcomes, func(o datasets.Outcome) bool { return o.Model == model && o.Response != nil })
		if i < 0 {
			return nil
		}
		text := *row.Outcomes[i].Response
		return &Excerpt{cutText(text), utf8.RuneCountInString(text)}
	}
	x.OldResponse, x.NewResponse = response(x.OldModel), response(x.NewModel)
}

// excerpt returns the start of a text, nil for none.
func excerpt(text string) *Excerpt {
	if text == "" {
		return nil
	}
	return &Excerpt{cutText(text), utf8.RuneCountInString(text)}
}
