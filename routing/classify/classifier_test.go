package classify

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
)

// odd are prompts that somebody will send.
var odd = []string{
	"", " ", "a", "ab", "abc", "abcd", "\x00", "\x00\x00\x00\x00", "\xff\xfe", "日本語のテキストを要約してください", "한국어", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
	"ÀÉÎ ß ſ K", "\u202eright to left", "😀😀😀", "{\"a\": [1, 2]}", "```go\nfunc main() {}\n```", strings.Repeat("\n", 500),
	strings.Repeat("again and ", 400), strings.Repeat("x", 1<<20), strings.Repeat("é", 1<<19), "tab\tand\r\nline",
}

func TestPredictOdd(t *testing.T) {
	for _, tasks := range []int{1, 5, 14, 40} {
		c := random(t, tasks, 1, slices.Concat(words(500, 200, 3), odd))
		for _, text := range odd {
			p, err := c.Predict(&Input{Text: text})
			if err != nil {
				t.Fatal(err)
			}
			if p.Task < 0 || p.Task >= tasks || !(p.Confidence >= 0 && p.Confidence <= 1) || !(p.Probability > 0 && p.Probability <= 1) {
				t.Errorf("%.20q: %+v", text, p)
			}
		}
	}
}

// plain scores a request feature by feature in double precision.
func plain(c *Classifier, in *Input) []float64 {
	features, _ := c.embedder.Embed(nil, in)
	sums, squares := make([]float64, len(c.lanes)), 0.0
	for _, f := range features {
		row, ok := c.row(f.Index)
		if !ok {
			continue
		}
		words := c.rows[int(row)*c.width:][:c.width]
		for k := range sums {
			sums[k] += float64(f.Value) * (float64(getByte(words, k)) - 128)
		}
		squares += float64(f.Value) * float64(f.Value) * float64(getByte(words, len(c.lanes))) * float64(c.square)
	}
	logits := make([]float64, len(c.header.Tasks)+1)
	for k := range logits {
		logits[k] = math.Inf(-1)
	}
	for k, l := range c.lanes {
		score := float64(l.bias)
		if squares > 0 {
			score += sums[k] * float64(l.scale) / math.Sqrt(squares)
		}
		task := l.task
		if task == Reject {
			task = len(logits) - 1
		}
		logits[task] = max(logits[task], score)
	}
	return logits
}

func TestFastEqualsPlain(t *testing.T) {
	texts := slices.Concat(words(50, 30, 4), words(50, 300, 5), words(10, 9000, 6), odd)
	for _, shape := range [][2]int{{1, 1}, {2, 1}, {7, 1}, {8, 1}, {5, 3}, {15, 1}, {16, 1}, {31, 1}, {40, 1}, {70, 2}} {
		c := random(t, shape[0], shape[1], texts)
		for _, text := range texts {
			in := &Input{Text: text, Messages: 3, Tools: true}
			got, _, err := c.Logits(nil, in)
			if err != nil {
				t.Fatal(err)
			}
			for k, want := range plain(c, in) {
				if math.Abs(got[k]-want) > 1e-3*max(1, math.Abs(want)) && !(math.IsInf(want, -1) && math.IsInf(got[k], -1)) {
					t.Fatalf("%d tasks of %d lanes, %.20q: logit %d is %v, want %v", shape[0], shape[1], text, k, got[k], want)
				}
			}
		}
	}
}

// The features of a text are part of what an artifact means: if this fails, NGramsName must change, and artifacts with it.
func TestFeaturesAreKept(t *testing.T) {
	h := sha256.New()
	for _, text := range append(words(20, 100, 7), odd...) {
		s := &scratch{}
		s.read(text)
		s.hash(&Input{Text: text, Messages: 2, Schema: true})
		for _, x := range s.hashes {
			h.Write(hex.AppendEncode(nil, []byte{byte(x >> 56), byte(x >> 48), byte(x >> 46)}))
		}
	}
	const want = "46a412284d871889ec9a1b30d6b9db022b17d30816a4eb7f5e21f4132e3508b7"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("the features of %s hash to %s, not %s", NGramsName, got, want)
	}
}

func TestFeaturesOfFewerBits(t *testing.T) {
	for _, text := range odd {
		in := &Input{Text: text}
		fine, _ := NGrams{maxBits}.Embed(nil, in)
		coarse, _ := NGrams{maxBits - 3}.Embed(nil, in)
		want := map[uint32]bool{}
		for _, f := range fine {
			want[f.Index>>3] = true
		}
		if len(want) != len(coarse) {
			t.Errorf("%.20q: %d features, want %d", text, len(coarse), len(want))
		}
		for _, f := range coarse {
			if !want[f.Index] {
				t.Errorf("%.20q: %d is no prefix of a finer feature", text, f.Index)
			}
		}
	}
}

