package classify

import (
	"bytes"
	"crypto/sha256"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// randomGain returns a predictor with weights for the features of some texts, and its model.
func randomGain(tb testing.TB, texts []string) (*Gain, *GainModel) {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	m := &GainModel{GainHeader: GainHeader{Task: "t", Weak: "S", Strong: "L", Embedder: NGramsName, Dims: 1 << 15, Intercept: 0.125}}
	for _, text := range texts {
		features, _ := NGrams{15}.Embed(nil, &Input{Text: text})
		for _, f := range features {
			m.Features = append(m.Features, f.Index)
		}
	}
	slices.Sort(m.Features)
	m.Features = slices.Compact(m.Features)
	for range m.Features {
		m.IDF = append(m.IDF, 1+r.Float32())
		m.Weights = append(m.Weights, r.Float32()-0.5)
	}
	m.Seen = []uint32{3, 9, 1<<32 - 1}
	g, err := NewGain(m)
	if err != nil {
		tb.Fatal(err)
	}
	return g, m
}

// plainGain is what ARTIFACT.md says that is computed, with the weights as they were before they got eight bits.
func plainGain(m *GainModel, in *Input) float64 {
	features, _ := NGrams{15}.Embed(nil, in)
	sum, squares := 0.0, 0.0
	for _, f := range features {
		if k, ok := slices.BinarySearch(m.Features, f.Index); ok {
			v := float64(f.Value) * float64(m.IDF[k])
			sum += v * float64(m.Weights[k])
			squares += v * v
		}
	}
	if squares > 0 {
		sum /= math.Sqrt(squares)
	}
	return min(max(sum+m.Intercept, -1), 1)
}

func TestGainIsLinear(t *testing.T) {
	texts := words(60, 120, 1)
	g, m := randomGain(t, texts[:30])
	for _, text := range append(texts, odd...) {
		in := &Input{Text: text, Messages: 2, Tools: true}
		// 127 steps to the greatest weight: half a step per feature, of either sign, of a vector of length 1.
		if got, want := g.Predict(in), plainGain(m, in); math.Abs(got-want) > 0.03 {
			t.Errorf("%.20q: %v, want %v", text, got, want)
		}
	}
}

func TestGainIsClamped(t *testing.T) {
	in := &Input{Text: "whatever"}
	for _, test := range []struct{ intercept, want float64 }{{5, 1}, {-5, -1}, {0.25, 0.25}} {
		g, err := NewGain(&GainModel{
			GainHeader: GainHeader{Embedder: NGramsName, Dims: 1 << 15, Intercept: test.intercept},
			Features:   []uint32{0}, IDF: []float32{0}, Weights: []float32{0},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Predict(in); got != test.want {
			t.Errorf("intercept %v: %v, want %v", test.intercept, got, test.want)
		}
	}
}

func TestGainRoundTrip(t *testing.T) {
	texts := words(60, 120, 1)
	g, _ := randomGain(t, texts[:30])
	data, err := g.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	again, err := DecodeGain(data)
	if err != nil {
		t.Fatal(err)
	}
	if *again.Header() != *g.Header() || again.Header().Strong != "L" {
		t.Errorf("header %+v, want %+v", again.Header(), g.Header())
	}
	for _, text := range append(texts, odd...) {
		if got, want := again.Predict(&Input{Text: text}), g.Predict(&Input{Text: text}); got != want {
			t.Fatalf("%.20q: %v, want %v", text, got, want)
		}
	}
	if !again.Seen(9<<32|7) || again.Seen(10<<32) {
		t.Error("other keys are known than were trained on")
	}
	if second, err := again.MarshalBinary(); err != nil || !bytes.Equal(second, data) {
		t.Errorf("other bytes when written again, %v", err)
	}
}

func TestNewGainRefuses(t *testing.T) {
	texts := words(5, 20, 1)
	for _, test := range []struct {
		change func(*GainModel)
		want   string
	}{
		{func(m *GainModel) { m.Embedder, m.Dims = "e5", len(m.Features) }, "want ngrams/1"},
		{func(m *GainModel) { m.Intercept = math.NaN() }, "bias NaN"},
		{func(m *GainModel) { m.Weights = m.Weights[1:] }, "weights for 1 lanes"},
		{func(m *GainModel) { m.Features = nil }, "0 features"},
	} {
		_, m := randomGain(t, texts)
		test.change(m)
		if _, err := NewGain(m); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestDecodeGainRefuses(t *testing.T) {
	gain := func(header, body string) []byte {
		data := artifact(header, body)
		return sign(append([]byte(gainMagic), data[len(magic):len(data)-sha256.Size]...))
	}
	damaged, _ := randomGain(t, words(5, 20, 1))
	data, _ := damaged.MarshalBinary()
	data[len(data)/2] ^= 4
	for _, test := range []struct {
		data []byte
		want string
	}{
		{nil, "is no predictor of gains"},
		{marshal(t, random(t, 1, 1, words(5, 20, 1))), "is no predictor of gains: tierwise tune writes one"},
		{data, "is damaged"},
		{gain(`{`, ""), "its header is not as expected"},
		{gain(`{"format": "tierwise.gain", "version": 2}`, ""), "this program reads tierwise.gain version 1"},
		{gain(`{"format": "tierwise.gain", "version": 1, "embedder": "e5", "dims": 2}`, ""), "want ngrams/1"},
		{gain(`{"format": "tierwise.gain", "version": 1, "embedder": "ngrams/1"}`, "\x01\x00\x00\x00\x07"), "cannot be inflated"},
	} {
		if _, err := DecodeGain(test.data); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.30q: %v, want %s", test.data, err, test.want)
		}
	}
}

func FuzzDecodeGain(f *testing.F) {
	g, _ := randomGain(f, words(5, 20, 1))
	f.Add([]byte(`{"format": "tierwise.gain", "version": 1, "embedder": "ngrams/1", "dims": 32768, "intercept": -0.25}`), g.sum.body())
	f.Add([]byte(`{"format": "tierwise.gain", "version": 1, "embedder": "ngrams/1", "dims": 1}`), []byte{1, 0, 0, 0, 0, 0, 0, 0, 128, 63, 128, 1, 0, 0})
	f.Fuzz(func(t *testing.T, header, body []byte) {
		data, err := seal(gainMagic, rawHeader(header), body)
		if err != nil {
			return // no JSON
		}
		g, err := DecodeGain(data)
		if err != nil {
			return
		}
		if x := g.Predict(&Input{Text: "whatever"}); !(x >= -1 && x <= 1) {
			t.Errorf("a gain of %v", x)
		}
		first, err := g.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeGain(first)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := again.MarshalBinary(); err != nil || !bytes.Equal(first, second) {
			t.Errorf("what is read is not what was written: %v", err)
		}
	})
}

// rawHeader is a header that is JSON already.
type rawHeader []byte

func (h rawHeader) MarshalJSON() ([]byte, error) { return h, nil }

func BenchmarkGain(b *testing.B) {
	texts := words(60, 120, 1)
	g, _ := randomGain(b, texts)
	in := &Input{Text: strings.Join(texts[:8], " ")}
	b.SetBytes(int64(len(in.Text)))
	b.ReportAllocs()
	for b.Loop() {
		g.Predict(in)
	}
}
