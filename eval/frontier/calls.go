package frontier

import (
	"cmp"
	"math"
	"slices"
)

// PGR returns the performance gap recovered: how much of what the strong model is better than the weak one a quality has
// (RouteLLM, arXiv 2406.18665, "Metrics"). Below 0 it is worse than the weak model, above 1 better than the strong one; NaN
// if the strong model is not better than the weak one.
func PGR(quality, weak, strong float64) float64 {
	if !(strong > weak) {
		return math.NaN()
	}
	return (quality - weak) / (strong - weak)
}

// CallCurve returns what a router between two models comes to as it asks the strong one more often: points of which Cost is
// the share of requests that go to the strong model, from 0 (all go to the weak one) to 1, and Quality the mean quality. The
// requests of highest score go first, those of one score as one, in between at random. weak and strong are the qualities
// per request of the two models; weight, which may be nil, what each request stands for. All have one length; scores of NaN
// come last.
func CallCurve(score, weak, strong, weight []float64) []Point {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(a, b)) })
	of := func(i int) float64 {
		if weight == nil {
			return 1
		}
		return weight[i]
	}
	var all, quality, sent float64
	for i, q := range weak {
		all += of(i)
		quality += of(i) * q
	}
	points := []Point{{0, quality / all}}
	for n, i := range order {
		sent += of(i)
		quality += of(i) * (strong[i] - weak[i])
		if n+1 == len(order) || cmp.Compare(score[i], score[order[n+1]]) != 0 {
			points = append(points, Point{sent / all, quality / all})
		}
	}
	return points
}

// APGR returns the average performance gap recovered of a [CallCurve]: the mean PGR over all shares of strong calls, from
// the area below the curve (RouteLLM, arXiv 2406.18665, "Metrics"). Random routing has 0.5. The paper's script samples the curve at ten
// thresholds; this takes it whole.
func APGR(curve []Point) float64 {
	if len(curve) < 2 {
		return math.NaN()
	}
	first, last := curve[0], curve[len(curve)-1]
	var area float64
	for i, b := range curve[1:] {
		a := curve[i]
		area += (b.Cost - a.Cost) * (a.Quality + b.Quality) / 2
	}
	return PGR(area/(last.Cost-first.Cost), first.Quality, last.Quality)
}

// CPT returns the call-performance threshold of a [CallCurve]: the least share of strong calls at which the PGR is at least
// so much (RouteLLM, arXiv 2406.18665, "Metrics"; CPT(50 %) is CPT(curve, 0.5)). Between two points the curve is a line, as
// random routing between them makes it. The paper's script interpolates over qualities as if they rose; where the curve
// falls in between, that is undefined, and this is the first share. NaN if the PGR is never reached.
func CPT(curve []Point, pgr float64) float64 {
	if len(curve) < 2 {
		return math.NaN()
	}
	weak, strong := curve[0].Quality, curve[len(curve)-1].Quality
	if !(strong > weak) || pgr != pgr {
		return math.NaN()
	}
	goal := weak + pgr*(strong-weak)
	if pgr == 1 {
		goal = strong
	}
	if curve[0].Quality >= goal {
		return curve[0].Cost
	}
	for i, b := range curve[1:] {
		if a := curve[i]; b.Quality >= goal {
			return a.Cost + (b.Cost-a.Cost)*(goal-a.Quality)/(b.Quality-a.Quality)
		}
	}
	return math.NaN()
}
