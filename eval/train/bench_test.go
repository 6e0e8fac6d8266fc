package train_test

import (
	"runtime"
	"testing"

	"github.com/tierwise/tierwise/eval/train"
)

// The whole of training, search and folds included, on short prompts of three tasks.
func BenchmarkTrain(b *testing.B) {
	r := read(b, traffic(300, 1), nil)
	b.ReportAllocs()
	for b.Loop() {
		fit(b, r, &train.Options{Workers: runtime.GOMAXPROCS(0)})
	}
	b.ReportMetric(float64(b.N*len(r.Train))/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	rows := 0
	for b.Loop() {
		r := clinc(b)
		rows += len(r.Train) + len(r.Verify)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
