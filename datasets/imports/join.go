package imports

import (
	"context"
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/datasets"
)

// A record is what one model did on one request, before it is joined with what others did.
type record struct {
	key     string       // what requests are joined by
	row     datasets.Row // of the request, without outcomes
	check   string       // the same in all records of a key, "" where it is unknown: a hash of the source's content
	outcome datasets.Outcome
	nth     int // which repeat it is, from 1; 0: the next one
	at      place
}

// A joiner collects records into requests, in order of first appearance.
type joiner struct {
	r     *run
	byKey map[string]*request
	order []*request
	// loosePrompt lets prompts differ, for sources where check proves that the request is the same.
	loosePrompt bool
	// fix is what to do about one key that stands for two requests.
	fix string
	// models number the models in order of first appearance: the order of the outcomes in a request.
	models map[string]int
}

type request struct {
	row   datasets.Row
	check string
	at    place
	slots []slot
}

// A slot is one outcome of a request: of a model, and which of its repeats.
type slot struct {
	model   int
	nth     int
	outcome datasets.Outcome
}

func newJoiner(r *run, fix string) *joiner {
	return &joiner{r: r, byKey: map[string]*request{}, fix: fix, models: map[string]int{}}
}

// request finds the request of a record, or makes it; nil if it contradicts what is known of that request.
func (j *joiner) request(rec *record) (*request, error) {
	q := j.byKey[rec.key]
	if q == nil {
		q = &request{row: rec.row, check: rec.check, at: rec.at}
		j.byKey[rec.key] = q
		j.order = append(j.order, q)
		return q, nil
	}
	if differs := j.merge(q, rec); differs != "" {
		return nil, j.r.add(rec.at, fmt.Sprintf("request %q has another %s here than at %s", q.row.ID, differs, q.at), j.fix)
	}
	return q, nil
}

// add joins a record.
func (j *joiner) add(rec record) error {
	if err := j.r.checkOutcome(&rec.outcome, rec.at); err != nil {
		return err
	}
	q, err := j.request(&rec)
	if err != nil || q == nil {
		return err
	}
	model, ok := j.models[rec.outcome.Model]
	if !ok {
		model = len(j.models)
		j.models[rec.outcome.Model] = model
	}
	nth, repeat := max(rec.nth, 1), false
	for _, s := range q.slots {
		repeat = repeat || s.model == model
	}
	for slices.ContainsFunc(q.slots, func(s slot) bool { return s.model == model && s.nth == nth }) {
		nth++
	}
	if repeat {
		j.r.report.Repeats++
	}
	q.slots = append(q.slots, slot{model, nth, rec.outcome})
	return nil
}

// merge fills what the request lacks from the record, and returns the name of what contradicts.
func (j *joiner) merge(q *request, rec *record) (differs string) {
	if q.check == "" {
		q.check = rec.check
	} else if rec.check != "" && rec.check != q.check {
		return "content"
	}
	if j.loosePrompt {
		if rec.row.Prompt != q.row.Prompt || rec.row.Messages != q.row.Messages {
			j.r.warn(rec.at, "the prompt differs between models, as a chat template makes it: that of the first file is kept")
		}
		rec.row.Prompt, rec.row.Messages = q.row.Prompt, q.row.Messages
	}
	known, here := textsOf(&q.row), textsOf(&rec.row)
	for i, k := range known {
		switch {
		case *here[i].value == "":
		case *k.value == "":
			*k.value = *here[i].value
		case *k.value != *here[i].value:
			return k.name
		}
	}
	return ""
}

type namedText struct {
	name  string
	value *string
}

// textsOf lists the texts that one request has only one of.
func textsOf(row *datasets.Row) []namedText {
	return []namedText{
		{"prompt", &row.Prompt}, {"messages", &row.Messages}, {"expected answer", &row.Expected}, {"task", &row.Task},
		{"group", &row.Group}, {"split", &row.Split}, {"endpoint", &row.Endpoint}, {"tenant", &row.Tenant},
		{"list of tools", &row.Tools}, {"response format", &row.ResponseFormat},
	}
}

// emit hands out the requests as Options.Repeats wants them.
func (j *joiner) emit(ctx context.Context) error {
	j.warnUneven()
	for _, q := range j.order {
		if err := ctx.Err(); err != nil {
			return err
		}
		slices.SortStableFunc(q.slots, func(a, b slot) int {
			if a.nth != b.nth {
				return a.nth - b.nth
			}
			return a.model - b.model
		})
		if err := j.emitRequest(q); err != nil {
			return err
		}
	}
	return nil
}

// warnUneven says that requests differ in their number of repeats where each repeat becomes a request.
func (j *joiner) warnUneven() {
	if p := j.r.opts.Repeats; len(j.order) == 0 || p != "" && p != "keep" {
		return
	}
	least, most := j.order[0].repeats(), j.order[0]
	for _, q := range j.order {
		least = min(least, q.repeats())
		if q.repeats() > most.repeats() {
			most = q
		}
	}
	if least != most.repeats() {
		j.r.warn(most.at, fmt.Sprintf("requests have %d to %d repeats, and those with more weigh more; --repeats mean makes one request of each", least, most.repeats()))
	}
}

// repeats is how many outcomes the request has of the model with most; 1 if it has none.
func (q *request) repeats() int {
	counts := map[int]int{}
	most := 1
	for _, s := range q.slots {
		counts[s.model]++
		most = max(most, counts[s.model])
	}
	return most
}

func (j *joiner) emitRequest(q *request) error {
	most := 1
	for _, s := range q.slots {
		most = max(most, s.nth)
	}
	row := q.row
	switch policy := j.r.opts.Repeats; {
	case most == 1 || policy == "mean":
		for _, s := range q.slots {
			row.Outcomes = append(row.Outcomes, s.outcome)
		}
		return j.r.emit(row, q.at)
	case policy == "first":
		seen := map[int]bool{}
		for _, s := range q.slots {
			if !seen[s.model] {
				row.Outcomes = append(row.Outcomes, s.outcome)
			}
			seen[s.model] = true
		}
		return j.r.emit(row, q.at)
	}
	if row.Group == "" {
		row.Group = row.ID
	}
	for slots := q.slots; len(slots) > 0; {
		nth := slots[0].nth
		part := row
		part.ID = fmt.Sprintf("%s#%d", row.ID, nth)
		for len(slots) > 0 && slots[0].nth == nth {
			part.Outcomes = append(part.Outcomes, slots[0].outcome)
			slots = slots[1:]
		}
		if err := j.r.emit(part, q.at); err != nil {
			return err
		}
	}
	return nil
}
