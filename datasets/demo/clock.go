package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// days is how long the traffic lasts.
const days = 14

// start is a Monday, 00:00 UTC.
func start() time.Time { return time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC) }

// drawTime draws a time of the two weeks by rejection: office hours are busy, nights and weekends quiet.
func drawTime(r *rand.Rand) time.Time {
	for {
		hours := r.Float64() * days * 24
		if r.Float64() < load(hours) {
			return start().Add(time.Duration(hours * float64(time.Hour))).Truncate(time.Microsecond)
		}
	}
}

// load is how busy the hour is, from 0 to 1, in hours since the start: a peak before noon and one after.
func load(hours float64) float64 {
	day, h := math.Floor(hours/24), math.Mod(hours, 24)
	l := 0.08 + 0.9*math.Exp(-(h-10.5)*(h-10.5)/6) + 0.75*math.Exp(-(h-15)*(h-15)/8)
	if math.Mod(day, 7) >= 5 {
		l *= 0.4
	}
	return min(l, 1)
}

// later draws when a question is asked again: hours later, within the two weeks.
func later(r *rand.Rand, at time.Time) *time.Time {
	end := start().AddDate(0, 0, days).Add(-time.Microsecond)
	t := at.Add(time.Duration(r.ExpFloat64() * 5 * float64(time.Hour))).Truncate(time.Microsecond)
	if t.After(end) {
		t = end
	}
	return &t
}
