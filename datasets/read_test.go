package datasets

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

func TestProblemsOfAFile(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(5, 5)), 10_000)
	for i, r := range []int{3, 4711, 9999} {
		rows[r].Outcomes = []Outcome{{Model: "m", Quality: new(1.3 + float64(i))}}
	}
	rows[5000].ID = ""
	f := parquetOf(t, rows, parquet.MaxRowsPerRowGroup(6000))
	d, err := Open(t.Context(), []string{"f"}, opening(f, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	blocks := 0
	for _, s := range d.Shards() {
		for b, err := range d.NewReader(Columns{}).Read(t.Context(), s) {
			if err != nil {
				got = append(got, strings.Split(err.Error(), "\n")...)
				continue
			}
			if s.Index == 0 || slices.Contains(b.Rows, 10_000) {
				blocks++
			}
		}
	}
	want := []string{
		`f: row 4, column "quality": 1.3 is outside [0, 1] (model "m")`,
		`f: row 4712, column "quality": 2.3 is outside [0, 1] (model "m"); scores on another scale need --scale, perhaps --scale 0:10`,
		`f: row 5001, column "id": is empty; every request needs an id of its own`,
		`f: row 10000, column "quality": 3.3 is outside [0, 1] (model "m"); scores on another scale need --scale, perhaps --scale 0:10`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if blocks != 0 {
		t.Errorf("%d blocks with or after a fault were handed out", blocks)
	}
	err = readError(t, f, Options{MaxErrors: 2}, Columns{})
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 2 && lines[2] != "and more: reading stopped after 2 problems" {
		t.Errorf("with a limit of 2: %v", err)
	}
}

func TestScaleAndSplits(t *testing.T) {
	rows := []Row{{ID: "a", Prompt: "p", Split: "train", Outcomes: []Outcome{{Model: "m", Quality: new(75.0)}}},
		{ID: "b", Prompt: "p", Split: "test", Outcomes: []Outcome{{Model: "m", Quality: new(100.0)}}}}
	opts := Options{Scale: &Scale{0, 100}, SplitMap: map[string]string{"train": "tune", "test": "verify"}}
	got, hash := collect(t, parquetOf(t, rows), opts, everything)
	if got[0].Outcomes["m"].Numbers[numQuality] != number(0.75) || got[0].Split != "tune" || got[1].Split != "verify" {
		t.Errorf("got %+v", got)
	}
	rows[0].Split, rows[1].Split, rows[0].Outcomes[0].Quality, rows[1].Outcomes[0].Quality = "tune", "verify", new(0.75), new(1.0)
	block, err := FromRows(rows, Columns{})
	if err != nil {
		t.Fatal(err)
	}
	if block.Hash != hash {
		t.Error("the hash is of the values as recorded, not of what they mean")
	}
	rows[1].Outcomes[0].Quality = new(101.0)
	err = readError(t, parquetOf(t, rows), Options{Scale: &Scale{0, 100}}, Columns{})
	if want := `f: row 2, column "quality": 101 is outside the scale 0:100 (model "m")`; err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestParseScale(t *testing.T) {
	for _, s := range []string{"0:100", "1:5", "5:1", "-1:1", "0:0.5"} {
		scale, err := ParseScale(s)
		if err != nil || scale.String() != s || scale.unit(scale.Lo) != 0 || scale.unit(scale.Hi) != 1 {
			t.Errorf("%s: got %v, %v", s, scale, err)
		}
	}
	for s, want := range map[string]string{
		"100":   `scale "100" is not of the form lo:hi, such as 0:100`,
		"0:x":   `scale "0:x": "x" is not a number`,
		"1:1":   `scale "1:1": both ends are the same`,
		"0:NaN": `scale "0:NaN": "NaN" is not a number`,
	} {
		if _, err := ParseScale(s); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", s, err, want)
		}
	}
}

func TestWhere(t *testing.T) {
	type row struct {
		ID     string   `parquet:"id"`
		Prompt string   `parquet:"prompt"`
		Clean  *bool    `parquet:"clean,optional"`
		Lang   *string  `parquet:"lang,optional,dict"`
		N      *int64   `parquet:"n,optional"`
		X      float32  `parquet:"x"`
		Weight *float64 `parquet:"weight,optional"`
		At     int64    `parquet:"at,timestamp(millisecond)"`
	}
	rows := []row{
		{ID: "0", Prompt: "p", Clean: new(true), Lang: new("de"), N: new(int64(1) << 60), X: 1},
		{ID: "1", Prompt: "p", Clean: new(false), Lang: new("en"), N: new(int64(1)<<60 + 1), X: 0.5, At: 86_400_000},
		{ID: "2", Prompt: "p", Weight: new(-1.0)},
	}
	f := parquetOf(t, rows)
	tests := []struct {
		where []string
		want  string
	}{
		{[]string{"clean=true"}, "0"},
		{[]string{"clean=false"}, "1"},
		{[]string{"clean!="}, "01"},
		{[]string{"clean!=", "clean!=true"}, "1"},
		{[]string{"lang=de"}, "0"},
		{[]string{"lang!=de", "id!=2"}, "1"},
		{[]string{"lang=fr"}, ""},
		{[]string{"n=1152921504606846976"}, "0"},
		{[]string{"n=1152921504606846977"}, "1"},
		{[]string{"n=1.0"}, ""},
		{[]string{"x=1.0"}, "0"},
		{[]string{"x=5e-1"}, "1"},
		{[]string{"id=1"}, "1"},
		{[]string{"at=1970-01-02"}, "1"},
		{[]string{"x=one"}, ""},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.where, " "), func(t *testing.T) {
			var opts Options
			for _, s := range tt.where {
				c, err := ParseCondition(s)
				if err != nil || c.String() != s {
					t.Fatalf("%s: got %v, %v", s, c, err)
				}
				opts.Where = append(opts.Where, c)
			}
			list, _ := collect(t, f, opts, everything)
			got := ""
			for _, r := range list {
				got += r.ID[1:]
				if fmt.Sprint(r.Row-1) != r.ID[1:] {
					t.Errorf("request %s has row %d", r.ID, r.Row)
				}
			}
			if got != tt.want {
				t.Errorf("got rows %q, want %q", got, tt.want)
			}
		})
	}
	for _, s := range []string{"clean", "=true", "!=x", ""} {
		if c, err := ParseCondition(s); err == nil {
			t.Errorf("%q is %v", s, c)
		}
	}
}

