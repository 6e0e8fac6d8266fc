package stats

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
)

// BootstrapOptions say how [Estimates] draws. The zero value is 95 %, 10,000 resamples, seed 0, one worker a CPU.
type BootstrapOptions struct {
	Level     float64 // two-sided, such as 0.95
	Resamples int
	Seed      uint64
	Workers   int // the result does not depend on it
}

func (o *BootstrapOptions) withDefaults() BootstrapOptions {
	var out BootstrapOptions
	if o != nil {
		out = *o
	}
	out.Level = cmp.Or(out.Level, 0.95)
	out.Resamples = cmp.Or(max(out.Resamples, 0), 10000)
	out.Workers = cmp.Or(max(out.Workers, 0), runtime.GOMAXPROCS(0))
	return out
}

// An Estimate is a mean delta with the two-sided interval that is shown beside it. Verdicts do not come from it but from
// [Noninferiority].
type Estimate struct {
	Method   string  // how the interval was got
	N        float64 // clusters
	Nonzero  int     // those whose delta is not 0
	Delta    float64 // NaN without clusters
	Level    float64
	Interval Interval // NaN where undefined
	Warnings []string
}

// Estimates returns the traffic-weighted mean delta over the samples, and that of each sample in the order given, with the
// intervals that are to be shown.
//
// Right-or-wrong outcomes get the score interval: Tango's for a stratum, that of [Overall] for the whole. Graded scores
// and clusters of several rows get the bias-corrected and accelerated bootstrap over clusters within strata, expanded for the
// number of deltas other than 0 and widened to the exact floors of [Deltas.NonInferior] where fewer than 10 lose or gain, or, with fewer than 20 deltas other than 0, the interval that inverts the graded test at (1−level)/2 to each side, and a warning.
// A plain bootstrap shows no width at all where no delta differs from 0; none of these does.
//
// The result is the same for any order of samples and clusters, and for any number of workers. Where all weights are
// equal the resampling is exact; otherwise the weight of the drawn clusters without a delta has its normal limit.
func Estimates(samples []Sample, o *BootstrapOptions) (whole Estimate, each []Estimate) {
	opts := o.withDefaults()
	e := estimator{opts: opts, each: make([]Estimate, len(samples))}
	if !validLevel(opts.Level) {
		return e.undefined("the level is not between 0 and 1"), e.each
	}
	e.load(samples)
	e.resample()
	for i := range e.samples {
		e.each[e.samples[i].index] = e.one(i)
	}
	return e.whole(), e.each
}

// An estimator holds the samples in the order of their names.
type estimator struct {
	opts      BootstrapOptions
	samples   []indexed
	weight    float64 // of all samples
	nonzero   int
	n         float64
	graded    bool
	effective Deltas      // the whole as units of one weight
	missing   string      // a sample that can change and has no clusters
	invalid   string      // a sample whose numbers cannot be
	resamples [][]float64 // one slice a sample, nil where the bootstrap is not used
	each      []Estimate
}

type indexed struct {
	sample
	index int // in the caller's order
	valid bool
}

func (e *estimator) load(samples []Sample) {
	for i, in := range samples {
		s, ok := newSample(in)
		e.samples = append(e.samples, indexed{s, i, ok})
	}
	slices.SortStableFunc(e.samples, func(a, b indexed) int { return cmp.Compare(a.Name, b.Name) })
	for i := range e.samples {
		s := &e.samples[i]
		e.weight += s.Weight
		e.n += s.total.N
		switch {
		case !s.valid:
			e.invalid = s.Name
		case s.Unchanged:
		case s.total.W == 0:
			e.missing = s.Name
		default:
			e.nonzero += len(s.nonzero)
			e.graded = e.graded || s.Graded
		}
	}
	if o, ok := newOverall(e.strata()); ok && len(o.strata) > 0 && e.weight > 0 {
		e.effective = o.effective()
	}
}

