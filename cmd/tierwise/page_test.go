package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
)

// tierwise runs the command line and returns what it prints.
func tierwise(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &errs); code != 0 {
		t.Fatalf("tierwise %s: exit code %d: %s", strings.Join(args, " "), code, errs.String())
	}
	return out.String()
}

// demoResults evaluates the demo's configs and returns the folder, with results.json and decisions.parquet.
func demoResults(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	tierwise(t, "demo", dir)
	tierwise(t, "eval", dir+"/safe.toml", dir+"/balanced.toml", dir+"/greedy.toml", "-d", dir+"/traffic.parquet", "-o", dir+"/results.json", "-o", dir+"/decisions.parquet")
	return dir
}

func readComparison(t *testing.T, path string) *eval.Comparison {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := eval.ReadComparison(f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The page of the demo in a browser: nothing to complain of, nothing fetched, its values those of the results, its tables
// sorted by a click, its requests searched by words, all of it by the keyboard.
func TestPageInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes and evaluates the demo, and starts a browser")
	}
	b := newBrowser(t)
	dir := demoResults(t)
	page := dir + "/report.html"
	tierwise(t, "report", dir+"/results.json", "--rows", dir+"/decisions.parquet", "-d", dir+"/traffic.parquet", "--volume", "2.5M", "-o", page)
	c := readComparison(t, dir+"/results.json")
	b.open(page)
	if got := b.complaints(); len(got) > 0 {
		t.Errorf("the console says %q", got)
	}
	var fetched []string
	b.run(`return performance.getEntriesByType("resource").map(e => e.name)`, &fetched)
	if len(fetched) > 0 {
		t.Errorf("the page fetches %q", fetched)
	}
	t.Run("values", func(t *testing.T) { testPageValues(t, &browser{t, b.session}, c) })
	t.Run("sort", func(t *testing.T) { testPageSort(t, &browser{t, b.session}) })
	t.Run("search", func(t *testing.T) { testPageSearch(t, &browser{t, b.session}) })
	t.Run("keyboard", func(t *testing.T) { testPageKeyboard(t, &browser{t, b.session}) })
	t.Run("theme", func(t *testing.T) { testPageTheme(t, &browser{t, b.session}) })
	t.Run("narrow", func(t *testing.T) { testPageNarrow(t, &browser{t, b.session}) })
	if got := b.complaints(); len(got) > 0 {
		t.Errorf("after all that the console says %q", got)
	}
	b.open(page)
	b.shoot("demo")
}

// What the other commands write has nothing for the console to complain of either.
func TestOtherPagesInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes, tunes and compares the demo, and starts a browser")
	}
	b := newBrowser(t)
	dir := t.TempDir()
	tierwise(t, "demo", dir)
	policy := "version = 1\n[vs_baseline]\ntolerance = \"5pp\"\n[vs_main]\ntolerance = \"5pp\"\n"
	if err := os.WriteFile(dir+"/policy.toml", []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	data := []string{"-d", dir + "/traffic.parquet"}
	for name, args := range map[string][]string{
		"tune":  {"tune", dir + "/balanced.toml", "--frontier", "--ledger", dir + "/other.jsonl"},
		"diff":  {"diff", dir + "/safe.toml", dir + "/balanced.toml"},
		"check": {"check", dir + "/balanced.toml", "--policy", dir + "/policy.toml", "--against", dir + "/safe.toml"},
		"eval":  {"eval"},
	} {
		page := dir + "/" + name + ".html"
		tierwise(t, slices.Concat(args, data, []string{"-o", page})...)
		b.open(page)
		if got := b.complaints(); len(got) > 0 {
			t.Errorf("%s: the console says %q", name, got)
		}
		if got := b.text(`return document.querySelector("h1").textContent`); len(got) < 20 {
			t.Errorf("%s: the sentence is %q", name, got)
		}
		b.shoot(name)
	}
}

