package labels

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/datasets"
)

// FillOptions of Fill; nil: the defaults.
type FillOptions struct {
	Overwrite bool                    // replace grades that differ
	Progress  func(done, total int64) // rows; nil: nobody wants to know
}

// A Report is what became of labels.
type Report struct {
	Requests    int      `json:"requests"`         // with a new grade
	Filled      int      `json:"filled"`           // answers that had no grade
	Overwritten int      `json:"overwritten"`      // that had another
	Unchanged   int      `json:"unchanged"`        // that had this one
	Empty       int      `json:"empty"`            // rows of the sheet without a grade
	LeftOut     []string `json:"left_out_columns"` // of the traffic, that the canonical layout does not have
}

// Fill writes the traffic of d to w, in the canonical layout, with the labels of sheets in the place of missing qualities.
// Nothing is written unless all labels have a place: their request and an answer of their model. Of several answers of one
// model the first gets the grade if none has one. The error has a [Problem] for each label without a place.
func Fill(ctx context.Context, w io.Writer, d *datasets.Dataset, sheets []*Sheet, opts *FillOptions) (*Report, error) {
	if opts == nil {
		opts = &FillOptions{}
	}
	f := &filler{labels: map[string][]Label{}, found: map[string]int{}, report: &Report{LeftOut: d.OtherColumns()}, overwrite: opts.Overwrite}
	if err := f.collect(sheets); err != nil {
		return nil, err
	}
	if err := f.check(ctx, d); err != nil {
		return nil, err
	}
	err := datasets.Copy(ctx, w, d, opts.Progress, func(_, _ int, row *datasets.Row) {
		for _, l := range f.labels[row.ID] {
			l.fill(row)
		}
	})
	return f.report, err
}

type filler struct {
	labels    map[string][]Label // by id
	order     []string           // ids as they come up
	found     map[string]int     // id → how often it is in the traffic
	report    *Report
	overwrite bool
	problems  []Problem
}

// collect puts sheets together.
func (f *filler) collect(sheets []*Sheet) error {
	for _, s := range sheets {
		f.report.Empty += s.Empty
		for _, l := range s.Labels {
			same := slices.IndexFunc(f.labels[l.ID], func(o Label) bool { return o.Model == l.Model })
			switch {
			case same >= 0 && f.labels[l.ID][same].Quality == l.Quality:
				continue
			case same >= 0:
				o := f.labels[l.ID][same]
				f.fail(&l, "%s of %s has quality %v here and %v in %s:%d", l.Model, l.ID, l.Quality, o.Quality, o.File, o.Line)
				continue
			case f.labels[l.ID] == nil:
				f.order = append(f.order, l.ID)
			}
			f.labels[l.ID] = append(f.labels[l.ID], l)
		}
	}
	return join(f.problems)
}

func (f *filler) fail(l *Label, format string, args ...any) {
	f.problems = append(f.problems, Problem{l.File, l.Line, l.Record, fmt.Sprintf(format, args...)})
}

// check finds the place of every label, and counts what will become of them.
func (f *filler) check(ctx context.Context, d *datasets.Dataset) error {
	reader := d.NewReader(datasets.Columns{Bare: true})
	for _, shard := range d.Shards() {
		for t, err := range reader.Read(ctx, shard) {
			if err != nil {
				return err
			}
			for i := range t.Len {
				id, _ := t.ID.At(i)
				if labels := f.labels[string(id)]; labels != nil {
					f.checkRequest(t, i, string(id), labels)
				}
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var unknown []*Label
	for _, id := range f.order {
		switch n := f.found[id]; {
		case n == 0:
			unknown = append(unknown, &f.labels[id][0])
		case n > 1:
			f.fail(&f.labels[id][0], "%d requests of the traffic have the id %s: give each an id of its own", n, id)
		}
	}
	if err := f.failUnknown(ctx, d, unknown); err != nil {
		return err
	}
	slices.SortStableFunc(f.problems, func(a, b Problem) int { return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line) })
	return join(f.problems)
}

func (f *filler) checkRequest(t *datasets.Traffic, i int, id string, labels []Label) {
	f.found[id]++
	changed := false
	for k := range labels {
		l := &labels[k]
		m := slices.Index(t.Models, l.Model)
		if m < 0 || m >= len(t.Outcomes) || t.Outcomes[m].Error[i] == datasets.NoOutcome {
			f.fail(l, "%s has no answer of %q; %s", id, l.Model, answersOf(t, i, l.Model))
			continue
		}
		o := &t.Outcomes[m]
		if o.Error[i] != datasets.NoError {
			f.fail(l, "the call of %s on %s failed (%s): there is no answer to grade", l.Model, id, o.ErrorNames[o.Error[i]])
			continue
		}
		q := math.NaN()
		if o.Quality != nil {
			q = o.Quality[i]
		}
		switch {
		case math.IsNaN(q):
			f.report.Filled++
			changed = true
		case q == l.Quality:
			f.report.Unchanged++
		case f.overwrite:
			f.report.Overwritten++
			changed = true
		default:
			f.fail(l, "%s of %s has quality %v already, not %v; --overwrite replaces it", l.Model, id, q, l.Quality)
		}
	}
	if changed {
		f.report.Requests++
	}
}

// answersOf says which models answered a request, and which of them may be meant.
func answersOf(t *datasets.Traffic, i int, model string) string {
	var names []string
	for m := range t.Outcomes {
		if t.Outcomes[m].Error[i] != datasets.NoOutcome {
			names = append(names, t.Models[m])
		}
	}
	if len(names) == 0 {
		return "it has no answers"
	}
	if near := datasets.NearestName(model, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	slices.Sort(names)
	return "it has those of " + strings.Join(names, ", ")
}

// maxNearIDs is for how many unknown ids a like one is looked for, which takes a look at every id.
const maxNearIDs = 3

// failUnknown says which ids the traffic does not have.
func (f *filler) failUnknown(ctx context.Context, d *datasets.Dataset, unknown []*Label) error {
	if len(unknown) == 0 {
		return nil
	}
	var ids []string
	reader := d.NewReader(datasets.Columns{Models: []string{}, Bare: true})
	for _, shard := range d.Shards() {
		for t, err := range reader.Read(ctx, shard) {
			if err != nil {
				return err
			}
			for i := range t.Len {
				id, _ := t.ID.At(i)
				ids = append(ids, string(id))
			}
		}
	}
	for k, l := range unknown {
		hint := "the traffic has no request of that id"
		if k < maxNearIDs {
			if near := datasets.NearestName(l.ID, ids); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
		}
		f.fail(l, "unknown id %q; %s", l.ID, hint)
	}
	return nil
}

// fill grades the model's answers in a row.
func (l *Label) fill(row *datasets.Row) {
	var first *datasets.Outcome
	graded := false
	for k := range row.Outcomes {
		o := &row.Outcomes[k]
		if o.Model != l.Model || o.Error != "" {
			continue
		}
		if o.Quality != nil {
			o.Quality, graded = &l.Quality, true
		} else if first == nil {
			first = o
		}
	}
	if !graded && first != nil {
		first.Quality = &l.Quality
	}
}
