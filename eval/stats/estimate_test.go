package stats

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func ones(deltas ...float64) []Cluster {
	var out []Cluster
	for _, d := range deltas {
		out = append(out, Cluster{1, d})
	}
	return out
}

func repeated(n int, clusters ...Cluster) []Cluster { return slices.Repeat(clusters, n) }

func rest(n int, w float64) (m Moments) {
	for range n {
		m.Add(w)
	}
	return m
}

// mixed are 24 deltas of many sizes; skewed are 28 that mostly lose.
var (
	mixed = ones(-1, -1, -0.75, -0.5, -0.5, -0.5, -0.4, -0.3, -0.25, -0.2, -0.2, -0.1, -0.1, -0.05,
		0.1, 0.1, 0.2, 0.25, 0.3, 0.3, 0.4, 0.5, 0.75, 1)
	skewed = slices.Concat(repeated(14, Cluster{1, -1}), repeated(8, Cluster{1, -0.5}), repeated(6, Cluster{1, 0.1}))
)

// The wanted intervals are from scipy 1.10.1: stats.bootstrap(method='BCa') of numpy.mean with 1,000,000 and 400,000
// resamples, of Σwd/Σw with paired=True, and for two strata the same computed by hand over 400,000 resamples.
func TestBootstrapAgainstSciPy(t *testing.T) {
	weighted := Sample{Name: "weighted", Weight: 1, Graded: true, Changed: repeated(10,
		Cluster{1, -1}, Cluster{1, 0}, Cluster{1, 0}, Cluster{1, 0.5}, Cluster{2, -1}, Cluster{2, 1}, Cluster{2, 0},
		Cluster{3, -1.5}, Cluster{3, 0}, Cluster{4, -2}, Cluster{1, 0}, Cluster{1, 0}, Cluster{1, 0}, Cluster{1, 0},
		Cluster{2, 0}, Cluster{2, 0}, Cluster{2, 0}, Cluster{3, 0}, Cluster{3, 0}, Cluster{4, 0})}
	mixedStratum := Sample{Name: "mixed", Weight: 7, Graded: true, Changed: mixed, Rest: rest(36, 1)}
	skewedStratum := Sample{Name: "skewed", Weight: 3, Graded: true, Changed: skewed, Rest: rest(172, 1)}
	tests := []struct {
		name    string
		samples []Sample
		level   float64
		delta   float64
		want    Interval
	}{
		{"one stratum", []Sample{mixedStratum}, 0.95, -0.0325, Interval{-0.1150, 0.0442}},
		{"skewed", []Sample{skewedStratum}, 0.90, -0.0870, Interval{-0.1230, -0.0590}},
		{"two strata", []Sample{mixedStratum, skewedStratum}, 0.95, -0.04885, Interval{-0.1079, 0.0063}},
		{"groups of different weight", []Sample{weighted}, 0.95, -0.1, Interval{-0.145, -0.0578}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := estimator{opts: (&BootstrapOptions{Level: tt.level, Resamples: 200_000}).withDefaults()}
			e.load(tt.samples)
			e.resample()
			delta, iv := e.bootstrapWhole(math.Inf(1))
			const noise = 1.2e-3 // of both simulations
			if !near(delta, tt.delta, 1e-12) || !near(iv.Lo, tt.want.Lo, noise) || !near(iv.Hi, tt.want.Hi, noise) {
				t.Errorf("%v %v, want %v %v", delta, iv, tt.delta, tt.want)
			}
		})
	}
}

// t₀.₉₇₅ at 19 df is 2.093024; √(20/19)·t = 2.147394, and 2Φ(2.147394) − 1 = 0.968239.
func TestExpanded(t *testing.T) {
	if got := expanded(0.95, 20); !near(got, 0.968239, 2e-6) {
		t.Errorf("expanded(0.95, 20) = %v", got)
	}
	if got := expanded(0.95, 1e9); !near(got, 0.95, 1e-6) {
		t.Errorf("many: %v", got)
	}
}

// Drawing counts, drawing single clusters and drawing from all rows are one distribution: mean and variance of the resamples
// are the plug-in ones, Σ(d − d̄)²/n².
func TestResamplersAgree(t *testing.T) {
	few := Sample{Weight: 1, Changed: slices.Concat(repeated(900, Cluster{1, -1}), repeated(500, Cluster{1, 0.5})), Rest: rest(8600, 1)}
	many := Sample{Weight: 1, Rest: rest(8600, 1)}
	for i := range 1400 {
		many.Changed = append(many.Changed, Cluster{1, -1 + 0.001*float64(i)})
	}
	weighted := Sample{Weight: 1, Changed: slices.Concat(repeated(900, Cluster{1, -1}), repeated(500, Cluster{3, 1.5})), Rest: rest(8600, 1)}
	for name, in := range map[string]Sample{"counts": few, "clusters": many, "weighted counts": weighted} {
		s, _ := newSample(in)
		r := newResampler(&s)
		if name == "clusters" != (r.atoms == nil) {
			t.Fatalf("%s: %d atoms", name, len(r.atoms))
		}
		var f influence
		f.add(&s, 1)
		out := make([]float64, 20_000)
		for block := range len(out) / blockSize {
			r.fill(out[block*blockSize:(block+1)*blockSize], 1, block)
		}
		var m, v float64
		for _, x := range out {
			m += x / float64(len(out))
		}
		for _, x := range out {
			v += (x - m) * (x - m) / float64(len(out))
		}
		// Five standard errors of a mean and of a variance of 20,000.
		if !near(m, s.delta(), 5*math.Sqrt(f.l2/20_000)) || !near(v/f.l2, 1, 0.05) {
			t.Errorf("%s: mean %v and variance %v of resamples, want %v and %v", name, m, v, s.delta(), f.l2)
		}
	}
}

