package eval

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func powerSum(terms ...float64) (s PowerSum) {
	for _, x := range terms {
		s.Add(x)
	}
	return s
}

// exact returns the words as one number, in units of 2⁻⁶⁴.
func (s PowerSum) exact() *big.Int {
	out := new(big.Int)
	for i := len(s) - 1; i >= 0; i-- {
		out.Or(out.Lsh(out, 64), new(big.Int).SetUint64(s[i]))
	}
	return out
}

// The sum is what truncating every term to 2⁻⁶⁴ and adding exactly comes to, whatever the order and the parts.
func TestPowerSumIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		terms := make([]float64, r.IntN(40))
		for i := range terms {
			terms[i] = math.Ldexp(r.Float64(), r.IntN(185)-70)
		}
		want, got := exact(terms), powerSum(terms...)
		if got.exact().Cmp(want) != 0 {
			t.Fatalf("sum of %v = %x, want %x", terms, got.exact(), want)
		}
		near, _ := new(big.Float).SetMantExp(new(big.Float).SetInt(want), -64).Float64()
		if math.Abs(got.Float64()-near) > 1e-15*near {
			t.Fatalf("sum of %v = %v, want %v", terms, got.Float64(), near)
		}
		r.Shuffle(len(terms), func(i, j int) { terms[i], terms[j] = terms[j], terms[i] })
		cut := r.IntN(len(terms) + 1)
		a, b := powerSum(terms[:cut]...), powerSum(terms[cut:]...)
		if b.AddSum(&a); b != got {
			t.Fatalf("another order gives %v, not %v", b, got)
		}
	}
}

func TestPowerSumEdges(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		terms []float64
		want  float64
	}{
		{nil, 0},
		{[]float64{0, math.Copysign(0, -1)}, 0},
		{[]float64{math.SmallestNonzeroFloat64, 0x1p-65}, 0},
		{[]float64{0x1p-64, 0x1p-64}, 0x1p-63},
		{[]float64{0x1p63, 0x1p63}, 0x1p64},                       // carries into the third word
		{[]float64{0x1p63, 0x1.fffffffffffffp62, 0x1p10}, 0x1p64}, // and through the second
		{[]float64{0x1.fffffffffffffp127}, 0x1.fffffffffffffp127}, // the largest term
		{[]float64{0x1p128}, nan},
		{[]float64{0x1p127, 0x1p127}, nan},
		{[]float64{0x1p127, 0x1p127, 1, 0}, nan},
		{[]float64{-1}, nan},
		{[]float64{1, math.Inf(1)}, nan},
		{[]float64{nan}, nan},
	} {
		s := powerSum(tt.terms...)
		if got := s.Float64(); got != tt.want && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("sum of %v = %v, want %v", tt.terms, got, tt.want)
		}
		// An overflow sticks, on either side, with any other sum.
		for _, x := range []float64{0, 1} {
			other := powerSum(x)
			left, right := s, other
			left.AddSum(&other)
			if right.AddSum(&s); left != right || math.IsNaN(left.Float64()) != math.IsNaN(tt.want) {
				t.Errorf("sum of %v and %v = %v, and the other way round %v", tt.terms, x, left, right)
			}
		}
	}
}

func TestPowerSumText(t *testing.T) {
	for _, s := range []PowerSum{{}, powerSum(1), powerSum(0.1, 1e30), {1, 2, 3}, powerSum(math.Inf(1))} {
		text, err := s.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back PowerSum
		if err := back.UnmarshalText(text); err != nil || back != s {
			t.Errorf("%v: %s reads back as %v, %v", s, text, back, err)
		}
	}
	var s PowerSum
	for _, bad := range []string{"", "0", "zz0000000000000000000000000000000000000000000000"} {
		if s.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("UnmarshalText(%q) succeeded", bad)
		}
	}
}

func BenchmarkPowerSumAdd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	terms := make([]float64, 1024)
	for i := range terms {
		terms[i] = math.Exp(5 * r.NormFloat64())
	}
	var s PowerSum
	for i := 0; b.Loop(); i++ {
		s.Add(terms[i%len(terms)])
	}
}
