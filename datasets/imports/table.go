package imports

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/datasets"
)

// A table turns records, lines of JSON or rows of csv, into rows of traffic. A record is keys and values: strings as
// csv has them, or values of JSON with numbers as json.Number; nil is null.
type table struct {
	r        *run
	layout   datasets.Layout
	row      []binding
	outcome  []binding
	outcomes path            // of the list of outcomes in the canonical shape
	models   map[string]bool // known ones of the wide shape
	closed   bool            // there are no others
	strict   bool            // records may be canonical rows as they are
	join     *joiner
	used     map[string]bool // keys of the current record that meant something
}

// A binding is where a canonical column stands.
type binding struct {
	column string
	path   path
}

// Names that a column has in data that people have: RouterBench's, and the usual ones for an id.
var (
	otherNames    = map[string][]string{"id": {"request_id", "sample_id"}, "task": {"eval_name"}}
	otherPatterns = map[string][]string{
		"quality": {modelMark}, "cost_usd": {modelMark + "|total_cost"}, "response": {modelMark + "|model_response"},
	}
)

// newTable decides the shape from the keys of the first record.
func (r *run) newTable(first map[string]any) *table {
	t := &table{r: r, used: map[string]bool{}, models: map[string]bool{}}
	columns := map[string]string{}
	if m := r.opts.Mapping; m != nil {
		columns, t.layout, t.closed = m.Columns, m.Layout, m.Models != nil
		for _, model := range m.Models {
			t.models[model] = true
		}
	}
	t.outcomes = parsePath(cmp.Or(columns["outcomes"], "outcomes"))
	if t.layout == 0 {
		t.layout = t.detect(columns, first)
	}
	for _, c := range rowColumns.names {
		t.row = append(t.row, binding{c, parsePath(t.source(columns, first, c))})
	}
	for _, c := range outcomeColumns.names {
		switch {
		case t.layout == datasets.Long:
			t.outcome = append(t.outcome, binding{c, parsePath(cmp.Or(columns[c], c))})
		case t.layout == datasets.Wide && columns[c] != "":
			t.outcome = append(t.outcome, binding{c, parsePath(columns[c])})
		case t.layout == datasets.Wide:
			for _, pattern := range append([]string{modelMark + "|" + c}, otherPatterns[c]...) {
				t.outcome = append(t.outcome, binding{c, parsePath(pattern)})
			}
		}
	}
	// Bare {model} fits every key: it comes when the other patterns have told the models.
	slices.SortStableFunc(t.outcome, func(a, b binding) int { return bareLast(a) - bareLast(b) })
	t.join = newJoiner(r, "one id stands for one request")
	return t
}

func bareLast(b binding) int {
	if b.path.text == modelMark {
		return 1
	}
	return 0
}

// source is where a column of the request stands: as mapped, or under its own or another usual name.
func (t *table) source(columns map[string]string, first map[string]any, column string) string {
	if columns[column] != "" {
		return columns[column]
	}
	for _, name := range append([]string{column}, otherNames[column]...) {
		if _, ok := first[name]; ok {
			return name
		}
	}
	return column
}

func (t *table) detect(columns map[string]string, first map[string]any) datasets.Layout {
	for c, name := range columns {
		if strings.Contains(name, modelMark) && c != "outcomes" {
			return datasets.Wide
		}
	}
	if _, ok := first[t.outcomes.segments[0]]; ok || columns["outcomes"] != "" {
		return datasets.Canonical
	}
	if _, ok := first["model"]; ok || columns["model"] != "" {
		return datasets.Long
	}
	for key := range first {
		_, suffix, ok := strings.Cut(key, "|")
		if ok && (slices.Contains(outcomeColumns.names, suffix) || suffix == "total_cost" || suffix == "model_response") {
			return datasets.Wide
		}
	}
	return datasets.Canonical
}

// add takes one record.
func (t *table) add(from map[string]any, at place) error {
	clear(t.used)
	var row datasets.Row
	for _, b := range t.row {
		v, key, ok := b.path.find(from)
		if !ok {
			continue
		}
		t.used[key], t.r.found[b.column] = true, true
		if err := t.set(rowColumns, &row, b, v, at); err != nil {
			return err
		}
	}
	t.fillPrompt(&row)
	if row.ID == "" {
		return t.r.add(at, "no id", `name its column with the mapping id = "…"; a column with prompts that are unique will do`)
	}
	var err error
	switch t.layout {
	case datasets.Long:
		err = t.long(from, row, at)
	case datasets.Wide:
		err = t.wide(from, row, at)
	default:
		err = t.canonical(from, row, at)
	}
	for key, v := range from {
		if v != nil && !t.used[key] {
			t.r.tally.ignored[key]++
		}
	}
	return err
}

// fillPrompt gives a row that has only messages its prompt.
func (t *table) fillPrompt(row *datasets.Row) {
	if row.Prompt == "" && row.Messages != "" {
		row.Prompt, _ = chat(row.Messages)
	}
}

