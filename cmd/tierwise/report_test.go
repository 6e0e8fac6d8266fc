package main

import (
	"bytes"
	"context"
	"os"
	"reflect"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
)

// Results that are read back are written to the same bytes: nothing is lost on the way.
func TestResultsComeBack(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes and evaluates the demo")
	}
	dir := demoResults(t)
	want, err := os.ReadFile(dir + "/results.json")
	if err != nil {
		t.Fatal(err)
	}
	c := readComparison(t, dir+"/results.json")
	var got bytes.Buffer
	if err := printJSON(&got, c); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Error("results.json, read and written, is another file")
	}
	var ids []string
	doc := reports.Full(&reports.FullInput{Comparison: c})
	for i := range doc.Sections {
		ids = append(ids, doc.Sections[i].ID)
	}
	sections := []string{
		reports.TasksID, reports.LadderID, reports.CandidatesID, reports.ModelsID, reports.RoutingID, reports.MisroutesID, reports.ConfusionID, reports.ConfusionUSDID, reports.ChecksID, reports.EscalationsID,
		reports.RegressionsID, reports.LatencyID, reports.MethodID,
	}
	if !reflect.DeepEqual(ids, sections) {
		t.Errorf("the sections are %q, want %q", ids, sections)
	}
	for i := range doc.Sections {
		s := &doc.Sections[i]
		if s.Table == nil {
			continue
		}
		for _, row := range s.Table.All() {
			if len(row) != len(s.Table.Columns) {
				t.Errorf("%s: a row of %d cells under %d columns", s.ID, len(row), len(s.Table.Columns))
			}
		}
	}
	testDecisions(t, dir, c)
}

// testDecisions checks what is read of decisions against the results.
func testDecisions(t *testing.T, dir string, c *eval.Comparison) {
	t.Helper()
	file, err := os.Open(dir + "/decisions.parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	type sums struct{ requests, covered, changed, lost int64 }
	got := map[string]*sums{}
	err = eval.ReadDecisions(context.Background(), file, info.Size(), func(r *eval.Record) error {
		s := got[r.Candidate]
		if s == nil {
			s = &sums{}
			got[r.Candidate] = s
		}
		s.requests++
		for _, x := range []struct {
			is bool
			n  *int64
		}{{r.Covered, &s.covered}, {r.Covered && r.Changed, &s.changed}, {r.Delta < 0, &s.lost}} {
			if x.is {
				*x.n++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Candidates {
		k := &c.Candidates[i]
		w := &k.Whole
		if want := (sums{w.Requests, w.Covered, w.Changed, w.Lost}); got[k.Label] == nil || *got[k.Label] != want {
			t.Errorf("%s: the decisions come to %+v, the results to %+v", k.Label, got[k.Label], want)
		}
	}
}
