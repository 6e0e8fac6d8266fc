package text_test

import (
	"math"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

func TestWrite(t *testing.T) {
	doc := &reports.Document{Sections: []reports.Section{
		{Lines: []string{"two lines", "of text"}},
		{
			Title: "TASKS",
			Table: &reports.Table{
				Columns: []reports.Column{{Title: "", Unit: reports.Text}, {Title: "delta", Unit: reports.Points}, {Title: "cost", Unit: reports.USD}},
				Rows: [][]reports.Cell{
					{reports.T("größer"), reports.N(-0.0123), reports.N(1234.5)},
					{reports.T("b"), reports.N(math.NaN()), reports.N(0.000042)},
					{reports.T("c\x1b[2J"), reports.N(0.0), reports.T("")},
				},
			},
			Lines: []string{"below"},
		},
	}}
	want := `two lines
of text

TASKS     delta       cost
größer  -1.2 pp  $1,234.50
b             –  $0.000042
c�[2J    0.0 pp
below
`
	var b strings.Builder
	if err := text.Write(&b, doc); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// A summary stands above the sections; commands in it are not broken, so that they can be copied.
func TestWriteSummary(t *testing.T) {
	doc := &reports.Document{
		Summary: &reports.Summary{
			Sentence: "a saves 40.0 % of the bill and moves quality\x1b[2J by nothing", Word: "holds", Verdict: reports.Good,
			Figures: []reports.Figure{{Name: "Saves", Unit: reports.Share, Cell: reports.Cell{Number: 0.4, Interval: &reports.Interval{Lo: 0.3, Hi: 0.5}, N: 1200}}},
			Lines:   []string{"Next: tierwise eval a.toml -d traffic.parquet -o results.json"},
		},
		Sections: []reports.Section{{Lines: []string{"below"}}},
		LeftOut:  []string{"Latency: --rows decisions.parquet"},
	}
	want := `HOLDS a saves 40.0 % of the bill and
  moves quality�[2J by nothing

  Saves  40.0 %  [30.0 %, 50.0 %]  n 1,200

Next: tierwise eval a.toml -d traffic.parquet -o results.json

below

Not in this report
Latency: --rows decisions.parquet
`
	var b strings.Builder
	if err := text.WriteWidth(&b, doc, 40); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
