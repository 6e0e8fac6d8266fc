package ledger

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func lookAt(data string) Look {
	return Look{Data: data, Decision: "d", Costs: "c", Options: "task_tolerance=0.05", Alpha: 0.05, Seed: 1, Salt: "1", Recipe: "1"}
}

// keys are those of rows first to before end.
func keys(first, end int) (out []uint64) {
	for i := first; i < end; i++ {
		out = append(out, Key(fmt.Sprint("row ", i)))
	}
	return out
}

// make plans and appends a look, and returns the plan.
func (l *Ledger) made(t testing.TB, file *bytes.Buffer, look Look, declared int, rows []uint64, found *Found) *Plan {
	t.Helper()
	p, err := l.Plan(look, declared, rows)
	if err != nil {
		t.Fatal(err)
	}
	if found == nil {
		found = &Found{}
	}
	if err := l.Append(file, p, rows, found); err != nil {
		t.Fatal(err)
	}
	return p
}

func read(t testing.TB, file *bytes.Buffer) *Ledger {
	t.Helper()
	l, err := Read("x.ledger.jsonl", bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func searched(p *Plan) (out []int) {
	for i, s := range p.Searched {
		if s {
			out = append(out, i)
		}
	}
	return out
}

func TestUndeclaredLooks(t *testing.T) {
	var file bytes.Buffer
	l := &Ledger{}
	for _, test := range []struct {
		name         string
		look         Look
		rows         []uint64
		share, spent float64
		searched     []int
		repeated     bool
	}{
		{"the first", lookAt("a"), keys(0, 4), 1, 0.05, nil, false},
		{"more rows", lookAt("b"), keys(2, 6), 0.5, 0.075, []int{0, 1}, false},
		{"the first again", lookAt("a"), keys(0, 4), 1, 0.05, nil, true},
		{"nothing new", lookAt("c"), keys(3, 5), 0.25, 0.0875, []int{0, 1}, false},
		{"the second again", lookAt("b"), keys(2, 6), 0.5, 0.075, []int{0, 1}, true},
		{"all new", lookAt("d"), keys(6, 9), 0.125, 0.09375, nil, false},
	} {
		p := l.made(t, &file, test.look, 1, test.rows, nil)
		if p.Share != test.share || math.Abs(p.Spent-test.spent) > 1e-12 || !slices.Equal(searched(p), test.searched) || p.Repeated != test.repeated {
			t.Errorf("%s: %+v", test.name, p)
		}
		if p.Fresh != len(test.rows)-len(test.searched) {
			t.Errorf("%s: %d fresh rows", test.name, p.Fresh)
		}
		l = read(t, &file)
	}
	if n := strings.Count(file.String(), "\n"); n != 4 {
		t.Errorf("%d lines, want one for each of 4 looks:\n%s", n, &file)
	}
}

// The same search on more rows is one more look of it: its pilot and chains stay, all other rows certify, at half the level.
func TestExtendedLooks(t *testing.T) {
	var file bytes.Buffer
	l := &Ledger{}
	found := &Found{
		Pilot: []bool{true, true, false, false}, Chains: map[string][]string{"reply": {"small"}}, Splits: map[string]Split{"reply": {"small", 0.08}},
	}
	l.made(t, &file, lookAt("a"), 1, keys(0, 4), found)
	l = read(t, &file)
	p, err := l.Plan(lookAt("b"), 1, keys(0, 8))
	if err != nil || p.Search != 1 || p.Look != 2 || p.Share != 0.5 || p.Next != 0.25 || !slices.Equal(searched(p), []int{0, 1}) || !reflect.DeepEqual(p.Chains, found.Chains) || !reflect.DeepEqual(p.Splits, found.Splits) {
		t.Fatalf("%+v, %v", p, err)
	}
	l.made(t, &file, lookAt("b"), 1, keys(0, 8), &Found{Pilot: make([]bool, 8), Chains: map[string][]string{"reply": {"small"}, "late": {"mid"}}})
	l = read(t, &file)
	if again, err := l.Plan(lookAt("b"), 1, keys(0, 8)); err != nil || !again.Repeated || again.Share != 0.5 || !slices.Equal(searched(again), []int{0, 1}) {
		t.Errorf("again: %+v, %v", again, err)
	}
	third, err := l.Plan(lookAt("c"), 1, keys(0, 9))
	if err != nil || third.Look != 3 || third.Share != 0.25 || !reflect.DeepEqual(third.Splits, found.Splits) || !slices.Equal(third.Chains["late"], []string{"mid"}) || math.Abs(third.Spent-0.0875) > 1e-12 {
		t.Errorf("third: %+v, %v", third, err)
	}
	if p, err := l.Plan(lookAt("c"), 1, keys(1, 9)); err != nil || p.Search != 2 || p.Look != 1 || p.Share != 0.25 || p.Fresh != 1 || p.Chains != nil || p.Splits != nil {
		t.Errorf("with a row missing: %+v, %v", p, err)
	}
	other := lookAt("c")
	other.Options = "others"
	l.made(t, &file, other, 1, keys(0, 9), &Found{})
	l = read(t, &file)
	if p, err := l.Plan(lookAt("d"), 1, keys(0, 20)); err != nil || p.Search != 3 || p.Share != 0.125 || p.Fresh != 11 {
		t.Errorf("after another search: %+v, %v", p, err)
	}
	broken := bytes.NewBufferString(strings.Replace(file.String(), `"after":1,`, `"after":0,`, 1))
	if _, err := Read("x", broken); err == nil || !strings.Contains(err.Error(), "extends a search that is not the one before it") {
		t.Errorf("got %v", err)
	}
}

// Any difference is another look.
func TestWhatIsTheSameLook(t *testing.T) {
	l := &Ledger{}
	base := lookAt("a")
	l.made(t, &bytes.Buffer{}, base, 1, keys(0, 3), nil)
	v := reflect.ValueOf(&base).Elem()
	for i := range v.NumField() {
		other := base
		switch f := reflect.ValueOf(&other).Elem().Field(i); f.Kind() {
		case reflect.String:
			f.SetString("other")
		case reflect.Float64:
			f.SetFloat(0.1)
		case reflect.Uint64:
			f.SetUint(7)
		default:
			t.Fatalf("a field of kind %s", f.Kind())
		}
		name := v.Type().Field(i).Name
		look, fresh := 1, 0
		if name == "Data" || name == "Costs" { // data grow and prices change: it is the same search
			look, fresh = 2, 3
		}
		p, err := l.Plan(other, 1, keys(0, 3))
		if err != nil || p.Repeated || p.Look != look || p.Fresh != fresh {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	if p, err := l.Plan(base, 3, keys(0, 3)); err != nil || p.Repeated {
		t.Errorf("declared looks: %+v, %v", p, err)
	}
}

func TestDeclaredLooks(t *testing.T) {
	var file bytes.Buffer
	l := &Ledger{}
	walked := map[string][]string{"reply": {"small", "mid"}}
	l.made(t, &file, lookAt("a"), 3, keys(0, 10), &Found{Pilot: []bool{1: true, 4: true, 9: false}, Chains: walked})
	l = read(t, &file)

	second := lookAt("b")
	second.Costs = "others"
	later := map[string][]string{"reply": {"huge"}, "extraction": {"small"}}
	p := l.made(t, &file, second, 3, keys(0, 20), &Found{Pilot: make([]bool, 20), Chains: later})
	if p.Share != 0.2 || math.Abs(p.Spent-0.045) > 1e-12 || !slices.Equal(searched(p), []int{1, 4}) || p.Look != 2 || p.Search != 1 {
		t.Errorf("second: %+v", p)
	}
	if diff := cmp.Diff(walked, p.Chains); diff != "" {
		t.Error(diff)
	}
	l = read(t, &file)
	p = l.made(t, &file, lookAt("c"), 3, keys(0, 20), nil)
	if diff := cmp.Diff(map[string][]string{"reply": {"small", "mid"}, "extraction": {"small"}}, p.Chains); diff != "" || math.Abs(p.Share-0.1) > 1e-12 || math.Abs(p.Spent-0.05) > 1e-12 {
		t.Errorf("third: %+v\n%s", p, diff)
	}
	l = read(t, &file)
	if p := l.made(t, &file, second, 3, keys(0, 20), nil); !p.Repeated || p.Look != 2 || p.Share != 0.2 || !slices.Equal(searched(p), []int{1, 4}) {
		t.Errorf("second again: %+v", p)
	}
	// All three are made: what comes now is the second search.
	if p := l.made(t, &file, lookAt("d"), 3, keys(10, 30), nil); p.Search != 2 || p.Look != 1 || p.Share != 0.35 || p.Fresh != 10 || p.Chains != nil {
		t.Errorf("a second schedule: %+v", p)
	}
	if p := l.made(t, &file, lookAt("e"), 1, keys(10, 40), nil); p.Search != 3 || p.Share != 0.25 || p.Fresh != 10 {
		t.Errorf("a third search: %+v", p)
	}
	// The second schedule was broken off by the third search.
	if p := l.made(t, &file, lookAt("f"), 3, keys(10, 40), nil); p.Search != 4 || p.Look != 1 || p.Fresh != 0 {
		t.Errorf("a fourth: %+v", p)
	}
}

func TestDeclaredLooksMustBeAlike(t *testing.T) {
	for _, test := range []struct {
		change func(*Look)
		rows   []uint64
		looks  int
		want   string
	}{
		{func(k *Look) { k.Decision = "e" }, keys(0, 9), 3, "look 2 of the 3 that were declared must be made as look 1 was, but for more data: the config's decision hash was d and is e;"},
		{func(k *Look) { k.Options = "x" }, keys(0, 9), 3, "the options was task_tolerance=0.05 and is x"},
		{func(k *Look) { k.Alpha = 0.1 }, keys(0, 9), 3, "alpha was 0.05 and is 0.1"},
		{func(k *Look) { k.Seed = 2 }, keys(0, 9), 3, "the seed was 1 and is 2"},
		{func(k *Look) { k.Salt = "2" }, keys(0, 9), 3, "the salt was 1 and is 2"},
		{func(k *Look) { k.Recipe = "2" }, keys(0, 9), 3, "the recipe version was 1 and is 2"},
		{func(*Look) {}, keys(2, 9), 3, "look 2 of the 3 that were declared must see all rows of those before: 2 are missing"},
		{func(*Look) {}, keys(0, 9), 2, "2 looks cannot be declared: it is 1 or 3"},
		{func(k *Look) { k.Data = "" }, keys(0, 9), 1, "the look has no data_hash"},
		{func(k *Look) { k.Alpha = math.NaN() }, keys(0, 9), 1, "alpha of NaN"},
		{func(*Look) {}, []uint64{1 << 50}, 1, "row 0 has the key 0x4000000000000, of more than 48 bits"},
	} {
		l := &Ledger{}
		l.made(t, &bytes.Buffer{}, lookAt("a"), 3, keys(0, 5), nil)
		look := lookAt("b")
		test.change(&look)
		if p, err := l.Plan(look, test.looks, test.rows); p != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestDeclaredLookTellsItsPilot(t *testing.T) {
	for _, found := range []*Found{nil, {Pilot: make([]bool, 4)}} {
		var file bytes.Buffer
		l := &Ledger{}
		p, err := l.Plan(lookAt("a"), 3, keys(0, 5))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Append(&file, p, keys(0, 5), found); err == nil || file.Len() > 0 || len(l.entries) > 0 || !strings.Contains(err.Error(), "must tell of each of its rows") {
			t.Errorf("got %v, and wrote %q", err, &file)
		}
	}
}

// Two that search at the same time do not know of each other; whoever comes later knows of both.
func TestConcurrentLooks(t *testing.T) {
	var file bytes.Buffer
	one, two := &Ledger{}, &Ledger{}
	one.made(t, &file, lookAt("a"), 1, keys(0, 4), nil)
	before := two.made(t, &file, lookAt("b"), 1, keys(2, 6), nil)
	l := read(t, &file)
	again, err := l.Plan(lookAt("b"), 1, keys(2, 6))
	if err != nil || !again.Repeated || again.Share != before.Share || again.Searched != nil || again.Spent != before.Spent {
		t.Errorf("%+v, then %+v, %v", before, again, err)
	}
	if p, err := l.Plan(lookAt("c"), 1, keys(0, 10)); err != nil || p.Search != 1 || p.Look != 2 || p.Share != 0.25 || p.Fresh != 6 || math.Abs(p.Spent-0.1125) > 1e-12 {
		t.Errorf("%+v, %v", p, err)
	}
	// A plan that another look has overtaken is not written.
	stale, err := l.Plan(lookAt("c"), 1, keys(0, 10))
	if err != nil {
		t.Fatal(err)
	}
	l.made(t, &file, lookAt("d"), 1, keys(0, 10), nil)
	if err := l.Append(&file, stale, keys(0, 10), &Found{}); err == nil || !strings.Contains(err.Error(), "plan it again") {
		t.Errorf("got %v", err)
	}
}

// A line that was cut while it was written is no look, wherever it is cut, and the next one starts on a line of its own.
func TestCutLine(t *testing.T) {
	var file bytes.Buffer
	l := &Ledger{}
	l.made(t, &file, lookAt("a"), 1, keys(0, 4), nil)
	first := file.Len()
	l.made(t, &file, lookAt("b"), 1, keys(0, 8), nil)
	whole := file.Bytes()
	for end := first + 1; end <= len(whole); end++ {
		file := bytes.NewBuffer(slices.Clone(whole[:end]))
		l := read(t, file)
		complete := end >= len(whole)-1 // without its line feed it is complete too
		if p, err := l.Plan(lookAt("b"), 1, keys(0, 8)); err != nil || p.Repeated != complete || (len(l.Cut) == 0) != complete {
			t.Fatalf("cut at %d: %+v, %v, cut lines %v", end, p, err, l.Cut)
		}
		p := l.made(t, file, lookAt("c"), 1, keys(0, 9), nil)
		if again, err := read(t, file).Plan(lookAt("c"), 1, keys(0, 9)); err != nil || !again.Repeated || again.Share != p.Share || again.Number != p.Number {
			t.Fatalf("cut at %d: planned %+v, read %+v, %v", end, p, again, err)
		}
	}
}

func TestRead(t *testing.T) {
	var file bytes.Buffer
	l := &Ledger{}
	l.made(t, &file, lookAt("a"), 1, keys(0, 4), nil)
	line := strings.TrimSpace(file.String())
	edit := func(old, edited string) string {
		if !strings.Contains(line, old) {
			t.Fatalf("no %s in %s", old, line)
		}
		return line + "\n" + strings.Replace(line, old, edited, 1) + "\n"
	}
	rows := regexp.MustCompile(`"rows":"[^"]*"`).FindString(line)
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"blank lines", "\n\n" + line + "\n\n", ""},
		{"later minor version", edit(`"version":1`, `"version":1.4,"more":[{}]`), ""},
		{"later major version", edit(`"version":1`, `"version":2`), `l: line 2: version "2" is not read here: only version 1 is; update tierwise`},
		{"other format", edit("tierwise.ledger", "tierwise.trace"), `l: line 2: is no look: its format is "tierwise.trace", not "tierwise.ledger"`},
		{"no JSON", "\nlook\n" + line, "l: line 2: is no look: invalid character"},
		{"two on a line", line + line, "l: line 1: is no look: invalid character"},
		{"no hash", edit(`"decision_hash":"d"`, `"decision_hsh":"d"`), "l: line 2: the look has no decision_hash"},
		{"alpha", edit(`"alpha":0.05`, `"alpha":5`), "l: line 2: the look has an alpha of 5"},
		{"looks", edit(`"looks":1`, `"looks":4`), "l: line 2: 4 looks cannot be declared"},
		{"after", edit(`"after":0`, `"after":2`), "l: line 2: the look comes after 2 others, and there are 1 before it"},
		{"after nothing", edit(`"after":0`, `"after":-1`), "l: line 2: the look comes after -1 others"},
		{"no base64", edit(rows, `"rows":"!"`), "l: line 2: the rows are no base64"},
		{"half a key", edit(rows, `"rows":"gA"`), "l: line 2: the rows end within a key"},
		{"a key twice", edit(rows, `"rows":"AQA"`), "l: line 2: the rows have a key twice"},
		{"a long key", edit(rows, `"rows":"gICAgICAgICAAQ"`), "l: line 2: the rows have a key of more than 48 bits"},
	} {
		l, err := Read("l", strings.NewReader(test.text))
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (l != nil || err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// LEDGER.md has every field, and its example is read.
func TestDocument(t *testing.T) {
	document, err := os.ReadFile("LEDGER.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(document)
	if example == nil {
		t.Fatal("LEDGER.md has no example")
	}
	l, err := Read("LEDGER.md", bytes.NewReader(example[1]))
	if err != nil {
		t.Fatal(err)
	}
	if len(l.entries) != 2 || l.entries[1].look != 2 || len(l.entries[0].Rows) != 3 || len(l.entries[0].Pilot) != 1 {
		t.Errorf("the example is %+v", l.entries)
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[entry](), reflect.TypeFor[Look]()} {
		for f := range typ.Fields() {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && !bytes.Contains(document, []byte("`"+name+"`")) {
				t.Errorf("LEDGER.md does not say what %s is", name)
			}
		}
	}
}

// Laws, on ledgers of random looks: the plan of a look that is made again is the plan that it had; what an undeclared look
// may certify on, no look before has seen; the levels add up to at most twice the first; and neither the order of rows nor
// reading the file again makes a difference.
func TestLaws(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		var file bytes.Buffer
		l := &Ledger{}
		type look struct {
			look  Look
			looks int
			rows  []uint64
			plan  Plan
		}
		var looks []look
		seen := map[uint64]bool{}
		for n := range 8 {
			k := look{look: lookAt(fmt.Sprint(n)), looks: 1, rows: keys(r.IntN(5), 20+r.IntN(1+10*n))}
			if r.IntN(2) == 0 {
				k.looks, k.rows = 3, keys(0, 20+10*n)
			}
			pilot := make([]bool, len(k.rows))
			for i := range pilot {
				pilot[i] = r.IntN(5) == 0
			}
			p := l.made(t, &file, k.look, k.looks, k.rows, &Found{Pilot: pilot, Chains: map[string][]string{"task": {fmt.Sprint(n)}}})
			for i, key := range k.rows {
				if p.Look == 1 && p.wasSearched(i) != seen[key] {
					t.Fatalf("seed %d, look %d: row %d is taken for seen: %v", seed, n, i, !seen[key])
				}
			}
			for _, key := range k.rows {
				seen[key] = true
			}
			if p.Spent > 0.1 {
				t.Fatalf("seed %d: %v is spent", seed, p.Spent)
			}
			k.plan = *p
			looks = append(looks, k)
			l = read(t, &file)
		}
		for n, k := range looks {
			order := r.Perm(len(k.rows))
			rows := make([]uint64, len(order))
			for i, from := range order {
				rows[i] = k.rows[from]
			}
			again, err := l.Plan(k.look, k.looks, rows)
			if err != nil {
				t.Fatal(err)
			}
			for i, from := range order {
				if again.wasSearched(i) != k.plan.wasSearched(from) {
					t.Fatalf("seed %d, look %d: row %d is searched: %v", seed, n, i, again.wasSearched(i))
				}
			}
			again.Searched = k.plan.Searched
			want := k.plan
			want.Repeated = true
			if diff := cmp.Diff(&want, again, cmp.AllowUnexported(Plan{})); diff != "" {
				t.Fatalf("seed %d, look %d (-first +again)\n%s", seed, n, diff)
			}
		}
	}
}

// A line does not depend on the order of its rows.
func TestBytesDoNotDependOnOrder(t *testing.T) {
	var a, b bytes.Buffer
	rows := keys(0, 100)
	(&Ledger{}).made(t, &a, lookAt("a"), 1, rows, nil)
	slices.Reverse(rows)
	(&Ledger{}).made(t, &b, lookAt("a"), 1, append(rows, rows[3]), nil)
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("%s\n%s", &a, &b)
	}
}

func TestSize(t *testing.T) {
	if testing.Short() {
		t.Skip("hashes a million keys")
	}
	var file bytes.Buffer
	l := &Ledger{}
	rows := keys(0, 1_000_000)
	l.made(t, &file, lookAt("a"), 1, rows, nil)
	l.made(t, &file, lookAt("b"), 1, rows, nil)
	if file.Len() > 6_000_000 {
		t.Errorf("a million rows, seen twice, take %d bytes", file.Len())
	}
	other := lookAt("c")
	other.Options = "others"
	if p, err := read(t, &file).Plan(other, 1, rows); err != nil || p.Fresh != 0 {
		t.Errorf("%d fresh rows, %v", p.Fresh, err)
	}
}

// What is read can be appended to, and is then read again.
func FuzzRead(f *testing.F) {
	var file bytes.Buffer
	l := &Ledger{}
	l.made(f, &file, lookAt("a"), 3, keys(0, 4), &Found{Pilot: []bool{0: true, 3: false}, Chains: map[string][]string{"t": {"c"}}})
	l.made(f, &file, lookAt("b"), 3, keys(0, 6), nil)
	f.Add(file.Bytes())
	f.Add(file.Bytes()[:file.Len()-9])
	f.Add([]byte(`{"format":"tierwise.ledger","version":1e999}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Read("l", bytes.NewReader(data))
		if err != nil {
			return
		}
		file := bytes.NewBuffer(slices.Clone(data))
		look := lookAt("of the fuzzer")
		p := l.made(t, file, look, 1, keys(0, 3), nil)
		again, err := read(t, file).Plan(look, 1, keys(0, 3))
		if err != nil || !again.Repeated && !p.Repeated || again.Share != p.Share || again.Fresh != p.Fresh {
			t.Errorf("planned %+v, then %+v, %v", p, again, err)
		}
	})
}