// resample draws for the samples whose own interval, or the whole's, comes from the bootstrap.
func (e *estimator) resample() {
	e.resamples = make([][]float64, len(e.samples))
	var jobs []func()
	for i := range e.samples {
		s := &e.samples[i]
		if !s.valid || s.Unchanged || len(s.nonzero) == 0 || !e.bootstrapsWhole() && !s.bootstraps() {
			continue
		}
		r, out := newResampler(&s.sample), make([]float64, e.opts.Resamples)
		e.resamples[i] = out
		for block := 0; block*blockSize < len(out); block++ {
			jobs = append(jobs, func() {
				r.fill(out[block*blockSize:min((block+1)*blockSize, len(out))], e.opts.Seed, block)
			})
		}
	}
	run(jobs, e.opts.Workers)
}

// run does the jobs, which write to places of their own, on so many goroutines.
func run(jobs []func(), workers int) {
	var wg sync.WaitGroup
	for w := range min(workers, len(jobs)) {
		wg.Go(func() {
			for i := w; i < len(jobs); i += workers {
				jobs[i]()
			}
		})
	}
	wg.Wait()
}

func (s *sample) bootstraps() bool { return s.Graded && len(s.nonzero) >= fewNonzero }

// bootstrapsWhole asks for as many deltas other than 0 as the weights leave of them: a class of a third of the traffic with
// five of them makes few of many.
func (e *estimator) bootstrapsWhole() bool {
	if !e.graded || e.missing != "" || e.invalid != "" {
		return false
	}
	losers, winners := e.sides()
	return (losers+winners)*e.effective.N >= fewNonzero
}

// one estimates the sample at place i.
func (e *estimator) one(i int) Estimate {
	s := &e.samples[i]
	if !s.valid {
		return e.undefined(fmt.Sprintf("stratum %q: a weight is not positive, or a delta outside [-1, 1]", s.Name))
	}
	out := Estimate{N: s.total.N, Nonzero: len(s.nonzero), Delta: s.delta(), Level: e.opts.Level}
	switch {
	case s.Unchanged:
		out.Method, out.Delta = "nothing changed", 0
		return out
	case s.total.W == 0:
		out.Method, out.Delta, out.Interval = "none", math.NaN(), Interval{-1, 1}
		out.Warnings = []string{"no labels"}
		return out
	case s.bootstraps():
		var f influence
		f.add(&s.sample, 1)
		out.Method = "BCa cluster bootstrap"
		iv := bca(slices.Clone(e.resamples[i]), out.Delta, f.acceleration(), expanded(e.opts.Level, min(float64(len(s.nonzero)), f.freedom())))
		out.Interval = widen(iv, s.stratum().Deltas, s.losers/s.total.W, s.winners/s.total.W, e.opts.Level)
	case s.Graded:
		r := s.stratum().Deltas.NonInferior(0, (1-e.opts.Level)/2)
		out.Method, out.Interval = r.Test, Interval{r.Bound, r.Upper}
	default:
		p := s.stratum().Pairs
		out.Method, out.Interval = "Tango score", TangoInterval(p.N, p.B, p.C, e.opts.Level)
	}
	out.warnFew(s.Graded)
	return out
}

// whole combines the samples.
func (e *estimator) whole() Estimate {
	switch {
	case e.invalid != "":
		return e.undefined(fmt.Sprintf("stratum %q: a weight is not positive, or a delta outside [-1, 1]", e.invalid))
	case e.missing != "":
		return e.undefined(fmt.Sprintf("stratum %q can change and has no labels", e.missing))
	case e.n == 0 || !(e.weight > 0):
		return e.undefined("no labels")
	}
	out := Estimate{N: e.n, Nonzero: e.nonzero, Level: e.opts.Level}
	if e.bootstrapsWhole() {
		out.Method = "BCa cluster bootstrap"
		losers, winners := e.sides()
		var iv Interval
		out.Delta, iv = e.bootstrapWhole((losers + winners) * e.effective.N)
		out.Interval = widen(iv, e.effective, losers, winners, e.opts.Level)
		return out
	}
	o, ok := newOverall(e.strata())
	r := o.test(ok, 0, (1-e.opts.Level)/2)
	out.Method, out.Delta, out.Interval = r.Test, r.Delta, Interval{r.Bound, r.Upper}
	if r.Test != "nothing changed" {
		out.warnFew(e.graded)
	}
	if e.graded && e.nonzero >= fewNonzero {
		out.Warnings = append(out.Warnings, fmt.Sprintf("the weights make few of %d deltas: %s instead of the bootstrap", e.nonzero, r.Test))
	}
	return out
}

