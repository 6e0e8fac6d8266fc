package html_test

import (
	"bytes"
	"flag"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/html"
)

var update = flag.Bool("update", false, "write the golden page anew")

// small is a document with something of everything.
func small() *reports.Document {
	return &reports.Document{
		Title: "Small",
		Summary: &reports.Summary{
			Sentence: "It saves 40 %.", Verdict: reports.Good, Word: "holds",
			Figures: []reports.Figure{{Name: "Saves", Unit: reports.Share, Cell: reports.Cell{Number: 0.4, Interval: &reports.Interval{Lo: 0.35, Hi: 0.45, Confidence: 0.95}, N: 1200}, Note: "of the bill"}},
			Lines:   []string{"Not moved: legal.", "Next: tierwise tune a.toml"},
			Charts: []*reports.Chart{{
				ID: "cost", Kind: reports.Scatter, Title: "Cost", About: "Left is cheaper.", X: reports.Axis{Title: "cost", Unit: reports.USD}, Y: reports.Axis{Title: "quality", Unit: reports.Share},
				Series: []reports.Series{{Name: "Baseline", Role: reports.Baseline, Points: []reports.Point{{Label: "big", X: 4, Y: 0.9}}}, {Name: "Table", Role: reports.Chosen, Points: []reports.Point{{Label: "a", X: 2, Y: 0.89, Lo: 0.88, Hi: 0.9, Tone: reports.Good, Note: "holds: fine"}}}},
			}},
		},
		Sections: []reports.Section{
			{
				ID: "tasks", Title: "Tasks", About: "What each task came to.",
				Table: &reports.Table{
					Columns: []reports.Column{{Title: "Task", Unit: reports.Text}, {Title: "Verdict", Unit: reports.Text}, {Title: "Change", Unit: reports.Points}},
					Rows: [][]reports.Cell{
						{reports.T("reply"), {Text: "fails", IsText: true, Tone: reports.Bad}, {Number: -0.031, Interval: &reports.Interval{Lo: -0.05, Hi: -0.01, Confidence: 0.95}, N: 300}},
						{reports.T("<b>legal</b>"), {Text: "inconclusive", IsText: true, Tone: reports.Unsure}, reports.N(math.NaN())},
					},
					Foot: [][]reports.Cell{{reports.T("whole"), reports.T("holds"), reports.N(0.0)}},
				},
				Lines: []string{"A line.", "  below it", "    tierwise eval"},
			},
			{ID: "regressions", Title: "Regressions", Pairs: []reports.Pair{{
				Title: "r1", Above: []reports.Passage{{Title: "Prompt", Text: "</pre><script>alert(1)</script>\x1b\u202e", Chars: 60}},
				Left: reports.Passage{Title: "old", Text: "yes", Chars: 3}, Right: reports.Passage{Title: "new"},
			}}},
			{ID: "method", Title: "Method", Detail: true, Lines: []string{"By hand."}},
		},
		LeftOut: []string{"Latency: --rows decisions.parquet"}, Source: []string{"Data: a.parquet"},
	}
}

func page(t *testing.T, d *reports.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteGolden(t *testing.T) {
	got := page(t, small())
	const name = "testdata/small.html"
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page is not %s: look at it, and write it anew with -update", name)
	}
	if again := page(t, small()); again != got {
		t.Error("the same document gives other bytes")
	}
}

// Nothing of a document becomes markup, and nothing of it is lost.
func TestWriteEscapes(t *testing.T) {
	got := page(t, small())
	for _, want := range []string{"&lt;b&gt;legal&lt;/b&gt;", "&lt;script&gt;alert(1)", "␛&lt;U&#43;202E&gt;", "… 27 more characters", `data-value="-0.031"`, "[-5.0, -1.0]", "n 300"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, bad := range []string{"<script>alert", "\x1b", "\u202e", "ZgotmplZ", "<no value>", " style=", " onclick="} {
		if strings.Contains(got, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if n := strings.Count(got, "<script"); n != 1 {
		t.Errorf("%d scripts", n)
	}
}
