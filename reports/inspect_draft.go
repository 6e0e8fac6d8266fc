package reports

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/bundle"
)

// Draft writes a drafted dispatch config as commented TOML. next is the command that evaluates it.
func Draft(x *eval.Inspection, d *eval.Draft, next string) []byte {
	w := &draftWriter{x: x, d: d}
	w.head(next)
	w.models()
	w.tiers()
	for i := range d.Tasks {
		w.task(&d.Tasks[i])
	}
	w.router()
	return []byte(w.String())
}

type draftWriter struct {
	strings.Builder
	evidence bool // comments are tune's to replace
	x        *eval.Inspection
	d        *eval.Draft
}

func (w *draftWriter) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// comment writes words as a comment, broken into lines.
func (w *draftWriter) comment(format string, args ...any) {
	const width = 110
	line := ""
	for word := range strings.FieldsSeq(fmt.Sprintf(format, args...)) {
		if line != "" && utf8.RuneCountInString(line)+utf8.RuneCountInString(word) > width-len("# ") {
			w.remark(strings.TrimSuffix(line, " "))
			line = ""
		}
		line += word + " "
	}
	w.remark(strings.TrimSuffix(line, " "))
}

// remark writes one line of comment.
func (w *draftWriter) remark(text string) {
	if w.evidence {
		w.line("%s", bundle.EvidenceLine(text))
		return
	}
	w.line("# %s", text)
}

func (w *draftWriter) head(next string) {
	x := w.x
	w.evidence = true
	w.comment("A first dispatch config, drafted by tierwise init from %s: %s requests, %s graded.", plain(files(x.Data.Files)),
		count(x.Data.Requests), count(x.Data.Graded))
	w.comment("It was chosen by the same labels that will judge it, so an evaluation on them flatters it, and nothing is certified.")
	w.remark("")
	w.comment("Evaluate it as if every caller named the task of its request:")
	w.remark("  " + plain(next))
	w.comment("Without --gold-tasks every request goes to router.default, until [router] has rules or a classifier.")
	w.evidence = false
	w.line("")
	w.line("version  = 1")
	w.line("name     = %s", bundle.Quote("starter"))
	w.line("baseline = %s", bundle.Quote(w.d.Baseline))
	w.line("")
	w.comment("A replay of recorded traffic needs no providers. To serve, name each model's:")
	w.line(`# [providers.openai]
# kind        = "openai"                 # any OpenAI-compatible endpoint; also "anthropic"
# base_url    = "https://api.openai.com/v1"
# api_key_env = "OPENAI_API_KEY"         # the name of a variable, never the key itself
# timeout     = "30s"`)
	w.line("")
}

func (w *draftWriter) models() {
	for _, t := range w.d.Tiers {
		w.line("[models.%s]", bundle.Key(t.Model))
		w.line("# provider = \"openai\"")
		if p := t.Price; p != nil {
			w.line("price = { %s }  # USD per million tokens, inferred from %s recorded costs (%s)", priceTOML(p), count(p.Outcomes), within(p.Error))
		} else {
			w.line("# price = { input = ?, output = ? }  # USD per million tokens; not inferable from the data: fill in")
		}
		w.line("")
	}
}

func within(err eval.Number) string {
	if err < 0.0001 {
		return "exact to 0.01 %"
	}
	return "typically within " + fixed(100*float64(err), 2) + " %"
}

func priceTOML(p *eval.PriceGuess) string {
	var parts []string
	for _, k := range []struct {
		key string
		usd eval.Number
	}{{"input", p.Input}, {"cached_input", p.CachedInput}, {"output", p.Output}, {"reasoning", p.Reasoning}} {
		if k.usd.Known() {
			parts = append(parts, k.key+" = "+numberTOML(float64(k.usd)))
		}
	}
	return strings.Join(parts, ", ")
}

func (w *draftWriter) tiers() {
	d := w.d
	w.line("[tiers]  # in rising order of price")
	width := 0
	model := 0
	for _, t := range d.Tiers {
		width, model = max(width, len(t.Tier)), max(model, utf8.RuneCountInString(bundle.Quote(t.Model)))
	}
	for _, t := range d.Tiers {
		role := ""
		if t.Model == d.Baseline {
			role = ", the baseline"
		}
		w.line("%-*s = %-*s  # quality %s, %s%s", width, t.Tier, model, bundle.Quote(t.Model), known(Share, t.Quality), perThousand(t.CostPer1000), role)
	}
	for _, left := range []struct {
		why   string
		names []string
	}{
		{"another model costs no more and is no worse", d.Dominated},
		{"cost unknown; --models takes them in, cheapest first", d.Unpriced},
		{"graded on too few of the requests", d.Thin},
		{"by these labels they would add little; --tiers or --models takes them in", d.Other},
	} {
		if len(left.names) > 0 {
			w.comment("Left out (%s): %s.", left.why, plain(w.bestOf(left.names)))
		}
	}
	w.line("")
}