func TestFormCounts(t *testing.T) {
	base := Input{Text: "please sum up the page"}
	of := func(in Input) string {
		s := &scratch{}
		s.read(in.Text)
		s.hash(&in)
		slices.Sort(s.hashes)
		return strings.Trim(strings.Join(strings.Fields(hexAll(s.hashes)), " "), "[]")
	}
	for name, in := range map[string]Input{
		"tools": {Text: base.Text, Tools: true}, "schema": {Text: base.Text, Schema: true}, "attachment": {Text: base.Text, Attachment: true},
		"messages": {Text: base.Text, Messages: 9}, "fence": {Text: "```" + base.Text}, "case alone": {Text: "PLEASE sum up the page"},
	} {
		if same := of(in) == of(base); same != (name == "case alone") {
			t.Errorf("%s: features are the same: %v", name, same)
		}
	}
}

func hexAll(hashes []uint64) string {
	var b strings.Builder
	for _, h := range hashes {
		b.WriteString(hex.EncodeToString([]byte{byte(h >> 56), byte(h >> 48), byte(h >> 40), byte(h >> 32)}))
		b.WriteByte(' ')
	}
	return b.String()
}

func TestPredictAllocates(t *testing.T) {
	c := random(t, 14, 1, words(500, 300, 3))
	in := &Input{Text: words(1, 300, 8)[0]}
	s := &scratch{} // rather than one from the pool, which drops some under the race detector
	if n := testing.AllocsPerRun(200, func() {
		norm, err := c.score(s, in)
		if err != nil {
			t.Fatal(err)
		}
		c.conclude(s, norm)
	}); n > 0 {
		t.Errorf("a prediction allocates %v times", n)
	}
}