// Public data of 57 tasks.
func TestRealPageInBrowser(t *testing.T) {
	data := realData(t, "routellm_mmlu.parquet")
	b := newBrowser(t)
	dir := t.TempDir()
	tierwise(t, "init", "-d", data, "-o", dir+"/dispatch.toml")
	tierwise(t, "eval", dir+"/dispatch.toml", "-d", data, "--gold-tasks", "-o", dir+"/results.json", "-o", dir+"/decisions.parquet")
	page := dir + "/report.html"
	tierwise(t, "report", dir+"/results.json", "--rows", dir+"/decisions.parquet", "-d", data, "--volume", "1M", "-o", page)
	b.open(page)
	if got := b.complaints(); len(got) > 0 {
		t.Errorf("the console says %q", got)
	}
	var rows int
	b.run(`return document.querySelector("#tasks table").tBodies[0].rows.length`, &rows)
	if want := len(readComparison(t, dir+"/results.json").Candidates[0].Tasks); rows != want || want != 57 {
		t.Errorf("%d tasks are shown, want %d", rows, want)
	}
	testPageNarrow(t, b)
	b.shoot("mmlu")
}

// column returns a column of a table of the page: texts, and values by name of the first cell.
const column = `
const table = document.querySelector("#" + arguments[0] + " table");
const at = [...table.tHead.rows[0].cells].findIndex(c => c.textContent === arguments[1]);
return Object.fromEntries([...table.tBodies[0].rows, ...(table.tFoot ? table.tFoot.rows : [])].map(r => [r.cells[0].textContent.trim(), r.cells[at].dataset.value || ""]));`

func testPageValues(t *testing.T, b *browser, c *eval.Comparison) {
	k := reports.Speaker(c)
	check := func(section, title, row string, want eval.Number) {
		t.Helper()
		var got map[string]string
		b.run(column, &got, section, title)
		x, err := strconv.ParseFloat(got[row], 64)
		if err != nil || x != float64(want) {
			t.Errorf("%s, %s of %s: the page has %q, the results %v", section, title, row, got[row], want)
		}
	}
	for i := range k.Tasks {
		task := &k.Tasks[i]
		check("tasks", "Change of quality", task.Task, task.Delta)
		check("tasks", "At worst", task.Task, task.Bound)
		check("tasks", "Saves", task.Task, task.Savings)
		check("tasks", "Requests", task.Task, eval.Number(task.Requests))
		check("latency", "p95", task.Task, task.LatencyP95)
	}
	check("tasks", "Saves", "whole", k.Whole.Savings)
	for i := range c.Candidates {
		check("candidates", "$ per 1,000", c.Candidates[i].Label, c.Candidates[i].Whole.CostPer1000)
	}
	for i := range c.References {
		check("models", "Quality", c.References[i].Model, c.References[i].Whole.Quality)
	}
	saves := b.text(`return document.querySelector("#summary .big").dataset.value`)
	if x, err := strconv.ParseFloat(saves, 64); err != nil || x != float64(k.Whole.Savings) {
		t.Errorf("the summary saves %q, the results %v", saves, k.Whole.Savings)
	}
	if got, want := b.text(`return document.querySelector("h1").textContent`), reports.Sentence(c, k); got != want {
		t.Errorf("the sentence is %q, want %q", got, want)
	}
	money := b.text(`return [...document.querySelectorAll("#summary dl > div")].find(d => d.textContent.startsWith("Saved a month")).querySelector(".big").dataset.value`)
	base := 0.0
	for i := range c.References {
		if r := &c.References[i]; r.Model == c.Baseline {
			base = float64(r.Whole.CostPer1000)
		}
	}
	if x, err := strconv.ParseFloat(money, 64); err != nil || math.Abs(x-2500*base*float64(k.Whole.Savings)) > 1e-6 {
		t.Errorf("saved a month: %q, want %v", money, 2500*base*float64(k.Whole.Savings))
	}
}

