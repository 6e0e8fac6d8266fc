package eval

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exact is the definition that Fixed must meet: every term truncated to 2⁻⁶⁴, then exact addition.
func exact(terms []float64) *big.Int {
	sum := new(big.Int)
	for _, x := range terms {
		f := new(big.Float).SetPrec(200).SetFloat64(x)
		f.SetMantExp(f, 64)
		i, _ := f.Int(nil)
		sum.Add(sum, i)
	}
	return sum
}

func TestFixedIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var terms []float64
		var f Fixed
		for range r.IntN(20) {
			x := math.Ldexp(r.Float64()-0.5, r.IntN(100)-70)
			terms = append(terms, x)
			f.Add(x)
		}
		want, _ := new(big.Float).SetPrec(200).SetMantExp(new(big.Float).SetPrec(200).SetInt(exact(terms)), -64).Float64()
		if got := f.Float64(); got != want {
			t.Fatalf("sum of %v = %v, want %v", terms, got, want)
		}
	}
}

func TestFixedColumnIsAdd(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		column := []float64{
			0, math.Copysign(0, -1), math.NaN(), -math.NaN(), 1, math.Nextafter(1, 0), -0.5, 0x1p-64, 0x1p-65, math.SmallestNonzeroFloat64, 0x1p61, math.Inf(1),
		}
		for len(column) < 40 {
			column = append(column, math.Ldexp(r.Float64(), r.IntN(100)-90))
		}
		var want, got Fixed
		var rows []int32
		wantUnknown := 0
		for range r.IntN(60) {
			i := int32(r.IntN(len(column)))
			rows = append(rows, i)
			if x := column[i]; math.IsNaN(x) {
				wantUnknown++
			} else {
				want.Add(x)
			}
		}
		unknown := got.addColumn(column, rows)
		if got.overflow && want.overflow {
			got, want = Fixed{}, Fixed{}
		}
		if got != want || unknown != wantUnknown {
			t.Fatalf("rows %v of %v: %v, %d unknown, want %v, %d", rows, column, got, unknown, want, wantUnknown)
		}
	}
}

func TestFixedOrderDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	terms := make([]float64, 500)
	for i := range terms {
		terms[i] = math.Exp(20*r.Float64()-15) * float64(1-2*r.IntN(2))
	}
	var forward Fixed
	for _, x := range terms {
		forward.Add(x)
	}
	for range 20 {
		r.Shuffle(len(terms), func(i, j int) { terms[i], terms[j] = terms[j], terms[i] })
		var a, b Fixed
		cut := r.IntN(len(terms))
		for _, x := range terms[:cut] {
			a.Add(x)
		}
		for _, x := range terms[cut:] {
			b.Add(x)
		}
		b.AddFixed(a)
		if b != forward {
			t.Fatalf("another order gives %v, not %v", b, forward)
		}
	}
}

func TestFixedEdges(t *testing.T) {
	for _, tt := range []struct {
		terms []float64
		want  float64
	}{
		{nil, 0},
		{[]float64{0, math.Copysign(0, -1)}, 0},
		{[]float64{math.SmallestNonzeroFloat64}, 0},
		{[]float64{0x1p-64}, 0x1p-64},
		{[]float64{0x1p-65}, 0},
		{[]float64{-0x1p-64}, -0x1p-64},
		{[]float64{1, -1}, 0},
		{[]float64{0x1p61, 1}, 0x1p61},
		{[]float64{0x1p62}, 0x1p62},
		{[]float64{0x1p63}, math.NaN()},
		{[]float64{math.Inf(1)}, math.NaN()},
		{[]float64{0x1.fp61, 0x1.fp61, 0x1.fp61, 0x1.fp61, 0x1.fp61}, math.NaN()},
	} {
		var f Fixed
		for _, x := range tt.terms {
			f.Add(x)
		}
		if got := f.Float64(); got != tt.want && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("sum of %v = %v, want %v", tt.terms, got, tt.want)
		}
	}
}

func TestFixedText(t *testing.T) {
	for _, x := range []float64{0, 1, -1, 0.1, -1e-9, 12345.678} {
		var f, back Fixed
		f.Add(x)
		text, err := f.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := back.UnmarshalText(text); err != nil || back != f {
			t.Errorf("%v: %s reads back as %v, %v", x, text, back, err)
		}
	}
	var f Fixed
	for _, bad := range []string{"", "0", "zz000000000000000000000000000000"} {
		if f.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("UnmarshalText(%q) succeeded", bad)
		}
	}
}

func BenchmarkFixedAdd(b *testing.B) {
	var f Fixed
	x := 0.000123
	for b.Loop() {
		f.Add(x)
		x += 1e-9
	}
	if f.IsZero() {
		b.Fatal("nothing was added")
	}
}
