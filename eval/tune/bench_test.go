package tune

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkTune counts and chooses for 20 tasks of 5,000 labels each, with 18 chains of seven options: 6 models, each with
// three signals to sweep. An option is one option of one task.
func BenchmarkTune(b *testing.B) {
	var lengths []int
	for range 18 {
		lengths = append(lengths, 7)
	}
	m, saving := menuOf(lengths...)
	rng := rand.New(rand.NewPCG(1, 1))
	var tasks []*Task
	var evidence []*Evidence
	for k := range 20 {
		tasks = append(tasks, random(rng, fmt.Sprint("task ", k), 5000, m, saving))
		e, err := NewEvidence(tasks[k], m)
		if err != nil {
			b.Fatal(err)
		}
		evidence = append(evidence, e)
	}
	options := float64(len(tasks) * len(m.Options))
	b.Run("count", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, t := range tasks {
				if _, err := NewEvidence(t, m); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(options*float64(b.N)/b.Elapsed().Seconds(), "options/s")
	})
	b.Run("choose", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Choose(m, evidence, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(options*float64(b.N)/b.Elapsed().Seconds(), "options/s")
	})
}
