package classify

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// words makes n prompts of about so many bytes each, of words drawn as often as in English (Zipf).
func words(n, bytes int, seed uint64) []string {
	rng := rand.New(rand.NewPCG(seed, 1))
	vocabulary := make([]string, 5000)
	for i := range vocabulary {
		word := make([]byte, 2+rng.IntN(8))
		for j := range word {
			word[j] = "etaoinshrdlucmfwypvbgkjqxz"[int(26*rng.Float64()*rng.Float64())]
		}
		vocabulary[i] = string(word)
	}
	zipf := rand.NewZipf(rng, 1.1, 3, uint64(len(vocabulary)-1))
	out := make([]string, n)
	for i := range out {
		var b strings.Builder
		for b.Len() < bytes {
			b.WriteString(vocabulary[zipf.Uint64()])
			b.WriteByte(' ')
		}
		out[i] = b.String()[:bytes]
	}
	return out
}

// random returns a classifier with random weights for the features of some texts.
func random(tb testing.TB, tasks, lanesPerTask int, texts []string) *Classifier {
	rng := rand.New(rand.NewPCG(uint64(tasks), 2))
	m := &Model{Header: Header{Embedder: NGramsName, Dims: 1 << 17, Temperature: 1, Confidence: Calibration{Slope: 1}, Head: "logistic"}}
	for k := range tasks {
		m.Tasks = append(m.Tasks, fmt.Sprintf("task-%d", k))
		m.Novelty = append(m.Novelty, 0.1)
		for range lanesPerTask {
			m.Lanes = append(m.Lanes, Lane{Task: k, Bias: rng.NormFloat64() / 10})
		}
		for range 3 {
			p := Prototype{Task: k}
			for i := range p.Vector {
				p.Vector[i] = float32(rng.NormFloat64() / 16)
			}
			m.Prototypes = append(m.Prototypes, p)
		}
	}
	df := map[uint32]int{}
	for _, t := range texts {
		features, _ := NGrams{17}.Embed(nil, &Input{Text: t})
		for _, f := range features {
			df[f.Index]++
		}
	}
	for f := range uint32(m.Dims) {
		if df[f] < 2 {
			continue
		}
		m.Features = append(m.Features, f)
		m.IDF = append(m.IDF, 1+rng.Float32()*8)
		for range m.Lanes {
			m.Weights = append(m.Weights, float32(rng.NormFloat64()))
		}
	}
	c, err := New(m)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func BenchmarkPredict(b *testing.B) {
	for _, size := range []int{40, 300, 2000} {
		texts := words(1000, size, 1)
		for _, tasks := range []int{5, 14, 150} {
			b.Run(fmt.Sprintf("bytes=%d/tasks=%d", size, tasks), func(b *testing.B) {
				// As many features as 200 labels for each task give.
				c := random(b, tasks, 1, words(min(200*tasks, 15_000), size, 2))
				b.SetBytes(int64(size))
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					if _, err := c.Predict(&Input{Text: texts[i%len(texts)]}); err != nil {
						b.Fatal(err)
					}
					i++
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "prompts/s")
			})
		}
	}
}