func perThousand(usd eval.Number) string {
	if !usd.Known() {
		return "cost unknown"
	}
	return known(USD, usd) + " per 1,000 requests"
}

// bestOf lists models, the best first, with their quality.
func (w *draftWriter) bestOf(names []string) string {
	const most = 8
	var out []string
	for _, m := range byQuality(w.x) {
		if slices.Contains(names, m.Model) && len(out) < most {
			out = append(out, fmt.Sprintf("%s (%s)", m.Model, known(Share, m.Quality)))
		}
	}
	if more := len(names) - len(out); more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, ", ")
}

func (w *draftWriter) task(t *eval.DraftTask) {
	w.evidence = true
	w.comment("%s (%s), %s labels. %s:", many(t.Requests, "request"), known(Share, t.Share), known(Count, t.Labels), reason(t))
	for _, a := range t.Alone {
		w.remark("  " + w.alone(&a))
	}
	w.line("[tasks.%s]", bundle.Key(t.Name))
	w.line("chain  = %s", listTOML(t.Chain))
	if len(t.Accept) > 0 {
		w.line("accept = [%s]", acceptTOML(t.Accept))
	}
	if t.Longer != nil {
		w.remark(fmt.Sprintf("chain  = %s  # cheaper; what it may lose stands above", listTOML(t.Longer)))
	}
	w.evidence = false
	w.line("")
}

// alone says what one tier does alone on a task.
func (w *draftWriter) alone(a *eval.DraftAlone) string {
	s := fmt.Sprintf("%-8s quality %7s", a.Tier, known(Share, a.Quality))
	if a.Model == w.d.Baseline {
		return fmt.Sprintf("%s  (baseline)%*s  %s", s, 34, "", perThousand(a.CostPer1000))
	}
	return fmt.Sprintf("%s  %8s, at worst %8s: %-12s  %s", s, known(Points, a.Delta), known(Points, a.Bound), a.Verdict, perThousand(a.CostPer1000))
}

// reason says why a task has its chain.
func reason(t *eval.DraftTask) string {
	first := t.Chain[0]
	switch t.Why {
	case eval.HoldsAlone:
		return fmt.Sprintf("Alone, %s holds", first)
	case eval.BehindCheck:
		check := t.Accept[len(t.Accept)-1]
		m := check.Min[0]
		return fmt.Sprintf("No cheaper tier holds alone; behind %s, %s keeps %s of its answers at %s in hindsight",
			check.Check, m.Tier, known(Share, eval.Number(m.Passes)), known(Points, eval.Number(m.Delta)))
	case eval.TooFewLabels:
		return "Too few labels to say what a cheaper tier loses"
	case eval.NoneAsGood:
	}
	if len(t.Alone) > 1 {
		return "No cheaper tier holds"
	}
	return "There is no cheaper tier"
}

func acceptTOML(checks []eval.DraftCheck) string {
	var out []string
	for _, c := range checks {
		s := "{ check = " + bundle.Quote(c.Check)
		var mins []string
		for _, m := range c.Min {
			mins = append(mins, bundle.Key(m.Tier)+" = "+numberTOML(m.Min))
		}
		if mins != nil {
			s += ", min = { " + strings.Join(mins, ", ") + " }"
		}
		out = append(out, s+" }")
	}
	return strings.Join(out, ", ")
}

func (w *draftWriter) router() {
	w.line("[router]")
	w.line("default = %s  # where a request goes when no layer is sure", bundle.Quote(w.d.Default))
	w.line("")
	w.comment("Layer 1, free: rules, in order, the first match decides. For instance:")
	w.line(`# [[router.rules]]
# task      = %s
# max_chars = 280
# keywords  = ["…"]`, bundle.Quote(w.d.Tasks[0].Name))
}

// DraftSummary says in a line what a draft does.
func DraftSummary(d *eval.Draft) string {
	moved := 0
	for i := range d.Tasks {
		if len(d.Tasks[i].Chain) > 1 {
			moved++
		}
	}
	names := make([]string, len(d.Tiers))
	for i, t := range d.Tiers {
		names[i] = t.Model
	}
	return fmt.Sprintf("tiers %s; %d of %s start below %s", strings.Join(names, " → "), moved, many(int64(len(d.Tasks)), "task"), d.Baseline)
}
