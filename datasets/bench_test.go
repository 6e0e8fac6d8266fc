package datasets

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// benchOutcome and benchRow are what the benchmark reads: six models with five numbers each, thirty columns' worth.
type benchOutcome struct {
	Model        string   `parquet:"model,dict"`
	Quality      *float64 `parquet:"quality,optional"`
	CostUSD      *float64 `parquet:"cost_usd,optional"`
	InputTokens  *int32   `parquet:"input_tokens,optional"`
	OutputTokens *int32   `parquet:"output_tokens,optional"`
	LatencyMS    *float64 `parquet:"latency_ms,optional"`
}

type benchRow struct {
	ID       string         `parquet:"id"`
	Prompt   string         `parquet:"prompt"`
	Task     string         `parquet:"task,dict"`
	Outcomes []benchOutcome `parquet:"outcomes,list"`
}

// benchFile writes n rows to a temporary file.
func benchFile(b *testing.B, n int) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "bench.parquet")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	w := parquet.NewGenericWriter[benchRow](f, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(32<<10))
	r := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		row := benchRow{ID: fmt.Sprintf("r%08d", i), Task: fmt.Sprintf("task-%d", r.IntN(5)), Prompt: strings.Repeat("some words ", r.IntN(50)+1)}
		for m := range 6 {
			row.Outcomes = append(row.Outcomes, benchOutcome{fmt.Sprintf("model-%d", m), new(float64(r.IntN(2))), new(r.ExpFloat64()),
				new(int32(r.IntN(2000))), new(int32(r.IntN(500))), new(1000 * r.ExpFloat64())})
		}
		if _, err := w.Write([]benchRow{row}); err != nil {
			b.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		b.Fatal(err)
	}
	return name
}

const benchRows = 100_000

// BenchmarkRead reads the 30 numeric columns, per worker; BenchmarkGenericReader is parquet-go's own way to do so.
func BenchmarkRead(b *testing.B) {
	name := benchFile(b, benchRows)
	for _, cols := range []struct {
		name string
		Columns
	}{{"numbers", Columns{}}, {"prompts", Columns{Prompt: true, Chars: true}}} {
		b.Run(cols.name, func(b *testing.B) {
			d, err := Open(b.Context(), []string{name}, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			r := d.NewReader(cols.Columns)
			b.ReportAllocs()
			b.SetBytes(benchRows * 6 * (3*8 + 2*4))
			for b.Loop() {
				sum := 0.0
				for _, s := range d.Shards() {
					for t, err := range r.Read(b.Context(), s) {
						if err != nil {
							b.Fatal(err)
						}
						sum += t.Outcomes[0].Quality[0]
					}
				}
				if math.IsNaN(sum) {
					b.Fatal("no quality")
				}
			}
			b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkGenericReader(b *testing.B) {
	type row struct {
		ID       string         `parquet:"id"`
		Task     string         `parquet:"task,dict"`
		Outcomes []benchOutcome `parquet:"outcomes,list"`
	}
	name := benchFile(b, benchRows)
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	b.SetBytes(benchRows * 6 * (3*8 + 2*4))
	rows := make([]row, 1024)
	for b.Loop() {
		r := parquet.NewGenericReader[row](f)
		for {
			_, err := r.Read(rows)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkHash(b *testing.B) {
	values := make([]float64, 8192)
	def := make([]byte, len(values))
	for i := range values {
		values[i], def[i] = float64(i)/8192, 1
	}
	var f frame
	f.reset(len(values))
	for i := range f.slot {
		f.slot[i] = int32(i)
	}
	dst := make([]float64, len(values))
	b.SetBytes(int64(8 * len(values)))
	for b.Loop() {
		f.numbers(dst, &outcomeNumbers[numQuality], span{0, def, 1}, values, func(int, float64) {})
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(len(values)), "ns/value")
}
