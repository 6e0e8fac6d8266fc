package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"github.com/tierwise/tierwise/routing/classify"
)

func TestAgreement(t *testing.T) {
	for _, tt := range []struct {
		name        string
		table       [][]int
		ari, purity float64
	}{
		// Manning, Raghavan and Schütze (2008), figure 16.4: 17 points, purity (5+4+3)/17; of 136 pairs 20 are in one
		// cluster and of one class, 40 in one cluster, 44 of one class. So (20 − 40·44/136) / ((40+44)/2 − 40·44/136) = 120/494.
		{"textbook", [][]int{{5, 1, 0}, {1, 4, 1}, {2, 0, 3}}, 120.0 / 494, 12.0 / 17},
		// By hand: 2 pairs shared of 15, 6 in each division: (2 − 36/15) / (6 − 36/15) = −1/9.
		{"worse than random", [][]int{{2, 1}, {1, 2}}, -1.0 / 9, 4.0 / 6},
		{"the same", [][]int{{0, 3}, {4, 0}}, 1, 1},
		{"one cluster", [][]int{{3, 4}}, 0, 4.0 / 7},
		{"one task, one cluster", [][]int{{7}}, 1, 1},
		{"each alone, on both sides", [][]int{{1, 0}, {0, 1}}, 1, 1},
		{"single request", [][]int{{1}}, 1, 1},
	} {
		got := agreement(tt.table)
		if math.Abs(got.ARI-tt.ari) > 1e-12 || math.Abs(got.Purity-tt.purity) > 1e-12 {
			t.Errorf("%s: ARI %v, purity %v, want %v, %v", tt.name, got.ARI, got.Purity, tt.ari, tt.purity)
		}
	}
}

// Points at 0, 1, 4 and 6 on a line, in clusters {0, 1} and {4, 6}: within 1, 1, 2, 2; to the others 5, 4, 3.5, 5.5.
func TestSilhouette(t *testing.T) {
	at := []float32{0, 1, 4, 6}
	apart := make([][]float32, len(at))
	for i := range at {
		for j := range at {
			apart[i] = append(apart[i], float32(math.Abs(float64(at[i]-at[j]))))
		}
	}
	want := (4.0/5 + 3.0/4 + 1.5/3.5 + 3.5/5.5) / 4
	if got := silhouette(apart, []int32{0, 0, 1, 1}, 3); math.Abs(got-want) > 1e-6 {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := silhouette(apart, []int32{0, 0, 0, 0}, 1); got != 0 {
		t.Errorf("one cluster: %v", got)
	}
}

func TestBestCount(t *testing.T) {
	tried := func(s ...float64) (out []ClusterCount) {
		for i, x := range s {
			out = append(out, ClusterCount{i + 2, x})
		}
		return out
	}
	for _, tt := range []struct {
		silhouettes []float64
		want        int
	}{{[]float64{0.2}, 2}, {[]float64{0.1, 0.3, 0.2, 0.9}, 3}, {[]float64{0.1, 0.2, 0.3}, 4}, {[]float64{0.3, 0.3, 0.2}, 3}} {
		if got := bestCount(tried(tt.silhouettes...)); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.silhouettes, got, tt.want)
		}
	}
}

// planted are points near so many directions, in turn.
func planted(n, dims, k int, rng *rand.Rand) []float32 {
	points := make([]float32, n*dims)
	for i := range n {
		p := points[i*dims:][:dims]
		for d := range p {
			p[d] = float32(0.1 * rng.NormFloat64())
		}
		p[i%k]++
		normalize(p)
	}
	return points
}

func TestSphericalFindsClusters(t *testing.T) {
	const n, dims = 301, 12
	for _, k := range []int{2, 3, 7, 12} {
		c, err := spherical(t.Context(), planted(n, dims, k, rand.New(rand.NewPCG(1, uint64(k)))), dims, k, 2, 5)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if c.of[i] != c.of[i%k] {
				t.Fatalf("%d clusters: point %d is in cluster %d, not %d", k, i, c.of[i], c.of[i%k])
			}
		}
		for i := range k {
			if slices.Contains(c.of[:i], c.of[i]) {
				t.Errorf("%d clusters: two are one: %v", k, c.of[:k])
			}
		}
	}
}

func TestSphericalStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := spherical(ctx, planted(50, 4, 3, rand.New(rand.NewPCG(1, 1))), 4, 3, 2, 5); err == nil {
		t.Error("no error")
	}
}

// The axes are the leading right singular vectors, as gonum's exact decomposition finds them.
func TestSpaceIsTruncatedSVD(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n, dims, keep = 80, 30, 5
	v := &vectors{dims: dims}
	for range n {
		var row []classify.Feature
		topic := rng.IntN(keep)
		for f := range dims {
			if rng.IntN(6) == 0 || f%keep == topic && rng.IntN(3) > 0 {
				row = append(row, classify.Feature{Index: uint32(f), Value: 1 + rng.Float32()})
			}
		}
		v.rows = append(v.rows, row)
	}
	s, err := newSpace(t.Context(), v, keep, 2, rng)
	if err != nil {
		t.Fatal(err)
	}
	f := len(s.p.features)
	exact := mat.NewDense(n, f, nil)
	for i := range v.rows {
		for _, e := range s.p.entries(nil, i) {
			exact.Set(i, int(e.place), float64(e.value))
		}
	}
	var svd mat.SVD
	if !svd.Factorize(exact, mat.SVDThin) {
		t.Fatal("no decomposition")
	}
	var right mat.Dense
	svd.VTo(&right)
	for i := range keep {
		for j := range keep {
			sum := 0.0
			for k := range f {
				sum += float64(s.axes[k*keep+i]) * float64(s.axes[k*keep+j])
			}
			if want := map[bool]float64{true: 1}[i == j]; math.Abs(sum-want) > 1e-4 {
				t.Errorf("axes %d and %d: product %v", i, j, sum)
			}
		}
	}
	inside := 0.0 // of the exact space
	for i := range keep {
		for j := range keep {
			sum := 0.0
			for k := range f {
				sum += float64(s.axes[k*keep+i]) * right.At(k, j)
			}
			inside += sum * sum
		}
	}
	if inside < 0.95*keep {
		t.Errorf("the spaces share %v of %d directions", inside, keep)
	}
}