func TestEstimatesDegenerate(t *testing.T) {
	tests := []struct {
		name    string
		sample  Sample
		method  string
		want    Interval
		warning string
	}{
		// b = c = 0: ±z²/(n + z²).
		{"no delta", Sample{Weight: 1, Rest: rest(1000, 1)}, "Tango score", Interval{-0.0038267585, 0.0038267585}, "no delta differs from 0"},
		{"few", Sample{Weight: 1, Changed: ones(1, -1, -1, -1, -1, -1, -1, -1), Rest: rest(13, 1)}, "Tango score", Interval{-0.5172, -0.0260}, "only 8 of 21"},
		{"cannot change", Sample{Weight: 1, Unchanged: true, Rest: rest(10, 1)}, "nothing changed", Interval{}, ""},
		{"no labels", Sample{Weight: 1}, "none", Interval{-1, 1}, "no labels"},
		{"heavier than its weight", Sample{Weight: 1, Changed: ones(1.5)}, "none", Interval{math.NaN(), math.NaN()}, "a weight is not positive"},
		{"weightless", Sample{Weight: 1, Changed: []Cluster{{}}}, "none", Interval{math.NaN(), math.NaN()}, "a weight is not positive"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Zeros that come as changed rows are as good as those in the rest.
			_, each := Estimates([]Sample{tt.sample}, nil)
			got := each[0]
			if got.Method != tt.method || !near(got.Interval.Lo, tt.want.Lo, 5e-5) && tt.name != "few" || !near(got.Interval.Hi, tt.want.Hi, 1e-2) {
				t.Errorf("%+v, want %s %v", got, tt.method, tt.want)
			}
			if !strings.Contains(strings.Join(got.Warnings, "; "), tt.warning) || tt.warning == "" && len(got.Warnings) > 0 {
				t.Errorf("warnings %q, want %q", got.Warnings, tt.warning)
			}
		})
	}
	// The same loss everywhere: no spread, and the bootstrap is a point. But 30 units without a gain exclude no more than
	// 1 − 0.025^(1/30) of gains.
	_, each := Estimates([]Sample{{Weight: 1, Graded: true, Changed: repeated(30, Cluster{1, -0.25})}}, nil)
	if iv := each[0].Interval; iv.Lo != -0.25 || !near(iv.Hi, 0.75-math.Pow(0.025, 1./30), 1e-9) {
		t.Errorf("all deltas equal: %+v", each[0])
	}
	if whole, _ := Estimates([]Sample{{Name: "a", Weight: 1}, {Name: "b", Weight: 1, Rest: rest(9, 1)}}, nil); !math.IsNaN(whole.Interval.Lo) || len(whole.Warnings) != 1 {
		t.Errorf("a stratum without labels: %+v", whole)
	}
	if whole, _ := Estimates(nil, nil); !math.IsNaN(whole.Delta) {
		t.Errorf("nothing: %+v", whole)
	}
}

// The order of rows and strata and the number of workers change not one bit.
func TestEstimatesOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 0))
	var samples []Sample
	for _, name := range []string{"a", "b", "c"} {
		s := Sample{Name: name, Weight: rng.Float64(), Graded: true, Rest: rest(100, 1)}
		for range 60 {
			w := float64(1 + rng.IntN(3))
			s.Changed = append(s.Changed, Cluster{w, w * (2*rng.Float64() - 1)})
		}
		samples = append(samples, s)
	}
	want, each := Estimates(samples, &BootstrapOptions{Resamples: 1100, Workers: 1})
	for _, workers := range []int{2, 7} {
		for _, s := range samples {
			rng.Shuffle(len(s.Changed), func(i, j int) { s.Changed[i], s.Changed[j] = s.Changed[j], s.Changed[i] })
		}
		slices.Reverse(samples)
		slices.Reverse(each)
		got, gotEach := Estimates(samples, &BootstrapOptions{Resamples: 1100, Workers: workers})
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotEach, each) {
			t.Errorf("%d workers, shuffled: %+v, want %+v", workers, got, want)
		}
	}
}
