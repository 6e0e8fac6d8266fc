package excel_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/excel"
)

// hostile are texts that a spreadsheet could take for something else, and what a cell must hold of them.
var hostile = []struct{ text, want string }{
	{`=HYPERLINK("http://x.example","click")`, `=HYPERLINK("http://x.example","click")`},
	{"+cmd|' /C calc'!A0", "+cmd|' /C calc'!A0"},
	{"-2+3", "-2+3"},
	{"@SUM(A1)", "@SUM(A1)"},
	{"<script>alert(1)</script> ]]> &amp;", "<script>alert(1)</script> ]]> &amp;"},
	{"bell\a, zero\x00, escape\x1b[31m", "bell␇, zero␀, escape␛[31m"},
	{"not a sequence: _x0041_ _x005F_", "not a sequence: _x0041_ _x005F_"},
	{"emoji 👩🏽‍🚀 and שלום עולם", "emoji 👩🏽‍🚀 and שלום עולם"},
	{"turned \u202egnp.exe", "turned <U+202E>gnp.exe"},
	{"two\nlines\r\nand a return", "two\nlines␍\nand a return"},
	{" kept blanks ", " kept blanks "},
	{"007", "007"},
	{"bad \xff byte, noncharacter \uffff", "bad � byte, noncharacter �"},
}

func whatIf() *reports.WhatIf {
	nan := math.NaN()
	return &reports.WhatIf{
		Candidate: "tuned", Baseline: "big", Volume: 2_000_000,
		Models: []reports.WhatIfModel{
			{Model: "big", Priced: true, Input: 2.5, CachedInput: 0.625, Output: 20, Reasoning: nan, Factor: 1},
			{Model: "small", Priced: true, Input: 0.2, CachedInput: nan, Output: 1.2, Reasoning: 4, Factor: 1},
			{Model: "=recorded", Input: nan, CachedInput: nan, Output: nan, Reasoning: nan, Factor: 1},
		},
		Tasks: []reports.WhatIfTask{
			{Task: "reply", Share: 0.5, Quality: 0.9, BaseQuality: 0.91, Delta: -0.01, Priced: 1, Calls: []reports.WhatIfCall{
				{Model: 0, Baseline: true, Role: eval.RoleBaseline, Input: 900, CachedInput: 100, Output: 300},
				{Model: 1, Role: eval.RoleAnswer, Input: 1000, Output: 250, Reasoning: 50},
				{Model: 2, Role: eval.RoleCheck, USD: 0.0004},
			}},
			{Task: "=1+1", Share: 0.3, Quality: 0.8, BaseQuality: 0.78, Delta: 0.02, Priced: 1, Calls: []reports.WhatIfCall{
				{Model: 2, Role: eval.RoleAnswer, USD: 0.002}, {Model: -1, Role: eval.RoleEmbedding, USD: 0.0001},
				{Model: 0, Baseline: true, Role: eval.RoleBaseline, Input: 2000, Output: 100},
			}},
			{Task: "ungraded", Share: 0.2, Quality: nan, BaseQuality: nan, Delta: nan, Priced: 1, Calls: []reports.WhatIfCall{
				{Model: 0, Role: eval.RoleAnswer, Input: 100, Output: 100}, {Model: 0, Baseline: true, Role: eval.RoleBaseline, Input: 100, Output: 100},
			}},
		},
		Notes: []string{"A note on the figures."},
	}
}

