package eval

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

const (
	maxExamples    = 200  // of a kind, for each task
	maxExampleText = 2000 // bytes of each text
)

// An Example is one request worth a look. Of all requests of a kind the first by (priority, hash) are kept, so that
// which ones they are does not depend on how the requests were spread.
type Example struct {
	ID          string `json:"id"`
	GoldTask    string `json:"gold_task,omitempty"`
	Task        string `json:"task"` // dispatched
	Answer      string `json:"answer,omitempty"`
	Quality     Number `json:"quality"`
	BaseQuality Number `json:"baseline_quality"`
	Escalations int    `json:"escalations,omitempty"`

	// Attempts are the calls of the walk, with what their answers were measured to be; of a misroute there are none.
	Attempts []Attempt `json:"attempts,omitempty"`

	Prompt       string `json:"prompt,omitempty"`
	Response     string `json:"response,omitempty"`
	BaseResponse string `json:"baseline_response,omitempty"`
	// How many characters the whole texts have, of those that are cut.
	PromptChars       int `json:"prompt_characters,omitempty"`
	ResponseChars     int `json:"response_characters,omitempty"`
	BaseResponseChars int `json:"baseline_response_characters,omitempty"`

	Priority float64 `json:"priority"` // rising: the delta of a regression, else 0
	Hash     uint64  `json:"hash,string"`

	ref    datasets.RowRef
	change *RequestChange // of a diff, which shows that in its place
}

// Examples are kept examples of one kind.
type Examples []Example

func compareExamples(a, b Example) int {
	return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Hash, b.Hash), cmp.Compare(a.ID, b.ID))
}

// wants reports whether an example with that key may be among the first.
func (e Examples) wants(priority float64, hash uint64) bool {
	if len(e) < maxExamples {
		return true
	}
	last := &e[maxExamples-1]
	return priority < last.Priority || priority == last.Priority && hash <= last.Hash
}

// insert adds x in order and keeps the first.
func (e Examples) insert(x Example) Examples {
	at, _ := slices.BinarySearchFunc(e, x, compareExamples)
	e = slices.Insert(e, at, x)
	return e[:min(len(e), maxExamples)]
}

// mergeExamples returns the first of both.
func mergeExamples(a, b Examples) Examples {
	if len(b) == 0 {
		return a
	}
	out := slices.Concat(a, b)
	slices.SortFunc(out, compareExamples)
	return out[:min(len(out), maxExamples)]
}

// addExamples keeps what is worth a look of a walk.
func (r *Replayer) addExamples(ctx context.Context, p *Partial, w *walker, i int, result *result) {
	hash := mix(r.block.traffic.IDHash[i] ^ r.job.opts.Seed)
	if result.Ended == routing.Unevaluable {
		return
	}
	if result.Escalations > 0 && p.Escalations.wants(0, hash) {
		p.Escalations = p.Escalations.insert(r.example(ctx, w, i, result, 0, hash))
	}
	base, _, _ := w.baseline(i)
	if delta := result.quality - base; w.covered[i]&judgeable != 0 && delta < 0 && p.Regressions.wants(delta, hash) {
		p.Regressions = p.Regressions.insert(r.example(ctx, w, i, result, delta, hash))
	}
}

// example describes a walk. It walks once more, to note the calls: few walks are kept.
func (r *Replayer) example(ctx context.Context, w *walker, i int, done *result, priority float64, hash uint64) Example {
	t := r.block.traffic
	base, _, _ := w.baseline(i)
	var log walkLog
	result := *done
	r.world.log = &log
	w.walk(ctx, i, done.route, &result)
	r.world.log = nil
	e := Example{
		Task: w.table.TaskName(w.task), Quality: Number(result.quality), BaseQuality: Number(base),
		Escalations: int(result.Escalations), Attempts: log.attempts, Priority: priority, Hash: hash, ref: datasets.RowRef{File: t.File, Row: t.Rows[i]},
	}
	e.describe(t, i)
	if result.model >= 0 {
		e.Answer = r.job.models[result.model]
	}
	return e
}

