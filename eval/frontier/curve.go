package frontier

import (
	"cmp"
	"math"
	"slices"
)

// A Point is what a policy comes to.
type Point struct {
	Cost    float64 // USD per request, or any other unit of spending
	Quality float64
}

// NonDecreasingHull returns the points, by rising cost and quality, whose random mixes nothing among the points beats: the
// upper concave hull up to the best point (RouterBench, arXiv 2403.12031, section 3: interpolation, extrapolation and the
// non-decreasing convex hull). To its right it is flat: whoever has more money may leave it. Points with a NaN do not count.
func NonDecreasingHull(points []Point) []Point {
	sorted := slices.DeleteFunc(slices.Clone(points), func(p Point) bool { return p.Cost != p.Cost || p.Quality != p.Quality })
	slices.SortFunc(sorted, func(a, b Point) int { return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(b.Quality, a.Quality)) })
	var hull []Point
	for _, p := range sorted {
		if len(hull) > 0 && p.Quality <= hull[len(hull)-1].Quality {
			continue
		}
		for len(hull) > 1 {
			a, b := hull[len(hull)-2], hull[len(hull)-1]
			if (b.Quality-a.Quality)*(p.Cost-b.Cost) > (p.Quality-b.Quality)*(b.Cost-a.Cost) {
				break
			}
			hull = hull[:len(hull)-1]
		}
		hull = append(hull, p)
	}
	return hull
}

// QualityAt returns the best quality that a random mix of the points has for that money: NaN for less than the cheapest costs.
func QualityAt(points []Point, cost float64) float64 {
	hull := NonDecreasingHull(points)
	if len(hull) == 0 || !(cost >= hull[0].Cost) {
		return math.NaN()
	}
	for i, b := range hull[1:] {
		if a := hull[i]; cost < b.Cost {
			return a.Quality + (cost-a.Cost)/(b.Cost-a.Cost)*(b.Quality-a.Quality)
		}
	}
	return hull[len(hull)-1].Quality
}

// CostFor returns the least that a random mix of the points of that quality costs: NaN if none is so good.
func CostFor(points []Point, quality float64) float64 {
	hull := NonDecreasingHull(points)
	for i, b := range hull {
		switch {
		case b.Quality < quality:
		case i == 0:
			return b.Cost
		default:
			a := hull[i-1]
			return a.Cost + (quality-a.Quality)/(b.Quality-a.Quality)*(b.Cost-a.Cost)
		}
	}
	return math.NaN()
}

// AIQ returns the average improvement in quality of a policy: the mean height of its non-decreasing hull between two costs
// (RouterBench, arXiv 2403.12031, section 3: AIQ(R) = 1/(c_max − c_min) ∫ R̃ dc). What is compared must be compared between
// the same costs.
//
// To the left of its cheapest point a policy has no quality to show, and the AIQ is NaN: with costs from that of the
// cheapest of all points that are compared, add to each policy what it would do for less, such as the single models, which
// anybody can mix, or the null router at cost and quality 0. (RouterBench's own script starts the area at each policy's
// first point and divides by c_max, so that a policy without cheap points loses the area.) NaN also unless from < to.
func AIQ(points []Point, from, to float64) float64 {
	hull := NonDecreasingHull(points)
	if len(hull) == 0 || !(from < to) || !(from >= hull[0].Cost) {
		return math.NaN()
	}
	var area float64
	for i, a := range hull {
		end := Point{math.Inf(1), a.Quality}
		if i+1 < len(hull) {
			end = hull[i+1]
		}
		left, right := max(from, a.Cost), min(to, end.Cost)
		if left >= right {
			continue
		}
		slope := (end.Quality - a.Quality) / (end.Cost - a.Cost) // 0 on the flat part
		area += (right - left) * (a.Quality + slope*((left+right)/2-a.Cost))
	}
	return area / (to - from)
}