// bootstrapWhole returns the weighted mean and its BCa interval, expanded for so many deltas other than 0; infinitely many
// leave it plain.
func (e *estimator) bootstrapWhole(nonzero float64) (delta float64, iv Interval) {
	sums := make([]float64, e.opts.Resamples)
	var f influence
	for i := range e.samples {
		s := &e.samples[i]
		if s.Unchanged {
			continue
		}
		weight := s.Weight / e.weight
		delta += weight * s.delta()
		f.add(&s.sample, weight)
		for r, mean := range e.resamples[i] {
			sums[r] += weight * mean
		}
	}
	level := e.opts.Level
	if !math.IsInf(nonzero, 1) {
		level = expanded(level, min(nonzero, f.freedom()))
	}
	return delta, bca(sums, delta, f.acceleration(), level)
}

// sides returns the weighted shares of clusters that lose and that gain.
func (e *estimator) sides() (losers, winners float64) {
	for i := range e.samples {
		if s := &e.samples[i]; !s.Unchanged && s.total.W > 0 {
			losers += s.Weight / e.weight * s.losers / s.total.W
			winners += s.Weight / e.weight * s.winners / s.total.W
		}
	}
	return losers, winners
}

// expanded is the level to ask of a bootstrap that is to cover at the given one: resamples vary too little by √(1 − 1/n)
// and know no t, so that α/2 becomes Φ(−√(n/(n−1))·t_{n−1}) (Hesterberg 2015, The American Statistician 69:371, §5.3).
// n is the number of deltas other than 0, for the others tell nothing of the variance, or the degrees of freedom where
// unequal weights or sizes leave fewer: without that 93 % would be covered where 12 classes have Zipf's weights.
func expanded(level, n float64) float64 {
	if n < 2 {
		return level
	}
	t := distuv.StudentsT{Sigma: 1, Nu: n - 1}.Quantile((1 + level) / 2)
	return 1 - 2*distuv.UnitNormal.CDF(-t*math.Sqrt(n/(n-1)))
}

// fewSides is the number of units that lose, or that gain, below which resampling says too little of their rate.
const fewSides = 10

// widen takes a bootstrap interval to what rare whole losses, or gains, that are not among the units could make of the
// delta, where those that lose or gain, shares of the units, are few: resampling never draws what it has not seen, and
// without it coverage would fall to 83 % where whole losses are rare and small gains common.
func widen(iv Interval, d Deltas, losers, winners, level float64) Interval {
	r := Noninferiority{Alpha: (1 - level) / 2, Bound: iv.Lo, Upper: iv.Hi}.withGainsFloor(d)
	if losers*d.N < fewSides {
		iv.Lo = r.Bound
	}
	if winners*d.N < fewSides {
		iv.Hi = r.Upper
	}
	return iv
}

func (e *estimator) strata() []Stratum {
	out := make([]Stratum, len(e.samples))
	for i := range e.samples {
		out[i] = e.samples[i].stratum()
	}
	return out
}

func (e *estimator) undefined(why string) Estimate {
	nan := math.NaN()
	return Estimate{Method: "none", N: e.n, Delta: nan, Level: e.opts.Level, Interval: Interval{nan, nan}, Warnings: []string{why}}
}

// warnFew says where the deltas are too few for an interval to rest on much.
func (r *Estimate) warnFew(graded bool) {
	switch {
	case r.Nonzero == 0:
		r.Warnings = append(r.Warnings, "no delta differs from 0: the interval shows what so many labels cannot exclude")
	case r.Nonzero < fewNonzero && graded:
		r.Warnings = append(r.Warnings, fmt.Sprintf("only %d of %.0f deltas differ from 0: %s instead of the bootstrap", r.Nonzero, r.N, r.Method))
	case r.Nonzero < fewNonzero:
		r.Warnings = append(r.Warnings, fmt.Sprintf("only %d of %.0f deltas differ from 0", r.Nonzero, r.N))
	}
}
