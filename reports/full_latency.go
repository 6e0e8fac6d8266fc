package reports

import (
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval"
)

// Latencies count how long requests took, in bins of 2 %: memory does not grow with their number.
type Latencies struct {
	N    int64
	bins map[int]int64
}

// latencyBin is how much longer the end of a bin is than its beginning.
var latencyBin = math.Log(1.02)

// Add adds a request that took so many milliseconds.
func (l *Latencies) Add(ms float64) {
	if !(ms >= 0) || math.IsInf(ms, 1) {
		return
	}
	if l.bins == nil {
		l.bins = map[int]int64{}
	}
	l.N++
	l.bins[int(math.Floor(math.Log(max(ms, 0.1))/latencyBin))]++
}

// points are the distribution: which share of the requests took no longer.
func (l *Latencies) points() []Point {
	keys := make([]int, 0, len(l.bins))
	for k := range l.bins {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var out []Point
	sum := int64(0)
	for _, k := range keys {
		sum += l.bins[k]
		out = append(out, Point{X: math.Exp(float64(k+1) * latencyBin), Y: float64(sum) / float64(l.N), Lo: math.NaN(), Hi: math.NaN()})
	}
	return out
}

func (f *full) latency() Section {
	t := &Table{Columns: []Column{{"Task", Text}, {"Requests", Count}, {"p50", Millis}, {"p95", Millis}, {"p99", Millis}, {"Calls per request", Decimals}}}
	row := func(name string, r *eval.Result) []Cell {
		return []Cell{T(name), N(r.LatencyKnown), of(r.LatencyP50, r.LatencyKnown), of(r.LatencyP95, r.LatencyKnown), of(r.LatencyP99, r.LatencyKnown), N(r.AttemptsPerRequest)}
	}
	for i := range f.k.Tasks {
		if r := &f.k.Tasks[i]; r.LatencyKnown > 0 {
			t.Rows = append(t.Rows, row(r.Task, &r.Result))
		}
	}
	if len(t.Rows) == 0 {
		f.lacks("Latency", "the data records none: a column latency_ms does")
		return Section{}
	}
	t.Foot = [][]Cell{row(wholeRow, &f.k.Whole)}
	if r := f.reference(f.c.Baseline); r != nil {
		t.Foot = append(t.Foot, row(f.c.Baseline+" for everything", &r.Whole))
	}
	s := Section{ID: LatencyID, Title: "Latency", Table: t, About: "How long requests take from the first call to the answer: half of them (p50), 95 %, 99 % take no longer."}
	rows := f.in.Rows
	if rows == nil || rows.Latency.N == 0 {
		f.lacks("The distribution of latencies", withRows)
		return s
	}
	chart := &Chart{
		ID: LatenciesID, Kind: Scatter, Title: "Latency", About: "Which share of the requests is answered within that time. Further left is faster.",
		X: Axis{Title: "latency", Unit: Millis, Log: true}, Y: Axis{Title: "share of requests", Unit: Share},
		Series: []Series{{Name: f.k.Label, Role: Chosen, Points: rows.Latency.points(), Joined: true, Step: true}},
	}
	if rows.BaselineMS.N > 0 {
		chart.Series = append([]Series{{Name: f.c.Baseline, Role: Baseline, Points: rows.BaselineMS.points(), Joined: true, Step: true}}, chart.Series...)
	}
	s.Charts = []*Chart{chart}
	return s
}
