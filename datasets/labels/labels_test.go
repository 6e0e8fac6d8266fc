package labels

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/parquet-go/parquet-go"

	"github.com/tierwise/tierwise/datasets"
)

func write(t *testing.T, rows []Row, opts *WriteOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, rows, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrite(t *testing.T) {
	got := write(t, []Row{
		{ID: "r1", Task: "reply", Model: "S", Candidates: []string{"a", "b"}, Prompt: "=HYPERLINK(1)", Expected: "x", Response: "two\nlines, \"quoted\""},
		{ID: "-7", Task: "reply", Model: "L", Candidates: []string{"a"}, Prompt: "'=1", Response: strings.Repeat("é", 20_000)},
	}, nil)
	want := "\ufeffid,task,model,candidates,prompt,expected,response,quality\n" +
		"r1,reply,S,\"a, b\",'=HYPERLINK(1),x,\"two\nlines, \"\"quoted\"\"\",\n" +
		"'-7,reply,L,a,''=1,," + strings.Repeat("é", 16_000) + " […cut],\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sheet (-want +got):\n%s", diff)
	}
	got = write(t, []Row{{ID: "r1", Task: "reply", Model: "S", Candidates: []string{"a"}, Prompt: "p"}}, &WriteOptions{NoText: true})
	if want := "\ufeffid,task,model,candidates,quality\nr1,reply,S,a,\n"; got != want {
		t.Errorf("without texts:\n%q, want\n%q", got, want)
	}
}

// Whatever a cell starts with, it comes back as it was, and a spreadsheet takes it for no formula.
func TestEscape(t *testing.T) {
	for _, s := range []string{"", "a", "=1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''@", "'a", "'", "a=1"} {
		cell := escape(s)
		if got := unescape(cell); got != s {
			t.Errorf("%q is written %q and read %q", s, cell, got)
		}
		if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
			t.Errorf("%q is written %q", s, cell)
		}
	}
}