func testPageSort(t *testing.T, b *browser) {
	const order = `return [...document.querySelector("#candidates table").tBodies[0].rows].map(r => r.cells[0].textContent).join(" ")`
	const click = `const h = [...document.querySelectorAll("#candidates th")].find(h => h.textContent === arguments[0]);
h.querySelector("button").click(); return h.getAttribute("aria-sort")`
	for _, s := range []struct{ column, sorted, want string }{
		{"Saves", "descending", "greedy balanced safe"},
		{"Saves", "ascending", "safe balanced greedy"},
		{"Table", "ascending", "balanced greedy safe"},
		{"At worst", "descending", "safe balanced greedy"},
	} {
		if got := b.text(click, s.column); got != s.sorted {
			t.Errorf("a click on %s sorts %q, want %q", s.column, got, s.sorted)
		}
		if got := b.text(order); got != s.want {
			t.Errorf("%s, %s: %q, want %q", s.column, s.sorted, got, s.want)
		}
	}
	var sorted int
	b.run(`return document.querySelectorAll("#candidates th[aria-sort]").length`, &sorted)
	if sorted != 1 {
		t.Errorf("%d columns say that they are sorted", sorted)
	}
	if got := b.text(`const t = document.querySelector("#tasks table"); t.querySelector("th button").click(); return t.rows[t.rows.length - 1].cells[0].textContent`); got != "whole" {
		t.Errorf("the last row of the sorted tasks is %q, want the whole", got)
	}
}

func testPageSearch(t *testing.T, b *browser) {
	id := b.text(`return document.querySelector(".pair:nth-of-type(30) summary").textContent.trim().split(/\s+/)[0]`)
	b.run(`document.querySelector(".search input").focus()`, nil)
	b.press(id)
	const found = `return [...document.querySelectorAll(".pair")].filter(p => !p.hidden).map(p => p.querySelector("summary").textContent.trim().split(/\s+/)[0]).join(" ")`
	if got := b.text(found); got != id {
		t.Errorf("a search of %s finds %q", id, got)
	}
	if got := b.text(`return document.querySelector(".search [role=status]").textContent`); !strings.HasPrefix(got, "1 of ") {
		t.Errorf("the status is %q", got)
	}
	b.run(`const i = document.querySelector(".search input"); i.value = "no such request anywhere"; i.dispatchEvent(new Event("input"))`, nil)
	if got := b.text(found); got != "" {
		t.Errorf("a search of nothing finds %q", got)
	}
	b.run(`const i = document.querySelector(".search input"); i.value = ""; i.dispatchEvent(new Event("input"))`, nil)
}

// Tabs go through everything that can be used, in the order of the page; each shows that it has the focus.
func testPageKeyboard(t *testing.T, b *browser) {
	b.run(`document.activeElement.blur(); scrollTo(0, 0); getSelection().removeAllRanges(); document.body.tabIndex = -1; document.body.focus()`, nil)
	const where = `const e = document.activeElement, s = getComputedStyle(e);
return e.tagName + " " + (e.id || e.className || e.textContent.slice(0, 20)) + (s.outlineStyle === "none" ? " INVISIBLE" : "")`
	seen := map[string]bool{}
	first := ""
	for i := range 60 {
		b.press("\ue004")
		at := b.text(where)
		if i == 0 {
			first = at
		}
		if strings.Contains(at, "INVISIBLE") {
			t.Errorf("tab %d: %s", i+1, at)
		}
		seen[strings.Fields(at)[0]] = true
	}
	if !strings.Contains(first, "skip") {
		t.Errorf("the first tab comes to %s, not to the link past the navigation", first)
	}
	for _, tag := range []string{"A", "BUTTON", "DIV"} {
		if !seen[tag] {
			t.Errorf("60 tabs come to no %s, only to %v", tag, seen)
		}
	}
	b.run(`document.querySelector("#candidates th button").focus()`, nil)
	before := b.text(`return document.querySelector("#candidates th").getAttribute("aria-sort") || ""`)
	b.press("\ue007")
	if after := b.text(`return document.querySelector("#candidates th").getAttribute("aria-sort") || ""`); after == before {
		t.Error("the enter key does not sort")
	}
}

func testPageTheme(t *testing.T, b *browser) {
	paper := func() string { return b.text(`return getComputedStyle(document.body).backgroundColor`) }
	b.screen(1280, false)
	light := paper()
	b.screen(1280, true)
	dark := paper()
	if light == dark {
		t.Errorf("the page is %s whatever the system likes", light)
	}
	b.run(`document.getElementById("theme").click()`, nil)
	if got := paper(); got != light {
		t.Errorf("the button leaves the page %s", got)
	}
	b.run(`document.getElementById("theme").click()`, nil)
	b.screen(1280, false)
}