func TestPredictConcurrently(t *testing.T) {
	texts := words(200, 200, 9)
	c, other := random(t, 5, 2, texts), random(t, 40, 1, texts[:50])
	want := make([]Prediction, len(texts))
	for i, text := range texts {
		want[i], _ = c.Predict(&Input{Text: text})
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i, text := range texts {
				if _, err := other.Predict(&Input{Text: text}); err != nil {
					t.Error(err)
				}
				if got, err := c.Predict(&Input{Text: text}); got != want[i] || err != nil {
					t.Errorf("%+v, want %+v", got, want[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestEmbedKeepsAngles(t *testing.T) {
	texts := words(60, 400, 10)
	c := random(t, 3, 1, texts)
	cosine := func(a, b *[Dense]float32) (sum float64) {
		for i := range a {
			sum += float64(a[i]) * float64(b[i])
		}
		return sum
	}
	var dense, again [Dense]float32
	for i, text := range texts[1:] {
		if err := c.Embed(&dense, &Input{Text: text}); err != nil {
			t.Fatal(err)
		}
		_ = c.Embed(&again, &Input{Text: strings.ToUpper(text) + " "})
		if got := cosine(&dense, &again); got < 0.999 {
			t.Errorf("the same text in capitals is %v alike", got)
		}
		_ = c.Embed(&again, &Input{Text: text[:350] + texts[i][:50]})
		near := cosine(&dense, &again)
		_ = c.Embed(&again, &Input{Text: texts[i]})
		if far := cosine(&dense, &again); near < far+0.1 {
			t.Errorf("a text of which an eighth is changed is %v alike, another one %v", near, far)
		}
	}
}

func TestExternal(t *testing.T) {
	e := External{"e5", 3}
	for _, test := range []struct {
		embedding []float32
		want      string
	}{
		{nil, "the request has no embedding"},
		{[]float32{1}, "the request's embedding has 1 dimensions: e5 has 3"},
		{[]float32{0, 0, 0}, "the request's embedding is zero or not finite"},
		{[]float32{0, float32(math.NaN()), 0}, "the request's embedding is zero or not finite"},
	} {
		if _, err := e.Embed(nil, &Input{Embedding: test.embedding}); err == nil || err.Error() != test.want {
			t.Errorf("%v: %v, want %s", test.embedding, err, test.want)
		}
	}
	got, err := e.Embed(nil, &Input{Embedding: []float32{3, 0, 4}})
	if want := []Feature{{0, 0.6}, {1, 0}, {2, 0.8}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %v, want %v", got, err, want)
	}
}

func TestExternalClassifier(t *testing.T) {
	m := &Model{
		Header: Header{
			Tasks: []string{"a", "b"}, Embedder: "e5", Dims: 2, Lanes: []Lane{{Task: 0}, {Task: 1}, {Task: Reject, Bias: -1}},
			Temperature: 0.5, Confidence: Calibration{Slope: 1}, Novelty: []float64{0, 0},
		},
		Features: []uint32{0, 1}, IDF: []float32{1, 1}, Weights: []float32{1, -1, 0, -1, 1, 0},
	}
	c, err := New(m)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Predict(&Input{Embedding: []float32{5, 0}})
	if err != nil || p.Task != 0 {
		t.Fatalf("%+v %v", p, err)
	}
	// Logits are 1, −1, and −1 for the rejection.
	if want := 1 / (1 + 2*math.Exp(-4)); math.Abs(p.Probability-want) > 1e-3 || math.Abs(p.Confidence-want) > 1e-3 {
		t.Errorf("%+v, want %v", p, want)
	}
	if _, err := c.Predict(&Input{Text: "a"}); err == nil {
		t.Error("a request without embedding was classified")
	}
}

func TestNovelty(t *testing.T) {
	for _, test := range []struct{ similarity, limit, want float64 }{{0.5, 0.4, 1}, {0.4, 0.4, 1}, {0.2, 0.4, 0.25}, {-1, 0.4, 0}, {0, 0, 1}, {0.1, -1, 1}} {
		if got := Novelty(test.similarity, test.limit); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("Novelty(%v, %v) = %v, want %v", test.similarity, test.limit, got, test.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	good := func() *Model {
		return &Model{
			Header: Header{
				Tasks: []string{"a", "b"}, Embedder: "e5", Dims: 4, Lanes: []Lane{{Task: 0}, {Task: 1}}, Temperature: 1, Novelty: []float64{0, 0},
			},
			Features: []uint32{0, 3}, IDF: []float32{1, 1}, Weights: []float32{1, 2, 3, 4},
		}
	}
	if _, err := New(good()); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(m *Model){
		"0 tasks":                       func(m *Model) { m.Tasks = nil },
		"there twice":                   func(m *Model) { m.Tasks[1] = "a" },
		"0 lanes":                       func(m *Model) { m.Lanes = nil },
		"has no lane":                   func(m *Model) { m.Lanes[1].Task = 0 },
		"lane 1 is of task 2":           func(m *Model) { m.Lanes[1].Task = 2 },
		"no embedder":                   func(m *Model) { m.Embedder = "" },
		"dimensions":                    func(m *Model) { m.Dims = 0 },
		"power of two":                  func(m *Model) { m.Embedder, m.Dims = NGramsName, 5 },
		"weights":                       func(m *Model) { m.Weights = m.Weights[1:] },
		"a weight is NaN":               func(m *Model) { m.Weights[0] = float32(math.NaN()) },
		"inverse document frequency is": func(m *Model) { m.IDF[0] = -1 },
		"out of order":                  func(m *Model) { m.Features[1] = 0 },
		"out of order or range":         func(m *Model) { m.Features[1] = 4 },
		"temperature 0":                 func(m *Model) { m.Temperature = 0 },
		"limits of novelty":             func(m *Model) { m.Novelty = nil },
		"min_confidence 2":              func(m *Model) { m.MinConfidence = 2 },
		"prototype 0 is of task 7":      func(m *Model) { m.Prototypes = []Prototype{{Task: 7}} },
	} {
		m := good()
		spoil(m)
		if _, err := New(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func FuzzPredict(f *testing.F) {
	for _, text := range odd {
		if len(text) < 1000 {
			f.Add(text, false)
		}
	}
	c := random(f, 9, 2, slices.Concat(words(200, 100, 3), odd))
	f.Fuzz(func(t *testing.T, text string, tools bool) {
		in := &Input{Text: text, Tools: tools}
		p, err := c.Predict(in)
		if err != nil || !(p.Confidence >= 0 && p.Confidence <= 1) {
			t.Fatalf("%+v %v", p, err)
		}
		if again, _ := c.Predict(in); again != p {
			t.Errorf("%+v, then %+v", p, again)
		}
		got, _, _ := c.Logits(nil, in)
		for k, want := range plain(c, in) {
			if math.Abs(got[k]-want) > 1e-3*max(1, math.Abs(want)) && !math.IsInf(want, -1) {
				t.Errorf("logit %d is %v, want %v", k, got[k], want)
			}
		}
	})
}