func TestWhereOnRandomRows(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(8, 8)), 3000)
	for name, long := range map[string]bool{"canonical": false, "long": true} {
		f := parquetOf(t, rows)
		if long {
			f = parquetOf(t, pairsOf(rows))
		}
		var kept []Row
		for _, r := range rows {
			if r.Task == "t1" && (!long || len(r.Outcomes) > 0) {
				kept = append(kept, r)
			}
		}
		block, err := FromRows(kept, Columns{})
		if err != nil {
			t.Fatal(err)
		}
		got, hash := collect(t, f, Options{Where: []Condition{{Column: "task", Value: "t1"}}}, Columns{})
		if len(got) != len(kept) || hash != block.Hash {
			t.Errorf("%s: got %d requests, want %d; hash %x, want %x", name, len(got), len(kept), hash, block.Hash)
		}
	}
}

func TestHashSeesEverything(t *testing.T) {
	base := randomRows(rand.New(rand.NewPCG(6, 6)), 1)[0]
	base.ID, base.Messages, base.Group = "i", "", "g"
	base.Outcomes = []Outcome{{Model: "m", Quality: new(0.5), CostUSD: new(0.25)}, {Model: "n", Quality: new(0.25), CostUSD: new(0.5)}}
	hash := func(r Row) [2]uint64 {
		b, err := FromRows([]Row{r}, Columns{})
		if err != nil {
			t.Fatal(err)
		}
		return b.Hash
	}
	want := hash(base)
	seen := map[[2]uint64]string{want: "the row"}
	changes := map[string]func(*Row){
		"id":           func(r *Row) { r.ID = "j" },
		"group":        func(r *Row) { r.Group = "h" },
		"no group":     func(r *Row) { r.Group = "" },
		"task":         func(r *Row) { r.Task = "other" },
		"endpoint":     func(r *Row) { r.Endpoint = "other" },
		"tenant":       func(r *Row) { r.Tenant = "other" },
		"router task":  func(r *Row) { r.RouterTask = "other" },
		"router model": func(r *Row) { r.RouterModel = "other" },
		"time":         func(r *Row) { r.Time = nil },
		"weight":       func(r *Row) { r.Weight = new(77.0) },
		"weight 0":     func(r *Row) { r.Weight = new(0.0) },
		"max tokens":   func(r *Row) { r.MaxTokens = new(int64(5000)) },
		"embedded":     func(r *Row) { r.EmbeddingCostUSD = new(5000.0) },
		"swap": func(r *Row) {
			r.Outcomes[0].Quality, r.Outcomes[0].CostUSD = r.Outcomes[0].CostUSD, r.Outcomes[0].Quality
		},
		"swap models": func(r *Row) {
			r.Outcomes[0].Quality, r.Outcomes[1].Quality = r.Outcomes[1].Quality, r.Outcomes[0].Quality
		},
		"model":         func(r *Row) { r.Outcomes[0].Model = "o" },
		"fewer":         func(r *Row) { r.Outcomes = r.Outcomes[:1] },
		"one more":      func(r *Row) { r.Outcomes = append(r.Outcomes[:2:2], Outcome{Model: "n"}) },
		"error":         func(r *Row) { r.Outcomes[0].Error = "server" },
		"finish reason": func(r *Row) { r.Outcomes[0].FinishReason = "server" },
	}
	for c := range numOutcomeNumbers {
		changes[outcomeNumbers[c].name] = func(r *Row) { r.Outcomes[1].setNumber(c, 1) }
	}
	for name, change := range changes {
		r := base
		r.Outcomes = slices.Clone(base.Outcomes)
		change(&r)
		h := hash(r)
		if other, ok := seen[h]; ok {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[h] = name
	}
	for name, change := range map[string]func(*Row){
		"prompt":    func(r *Row) { r.Prompt = "other" },
		"expected":  func(r *Row) { r.Expected = "other" },
		"response":  func(r *Row) { r.Outcomes[0].Response = new("other") },
		"tools":     func(r *Row) { r.Tools = "[2]" },
		"format":    func(r *Row) { r.ResponseFormat = "other" },
		"embedding": func(r *Row) { r.Embedding = []float32{1} },
		"order":     func(r *Row) { slices.Reverse(r.Outcomes) },
	} {
		r := base
		r.Outcomes = slices.Clone(base.Outcomes)
		change(&r)
		if hash(r) != want {
			t.Errorf("the hash depends on %s", name)
		}
	}
	zero, minus := base, base
	zero.Weight, minus.Weight = new(0.0), new(math.Copysign(0, -1))
	if hash(zero) != hash(minus) {
		t.Error("0 and -0 have different hashes")
	}
}

// The values of hashes stand in certificates: they must never change.
func TestHashIsStable(t *testing.T) {
	b, err := FromRows([]Row{{ID: "a", Task: "t", Group: "g", Outcomes: []Outcome{{Model: "m", Quality: new(0.5)}}}}, Columns{})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%x %x", b.IDHash[0], b.Hash)
	if want := "7d53eddd7d92b1fe [8996a696268ef156 86a94469e4c65ba2]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestColumnsAreIndependent(t *testing.T) {
	f := parquetOf(t, randomRows(rand.New(rand.NewPCG(9, 9)), 2000))
	all, want := collect(t, f, Options{}, everything)
	for _, cols := range []Columns{{}, {Prompt: true}, {Chars: true}, {Response: true}, {Expected: true}, {Shape: true}, {Embedding: true}, {Models: []string{"m1", "m3"}}, {Models: []string{}}} {
		got, hash := collect(t, f, Options{}, cols)
		if hash != want {
			t.Errorf("%+v: hash %x, want %x", cols, hash, want)
		}
		for i := range got {
			if cols.Shape && (got[i].Turns != all[i].Turns || got[i].Tools != all[i].Tools || got[i].Schema != all[i].Schema || got[i].Attachment != all[i].Attachment) {
				t.Fatalf("%+v: request %d: got %+v, not %+v", cols, i, got[i], all[i])
			}
			want := "null"
			if cols.Embedding {
				want = all[i].Embedding
			}
			if got[i].Embedding != want {
				t.Fatalf("%+v: request %d: embedding %s, not %s", cols, i, got[i].Embedding, want)
			}
			for model, o := range all[i].Outcomes {
				g, there := got[i].Outcomes[model]
				if wanted := cols.Models == nil || slices.Contains(cols.Models, model); there != wanted {
					t.Fatalf("%+v: request %d: outcome of %s is there: %v", cols, i, model, there)
				}
				if there && (g.Numbers != o.Numbers || g.Error != o.Error) {
					t.Fatalf("%+v: request %d: %s is %+v, not %+v", cols, i, model, g, o)
				}
			}
		}
	}
}

func TestCostlyColumnsAreNotRead(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(9, 9)), 2000)
	r := rand.New(rand.NewPCG(1, 1))
	blob := func() string { // does not compress
		b := make([]byte, 3000)
		for i := range b {
			b[i] = byte('a' + r.IntN(26))
		}
		return string(b)
	}
	for i := range rows {
		rows[i].Prompt, rows[i].Messages, rows[i].Expected = blob(), `[{"role":"user","content":"`+blob()+`"}]`, blob()
		rows[i].Tools, rows[i].Embedding = `["`+blob()+`"]`, make([]float32, 1000)
		for k := range rows[i].Embedding {
			rows[i].Embedding[k] = r.Float32()
		}
		for k := range rows[i].Outcomes {
			rows[i].Outcomes[k].Response = new(blob())
		}
	}
	f := parquetOf(t, rows, parquet.Compression(&parquet.Zstd))
	size := func(cols Columns) int64 {
		f.read.Store(0)
		collect(t, f, Options{}, cols)
		return f.read.Load()
	}
	if n := size(Columns{}); n > 400_000 {
		t.Errorf("%d of %d bytes were read without any text", n, len(f.data))
	}
	for name, cols := range map[string]Columns{"shape": {Shape: true}, "embeddings": {Embedding: true}} {
		// Messages and tools are a text each; an embedding is 3000 bytes. Embeddings are looked at once more at first.
		if n := size(cols); n < 6_000_000 || n > 14_000_000 {
			t.Errorf("%d of %d bytes were read for %s", n, len(f.data), name)
		}
	}
	prompt, all := size(Columns{Prompt: true}), size(everything)
	if prompt < 12_000_000 || prompt > 14_000_000 {
		t.Errorf("%d of %d bytes were read for prompts and messages", prompt, len(f.data))
	}
	if all < int64(len(f.data))*9/10 {
		t.Errorf("%d of %d bytes were read for everything", all, len(f.data))
	}
}