func TestRead(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"as written", "\ufeffid,task,model,quality\nr1,t,S,1\nr1,t,L,\nr2,t,S,0.25\n", "r1/S=1 r2/S=0.25 empty 1"},
		{"words", "quality,Model,ID\nyes,S,r1\nNO,S,r2\nTrue,S,r3\nfalse,S,r4\n", "r1/S=1 r2/S=0 r3/S=1 r4/S=0 empty 0"},
		{"decimal comma", "id;model;quality\nr1;S;0,5\nr2;S;1\n", "r1/S=0.5 r2/S=1 empty 0"},
		{"tabs", "id\tmodel\tquality\nr1\tS\t0,5\n", "r1/S=0.5 empty 0"},
		{"cells that are cut off", "id,model,quality\nr1,S\nr2,S,1\n", "r2/S=1 empty 1"},
		{"escaped", "id,model,quality\n'-7,'=S,1\n", "-7/=S=1 empty 0"},
		{"the same twice", "id,model,quality\nr1,S,1\nr1,S,yes\n", "r1/S=1 empty 0"},
		{"out of range", "id,model,quality\nr1,S,1.5\nr2,S,good\nr3,S,-1\nr4,S,NaN\n", `s.csv:2: quality "1.5" is no grade: write a number from 0 to 1, yes or no
s.csv:3: quality "good" is no grade: write a number from 0 to 1, yes or no
s.csv:4: quality "-1" is no grade: write a number from 0 to 1, yes or no
s.csv:5: quality "NaN" is no grade: write a number from 0 to 1, yes or no`},
		{"two grades", "id,model,quality,note\nr1,S,1,\"a\nb\"\nr1,S,0,\n", "s.csv:4: row 3: S of r1 has quality 0 here and 1 in line 2"},
		{"no id", "id,model,quality\n,S,1\n", "s.csv:2: a quality without an id or a model"},
		{"no quality column", "id,model,grade\n", `s.csv:1: there is no column "quality": a sheet has id, model and quality (tierwise eval … -o label-next.csv writes one)`},
		{"two quality columns", "id,model,quality,Quality \nr1,S,1,0\n", `s.csv:1: there are 2 columns "quality": rename all but the one that counts`},
		{"two ids", "id,id,model,quality\nr1,r2,S,1\n", `s.csv:1: there are 2 columns "id": rename all but the one that counts`},
		{"carriage returns", "id,model,quality\rr1,S,1\r\"r\r2\",S,0\r", "r1/S=1 r\n2/S=0 empty 0"},
		{"carriage returns, a fault", "id,model,quality\rr1,S,1\rr2,S,2\r", `s.csv:3: quality "2" is no grade: write a number from 0 to 1, yes or no`},
		{"separator named", "\ufeffsep=;\r\nid;model;quality;a,b\r\nr1;S;0,5;\r\n", "r1/S=0.5 empty 0"},
		{"separator in quotes", "\"sep=\t\"\nid\tmodel\tquality\nr1\tS\t1\n", "r1/S=1 empty 0"},
		{"separator named, a fault", "sep=|\nid|model|quality\nr1|S|2\n", `s.csv:3: row 2: quality "2" is no grade: write a number from 0 to 1, yes or no`},
		{"separator named, no column", "SEP=,\nid,model\n", `s.csv:2: there is no column "quality": a sheet has id, model and quality (tierwise eval … -o label-next.csv writes one)`},
		{"separator alone", "sep=;", "s.csv: is empty; a sheet has a header with id, model and quality"},
		{"empty", "", "s.csv: is empty; a sheet has a header with id, model and quality"},
		{"UTF-16", "\xff\xfei\x00d\x00", "s.csv: is UTF-16 text: save it as CSV in UTF-8"},
	} {
		s, err := Read("s.csv", strings.NewReader(test.text))
		got := describe(s, err)
		if got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

func describe(s *Sheet, err error) string {
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, l := range s.Labels {
		fmt.Fprintf(&b, "%s/%s=%v ", l.ID, l.Model, l.Quality)
	}
	return fmt.Sprintf("%sempty %d", b.String(), s.Empty)
}

func FuzzRead(f *testing.F) {
	f.Add("\ufeffid,task,model,quality\nr1,t,S,1\n'-7,t,L,\n")
	f.Add("id;model;quality\n\"a\nb\";S;0,5\n")
	f.Add("sep=|\rid|model|quality\rr1|S|1\r")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read("s.csv", strings.NewReader(text))
		if err != nil {
			return
		}
		for _, l := range s.Labels {
			if !(l.Quality >= 0 && l.Quality <= 1) || l.ID == "" || l.Model == "" {
				t.Errorf("label %+v", l)
			}
		}
	})
}

// What is written is read again, whatever the names.
func FuzzRoundTrip(f *testing.F) {
	f.Add("r1", "S")
	f.Add("'=1", "\t@")
	f.Fuzz(func(t *testing.T, id, model string) {
		if id == "" || model == "" || strings.Contains(id+model, "\r") { // csv turns \r\n into \n
			return
		}
		var b bytes.Buffer
		if err := Write(&b, []Row{{ID: id, Model: model}}, &WriteOptions{NoText: true}); err != nil {
			t.Fatal(err)
		}
		text := strings.TrimSuffix(b.String(), "\n") + "1\n"
		s, err := Read("s.csv", strings.NewReader(text))
		if err != nil || len(s.Labels) != 1 || s.Labels[0].ID != id || s.Labels[0].Model != model {
			t.Fatalf("%q, %q: %v, %+v", id, model, err, s)
		}
	})
}

