package imports

import (
	"cmp"
	"slices"

	"github.com/tierwise/tierwise/datasets"
)

// A Report says what an import found. It is complete when the rows have been read to their end.
type Report struct {
	Format   string   `json:"format"`
	Files    []string `json:"files"`    // that were read, in order
	Requests int      `json:"requests"` // rows
	Outcomes int      `json:"outcomes"`
	// Complete counts the requests that have an outcome, failed calls included, of every model.
	Complete int `json:"complete"`
	// Repeats counts the outcomes beyond the first of their request and model, before Options.Repeats acted on them.
	Repeats  int          `json:"repeats"`
	Models   []Model      `json:"models"`             // by name
	Errors   []ErrorCount `json:"errors,omitempty"`   // of calls, by model and error
	Warnings []Warning    `json:"warnings,omitempty"` // in order of appearance
	Ignored  []Ignored    `json:"ignored,omitempty"`  // keys and columns that mean nothing here, by name
}

// A Model is what an import holds of one model.
type Model struct {
	Name     string `json:"model"`
	Requests int    `json:"requests"` // with an outcome of it: its coverage, as a part of Report.Requests
	Outcomes int    `json:"outcomes"`
	Labeled  int    `json:"labeled"` // outcomes with a quality
	// QualityMean is the mean over the labeled outcomes; nil if there are none. Failed calls are not in it.
	QualityMean *float64 `json:"quality_mean,omitempty"`
	Errors      int      `json:"errors"`
	CostKnown   int      `json:"cost_known"` // outcomes with a cost
	// CostUSD is the sum over the outcomes with a cost.
	CostUSD      float64 `json:"cost_usd"`
	TokensKnown  int     `json:"tokens_known"` // outcomes with input and output tokens
	LatencyKnown int     `json:"latency_known"`

	qualitySum float64
}

// An ErrorCount is how often calls of a model failed in one way, with what the source said of the first.
type ErrorCount struct {
	Model string `json:"model"`
	Error string `json:"error"`
	Count int    `json:"count"`
	Said  string `json:"said,omitempty"`
	First string `json:"first"` // place of the first
}

// A Warning is something to know before the rows are used, with the number of times and the place of the first.
type Warning struct {
	Count   int    `json:"count"`
	Message string `json:"message"`
	First   string `json:"first,omitempty"`
}

// An Ignored is a key or column that was not imported, and in how many rows it stood.
type Ignored struct {
	Name string `json:"name"`
	Rows int    `json:"rows"`
}

// A tally counts rows into a report.
type tally struct {
	models   map[string]*Model
	errors   map[[2]string]*ErrorCount
	warnings map[string]int // index in Report.Warnings
	ignored  map[string]int
	covered  map[int]int // number of models that a request has outcomes of → requests
}

func newTally() *tally {
	return &tally{
		models: map[string]*Model{}, errors: map[[2]string]*ErrorCount{}, warnings: map[string]int{}, ignored: map[string]int{},
		covered: map[int]int{},
	}
}

// row counts a row that is handed out.
func (t *tally) row(rep *Report, row *datasets.Row) {
	rep.Requests++
	distinct := 0
	for i := range row.Outcomes {
		o := &row.Outcomes[i]
		rep.Outcomes++
		m := t.models[o.Model]
		if m == nil {
			m = &Model{Name: o.Model}
			t.models[o.Model] = m
		}
		m.Outcomes++
		if !slices.ContainsFunc(row.Outcomes[:i], func(p datasets.Outcome) bool { return p.Model == o.Model }) {
			m.Requests++
			distinct++
		}
		m.count(o)
	}
	t.covered[distinct]++
}

func (m *Model) count(o *datasets.Outcome) {
	if o.Quality != nil {
		m.Labeled++
		m.qualitySum += *o.Quality
	}
	if o.Error != "" {
		m.Errors++
	}
	if o.CostUSD != nil {
		m.CostKnown++
		m.CostUSD += *o.CostUSD
	}
	if o.InputTokens != nil && o.OutputTokens != nil {
		m.TokensKnown++
	}
	if o.LatencyMS != nil {
		m.LatencyKnown++
	}
}

// close fills in what can only be told at the end.
func (t *tally) close(rep *Report) {
	rep.Models, rep.Errors, rep.Ignored = nil, nil, nil
	rep.Complete = t.covered[len(t.models)]
	for _, m := range t.models {
		if m.Labeled > 0 {
			mean := m.qualitySum / float64(m.Labeled)
			m.QualityMean = &mean
		}
		rep.Models = append(rep.Models, *m)
	}
	slices.SortFunc(rep.Models, func(a, b Model) int { return cmp.Compare(a.Name, b.Name) })
	for _, e := range t.errors {
		rep.Errors = append(rep.Errors, *e)
	}
	slices.SortFunc(rep.Errors, func(a, b ErrorCount) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Error, b.Error))
	})
	for name, n := range t.ignored {
		rep.Ignored = append(rep.Ignored, Ignored{name, n})
	}
	slices.SortFunc(rep.Ignored, func(a, b Ignored) int { return cmp.Compare(a.Name, b.Name) })
}