// At 400 pixels only tables and charts scroll sideways, within themselves.
func testPageNarrow(t *testing.T, b *browser) {
	b.screen(400, false)
	var wide float64
	b.run(`return document.documentElement.scrollWidth`, &wide)
	if wide > 400 {
		t.Errorf("the page is %v pixels wide on a screen of 400", wide)
	}
	b.screen(1280, false)
}

// hostile are texts that somebody may send to a model.
var hostile = []string{
	`<script>document.title = "owned"</script><img src=x onerror="document.title='owned'">`, `]]> --> </pre></details></script>`, "=HYPERLINK(\"http://example.com\")", "+cmd|' /C calc'!A0",
	"bell \x07 escape \x1b[2J null \x00 delete \x7f", "\u202egnp.exe\u2066 isolated \u200b", "👩‍💻 🏳️‍🌈 emoji", "שלום עולם، مرحبا", strings.Repeat("long ", 8000), "`code` | *bold* @everyone {{.}} ${x}",
}

// Whatever a request is made of, the page shows it as text.
func TestHostilePageInBrowser(t *testing.T) {
	b := newBrowser(t)
	d := &reports.Document{Title: hostile[0], Summary: &reports.Summary{Sentence: hostile[0], Word: hostile[1], Lines: hostile}, LeftOut: hostile, Source: hostile}
	s := reports.Section{ID: "regressions", Title: hostile[0], About: hostile[1], Lines: hostile, Table: &reports.Table{Columns: []reports.Column{{Title: hostile[0]}, {Title: "b"}}}}
	chart := &reports.Chart{ID: "c", Kind: reports.Scatter, Title: hostile[0], About: hostile[1], Series: []reports.Series{{Name: hostile[0]}, {Name: hostile[2]}}}
	for i, text := range hostile {
		s.Table.Rows = append(s.Table.Rows, []reports.Cell{reports.T(text), reports.T(text)})
		passage := reports.Passage{Title: text, Text: text, Chars: len([]rune(text)) + 17}
		s.Pairs = append(s.Pairs, reports.Pair{Title: text, Above: []reports.Passage{passage}, Left: passage, Right: passage})
		chart.Series[0].Points = append(chart.Series[0].Points, reports.Point{Label: text, Note: text, X: float64(i), Y: float64(i % 3)})
	}
	s.Charts = []*reports.Chart{chart}
	d.Sections = []reports.Section{s}
	path := filepath.Join(t.TempDir(), "hostile.html")
	if err := writeReport(path, &fullReport{doc: d}); err != nil {
		t.Fatal(err)
	}
	b.open(path)
	if got := b.complaints(); len(got) > 0 {
		t.Errorf("the console says %q", got)
	}
	if title := b.text(`return document.title`); title != hostile[0] {
		t.Errorf("the title is %q", title)
	}
	var texts []string
	b.run(`return [...document.querySelectorAll(".pair")].map(p => p.querySelector("pre").textContent)`, &texts)
	if len(texts) != len(hostile) {
		t.Fatalf("%d requests are shown, want %d", len(texts), len(hostile))
	}
	for i, text := range texts {
		want := ""
		for _, r := range hostile[i] {
			want += reports.Visible(r)
		}
		if text != want {
			t.Errorf("%.60q is shown as %.60q", hostile[i], text)
		}
	}
	var scripts int
	b.run(`return document.querySelectorAll("script, img, iframe, object, embed, link").length`, &scripts)
	if scripts != 1 {
		t.Errorf("%d elements that could load something, want the page's own script", scripts)
	}
	var runs bool
	b.run(`const s = document.createElement("script"); s.textContent = "window.owned = true"; document.body.append(s); return window.owned === true`, &runs)
	if runs {
		t.Error("a script that is not the page's own runs: the policy is not in force")
	}
	b.shoot("hostile")
}
