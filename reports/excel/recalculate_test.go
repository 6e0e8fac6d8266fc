package excel_test

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/reports"
)

// alwaysRecalculate are the settings of LibreOffice without which it trusts the values beside formulas.
const alwaysRecalculate = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
`

// recalculated lets LibreOffice open a workbook, recalculate it and write it again.
func recalculated(t *testing.T, data []byte) *excelize.File {
	t.Helper()
	if testing.Short() {
		t.Skip("LibreOffice takes seconds for each workbook: left out of the short run")
	}
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice is not installed: nothing shows that the formulas come to what is written beside them")
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "book.xlsx"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, data, 0o600); err != nil {
		t.Fatal(err)
	}
	profile := filepath.Join(dir, "profile")
	if err := os.MkdirAll(filepath.Join(profile, "user"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(profile, "user", "registrymodifications.xcu"), []byte(alwaysRecalculate), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, soffice, "-env:UserInstallation=file://"+filepath.ToSlash(profile),
		"--headless", "--norestore", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, in)
	cmd.WaitDelay = 10 * time.Second
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, said)
	}
	data, err = os.ReadFile(filepath.Join(out, "book.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	return open(t, data)
}

// What stands in the cells is what LibreOffice makes of the formulas, and what it reads of everything else.
func TestRecalculated(t *testing.T) {
	data := write(t, document())
	compareBooks(t, open(t, data), recalculated(t, data))
}

func compareBooks(t *testing.T, want, got *excelize.File) {
	t.Helper()
	cells := 0
	for _, sheet := range want.GetSheetList() {
		rows, err := want.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			for j, v := range row {
				cell, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				if v == "" { // in a merged cell LibreOffice says its value everywhere
					continue
				}
				cells++
				if now := at(t, got, sheet, cell); !same(v, now) {
					t.Errorf("%s!%s is written as %q, recalculated it is %q", sheet, cell, v, now)
				}
				if v := strings.TrimSpace(v); strings.HasPrefix(v, "#") || strings.HasPrefix(v, "Err:") {
					t.Errorf("%s!%s is an error: %q", sheet, cell, v)
				}
			}
		}
	}
	if cells < 500 {
		t.Errorf("only %d cells were compared", cells)
	}
}

func same(a, b string) bool {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return closeTo(x, y)
	}
	return a == b
}

func closeTo(x, y float64) bool { return math.Abs(x-y) <= 1e-9*(1+math.Abs(x)) }

// Whatever is typed into the yellow cells, the formulas come to what Go makes of it.
func TestWhatIfFollows(t *testing.T) {
	for name, edit := range map[string]func(*reports.Supposed){
		"prices and volume": func(s *reports.Supposed) {
			s.Volume = 345_678
			s.Models[0].Input, s.Models[0].CachedInput, s.Models[0].Output = 5, 0.5, 15.5
			s.Models[1].Reasoning = 9
			s.Models[2].Factor = 1.4
		},
		"mix":                     func(s *reports.Supposed) { s.Mix = []float64{0.2, 0, 3} },
		"a table that costs more": func(s *reports.Supposed) { s.Models[1].Factor, s.Models[2].Factor = 30, 20 },
		"cents":                   func(s *reports.Supposed) { s.Volume = 3 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := whatIf()
			given := w.Given()
			edit(given)
			f := open(t, write(t, document()))
			typeIn(t, f, given)
			buffer, err := f.WriteToBuffer()
			if err != nil {
				t.Fatal(err)
			}
			book := recalculated(t, buffer.Bytes())
			r := w.Reckon(given)
			for cell, want := range map[string]float64{
				"B7": r.Base, "B8": r.Cost, "B9": r.Saved, "B10": r.Savings, "B11": r.Quality, "B12": r.BaseQuality, "B13": 100 * r.Delta,
			} {
				got, err := strconv.ParseFloat(at(t, book, "What-if", cell), 64)
				if err != nil || !closeTo(want, got) {
					t.Errorf("%s is %v (%v), want %v", cell, got, err, want)
				}
			}
			// The sentence of a workbook that was made of these figures is the one that the formula makes.
			again := document()
			again.WhatIf.Volume, again.WhatIf.Models = given.Volume, given.Models
			for i := range again.WhatIf.Tasks {
				again.WhatIf.Tasks[i].Share = given.Mix[i]
			}
			want := at(t, open(t, write(t, again)), "What-if", "A4")
			if got := at(t, book, "What-if", "A4"); got != want || !strings.Contains(got, "a month") {
				t.Errorf("the sentence is %q, want %q", got, want)
			}
		})
	}
}

// typeIn types what is supposed into the yellow cells.
func typeIn(t *testing.T, f *excelize.File, s *reports.Supposed) {
	t.Helper()
	set := func(cell string, v float64) {
		if math.IsNaN(v) {
			return
		}
		if err := f.SetCellValue("What-if", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	set("B16", s.Volume)
	for i, m := range s.Models {
		row := strconv.Itoa(20 + i)
		set("B"+row, m.Input)
		set("C"+row, m.CachedInput)
		set("D"+row, m.Output)
		set("E"+row, m.Reasoning)
		set("F"+row, m.Factor)
	}
	for i, share := range s.Mix {
		set("B"+strconv.Itoa(26+i), share)
	}
}

// What is not known is a dash in LibreOffice too, whatever else is: costs of a task, any grade.
func TestUnknownWhatIf(t *testing.T) {
	for name, tt := range map[string]struct {
		edit  func(*reports.WhatIf)
		cells map[string]string // of What-if
	}{
		"costs of a task": {
			func(w *reports.WhatIf) { w.Tasks[2].Priced, w.Tasks[2].Calls = 0, nil },
			map[string]string{"A14": "Requests of known costs", "B14": "0.8", "C14": "0.8", "E28": "–", "F28": "–", "G28": "–", "H28": "–", "I28": "–", "O28": "0"},
		},
		"grades": {
			func(w *reports.WhatIf) {
				for i := range w.Tasks {
					w.Tasks[i].Quality, w.Tasks[i].BaseQuality, w.Tasks[i].Delta = math.NaN(), math.NaN(), math.NaN()
				}
				w.Tasks[1].Delta = 0 // a task that stays
			},
			map[string]string{"B11": "–", "C11": "–", "B12": "–", "B13": "–", "C13": "–", "A14": ""},
		},
		"a loss": {
			func(w *reports.WhatIf) { w.Tolerance, w.Verdict, w.Tasks[0].Delta = 0.01, "fails", -0.2 },
			map[string]string{"A5": "As measured, before anything is typed, quality fails within 1.0 pp.\nA note on the figures."},
		},
		"next to nothing": {
			func(w *reports.WhatIf) { w.Tasks[0].Delta, w.Tasks[1].Delta, w.Tolerance = -0.0001, -0.0001, 0.01 },
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := document()
			tt.edit(d.WhatIf)
			data := write(t, d)
			book := recalculated(t, data)
			compareBooks(t, open(t, data), book)
			for cell, want := range tt.cells {
				if got := at(t, book, "What-if", cell); !same(got, want) {
					t.Errorf("%s is %q, want %q", cell, got, want)
				}
			}
			sentence := at(t, book, "What-if", "A4")
			says := map[string]string{
				"grades": " a month; nothing is known of quality.", "a loss": " points in the replay (Summary: -0.1 pp): more than the 1.0 pp that it may lose.",
				"next to nothing": "; quality moves by 0.0 points in the replay (Summary: -0.1 pp).",
			}[name]
			if !strings.HasSuffix(sentence, says) {
				t.Errorf("the sentence is %q, want %q at its end", sentence, says)
			}
		})
	}
}

// The cells to type into are those that are not locked, and no others.
func TestInputs(t *testing.T) {
	f := open(t, write(t, document()))
	rows, err := f.GetRows("What-if")
	if err != nil {
		t.Fatal(err)
	}
	var unlocked []string
	for i, row := range rows {
		for j := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			id, err := f.GetCellStyle("What-if", cell)
			if err != nil {
				t.Fatal(err)
			}
			style, err := f.GetStyle(id)
			if err != nil {
				t.Fatal(err)
			}
			if style.Protection != nil && !style.Protection.Locked {
				unlocked = append(unlocked, cell)
				if formula, err := f.GetCellFormula("What-if", cell); err != nil || formula != "" {
					t.Errorf("%s is to be typed into and has the formula %q (%v)", cell, formula, err)
				}
			}
		}
	}
	if got, want := strings.Join(unlocked, " "), "B16 B20 C20 D20 F20 B21 D21 E21 F21 F22 B26 B27 B28"; got != want {
		t.Errorf("unlocked are %s, want %s", got, want)
	}
}