func (e *Example) describe(t *datasets.Traffic, i int) {
	id, _ := t.ID.At(i)
	e.ID = string(id)
	e.GoldTask, _ = t.Task.At(i)
}

// addMisroutes keeps requests that a router sent elsewhere than a caller would who names their gold task.
func (r *Replayer) addMisroutes(router int, routes []routed, golds []routing.TaskID) {
	t, sums := r.block.traffic, &r.sums.Routers[router]
	table := r.job.tables[r.job.routers[router].view].table
	if t.Task.Index == nil {
		return
	}
	for i := range routes {
		k := t.Task.Index[i]
		if k < 0 || routes[i].Task == leftOut || golds[k+1] == routes[i].Found() {
			continue
		}
		hash := mix(t.IDHash[i] ^ r.job.opts.Seed)
		if name := t.Task.Names[k]; sums.Misrouted[name].wants(0, hash) {
			e := Example{Task: table.TaskName(routes[i].Found()), Hash: hash, ref: datasets.RowRef{File: t.File, Row: t.Rows[i]}, Quality: Unknown, BaseQuality: Unknown}
			e.describe(t, i)
			sums.Misrouted[name] = sums.Misrouted[name].insert(e)
		}
	}
}

// FetchTexts reads the texts of the kept examples: prompts, and the answers of the candidate and the baseline.
func (j *Job) FetchTexts(ctx context.Context, d *datasets.Dataset, s *Sums) error {
	refs := map[datasets.RowRef][]*Example{}
	s.eachExample(func(e *Example) { refs[e.ref] = append(refs[e.ref], e) })
	return fetchExamples(ctx, d, refs, func(e *Example, row *datasets.Row) { e.setTexts(row, j.baseline) })
}

// fetchExamples reads the rows that examples come from, a few at a time, and calls set with each.
func fetchExamples(ctx context.Context, d *datasets.Dataset, refs map[datasets.RowRef][]*Example, set func(*Example, *datasets.Row)) error {
	wanted := make([]datasets.RowRef, 0, len(refs))
	for ref := range refs {
		wanted = append(wanted, ref)
	}
	slices.SortFunc(wanted, func(a, b datasets.RowRef) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row)) })
	const batch = 256
	for len(wanted) > 0 {
		n := min(batch, len(wanted))
		rows, err := d.Fetch(ctx, wanted[:n])
		if err != nil {
			return err
		}
		for i := range rows {
			for _, e := range refs[wanted[i]] {
				set(e, &rows[i])
			}
		}
		wanted = wanted[n:]
	}
	return nil
}

func (e *Example) setTexts(row *datasets.Row, baseline string) {
	e.Prompt, e.PromptChars = cutOff(row.Prompt)
	for i := range row.Outcomes {
		o := &row.Outcomes[i]
		if o.Response == nil {
			continue
		}
		if o.Model == e.Answer && e.Response == "" {
			e.Response, e.ResponseChars = cutOff(*o.Response)
		}
		if o.Model == baseline && e.BaseResponse == "" {
			e.BaseResponse, e.BaseResponseChars = cutOff(*o.Response)
		}
	}
}

// cutOff cuts a text that is too long, and returns how many characters it had then, else 0.
func cutOff(s string) (cut string, chars int) {
	if cut = cutText(s); len(cut) < len(s) {
		chars = utf8.RuneCountInString(s)
	}
	return cut, chars
}

// cutText cuts a text that is too long, at the end of a character.
func cutText(s string) string {
	if len(s) <= maxExampleText {
		return s
	}
	n := maxExampleText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func (s *Sums) eachExample(visit func(*Example)) {
	each := func(list Examples) {
		for i := range list {
			visit(&list[i])
		}
	}
	for _, splits := range s.Cells {
		for _, p := range splits {
			each(p.Regressions)
			each(p.Escalations)
		}
	}
	for i := range s.Routers {
		for _, list := range s.Routers[i].Misrouted {
			each(list)
		}
	}
}