// set gives a column its value. NaN is null, as pandas writes it, but in quality, where it may be a grader that failed.
func (t *table) set(columns columnSet, target any, b binding, v any, at place) error {
	if b.column != "quality" && columns.isNumber(b.column) {
		if n, err := number(v); err == nil && math.IsNaN(n) {
			return nil
		}
	}
	if err := columns.set(target, b.column, v); err != nil {
		return t.r.add(at, fmt.Sprintf("%s: %v", b.path.text, err), "")
	}
	return nil
}

func (t *table) long(from map[string]any, row datasets.Row, at place) error {
	rec := record{key: row.ID, row: row, at: at}
	for _, b := range t.outcome {
		v, key, ok := b.path.find(from)
		if !ok {
			continue
		}
		t.used[key], t.r.found[b.column] = true, true
		if err := t.set(outcomeColumns, &rec.outcome, b, v, at); err != nil {
			return err
		}
	}
	if err := t.r.tableOutcome(&rec.outcome, at); err != nil {
		return err
	}
	return t.join.add(rec)
}

func (t *table) wide(from map[string]any, row datasets.Row, at place) error {
	found := map[string]*datasets.Outcome{}
	for _, b := range t.outcome {
		if !b.path.pattern {
			continue
		}
		for _, mv := range b.path.findModels(from) {
			if t.used[mv.key] && b.path.text == modelMark || !t.known(mv.model, b) {
				continue
			}
			t.used[mv.key], t.r.found[b.column] = true, true
			o := found[mv.model]
			if o == nil {
				o = &datasets.Outcome{Model: mv.model}
				found[mv.model] = o
			}
			if err := t.set(outcomeColumns, o, b, mv.value, at); err != nil {
				return err
			}
		}
	}
	for _, model := range slices.Sorted(maps.Keys(found)) {
		o := found[model]
		if err := t.r.tableOutcome(o, at); err != nil {
			return err
		}
		if err := t.r.checkOutcome(o, at); err != nil {
			return err
		}
		row.Outcomes = append(row.Outcomes, *o)
	}
	return t.r.split(row, at, "mean")
}

// known reports whether a name that a pattern found is a model. What a bare {model} finds is one only if another
// pattern found it too, in this record or one before, or if the mapping has it.
func (t *table) known(model string, b binding) bool {
	if t.closed || b.path.text == modelMark {
		return t.models[model]
	}
	t.models[model] = true
	return true
}

func (t *table) canonical(from map[string]any, row datasets.Row, at place) error {
	v, key, ok := t.outcomes.find(from)
	if ok {
		t.used[key], t.r.found["outcomes"] = true, true
		if s, isText := v.(string); isText {
			var err error
			if v, err = decodeAny([]byte(s)); err != nil {
				return t.r.add(at, t.outcomes.text+": "+err.Error(), "")
			}
		}
		list, isList := v.([]any)
		if !isList {
			return t.r.add(at, t.outcomes.text+" is no list of outcomes", "")
		}
		for i, item := range list {
			o, err := t.object(item, fmt.Sprintf("%s[%d]", t.outcomes.text, i), at)
			if err != nil {
				return err
			}
			row.Outcomes = append(row.Outcomes, o)
		}
	}
	return t.whole(row, at)
}

// object is an outcome of a list.
func (t *table) object(item any, what string, at place) (datasets.Outcome, error) {
	var o datasets.Outcome
	fields, ok := item.(map[string]any)
	if !ok {
		return o, t.r.add(at, what+" is no object", "")
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		v := fields[name]
		if _, ok := outcomeColumns.index[name]; !ok {
			t.r.tally.ignored["outcomes."+name]++
			continue
		}
		if v == nil {
			continue
		}
		if err := t.set(outcomeColumns, &o, binding{name, path{text: what + "." + name}}, v, at); err != nil {
			return o, err
		}
	}
	return o, nil
}

// whole hands out a row that came with its outcomes.
func (t *table) whole(row datasets.Row, at place) error {
	for i := range row.Outcomes {
		if err := t.r.tableOutcome(&row.Outcomes[i], at); err != nil {
			return err
		}
		if err := t.r.checkOutcome(&row.Outcomes[i], at); err != nil {
			return err
		}
	}
	if len(row.Outcomes) == 0 {
		t.r.warn(at, "a request without outcomes: only its prompt can be used, to collect answers")
	}
	return t.r.split(row, at, "mean")
}

// tableOutcome applies to an outcome as a table has it what the other formats do on their way.
func (r *run) tableOutcome(o *datasets.Outcome, at place) error {
	o.Model = r.model(o.Model)
	if o.Error != "" {
		r.failed(o.Model, o.Error, "", at)
	} else if o.InputTokens != nil && o.OutputTokens != nil && *o.InputTokens == 0 && *o.OutputTokens == 0 {
		r.warn(at, "an answer with 0 tokens in and out: tokens null")
		o.InputTokens, o.OutputTokens, o.CachedInputTokens, o.ReasoningTokens = nil, nil, nil, nil
	}
	if o.Quality == nil {
		return nil
	}
	if o.Error != "" {
		r.warn(at, "a failed call with a quality: quality null")
		o.Quality = nil
		return nil
	}
	var err error
	o.Quality, err = r.quality(*o.Quality, fmt.Sprintf("quality of model %q", o.Model), at)
	return err
}
