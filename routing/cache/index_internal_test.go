package cache

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func unit(r *rand.Rand, dims int, near []float32) []float32 {
	v := make([]float32, dims)
	for i := range v {
		v[i] = float32(r.NormFloat64())
		if near != nil {
			v[i] = near[i] + v[i]*0.5/float32(math.Sqrt(float64(dims)))
		}
	}
	normaliseLength(v)
	return v
}

// TestNearest compares the scan with one that looks at everything, with and without entries that are gone.
func TestNearest(t *testing.T) {
	for _, dims := range []int{1, 7, 63, 64, 65, 256, 384} {
		r := rand.New(rand.NewPCG(1, uint64(dims)))
		x := NewIndex(dims, 300)
		var vectors [][]float32
		for i := range 1000 {
			var near []float32
			if i%2 == 1 {
				near = vectors[r.IntN(len(vectors))]
			}
			v := unit(r, dims, near)
			vectors = append(vectors, v)
			x.add(v, item{key: fmt.Sprint(i), expires: int64(i % 900)}, -1)
			if x.Len() != min(i+1, 300) {
				t.Fatalf("%d entries after %d", x.Len(), i+1)
			}
		}
		for _, least := range []float64{-1, 0, 0.5, 0.8, 0.9, 1} {
			for range 10 {
				q := unit(r, dims, vectors[900+r.IntN(100)])
				var want []string
				type all struct {
					key        string
					similarity float64
				}
				var slow []all
				for i := 700; i < 1000; i++ {
					if s := round(dot(q[:x.head], vectors[i][:x.head]) + dot(q[x.head:], vectors[i][x.head:])); s >= least && i%900 > 100 {
						slow = append(slow, all{fmt.Sprint(i), s})
					}
				}
				slices.SortStableFunc(slow, func(a, b all) int { return cmp.Compare(b.similarity, a.similarity) })
				for _, s := range slow[:min(len(slow), maxFound)] {
					want = append(want, s.key)
				}
				var got []string
				for _, f := range x.nearest(nil, q, least, 100) {
					got = append(got, f.item.key)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("%d dimensions, least %v: got %v, want %v", dims, least, got, want)
				}
			}
		}
	}
}

// TestIndexForgets: what is dropped frees its place in the end.
func TestIndexForgets(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	x := NewIndex(8, 10)
	for i := range 5000 {
		x.add(unit(r, 8, nil), item{key: fmt.Sprint(i), expires: math.MaxInt64}, 0)
	}
	if len(x.items) > 3000 {
		t.Errorf("%d places for 10 entries", len(x.items))
	}
	if got := x.nearest(nil, unit(r, 8, nil), -1, 0); len(got) != maxFound {
		t.Errorf("found %d", len(got))
	}
}

func TestDot(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 255, 256} {
		a, b, want := make([]float32, n), make([]float32, n), float32(0)
		for i := range a {
			a[i], b[i] = float32(i), float32(i%3)
			want += a[i] * b[i] // small integers: exact in any order
		}
		if got := dot(a, b); got != want {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
}

func BenchmarkNearest(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		for _, least := range []float64{0.8, 0.95} {
			b.Run(fmt.Sprintf("%d/%v", n, least), func(b *testing.B) {
				r := rand.New(rand.NewPCG(1, 2))
				x := NewIndex(256, n)
				var v []float32
				for range n {
					v = unit(r, 256, nil)
					x.add(v, item{expires: math.MaxInt64}, 0)
				}
				var buffer [4 * maxFound]found
				for b.Loop() {
					if len(x.nearest(buffer[:0], v, least, 0)) != 1 {
						b.Fatal("want the one")
					}
				}
			})
		}
	}
}