// document has everything that a workbook can hold.
func document() *reports.Document {
	in := func(x, lo, hi float64, n int64) reports.Cell {
		return reports.Cell{Number: x, N: n, Interval: &reports.Interval{Lo: lo, Hi: hi, Confidence: 0.95}}
	}
	toned := func(s string, t reports.Tone) reports.Cell { return reports.Cell{Text: s, IsText: true, Tone: t} }
	tasks := &reports.Table{
		Columns: []reports.Column{
			{Title: ""}, {Title: "verdict"}, {Title: "requests", Unit: reports.Count}, {Title: "delta", Unit: reports.Points}, {Title: "at worst", Unit: reports.Bound}, {Title: "saves", Unit: reports.Share},
			{Title: "new", Unit: reports.USD}, {Title: "New", Unit: reports.USD}, {Title: "p95", Unit: reports.Millis}, {Title: "p", Unit: reports.PValue}, {Title: "AUC", Unit: reports.Decimals},
		},
		Rows: [][]reports.Cell{
			{reports.T("reply"), reports.T("holds"), reports.N(12500), in(-0.012, -0.03, 0.004, 300), {Number: -0.0321, Limit: -0.05}, reports.N(0.4321), reports.N(0.0123), reports.N(1234.5), reports.N(6944.2), reports.N(0.0004), reports.N(0.5)},
			{reports.T("=1+1"), toned("fails", reports.Bad), reports.N(7), in(0.02, 0.01, 0.03, 12), reports.N(-0.01), reports.N(-0.5), reports.N(math.NaN()), reports.N(2.0), reports.N(math.NaN()), reports.N(0.2), reports.N(0.25)},
			{reports.T("other"), toned("inconclusive", reports.Unsure), reports.N(70), reports.N(math.NaN()), reports.N(-0.01), reports.N(0.1), reports.N(0.5), reports.N(2.0), reports.N(math.Inf(1)), reports.N(0.2), reports.N(0.25)},
		},
		Foot: [][]reports.Cell{{
			reports.T("whole"), reports.T("holds"), reports.N(12577), in(-0.001, -0.003, 0.002, 312), reports.N(-0.004), reports.N(0.42), reports.N(0.0124), reports.N(1236.5), reports.N(6000.0), reports.N(0.01), reports.N(0.5),
		}},
	}
	points := func(kind reports.ChartKind) *reports.Chart {
		return &reports.Chart{
			ID: "c", Kind: kind, Title: "A chart", About: "What is to be seen.", X: reports.Axis{Title: "x", Unit: reports.USD}, Y: reports.Axis{Title: "y", Unit: reports.Share, Marks: []reports.Mark{{At: 0.9, Label: "baseline"}}},
			Series: []reports.Series{
				{Name: "curve", Role: reports.Curve, Joined: true, Points: []reports.Point{{X: 1, Y: 0.8, Lo: math.NaN(), Hi: math.NaN()}, {X: 2, Y: 0.85}}},
				{Name: "tables", Role: reports.Chosen, Points: []reports.Point{{Label: "=evil()", X: 1.5, Y: 0.84, Lo: 0.83, Hi: 0.86}, {Label: "b", X: 2, Y: -0.2, Tone: reports.Good}, {Label: "end", X: 3, Y: 0.9, Total: true}, {Label: "unknown", X: math.NaN(), Y: math.NaN()}}},
			},
		}
	}
	texts := &reports.Table{Columns: []reports.Column{{Title: "id"}, {Title: "text"}}}
	for _, h := range hostile {
		texts.Rows = append(texts.Rows, []reports.Cell{reports.T(h.text), reports.T(h.text)})
	}
	streamed := &reports.Table{Columns: []reports.Column{{Title: "id"}, {Title: "cost", Unit: reports.USD}}}
	streamed.Stream = func(yield func([]reports.Cell, error) bool) {
		row := make([]reports.Cell, 2)
		for i := range 2000 {
			row[0], row[1] = reports.T(strings.Repeat("x", i%20)), reports.N(float64(i)/1000)
			if !yield(row, nil) {
				return
			}
		}
	}
	long := strings.Repeat("👍 long ", 6000)
	return &reports.Document{
		Title: "Routing by tuned & co",
		Summary: &reports.Summary{
			Sentence: "tuned saves 43 % of the bill and moves quality by -0.1 pp.", Verdict: reports.Good, Word: "holds",
			Figures: []reports.Figure{
				{Name: "Saves", Unit: reports.Share, Cell: in(0.43, 0.4, 0.46, 12500), Note: "of what big costs"}, {Name: "Change of quality", Unit: reports.Points, Cell: in(-0.001, -0.003, 0.002, 312)},
				{Name: "At worst", Unit: reports.Bound, Cell: reports.Cell{Number: -0.004, Tone: reports.Good}}, {Name: "Saved a month", Unit: reports.USD, Cell: reports.N(12345.6)}, {Name: "Unknown", Unit: reports.USD, Cell: reports.N(math.NaN())},
			},
			Lines: []string{"Not moved: reasoning."}, Charts: []*reports.Chart{points(reports.Scatter)},
		},
		Sections: []reports.Section{
			{Lines: []string{"A line of no section."}},
			{ID: "tasks", Title: "Tasks", About: "What each task comes to.", Table: tasks, Charts: []*reports.Chart{points(reports.Forest)}, Lines: []string{"A line below."}},
			{ID: "ladder", Title: "LADDER", Table: &reports.Table{Columns: []reports.Column{{Title: "step"}}}, Charts: []*reports.Chart{points(reports.Waterfall), points(reports.Bars)}},
			{Title: "TEXTS/of: all [kinds] that are far too long for a sheet", Table: texts},
			{ID: "regressions", Title: "Regressions", Pairs: []reports.Pair{{
				Title: "=r1", Above: []reports.Passage{{Title: "prompt", Text: `=HYPERLINK("x")`, Chars: 15}}, Left: reports.Passage{Title: "old: big, quality 1.00", Text: long, Chars: 48_000}, Right: reports.Passage{Title: "new: small, quality 0.00", Text: "short", Chars: 5},
			}}},
			{ID: "rows", Title: "All requests", Table: streamed},
		},
		WhatIf: whatIf(), LeftOut: []string{"Latency: the data records none"}, Source: []string{"Data: x.parquet"},
	}
}

func write(t testing.TB, d *reports.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := excel.Write(&b, d, &excel.Options{Tool: "tierwise test", TempDir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, data []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func at(t *testing.T, f *excelize.File, sheet, cell string) string {
	t.Helper()
	v, err := f.GetCellValue(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
