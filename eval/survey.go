package eval

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/tierwise/tierwise/datasets"
)

// A Survey is what labeled traffic holds, before anything is compared. Merging is commutative and associative to the
// last bit.
type Survey struct {
	Rows   Count
	Graded Count // requests with a judged outcome of at least one model
	Tasks  map[string]Count
	Models map[string]*ModelSurvey
}

// A ModelSurvey is what the traffic holds of one model.
type ModelSurvey struct {
	Outcomes  Count
	Failed    Count
	Judged    Count // graded or failed
	Quality   Fixed // Σw·quality of those, 0 for the failed
	CostKnown Count
	Cost      Fixed // Σw·cost, USD
}

// MeanCost returns the mean cost of a call in USD, NaN if none is known.
func (m *ModelSurvey) MeanCost() float64 { return m.Cost.Float64() / m.CostKnown.Weight() }

// MeanQuality returns the mean quality of the judged outcomes, NaN if there are none.
func (m *ModelSurvey) MeanQuality() float64 { return m.Quality.Float64() / m.Judged.Weight() }

func newSurvey() *Survey {
	return &Survey{Tasks: map[string]Count{}, Models: map[string]*ModelSurvey{}}
}

// SurveyData surveys a dataset.
func SurveyData(ctx context.Context, d *datasets.Dataset, opts *RunOptions) (*Survey, error) {
	parts, err := pass(ctx, d, d.Shards(), datasets.Columns{}, opts, func() (func(*datasets.Traffic), func() *Survey) {
		survey := newSurvey()
		var b block
		add := func(t *datasets.Traffic) {
			b.traffic = t
			b.loadWeights(t)
			survey.add(&b)
		}
		return add, func() *Survey { return survey }
	})
	if err != nil {
		return nil, err
	}
	total := newSurvey()
	for _, s := range parts {
		total.merge(s)
	}
	return total, nil
}

func (s *Survey) merge(o *Survey) {
	s.Rows.merge(&o.Rows)
	s.Graded.merge(&o.Graded)
	s.Tasks = mergeMap(s.Tasks, o.Tasks, func(a, b Count) Count { a.merge(&b); return a })
	for name, m := range o.Models {
		if s.Models[name] == nil {
			s.Models[name] = &ModelSurvey{}
		}
		s.Models[name].merge(m)
	}
}

func (m *ModelSurvey) merge(o *ModelSurvey) {
	m.Outcomes.merge(&o.Outcomes)
	m.Failed.merge(&o.Failed)
	m.Judged.merge(&o.Judged)
	m.Quality.AddFixed(o.Quality)
	m.CostKnown.merge(&o.CostKnown)
	m.Cost.AddFixed(o.Cost)
}

func (s *Survey) add(b *block) {
	t := b.traffic
	graded, labeled := labelsOf(t)
	for i := range t.Len {
		w := b.weight(i)
		s.Rows.add(w)
		task, _ := t.Task.At(i)
		addTo(s.Tasks, task, w)
		if graded[i] {
			s.Graded.add(w)
		}
	}
	for k := range t.Outcomes {
		m := s.Models[t.Models[k]]
		if m == nil {
			m = &ModelSurvey{}
			s.Models[t.Models[k]] = m
		}
		m.add(b, &t.Outcomes[k], labeled)
	}
}

// labelsOf says which requests have a graded answer of any model, and which are labeled: those, and the ones without any
// answer. On the others a failed call, of known quality 0, is no label: models would be judged by their failures.
func labelsOf(t *datasets.Traffic) (graded, labeled []bool) {
	graded, labeled = make([]bool, t.Len), make([]bool, t.Len)
	answered := make([]bool, t.Len)
	for k := range t.Outcomes {
		o := &t.Outcomes[k]
		for i, e := range o.Error[:t.Len] {
			answered[i] = answered[i] || e == datasets.NoError
			graded[i] = graded[i] || e == datasets.NoError && !math.IsNaN(at(o.Quality, i))
		}
	}
	for i := range labeled {
		labeled[i] = graded[i] || !answered[i]
	}
	return graded, labeled
}

func (m *ModelSurvey) add(b *block, o *datasets.Outcomes, labeled []bool) {
	for i, e := range o.Error[:b.traffic.Len] {
		if e == datasets.NoOutcome {
			continue
		}
		w := b.weight(i)
		m.Outcomes.add(w)
		q := at(o.Quality, i)
		if e != datasets.NoError {
			m.Failed.add(w)
			q = 0
		}
		if q == q && labeled[i] {
			m.Judged.add(w)
			m.Quality.Add(w * q)
		}
		if usd := at(o.CostUSD, i); usd == usd {
			m.CostKnown.add(w)
			m.Cost.Add(w * usd)
		}
	}
}

// ByCost returns the models in rising order of mean cost, unknown costs last, then by name.
func (s *Survey) ByCost() []string {
	names := slices.Sorted(maps.Keys(s.Models))
	slices.SortStableFunc(names, func(a, b string) int {
		return compareUnknownLast(Number(s.Models[a].MeanCost()), Number(s.Models[b].MeanCost()))
	})
	return names
}

// Coverage returns the share of the graded requests on which a model was judged.
func (s *Survey) Coverage(model string) float64 {
	return min(s.Models[model].Judged.Weight()/s.Graded.Weight(), 1)
}

// BestModel returns the model of best mean quality among those judged on at least 95 % of the graded requests, the
// cheaper one of equals: the baseline when nobody names one.
func (s *Survey) BestModel() (string, error) {
	best := ""
	for _, name := range s.ByCost() {
		if s.Coverage(name) >= minCoverage && (best == "" || s.Models[name].MeanQuality() > s.Models[best].MeanQuality()) {
			best = name
		}
	}
	if best != "" {
		return best, nil
	}
	if s.Graded.N == 0 {
		return "", fmt.Errorf("no outcome has a quality: label some answers first (quality in [0, 1], null where ungraded)")
	}
	widest := slices.MaxFunc(slices.Sorted(maps.Keys(s.Models)), func(a, b string) int { return cmp.Compare(s.Coverage(a), s.Coverage(b)) })
	return "", fmt.Errorf("no model is graded on 95 %% of the graded requests (the most is %s with %.1f %%): name the baseline (--baseline)",
		widest, 100*s.Coverage(widest))
}
