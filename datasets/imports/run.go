package imports

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"slices"

	"github.com/tierwise/tierwise/datasets"
)

// A place is where something stands: a line of a file, or what `at` says.
type place struct {
	file string
	line int // from 1; 0: not a line
	at   string
}

func (p place) within() string {
	if p.line > 0 {
		return fmt.Sprintf("line %d", p.line)
	}
	return p.at
}

func (p place) String() string {
	if w := p.within(); w != "" {
		return p.file + ": " + w
	}
	return p.file
}

var (
	errStopped = errors.New("the reader of the rows stopped")
	errTooMany = errors.New("too many problems")
)

// A seenAt is a place in few bytes, for a stream may have many millions of ids.
type seenAt struct{ file, line int32 } // index in Report.Files; 0 lines: not known

// A run is the state of one import while it reads.
type run struct {
	opts     *Options
	report   *Report
	tally    *tally
	problems datasets.Problems
	ids      map[uint64]seenAt // hashes of the ids of the rows handed out
	seed     maphash.Seed
	renamed  map[string]bool // keys of Options.Rename that a model had
	found    map[string]bool // columns of the mapping that were somewhere
	yield    func(datasets.Row, error) bool

	best, bestScore float64 // the best quality, and the score it was
}

// file starts a file: it stands in the report, and the run ends here if its context has.
func (r *run) file(ctx context.Context, name string) error {
	r.report.Files = append(r.report.Files, name)
	return ctx.Err()
}

// add notes that the data is wrong at a place. It returns errTooMany when it is time to stop.
func (r *run) add(at place, message, fix string) error {
	limit := r.opts.MaxErrors
	if limit <= 0 {
		limit = 20
	}
	if w := at.within(); w != "" {
		message = w + ": " + message
	}
	r.problems.List = append(r.problems.List, datasets.Problem{File: at.file, Message: message, Fix: fix})
	if len(r.problems.List) >= limit {
		r.problems.More = true
		return errTooMany
	}
	return nil
}

// problem is a problem that makes it pointless to go on: it comes with all that were found before.
func (r *run) problem(at place, message, fix string) error {
	if err := r.add(at, message, fix); err != nil {
		return err
	}
	return r.problemsErr()
}

func (r *run) problemsErr() error {
	if len(r.problems.List) == 0 {
		return nil
	}
	return &r.problems
}

// warn counts a warning; the same message is one warning.
func (r *run) warn(at place, message string) {
	i, ok := r.tally.warnings[message]
	if !ok {
		i = len(r.report.Warnings)
		r.tally.warnings[message] = i
		r.report.Warnings = append(r.report.Warnings, Warning{Message: message, First: at.String()})
	}
	r.report.Warnings[i].Count++
}

// failed counts a failed call. said is the source's own text.
func (r *run) failed(model, word, said string, at place) {
	key := [2]string{model, word}
	e := r.tally.errors[key]
	if e == nil {
		e = &ErrorCount{Model: model, Error: word, First: at.String()}
		if said = firstLine(said); said != word {
			e.Said = said
		}
		r.tally.errors[key] = e
	}
	e.Count++
}

// model is the name of a model after Options.Rename.
func (r *run) model(name string) string {
	if to, ok := r.opts.Rename[name]; ok {
		r.renamed[name] = true
		return to
	}
	return name
}

// unused notes what the options name and the files do not have: models to rename are an error, mapped columns may
// have been null throughout.
func (r *run) unused(at place) error {
	var models []string
	for name := range r.tally.models {
		models = append(models, name)
	}
	slices.Sort(models)
	for _, name := range slices.Sorted(maps.Keys(r.opts.Rename)) {
		if r.renamed[name] {
			continue
		}
		err := r.add(at, fmt.Sprintf("no model is called %q, which is to be renamed%s", name, meant(name, models)), "there are "+quoted(models))
		if err != nil {
			return err
		}
	}
	if r.opts.Mapping == nil {
		return nil
	}
	for _, column := range slices.Sorted(maps.Keys(r.opts.Mapping.Columns)) {
		if !r.found[column] {
			r.warn(at, fmt.Sprintf("the mapping has %s = %q, which is nowhere, or null everywhere", column, r.opts.Mapping.Columns[column]))
		}
	}
	return nil
}

