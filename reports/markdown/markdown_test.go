package markdown_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/markdown"
)

func document(rows int) *reports.Document {
	table := &reports.Table{Columns: []reports.Column{{Title: "rule", Unit: reports.Text}, {Title: "delta", Unit: reports.Points}}}
	for i := range rows {
		table.Rows = append(table.Rows, []reports.Cell{reports.T(fmt.Sprintf("row_%d | <b>", i)), reports.N(-0.012)})
	}
	return &reports.Document{Title: "tierwise check", Sections: []reports.Section{
		{Lines: []string{"FAILS  *all* of it, @everybody"}},
		{Title: "RULES", Table: table},
		{Title: "WHY", Lines: []string{"a.toml:3:9: fail", "    tierwise eval `x`", "  more\x1b of it", "- already an item", ""}},
		{Title: "TASKS", Table: table, Detail: true},
	}}
}

func TestWrite(t *testing.T) {
	var b strings.Builder
	if err := markdown.Write(&b, document(1), &markdown.Options{Marker: "tierwise --> check"}); err != nil {
		t.Fatal(err)
	}
	want := `<!-- tierwise - -> check -->
### tierwise check

FAILS  \*all\* of it, &#64;everybody

**RULES**

| rule | delta |
| --- | ---: |
| row\_0 \| &lt;b> | -1.2 pp |

**WHY**

- a.toml:3:9: fail
  ` + "`tierwise eval 'x'`" + `
  more` + "\uFFFD" + ` of it
- already an item


<details><summary>TASKS</summary>

| rule | delta |
| --- | ---: |
| row\_0 \| &lt;b> | -1.2 pp |

</details>

`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// A report never exceeds its limit, and says what it leaves out; tables end with a row and details with their end.
func TestWriteLimit(t *testing.T) {
	for _, limit := range []int{1, 200, 300, 500, 1000, 3000, 10_000, 30_000, 0} {
		var b strings.Builder
		if err := markdown.Write(&b, document(500), &markdown.Options{Marker: "m", Limit: limit}); err != nil {
			t.Fatal(err)
		}
		got := b.String()
		most := max(limit, 200)
		if limit == 0 {
			most = markdown.CommentLimit
		}
		if len(got) > most {
			t.Errorf("limit %d: %d bytes", limit, len(got))
		}
		cut := strings.Contains(got, "more") && (strings.Contains(got, "_… ") || strings.Contains(got, "left out"))
		if cut != (limit != 0) || strings.Count(got, "<details>") != strings.Count(got, "</details>") {
			t.Errorf("limit %d: cut %v\n%s", limit, cut, got)
		}
		for line := range strings.Lines(got) {
			if strings.HasPrefix(line, "|") && !strings.HasSuffix(line, "|\n") {
				t.Errorf("limit %d: half a row: %s", limit, line)
			}
		}
	}
}

// A full report begins with its summary, shows the first rows of long tables, and nothing in it is markup.
func TestWriteSummary(t *testing.T) {
	table := &reports.Table{Columns: []reports.Column{{Title: "Request"}}}
	for range 100 {
		table.Rows = append(table.Rows, []reports.Cell{reports.T("<script>|=HYPERLINK(1)@all")})
	}
	d := &reports.Document{
		Title:    "Routing",
		Summary:  &reports.Summary{Sentence: "a saves <b>40 %</b>.", Word: "holds", Verdict: reports.Good, Figures: []reports.Figure{{Name: "Saves", Unit: reports.Share, Cell: reports.Cell{Number: 0.4, N: 1200}, Note: "of the bill"}}},
		Sections: []reports.Section{{ID: "regressions", Title: "Regressions", About: "The worst.", Table: table}},
		LeftOut:  []string{"Latency: --rows FILE"},
	}
	var b strings.Builder
	if err := markdown.Write(&b, d, nil); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{"**✓ holds** · a saves &lt;b>40 %&lt;/b>.\n", "| Saves | 40.0 % | n 1,200 | of the bill |\n", "The first 30 of 100 rows.", "<details><summary>Not in this report</summary>"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if n := strings.Count(got, `&lt;script>\|=HYPERLINK(1)&#64;all`); n != 30 {
		t.Errorf("%d rows, want 30, each escaped", n)
	}
	if strings.Contains(got, "<script>") {
		t.Error("markup of the document's is markup in the report")
	}
}
