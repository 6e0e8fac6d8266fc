package main

import (
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
)

func openBook(t *testing.T, path string) *excelize.File {
	t.Helper()
	f, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// numberAt is the number in a cell, NaN if it holds a dash.
func numberAt(t *testing.T, f *excelize.File, sheet, cell string) float64 {
	t.Helper()
	text, err := f.GetCellValue(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	if text == reports.Dash {
		return math.NaN()
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatalf("%s!%s is %q, no number", sheet, cell, text)
	}
	return x
}

// The workbook of the demo has a sheet for all that there is to say, and its figures are those of results.json.
func TestWorkbookOfDemo(t *testing.T) {
	dir := demoResults(t)
	path := filepath.Join(dir, "all.xlsx")
	tierwise(t, "report", dir+"/results.json", "--rows", dir+"/decisions.parquet", "-d", dir+"/traffic.parquet", "--volume", "2M", "-o", path)
	f := openBook(t, path)
	want := []string{"Summary", "Tasks", "Ladder", "Candidates", "Models", "What-if", "Routing", "Misroutes", "Confusion", "Confusion $", "Checks", "Escalations", "Regressions", "Latency", "Method", "Rows", "Chart data"}
	if diff := cmp.Diff(want, f.GetSheetList()); diff != "" {
		t.Errorf("sheets: -want +got\n%s", diff)
	}
	c := readComparison(t, dir+"/results.json")
	k := reports.Speaker(c)
	checkTasks(t, f, k)
	checkWhatIf(t, f, k, 2e6)
	rows, err := f.GetRows("Rows")
	if err != nil {
		t.Fatal(err)
	}
	if got := int64(len(rows)) - 4; got != c.Data.Requests {
		t.Errorf("%d rows of %d requests", got, c.Data.Requests)
	}
	if sentence, err := f.GetCellValue("Summary", "A2"); err != nil || sentence == "" || !strings.Contains(sentence, "saves") {
		t.Errorf("the sentence is %q (%v)", sentence, err)
	}
}

// checkTasks compares the tasks' figures with the results.
func checkTasks(t *testing.T, f *excelize.File, k *eval.CandidateResult) {
	t.Helper()
	rows, err := f.GetRows("Tasks")
	if err != nil {
		t.Fatal(err)
	}
	head := rows[3]
	for i := range k.Tasks {
		r := slices.IndexFunc(rows, func(row []string) bool { return len(row) > 0 && row[0] == k.Tasks[i].Task })
		if r < 0 {
			t.Errorf("no row is of %s", k.Tasks[i].Task)
			continue
		}
		for title, want := range map[string]float64{
			"Requests": float64(k.Tasks[i].Requests), "Quality": float64(k.Tasks[i].Quality), "Saves": float64(k.Tasks[i].Savings), "Change of quality": 100 * float64(k.Tasks[i].Delta),
		} {
			cell, err := excelize.CoordinatesToCellName(slices.Index(head, title)+1, r+1)
			if err != nil {
				t.Fatalf("column %s of %q: %v", title, head, err)
			}
			if got := numberAt(t, f, "Tasks", cell); math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
				t.Errorf("%s of %s is %v, want %v", title, k.Tasks[i].Task, got, want)
			}
		}
	}
}

// checkWhatIf checks that What-if starts from what was measured.
func checkWhatIf(t *testing.T, f *excelize.File, k *eval.CandidateResult, volume float64) {
	t.Helper()
	base := float64(k.Whole.SavingsBaseUSD) / float64(k.Whole.SavingsKnown) * volume
	cost := float64(k.Whole.SavingsCostUSD) / float64(k.Whole.SavingsKnown) * volume
	for cell, want := range map[string]float64{
		"B16": volume, "B7": base, "B8": cost, "B9": base - cost, "B10": float64(k.Whole.Savings), "B11": float64(k.Whole.Quality), "B12": float64(k.Whole.BaseQuality), "B13": 100 * float64(k.Whole.Delta),
	} {
		if got := numberAt(t, f, "What-if", cell); math.Abs(got-want) > 1e-3*(1+math.Abs(want)) {
			t.Errorf("What-if!%s is %v, measured is %v", cell, got, want)
		}
	}
}

// Real costs that are tokens × a fitted price, 57 tasks: What-if still starts from what was measured.
func TestWorkbookOfMMLU(t *testing.T) {
	data := realData(t, "routellm_mmlu.parquet")
	dir := t.TempDir()
	config, results, path := filepath.Join(dir, "mmlu.toml"), filepath.Join(dir, "results.json"), filepath.Join(dir, "report.xlsx")
	tierwise(t, "init", "-d", data, "-o", config)
	tierwise(t, "eval", config, "-d", data, "--gold-tasks", "-o", results, "-o", path)
	c := readComparison(t, results)
	f := openBook(t, path)
	checkTasks(t, f, &c.Candidates[0])
	checkWhatIf(t, f, &c.Candidates[0], 1e6)
}
