package reports

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/eval"
)

func TestWrap(t *testing.T) {
	long := strings.Repeat("word ", 60)
	for _, tt := range []struct {
		text  string
		lines int
	}{{"", 1}, {"one line", 1}, {long, 3}, {strings.Repeat("x", 300), 1}} {
		lines := wrap(tt.text)
		if len(lines) != tt.lines {
			t.Errorf("%.20q… takes %d lines, want %d", tt.text, len(lines), tt.lines)
		}
		for i, line := range lines {
			if utf8.RuneCountInString(line) > 110 && strings.Contains(line, " ") || i > 0 && !strings.HasPrefix(line, "  ") {
				t.Errorf("line %d is %q", i, line)
			}
		}
		if got := strings.Fields(strings.Join(lines, " ")); !cmp.Equal(got, strings.Fields(tt.text)) {
			t.Errorf("words are lost: %q", got)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 kB", 999: "1 kB", 432_230: "432 kB", 1_961_740: "2.0 MB", 12_345_678_900: "12.3 GB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestWithoutUnknown(t *testing.T) {
	table := &Table{
		Columns: []Column{{"", Text}, {"known", Count}, {"unknown", Count}, {"note", Text}, {"partly", Share}},
		Rows: [][]Cell{
			{T(""), N(0), N(eval.Unknown), T(""), N(eval.Unknown)},
			{T(""), N(1), N(eval.Unknown), T(""), N(0.5)},
		},
	}
	got := withoutUnknown(table)
	var titles []string
	for _, c := range got.Columns {
		titles = append(titles, c.Title)
	}
	if diff := cmp.Diff([]string{"", "known", "partly"}, titles); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, row := range got.Rows {
		if len(row) != len(got.Columns) {
			t.Errorf("a row has %d cells under %d columns", len(row), len(got.Columns))
		}
	}
}

// manyModels is traffic of n models, the k-th best of which is unpriced, or priced and worth it, by turns, with m tasks.
func manyModels(n, m int) *eval.Inspection {
	x := &eval.Inspection{Baseline: "model 0", Settings: eval.InspectionSettings{Tolerance: 0.01, TaskTolerance: 0.05, Alpha: 0.05, Power: 0.8}}
	for i := range n {
		o := eval.Observed{Outcomes: 10, Quality: eval.Number(1 - float64(i)/100), CostPer1000: eval.Unknown}
		if i%2 == 0 {
			o.CostPer1000 = eval.Number(n - i)
		}
		x.Models = append(x.Models, eval.InspectedModel{Model: "model " + string(rune('0'+i)), Observed: o})
	}
	for i := range m {
		x.Tasks = append(x.Tasks, eval.InspectedTask{Task: "task " + string(rune('a'+i)), Requests: int64(100 - i)})
	}
	return x
}

// What does not fit a screen is cut, but never a model that is worth its price, and never silently.
func TestInspectionIsCut(t *testing.T) {
	x := manyModels(30, 20)
	count := func(opts *InspectionOptions, title string) (rows int, lines string) {
		for _, s := range Inspection(x, opts).Sections {
			if strings.HasPrefix(s.Title, title) {
				rows, lines = len(s.Table.Rows), strings.Join(s.Lines, "\n")
			}
		}
		return rows, lines
	}
	rows, lines := count(nil, "MODELS")
	if rows != 10+10 || !strings.Contains(lines, "10 models") {
		t.Errorf("%d models are shown, and %q", rows, lines)
	}
	rows, lines = count(nil, "TASKS")
	if rows != 15 || !strings.Contains(lines, "5 tasks") {
		t.Errorf("%d tasks are shown, and %q", rows, lines)
	}
	all := &InspectionOptions{All: true}
	if rows, lines = count(all, "MODELS"); rows != 30 || lines != "" {
		t.Errorf("with All %d models are shown, and %q", rows, lines)
	}
	if rows, lines = count(all, "TASKS"); rows != 20 || lines != "" {
		t.Errorf("with All %d tasks are shown, and %q", rows, lines)
	}
}
