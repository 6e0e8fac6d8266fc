package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// costQuality is the chart of what quality costs. curve is what could be had, nil if nobody knows.
func (f *full) costQuality(curve []Point) []*Chart {
	c := f.c
	base := f.reference(c.Baseline)
	if base == nil || !base.Whole.Quality.Known() || !base.Whole.CostPer1000.Known() {
		return nil
	}
	quality := base.Whole.Quality
	point := func(label string, r *eval.Result) Point {
		p := Point{Label: label, X: float64(r.CostPer1000), Y: float64(quality + r.Delta), Lo: math.NaN(), Hi: math.NaN(), N: r.Covered}
		if i := r.DeltaInterval; i != nil && i.Lo.Known() {
			p.Lo, p.Hi = float64(quality+i.Lo), float64(quality+i.Hi)
		}
		p.Note = fmt.Sprintf("%s per 1,000 requests, saves %s; quality %s, %s%s (n %s)", known(USD, r.CostPer1000), known(Share, r.Savings),
			FormatNumber(Share, p.Y), known(Points, r.Delta), interval(Points, r.DeltaInterval), count(r.Covered))
		return p
	}
	there := func(r *eval.Result) bool { return r.CostPer1000.Known() && r.Delta.Known() }
	baseline := Series{Name: "Baseline", Role: Baseline, Points: []Point{point(c.Baseline, &base.Whole)}}
	baseline.Points[0].Y = float64(quality)
	singles := Series{Name: "Single models", Role: Reference}
	for i := range c.References {
		if r := &c.References[i]; r.Model != c.Baseline && there(&r.Whole) {
			singles.Points = append(singles.Points, point(r.Model, &r.Whole))
		}
	}
	chosen, others := Series{Name: "This table", Role: Chosen}, Series{Name: "Other tables", Role: Candidate}
	for i := range c.Candidates {
		k := &c.Candidates[i]
		if !there(&k.Whole) {
			continue
		}
		p := point(k.Label, &k.Whole)
		p.Tone = toneOf(k.Whole.Verdict)
		p.Note = string(k.Whole.Verdict) + ": " + p.Note
		if k == f.k {
			chosen.Points = append(chosen.Points, p)
		} else {
			others.Points = append(others.Points, p)
		}
	}
	chart := &Chart{
		ID: CostQualityID, Kind: Scatter, Title: "What quality costs",
		About: "Each point is a way to serve all requests: to the left is cheaper, up is better.",
		X:     Axis{Title: "cost per 1,000 requests", Unit: USD},
		Y:     Axis{Title: "quality (mean grade)", Unit: Share, Marks: []Mark{{float64(quality), "baseline"}}},
	}
	if f.k != nil {
		chart.Y.Marks = append(chart.Y.Marks, Mark{float64(quality) - c.Settings.Tolerance, "tolerance " + points(c.Settings.Tolerance)})
		for _, s := range []Series{others, chosen} {
			if slices.ContainsFunc(s.Points, func(p Point) bool { return !math.IsNaN(p.Lo) }) {
				chart.About += whiskers
				break
			}
		}
	}
	if len(curve) > 0 {
		chart.Series = append(chart.Series, Series{Name: "Could be had, in hindsight", Role: Curve, Points: curve, Joined: true})
	}
	for _, s := range []Series{baseline, singles, others, chosen} {
		if len(s.Points) > 0 {
			chart.Series = append(chart.Series, s)
		}
	}
	return []*Chart{chart}
}

// whiskers is what a chart says of its intervals.
const whiskers = " The line through a point is its 95 % interval of the difference from the baseline: the shorter, the surer."

// deltas is the chart of each task's change of quality.
func (f *full) deltas() *Chart {
	s := Series{Name: f.k.Label, Role: Chosen}
	row := func(label string, r *eval.Result, tolerance float64, moved bool) {
		if !r.Delta.Known() {
			return
		}
		p := Point{
			Label: label, X: float64(r.Delta), Lo: math.NaN(), Hi: math.NaN(), N: r.Covered, Tone: toneOf(r.Verdict),
			Note: fmt.Sprintf("%s: %s%s, at worst %s, may lose %s (n %s)", r.Verdict, known(Points, r.Delta), interval(Points, r.DeltaInterval),
				Format(Points, beside(r.Bound, tolerance)), points(tolerance), count(r.Covered)),
		}
		if i := r.DeltaInterval; i != nil && i.Lo.Known() {
			p.Lo, p.Hi = float64(i.Lo), float64(i.Hi)
		}
		if !moved {
			p.Tone, p.Note = Neutral, "not moved: everything stays on "+f.c.Baseline
		}
		s.Points = append(s.Points, p)
	}
	var unmoved []string
	for i := range f.k.Tasks {
		if stays(&f.k.Tasks[i], f.c.Baseline) {
			unmoved = append(unmoved, f.k.Tasks[i].Task)
		}
	}
	about := "The dot is the change against the baseline, the line its 95 % interval: the shorter, the surer. What lies right of a tolerance is within it."
	if len(unmoved) > maxUnmoved {
		about += fmt.Sprintf(" %d tasks stay on the baseline and are not shown.", len(unmoved))
	}
	for i := range f.k.Tasks {
		if len(unmoved) > maxUnmoved && slices.Contains(unmoved, f.k.Tasks[i].Task) {
			continue
		}
		row(f.k.Tasks[i].Task, &f.k.Tasks[i].Result, f.c.Settings.TaskTolerance, !stays(&f.k.Tasks[i], f.c.Baseline))
	}
	row(wholeRow, &f.k.Whole, f.c.Settings.Tolerance, true)
	if len(s.Points) == 0 {
		return nil
	}
	return &Chart{
		ID: DeltasID, Kind: Forest, Title: "Change of quality, task by task",
		About: about,
		X: Axis{Title: "change of quality against " + f.c.Baseline, Unit: Points, Marks: []Mark{
			{0, "no change"}, {-f.c.Settings.TaskTolerance, "a task may lose " + points(f.c.Settings.TaskTolerance)},
		}},
		Series: []Series{s},
	}
}

// maxSteps is how many steps a waterfall has.
const maxSteps = 24

// waterfall is the chart of what each step saves of the baseline's bill; steps are shares of it.
// What saves least of more than maxSteps is put together.
func waterfall(baseline, label, about string, steps []Point, total float64) *Chart {
	s := Series{Name: "Share of the bill", Role: Chosen, Points: []Point{{Label: baseline, Y: 1, Total: true, Note: "what the baseline costs"}}}
	if len(steps) > maxSteps {
		rest := Point{Label: fmt.Sprintf("%d other tasks", len(steps)-maxSteps+1), Note: "together"}
		for _, p := range steps[maxSteps-1:] {
			rest.Y += p.Y
		}
		steps = append(slices.Clone(steps[:maxSteps-1]), rest)
	}
	s.Points = append(s.Points, steps...)
	s.Points = append(s.Points, Point{Label: label, Y: total, Total: true, Note: FormatNumber(Share, total) + " of what the baseline costs"})
	return &Chart{
		ID: SavingsID, Kind: Waterfall, Title: "What each task saves of the bill", About: about,
		Y: Axis{Title: "share of the baseline's bill", Unit: Share}, Series: []Series{s},
	}
}

// chartID makes part of an ID of a name.
func chartID(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
}
