package bundle

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A formWriter writes a config in random forms of TOML.
type formWriter struct {
	strings.Builder
	r   *rand.Rand
	eol string
	n   int
}

func (w *formWriter) one(of ...string) string { return of[w.r.IntN(len(of))] }

// line writes a line, maybe with comments around it.
func (w *formWriter) line(text string) {
	if w.r.IntN(6) == 0 {
		w.WriteString(w.one("", "  ") + w.comment() + w.eol)
	}
	if w.r.IntN(8) == 0 {
		w.WriteString(w.eol)
	}
	w.WriteString(w.one("", "", "\t") + text + w.one("", "", " ", "  "+w.comment()) + w.eol)
}

func (w *formWriter) comment() string {
	w.n++
	text := fmt.Sprintf("%d %s", w.n, w.one("", `"`, "'''", "# [tasks.x]", "é"))
	evidence := EvidenceLine(text)
	return w.one("# "+text, "# "+text, EvidenceMark+" "+text, EvidenceMark+text, evidence, evidence, evidence+"!")
}

// list writes an array in one line or several.
func (w *formWriter) list(values ...string) string {
	if w.r.IntN(2) == 0 {
		return "[" + w.one("", " ") + strings.Join(values, w.one(",", ", ")) + w.one("", " ", ",") + "]"
	}
	var b strings.Builder
	b.WriteString("[" + w.one("", " "+w.comment()) + w.eol)
	for i, v := range values {
		if w.r.IntN(4) == 0 {
			b.WriteString("  " + w.comment() + w.eol)
		}
		b.WriteString(w.one("", "  ") + v)
		if i < len(values)-1 || w.r.IntN(2) == 0 {
			b.WriteString(",")
		}
		b.WriteString(w.one("", " "+w.comment()) + w.eol)
	}
	return b.String() + w.one("", "  ") + "]"
}

// checks are pairs of each check of a task.
func (w *formWriter) checks() [][]string {
	var out [][]string
	for _, c := range [][]string{
		{`check = "chars"`, w.one("min = 20", "min = {small = 2_0}", "min.small = 2e1")},
		{`check = 'regex'`, `pattern = '#"]'`, w.one("min = 1", "")},
		{"check = \"\"\"finish\"\"\"", ""},
		{w.one(`"check" = "logprob_mean"`, `check = "logprob_mean"`), w.one("min = -0.9", "min = { small = -0.9, 'large' = -1 }")},
	} {
		if w.r.IntN(2) == 0 {
			if c[len(c)-1] == "" {
				c = c[:len(c)-1]
			}
			out = append(out, c)
		}
	}
	return out
}

func (w *formWriter) chain() string { return w.list(w.one(`"small"`, `'small'`), `"large"`) }

// inline is a task as an inline table, or as the pairs of one.
func (w *formWriter) pairs() []string {
	pairs := []string{"chain = " + w.chain()}
	if w.r.IntN(2) == 0 {
		pairs = append(pairs, w.one("cache = false", `description = "#: no"`))
	}
	var checks []string
	for _, c := range w.checks() {
		checks = append(checks, "{"+strings.Join(c, ", ")+w.one("", " ")+"}")
	}
	if len(checks) > 0 {
		pairs = append(pairs, w.one("accept", `"accept"`)+" = "+w.list(checks...))
	}
	w.r.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	return pairs
}

func (w *formWriter) inline() string {
	return w.one("{", "{ ") + strings.Join(w.pairs(), ", ") + w.one("}", " }")
}

// table is a task with a header, its checks maybe with headers too.
func (w *formWriter) table(name string) {
	w.line(w.one("[tasks.", "[ tasks . ") + name + "]")
	if w.r.IntN(2) == 0 {
		for _, p := range w.pairs() {
			w.line(p)
		}
		return
	}
	w.line("chain = " + w.chain())
	for _, c := range w.checks() {
		w.line("[[tasks." + name + ".accept]]")
		for _, p := range c {
			w.line(p)
		}
	}
}

// randomText is a config; now and then the forms in it do not go together, and it is none.
func randomText(r *rand.Rand) string {
	w := &formWriter{r: r}
	w.eol = w.one("\n", "\n", "\r\n")
	w.line("version = 1")
	w.line(`baseline = "gpt-large"`)
	w.line(`tiers = { small = "gpt-small", mid = "gpt-mid", large = "gpt-large" }`)
	names := []string{"reply", `"look up"`, "'a.b'"}
	switch w.r.IntN(3) {
	case 0:
		w.line(w.one(`router = { default = "reply" }`, `router.default = "reply"`))
		for _, n := range names {
			for _, p := range w.pairs() {
				w.line("tasks." + n + "." + p)
			}
		}
	case 1:
		w.line(`router = { default = "reply", embedding = { artifact = "a.bin" } }`)
		var tasks []string
		for _, n := range names {
			tasks = append(tasks, n+" = "+w.inline())
		}
		w.line("tasks = { " + strings.Join(tasks, ", ") + " }")
	case 2:
		w.line("[router]")
		w.line(`default = "reply"`)
		if w.r.IntN(2) == 0 {
			w.line("[tasks]")
			w.line(names[0] + " = " + w.inline())
			for _, p := range w.pairs() {
				w.line(names[1] + "." + p)
			}
			names = names[2:]
		}
		for _, n := range names {
			w.table(n)
		}
		if w.r.IntN(2) == 0 {
			w.line("[router.embedding]")
			w.line(`artifact = "a.bin"`)
		}
	}
	text := w.String()
	if w.r.IntN(4) == 0 {
		text = strings.TrimSuffix(text, w.eol)
	}
	return w.one("", "", "\ufeff") + text
}
