package reports_test

import (
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
)

// The matrices hold what the list of misroutes holds, each in its field.
func TestConfusion(t *testing.T) {
	c := &eval.Comparison{
		Baseline: "large",
		Candidates: []eval.CandidateResult{{Label: "x", RouterAccuracyKnown: 15, Misroutes: []eval.MisrouteCount{
			{Gold: "b", Task: "b", Requests: 9},
			{Gold: "a", Task: "a", Requests: 4},
			{Gold: "a", Task: "b", Requests: 2, Price: &eval.MisroutePrice{ExtraUSD: 0.5, CostKnown: 2}},
		}}},
	}
	doc := reports.Full(&reports.FullInput{Comparison: c})
	section := func(id string) *reports.Table {
		t.Helper()
		for i := range doc.Sections {
			if doc.Sections[i].ID == id {
				return doc.Sections[i].Table
			}
		}
		t.Fatalf("there is no section %s", id)
		return nil
	}
	requests, dollars := section(reports.ConfusionID), section(reports.ConfusionUSDID)
	for i, want := range [][]string{{"a", "4", "2"}, {"b", "", "9"}} {
		for j, text := range want {
			if got := reports.Format(requests.Columns[j].Unit, requests.Rows[i][j]); got != text {
				t.Errorf("row %d, column %d of the requests is %q, want %q", i, j, got, text)
			}
		}
	}
	for i, want := range [][]string{{"a", "", "$0.50"}, {"b", "", ""}} {
		for j, text := range want {
			if got := reports.Format(dollars.Columns[j].Unit, dollars.Rows[i][j]); got != text {
				t.Errorf("row %d, column %d of the dollars is %q, want %q", i, j, got, text)
			}
		}
	}
}
