package excel_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/excel"
)

// BenchmarkRows writes a workbook with 200,000 rows for requests, as many columns as those of decisions. It reports the peak of
// the process's memory where the system tells.
func BenchmarkRows(b *testing.B) {
	const n = 200_000
	table := &reports.Table{Columns: []reports.Column{
		{Title: "Request"}, {Title: "Task"}, {Title: "True task"}, {Title: "Decided by"}, {Title: "Ended"}, {Title: "Answered by"}, {Title: "Escalations", Unit: reports.Count}, {Title: "Failovers", Unit: reports.Count},
		{Title: "Quality", Unit: reports.Decimals}, {Title: "Baseline quality", Unit: reports.Decimals}, {Title: "Change of quality", Unit: reports.Points}, {Title: "Cost", Unit: reports.USD}, {Title: "Baseline cost", Unit: reports.USD},
		{Title: "Latency", Unit: reports.Millis},
	}}
	table.Stream = func(yield func([]reports.Cell, error) bool) {
		row := make([]reports.Cell, len(table.Columns))
		for i := range n {
			x := float64(i%997) / 997
			copy(row, []reports.Cell{
				reports.T(fmt.Sprintf("request-%07d", i)), reports.T("extraction"), reports.T("extraction"), reports.T("embedding"), reports.T("accepted"), reports.T("gpt-small"), reports.N(i % 3), reports.N(0),
				reports.N(x), reports.N(1 - x), reports.N(2*x - 1), reports.N(x / 1000), reports.N(x / 300), reports.N(5000 * x),
			})
			if !yield(row, nil) {
				return
			}
		}
	}
	d := &reports.Document{Sections: []reports.Section{{ID: "rows", Title: "All requests", Table: table}}}
	b.ReportAllocs()
	var written counter
	for b.Loop() {
		written = 0
		if err := excel.Write(&written, d, &excel.Options{TempDir: b.TempDir()}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(written)/1e6, "MB-file")
	if peak := peakMiB(); peak > 0 {
		b.ReportMetric(peak, "MiB-peak-RSS")
	}
}

// A counter counts what is written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

var _ io.Writer = new(counter)

// peakMiB is the most memory that the process had, in MiB; 0 where nobody tells.
func peakMiB() float64 {
	if runtime.GOOS != "linux" {
		return 0
	}
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			if err == nil {
				return kib / 1024
			}
		}
	}
	return 0
}
