package eval

import curves "github.com/tierwise/tierwise/eval/frontier" // this package has a frontier of its own

// A Curve sums up two or more candidates as one policy that can be set to cost more or less, by the figures of the
// literature. Between two points lie their random mixes. In hindsight: the best mixes are chosen on the requests that they
// are judged on.
type Curve struct {
	// FromPer1000 and ToPer1000 are the costs between which AIQ is the mean quality: of the cheapest and of the dearest among
	// the single models and candidates.
	FromPer1000 Number `json:"from_per_1000_usd"`
	ToPer1000   Number `json:"to_per_1000_usd"`
	// AIQ is the average improvement in quality (RouterBench, arXiv 2403.12031) of the candidates and single models,
	// SingleModelsAIQ that of the single models alone, which a router has to beat.
	AIQ             Number `json:"aiq"`
	SingleModelsAIQ Number `json:"single_models_aiq"`
	// Calls is nil unless the candidates choose between two models: the cheapest and the baseline.
	Calls *CallFigures `json:"calls,omitempty"`
}

// CallFigures are RouteLLM's (arXiv 2406.18665) for a router between two models, over the share of requests that the strong
// one answers.
type CallFigures struct {
	Weak   string `json:"weak"`
	Strong string `json:"strong"` // the baseline
	// APGR is the average performance gap recovered; CPT50 and CPT80 are the shares of strong answers at which half and
	// four fifths of the gap are.
	APGR  Number `json:"apgr"`
	CPT50 Number `json:"cpt_50"`
	CPT80 Number `json:"cpt_80"`
}

// curve sums up the candidates; nil if fewer than two of them have a known quality and cost.
func (c *Comparison) curve() *Curve {
	base := c.reference(c.Baseline).Whole.Quality
	var singles, all []curves.Point
	for i := range c.References {
		if r := &c.References[i].Whole; r.mixable() {
			singles = append(singles, curves.Point{Cost: float64(r.CostPer1000), Quality: float64(base + r.Delta)})
		}
	}
	all = append(all, singles...)
	for i := range c.Candidates {
		if r := &c.Candidates[i].Whole; r.mixable() {
			all = append(all, curves.Point{Cost: float64(r.CostPer1000), Quality: float64(base + r.Delta)})
		}
	}
	if len(all) < len(singles)+2 || len(singles) == 0 {
		return nil
	}
	from, to := all[0].Cost, all[0].Cost
	for _, p := range all {
		from, to = min(from, p.Cost), max(to, p.Cost)
	}
	return &Curve{
		FromPer1000: Number(from), ToPer1000: Number(to),
		AIQ: Number(curves.AIQ(all, from, to)), SingleModelsAIQ: Number(curves.AIQ(singles, from, to)),
		Calls: c.callFigures(),
	}
}

func (c *Comparison) callFigures() *CallFigures {
	out := CallFigures{Weak: c.AlwaysCheapest, Strong: c.Baseline}
	if out.Weak == "" || out.Weak == out.Strong {
		return nil
	}
	weak := &c.reference(out.Weak).Whole
	if !weak.mixable() || !(weak.Delta < 0) {
		return nil
	}
	points := []curves.Point{{Cost: 0, Quality: float64(weak.Delta)}, {Cost: 1, Quality: 0}}
	for i := range c.Candidates {
		r := &c.Candidates[i].Whole
		if !r.mixable() {
			continue
		}
		var strong Number
		for _, a := range r.Answers {
			switch a.Model {
			case out.Strong:
				strong = a.Share
			case out.Weak:
			default:
				return nil
			}
		}
		points = append(points, curves.Point{Cost: float64(strong), Quality: float64(r.Delta)})
	}
	gap := float64(weak.Delta) // to the strong model, which has delta 0
	out.APGR = Number(curves.PGR(curves.AIQ(points, 0, 1), gap, 0))
	out.CPT50, out.CPT80 = Number(curves.CostFor(points, 0.5*gap)), Number(curves.CostFor(points, 0.2*gap))
	return &out
}