func TestEachWord(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"Where's my ORDER B-61594?":     "where's my order",
		"a I 42 x1 'quoted' it's'":      "x1 quoted it's",
		"größe_é, naïve":                "größe naïve",
		"退款申请 ok":                       "退款 款申 申请 ok",
		"\xff\xfeab\x00cd":              "ab cd",
		strings.Repeat("z", 25) + " of": "of",
	} {
		var got []string
		eachWord(text, func(w string) { got = append(got, w) })
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzEachWord(f *testing.F) {
	f.Add("Where's my ORDER?")
	f.Add("退款申请\xff\x00İ")
	f.Fuzz(func(t *testing.T, text string) {
		eachWord(text, func(w string) {
			if name := nameOf([]term{{word: w}, {word: "other"}}, nil); w == "" || name == "" || strings.ContainsAny(name, " \n\"\\'") {
				t.Errorf("word %q of %q, name %q", w, text, name)
			}
		})
	})
}

func TestNameOf(t *testing.T) {
	terms := func(words ...string) (out []term) {
		for i, w := range words {
			out = append(out, term{w, float64(len(words) - i)})
		}
		return out
	}
	for _, tt := range []struct {
		terms []term
		used  []string
		want  string
	}{
		{terms("refund", "order", "late"), nil, "order-refund"}, // in the order of the prompts
		{terms("refund", "refunds", "order"), nil, "order-refund"},
		{terms("refund", "my", "order"), nil, "order-refund"},
		{terms("refund", "order", "late"), []string{"order-refund"}, "late-order-refund"},
		{terms("refund", "order"), []string{"order-refund", "order-refund-2"}, "order-refund-3"},
		{terms("what's"), nil, "whats"},
		{nil, nil, "cluster"},
		{nil, []string{"cluster"}, "cluster-2"},
	} {
		used := map[string]bool{}
		for _, name := range tt.used {
			used[name] = true
		}
		if got := nameOf(tt.terms, used); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.terms, got, tt.want)
		}
	}
}

// A word of all requests of a cluster and of no others comes first, one that is everywhere not at all.
func TestTerms(t *testing.T) {
	var requests []Request
	var of []int32
	for i := range 40 {
		c := int32(i % 2)
		text := fmt.Sprintf("please the %s n%d%s", []string{"refund", "flight"}[c], i, map[bool]string{true: " urgent"}[i < 5])
		requests = append(requests, Request{Input: classify.Input{Text: text}})
		of = append(of, c)
	}
	w := countWords(requests, of, 3)
	for c, want := range []string{"refund", "flight"} {
		terms := w.terms(c)
		if len(terms) == 0 || terms[0].word != want {
			t.Errorf("cluster %d: %v", c, terms)
		}
		if slices.ContainsFunc(terms, func(t term) bool { return t.word == "please" || t.word == "urgent" }) {
			t.Errorf("cluster %d: %v", c, terms)
		}
	}
	if got := w.terms(2); len(got) != 0 {
		t.Errorf("a cluster without requests has %v", got)
	}
}

func TestTaskNames(t *testing.T) {
	x := &Discovery{Clusters: []Cluster{
		{Name: "order-refund", Terms: []string{"refund"}, Prompts: []string{"a \x1b[2J \u0085 \xff] \"\"\" # \r b"}},
		{Name: "退款-größe", Nearest: "order-refund"},
		{Name: "cluster"},
	}}
	data := x.TaskNames("from a\nb.parquet", "")
	got, err := ParseTaskNames("tasks.toml", data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	want := map[string]string{"order-refund": "order-refund", "退款-größe": "退款-größe", "cluster": "cluster"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseTaskNamesFails(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "tasks.toml: no tasks",
		"[tasks.a\n":                         "tasks.toml:2: ",
		"[tasks.a]\nname = \"b\"":            "tasks.a.name: not known here",
		"[task.a]\nrename = \"b\"":           "task.a: not known here",
		"[tasks.a]\nrename = 3":              "tasks.toml:",
		"tasks = 3":                          "tasks.toml:",
		"[tasks.a]\nrename = \" b\"":         "white space",
		"[tasks.a]\nrename = \"b\\u001b[2\"": "control characters",
	} {
		_, err := ParseTaskNames("tasks.toml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParseTaskNames(f *testing.F) {
	f.Add([]byte("[tasks.a]\nrename = \"b\"\n[tasks.\"c d\"]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		names, err := ParseTaskNames("tasks.toml", data)
		if err != nil && err.Error() == "" || err == nil && names == nil {
			t.Errorf("names %v, error %v", names, err)
		}
	})
}