// quality brings a score to [0, 1] and notes what does not fit there; then it returns nil.
func (r *run) quality(score float64, what string, at place) (*float64, error) {
	q, span := score, "[0, 1]"
	if s := r.opts.Scale; s != nil {
		q, span = (score-s.Lo)/(s.Hi-s.Lo), "the scale "+s.String()
	}
	if q >= 0 && q <= 1 {
		if q > r.best {
			r.best, r.bestScore = q, score
		}
		return &q, nil
	}
	if math.IsNaN(score) {
		return nil, r.add(at, what+" is not a number", "write null where an answer is not graded")
	}
	fix := "name its range with --scale lo:hi"
	if r.opts.Scale != nil {
		fix = "name the whole range with --scale"
	}
	return nil, r.add(at, fmt.Sprintf("%s: %v is outside %s", what, score, span), fix)
}

// checkScale refuses a scale that the scores are not on, as [datasets.Dataset.CheckScale] does.
func (r *run) checkScale(at place) error {
	if s := r.opts.Scale; s != nil && r.best > 0 && r.best <= s.LowEnd() {
		return r.add(at, fmt.Sprintf("no score is above %v, all are at the low end of the scale %s: are they on another one?", r.bestScore, s), "scores from 0 to 1 need no scale")
	}
	return nil
}

// checkOutcome notes what no outcome can be: without model, with negative or infinite amounts.
func (r *run) checkOutcome(o *datasets.Outcome, at place) error {
	if o.Model == "" {
		return r.add(at, "an outcome without model", "")
	}
	amounts := []struct {
		name string
		v    *float64
	}{{"cost_usd", o.CostUSD}, {"latency_ms", o.LatencyMS}, {"self_check_cost_usd", o.SelfCheckCostUSD}, {"self_check_latency_ms", o.SelfCheckLatency}}
	for _, a := range amounts {
		if a.v != nil && !(*a.v >= 0 && *a.v <= math.MaxFloat64) {
			if err := r.add(at, fmt.Sprintf("%s of model %q: %v is no amount", a.name, o.Model, *a.v), "write null where it is unknown"); err != nil {
				return err
			}
		}
	}
	counts := []struct {
		name string
		v    *int64
	}{{"input_tokens", o.InputTokens}, {"cached_input_tokens", o.CachedInputTokens}, {"output_tokens", o.OutputTokens}, {"reasoning_tokens", o.ReasoningTokens}}
	for _, c := range counts {
		if c.v != nil && *c.v < 0 {
			if err := r.add(at, fmt.Sprintf("%s of model %q: %d is negative", c.name, o.Model, *c.v), "write null where it is unknown"); err != nil {
				return err
			}
		}
	}
	return nil
}

// emit hands a row out. After a problem no more rows are, but the search for problems goes on.
func (r *run) emit(row datasets.Row, at place) error {
	if row.ID == "" {
		return r.add(at, "a request without id", "")
	}
	hash := maphash.String(r.seed, row.ID)
	if first, ok := r.ids[hash]; ok {
		where := place{file: r.report.Files[first.file], line: int(first.line)}
		return r.add(at, fmt.Sprintf("id %q again; it stands at %s already", row.ID, where), "ids are unique; where the rows are repeats, give them the shape of one row per outcome")
	}
	r.ids[hash] = seenAt{int32(max(slices.Index(r.report.Files, at.file), 0)), int32(at.line)}
	if row.Prompt == "" && row.Messages == "" {
		return r.add(at, fmt.Sprintf("request %q has neither prompt nor messages", row.ID), "")
	}
	if row.Weight != nil && !(*row.Weight >= 0) {
		return r.add(at, fmt.Sprintf("weight %v of request %q is negative or not a number", *row.Weight, row.ID), "")
	}
	if row.Task == "" {
		row.Task = r.opts.Task
	}
	if len(r.problems.List) > 0 {
		return nil
	}
	r.tally.row(r.report, &row)
	if !r.yield(row, nil) {
		return errStopped
	}
	return nil
}