func TestBlocksAreSmall(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(9, 9)), 3000)
	for i := range rows {
		rows[i].Prompt = strings.Repeat("long ", 4000)
	}
	f := parquetOf(t, rows)
	for cols, want := range map[bool]int{true: 320, false: 3000} {
		readAll(t, []string{"f"}, opening(f, Options{}), Columns{Prompt: cols}, func(b *Traffic) {
			if b.Len > want {
				t.Errorf("with prompts %v: a block of %d requests", cols, b.Len)
			}
		})
	}
}

func TestFetch(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(4, 4)), 3000)
	for i := range rows {
		if len(rows[i].Outcomes) == 0 {
			rows[i].Outcomes = []Outcome{{Model: "m", Quality: new(1.0)}}
		}
	}
	refs := []RowRef{{"f", 2999}, {"f", 1}, {"f", 1500}, {"f", 1}, {"f", 3000}}
	f := parquetOf(t, rows, parquet.MaxRowsPerRowGroup(700))
	d, err := Open(t.Context(), []string{"f"}, opening(f, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	f.read.Store(0)
	got, err := d.Fetch(t.Context(), refs)
	if err != nil {
		t.Fatal(err)
	}
	for i, ref := range refs {
		if diff := cmp.Diff(rows[ref.Row-1], got[i]); diff != "" {
			t.Errorf("row %d: %s", ref.Row, diff)
		}
	}
	if n := f.read.Load(); n > int64(len(f.data))*4/5 {
		t.Errorf("%d of %d bytes were read for rows of 3 of 5 row groups", n, len(f.data))
	}
	for want, ref := range map[string]RowRef{"f has no row 3001": {"f", 3001}, "f has no row 0": {"f", 0}, "g is not a file of the dataset": {"g", 1}} {
		if _, err := d.Fetch(t.Context(), []RowRef{ref}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}

	pairs := pairsOf(rows)
	d, err = Open(t.Context(), []string{"f"}, opening(parquetOf(t, pairs, parquet.MaxRowsPerRowGroup(700)), Options{}))
	if err != nil {
		t.Fatal(err)
	}
	var long []RowRef
	for i, p := range pairs {
		if (p.RequestID == rows[17].ID || p.RequestID == rows[2500].ID) && (i == 0 || pairs[i-1].RequestID != p.RequestID) {
			long = append(long, RowRef{"f", int64(i + 1)})
		}
	}
	got, err = d.Fetch(t.Context(), long)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Row{rows[17], rows[2500]}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFindDuplicates(t *testing.T) {
	rows := []Row{{ID: "a", Prompt: "p"}, {ID: "b", Prompt: "p"}, {ID: "a", Prompt: "q"}, {ID: "c", Prompt: "p"}}
	files := map[string]*memFile{"f": parquetOf(t, rows), "g": parquetOf(t, []Row{{ID: "b", Prompt: "p"}, {ID: "d", Prompt: "p"}})}
	open := func(_ context.Context, name string) (File, error) { return files[name], nil }
	d, err := Open(t.Context(), []string{"f", "g"}, &Options{Open: open})
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[uint64]struct{}{}
	for _, id := range []string{"a", "b", "d"} {
		hashes[hashString(id)] = struct{}{}
	}
	err = d.FindDuplicates(t.Context(), hashes)
	want := `f: row 3, column "id": "a" is also the id of row 1; every request needs an id of its own
g: row 1, column "id": "b" is also the id of f, row 2; every request needs an id of its own`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	// d is met once: two ids of one hash, so to speak.
	if err := d.FindDuplicates(t.Context(), map[uint64]struct{}{hashString("d"): {}}); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestReadStops(t *testing.T) {
	f := parquetOf(t, randomRows(rand.New(rand.NewPCG(9, 9)), 20_000))
	d, err := Open(t.Context(), []string{"f"}, opening(f, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	r := d.NewReader(Columns{})
	for range 3 { // a break leaves the reader usable
		n := 0
		for range r.Read(t.Context(), d.Shards()[0]) {
			n++
			break
		}
		if n != 1 {
			t.Fatalf("%d blocks", n)
		}
	}
	stop := errors.New("stopped by the test")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	for _, err := range r.Read(ctx, d.Shards()[0]) {
		if !errors.Is(err, stop) {
			t.Errorf("got %v", err)
		}
	}
	changed := d.Shards()[0]
	changed.Version = "2"
	for _, err := range r.Read(t.Context(), changed) {
		if want := "f has changed: it is version 1, not 2"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestShards(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(9, 9)), 250)
	files := map[string]*memFile{
		"f": parquetOf(t, rows, parquet.MaxRowsPerRowGroup(100)), "none": parquetOf(t, []Row{}), "g": parquetOf(t, rows[:7])}
	open := func(_ context.Context, name string) (File, error) { return files[name], nil }
	d, err := Open(t.Context(), []string{"f", "none", "g"}, &Options{Open: open})
	if err != nil {
		t.Fatal(err)
	}
	f, g := int64(len(files["f"].data)), int64(len(files["g"].data))
	want := []Shard{
		{0, "f", "1", f, 0, 1, 100}, {1, "f", "1", f, 1, 101, 100}, {2, "f", "1", f, 2, 201, 50}, {3, "g", "1", g, 0, 1, 7},
	}
	if diff := cmp.Diff(want, d.Shards()); diff != "" {
		t.Error(diff)
	}
	if d.NumRows() != 257 || d.Layout() != Canonical {
		t.Errorf("%d rows, layout %v", d.NumRows(), d.Layout())
	}
}

func TestExpand(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"b.parquet", "a.parquet", "sub/c.parquet", "sub/_temporary/x.parquet", ".hidden.parquet", "notes.txt", "[x].parquet"} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"."}, "[x].parquet a.parquet b.parquet sub/c.parquet"},
		{[]string{"b.parquet", "*.parquet", "./a.parquet"}, ".hidden.parquet [x].parquet a.parquet b.parquet"},
		{[]string{"sub/*.parquet"}, "sub/c.parquet"},
		{[]string{"[x].parquet"}, "[x].parquet"},
		{[]string{"notes.txt"}, "notes.txt"},
		{[]string{"https://example.com/t.parquet"}, "https://example.com/t.parquet"},
	}
	t.Chdir(folder)
	for _, tt := range tests {
		got, err := Expand(tt.args)
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%v: got %v, %v; want %s", tt.args, got, err, tt.want)
		}
	}
	if err := os.Mkdir("empty", 0o755); err != nil {
		t.Fatal(err)
	}
	for arg, want := range map[string]string{
		"x*.parquet": "x*.parquet: no file matches", "empty": "empty: no *.parquet file in the folder", "no.parquet": "stat no.parquet: no such file or directory",
	} {
		if _, err := Expand([]string{arg}); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", arg, err, want)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := Open(t.Context(), nil, nil); err == nil {
		t.Error("no file opened")
	}
	if _, err := Open(t.Context(), []string{filepath.Join(t.TempDir(), "no.parquet")}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	path := filepath.Join(t.TempDir(), "f.parquet")
	if err := os.WriteFile(path, parquetOf(t, []Row{{ID: "a", Prompt: "p"}}).data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), []string{path, path}, nil); err == nil || !strings.HasSuffix(err.Error(), "the file is given twice") {
		t.Errorf("got %v", err)
	}
	d, err := Open(t.Context(), []string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestParallel(t *testing.T) {
	rows := randomRows(rand.New(rand.NewPCG(9, 9)), 9000)
	f := parquetOf(t, rows, parquet.PageBufferSize(2000))
	want, hash := collect(t, f, Options{}, everything)
	d, err := Open(t.Context(), []string{"f"}, opening(f, Options{}))
	if err != nil {
		t.Fatal(err)
	}
	r := d.NewReader(everything)
	r.Parallel = 3
	for range 2 {
		var got []request
		var sum [2]uint64
		for b, err := range r.Read(t.Context(), d.Shards()[0]) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, requestsOf(b)...)
			sum = sum128(sum, b.Hash)
		}
		same(t, want, got)
		if sum != hash {
			t.Errorf("hash %x, want %x", sum, hash)
		}
	}
	for _, i := range []int{5, 17, 100, 101} {
		rows[i].Outcomes = []Outcome{{Model: "m", Quality: new(2.0), CostUSD: new(-1.0), InputTokens: new(int64(-1)), LatencyMS: new(-1.0)}}
	}
	f = parquetOf(t, rows)
	if d, err = Open(t.Context(), []string{"f"}, opening(f, Options{MaxErrors: 10})); err != nil {
		t.Fatal(err)
	}
	wantErr := readError(t, f, Options{MaxErrors: 10}, everything)
	for range 10 {
		r := d.NewReader(everything)
		r.Parallel = 8
		for _, err := range r.Read(t.Context(), d.Shards()[0]) {
			if err == nil || err.Error() != wantErr.Error() {
				t.Fatalf("got\n%v\nwant\n%v", err, wantErr)
			}
		}
	}
}
