package svg

import (
	"math"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/reports"
)

// A scale maps values of an axis to coordinates.
type scale struct {
	lo, hi   float64 // values
	from, to float64 // coordinates
	log      bool
}

func (s *scale) at(v float64) float64 {
	lo, hi := s.lo, s.hi
	if s.log {
		v, lo, hi = math.Log(max(v, 1e-12)), math.Log(lo), math.Log(hi)
	}
	return s.from + (s.to-s.from)*(v-lo)/(hi-lo)
}

// span is a range that grows with what it has to hold.
type span struct{ lo, hi float64 }

func newSpan() span { return span{math.Inf(1), math.Inf(-1)} }

func (s *span) add(values ...float64) {
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			s.lo, s.hi = min(s.lo, v), max(s.hi, v)
		}
	}
}

// pad makes room around what the range holds, by a share of it, and some if it holds but one value.
func (s *span) pad(share float64) {
	room := share * (s.hi - s.lo)
	if room == 0 {
		room = max(math.Abs(s.hi)*0.1, 0.01)
	}
	s.lo, s.hi = s.lo-room, s.hi+room
}

// ticks are round values between lo and hi, about so many.
func ticks(s *scale, about int) (at []float64, step float64) {
	if s.log {
		return logTicks(s.lo, s.hi), 0
	}
	step = niceStep((s.hi - s.lo) / float64(max(about, 1)))
	for i := math.Ceil(s.lo/step - 1e-9); i*step <= s.hi+step*1e-9; i++ {
		at = append(at, i*step)
	}
	return at, step
}

func niceStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*power >= x*0.999 {
			return m * power
		}
	}
	return 10 * power
}

func logTicks(lo, hi float64) (at []float64) {
	steps := []float64{1}
	if hi/lo < 300 {
		steps = []float64{1, 2, 5}
	}
	for power := math.Pow(10, math.Floor(math.Log10(lo))); power <= hi; power *= 10 {
		for _, m := range steps {
			if v := m * power; v >= lo && v <= hi {
				at = append(at, v)
			}
		}
	}
	return at
}

// tick writes a value of an axis whose ticks are so far apart.
func tick(u reports.Unit, v, step float64) string {
	decimals := func(scale float64) int {
		if step <= 0 {
			return 0
		}
		return max(0, -int(math.Floor(math.Log10(scale*step)+1e-9)))
	}
	fixed := func(x float64, decimals int) string {
		s := strconv.FormatFloat(x, 'f', decimals, 64)
		if strings.Trim(s, "-0.") == "" {
			return strings.TrimPrefix(s, "-")
		}
		return s
	}
	switch u {
	case reports.Share:
		return fixed(100*v, decimals(100)) + " %"
	case reports.Points, reports.Bound:
		s := fixed(100*v, decimals(100))
		if v > 0 && strings.Trim(s, "0.") != "" {
			s = "+" + s
		}
		return s + " pp"
	case reports.USD:
		if v == 0 {
			return "$0"
		}
		if d := decimals(1); d != 1 {
			return "$" + fixed(v, d)
		}
		return "$" + fixed(v, 2)
	case reports.Millis:
		if v >= 1000 {
			return strconv.FormatFloat(v/1000, 'f', -1, 64) + " s"
		}
		return strconv.FormatFloat(v, 'f', -1, 64) + " ms"
	case reports.Count:
		return reports.FormatNumber(reports.Count, v)
	case reports.Text, reports.PValue, reports.Decimals:
	}
	return fixed(v, decimals(1))
}