func sheet(t *testing.T, name, text string) *Sheet {
	t.Helper()
	s, err := Read(name, strings.NewReader("id,model,quality\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func traffic() []datasets.Row {
	answer := func(model string, quality ...float64) datasets.Outcome {
		o := datasets.Outcome{Model: model, CostUSD: new(0.25), InputTokens: new(int64(7)), Response: new("answer of " + model)}
		if len(quality) > 0 {
			o.Quality = &quality[0]
		}
		return o
	}
	failed := datasets.Outcome{Model: "S", Error: "timeout"}
	return []datasets.Row{
		{ID: "r1", Prompt: "one", Task: "t", Group: "g", Weight: new(2.5), Split: "tune", Embedding: []float32{1, 2}, Outcomes: []datasets.Outcome{answer("S"), answer("L", 1)}},
		{ID: "r2", Prompt: "two", Outcomes: []datasets.Outcome{failed, answer("L")}},
		{ID: "r3", Prompt: "three", Outcomes: []datasets.Outcome{failed, answer("S"), answer("S"), answer("L", 0.5), answer("L")}},
		{ID: "r4", Prompt: "four", Outcomes: []datasets.Outcome{}},
	}
}

func open(t *testing.T, rows []datasets.Row) *datasets.Dataset {
	t.Helper()
	var b bytes.Buffer
	w := datasets.NewWriter(&b)
	if err := w.Write(rows...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "traffic.parquet")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := datasets.Open(t.Context(), []string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestFill(t *testing.T) {
	var b bytes.Buffer
	sheets := []*Sheet{sheet(t, "a.csv", "r1,S,0.75\nr2,L,1\nr1,L,1\nr4,L,\n"), sheet(t, "b.csv", "r3,S,0\nr3,L,0.5\nr1,S,0.75\n")}
	r, err := Fill(t.Context(), &b, open(t, traffic()), sheets, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&Report{Requests: 3, Filled: 3, Unchanged: 2, Empty: 1}, r, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	want := traffic()
	want[0].Outcomes[0].Quality, want[1].Outcomes[1].Quality, want[2].Outcomes[1].Quality = new(0.75), new(1.0), new(0.0)
	got, err := parquet.Read[datasets.Row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("traffic (-want +got):\n%s", diff)
	}
}

func TestFillRefuses(t *testing.T) {
	twice := append(traffic(), traffic()[0])
	for _, test := range []struct {
		name, labels string
		rows         []datasets.Row
		want         string
	}{
		{"unknown id", "r1,S,1\nr5,S,1\n", traffic(), `a.csv:3: unknown id "r5"; did you mean "r1"?`},
		{"unknown id, nothing like it", "request,S,1\n", traffic(), `a.csv:2: unknown id "request"; the traffic has no request of that id`},
		{"unknown model", "r1,s,1\n", traffic(), `a.csv:2: r1 has no answer of "s"; did you mean "S"?`},
		{"unknown model, nothing like it", "r1,gpt-huge,1\n", traffic(), `a.csv:2: r1 has no answer of "gpt-huge"; it has those of L, S`},
		{"no answers", "r4,S,1\n", traffic(), `a.csv:2: r4 has no answer of "S"; it has no answers`},
		{"failed", "r2,S,1\n", traffic(), `a.csv:2: the call of S on r2 failed (timeout): there is no answer to grade`},
		{"another grade", "r1,L,0\n", traffic(), `a.csv:2: L of r1 has quality 1 already, not 0; --overwrite replaces it`},
		{"the id is there twice", "r1,S,1\n", twice, `a.csv:2: 2 requests of the traffic have the id r1: give each an id of its own`},
	} {
		var b bytes.Buffer
		_, err := Fill(t.Context(), &b, open(t, test.rows), []*Sheet{sheet(t, "a.csv", test.labels)}, nil)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		if b.Len() > 0 {
			t.Errorf("%s: %d bytes were written", test.name, b.Len())
		}
	}
	_, err := Fill(t.Context(), &bytes.Buffer{}, open(t, traffic()), []*Sheet{sheet(t, "a.csv", "r1,S,1\n"), sheet(t, "b.csv", "r1,S,0\n")}, nil)
	if want := "b.csv:2: S of r1 has quality 0 here and 1 in a.csv:2"; err == nil || err.Error() != want {
		t.Errorf("two sheets: %v, want %s", err, want)
	}
}

func TestFillOverwrite(t *testing.T) {
	var b bytes.Buffer
	r, err := Fill(t.Context(), &b, open(t, traffic()), []*Sheet{sheet(t, "a.csv", "r1,L,0\nr3,L,1\n")}, &FillOptions{Overwrite: true})
	if err != nil || r.Overwritten != 2 || r.Filled != 0 || r.Requests != 2 {
		t.Fatalf("%v, %+v", err, r)
	}
	rows, err := parquet.Read[datasets.Row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if q := rows[0].Outcomes[1].Quality; q == nil || *q != 0 {
		t.Errorf("quality %v, want 0", q)
	}
	if o := rows[2].Outcomes; *o[3].Quality != 1 || o[4].Quality != nil {
		t.Errorf("repeats have %v and %v, want 1 and none", o[3].Quality, o[4].Quality)
	}
}
