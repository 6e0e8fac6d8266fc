package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// routing reports how requests found their tasks: once for candidates with the same router, and nothing of a router that is
// but a default, or where requests were dispatched by their gold task.
func (d *Document) routing(c *eval.Comparison) {
	if c.Settings.GoldTasks {
		return
	}
	done := map[string]bool{}
	for i := range c.Candidates {
		k := &c.Candidates[i]
		if key := routingKey(k); hasRouter(k) && !done[key] {
			done[key] = true
			d.add(layers(k, sameRouting(c.Candidates[i:], key)))
		}
	}
	if len(c.Candidates) == 1 {
		d.misroutes(&c.Candidates[0])
	}
	d.goldTasks(c)
}

func hasRouter(k *eval.CandidateResult) bool {
	return len(k.Rules) > 0 || len(k.Splits) > 0 || slices.ContainsFunc(k.Layers, func(l eval.LayerResult) bool { return l.Layer != "default" })
}

// routingKey is the same for candidates whose layers and rules came to the same; numbers that are not known are the same.
func routingKey(k *eval.CandidateResult) string { return fmt.Sprint(k.Layers, k.Rules, k.Splits) }

// sameRouting returns the labels of the candidates with that routing.
func sameRouting(candidates []eval.CandidateResult, key string) []string {
	var labels []string
	for i := range candidates {
		if routingKey(&candidates[i]) == key {
			labels = append(labels, candidates[i].Label)
		}
	}
	return labels
}

// layers reports what each layer decided, the rules one by one.
func layers(k *eval.CandidateResult, labels []string) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"requests", Count}, {"share", Share}, {"right", Share}, {"n", Count}, {"at most", Share}, {"says", Share},
	}}
	if len(k.Rules) == 0 { // who alone say how sure they are
		t.Columns = t.Columns[:5]
	}
	for _, l := range k.Layers {
		row := []Cell{T(l.Layer), N(l.Requests), N(l.Share), N(l.Accuracy), N(l.Labeled), blank, blank}
		t.Rows = append(t.Rows, row[:len(t.Columns)])
		if l.Layer == "rule" {
			for _, r := range k.Rules {
				t.Rows = append(t.Rows, []Cell{
					T("  " + r.Rule), N(r.Requests), N(r.Share), N(r.Accuracy), N(r.Labeled), N(r.Upper), N(r.Confidence),
				})
			}
		}
	}
	var lines []string
	if k.RouterAccuracyKnown > 0 {
		lines = append(lines, fmt.Sprintf("Of the requests of known task the router sends %s there (n %s).",
			known(Share, k.RouterAccuracy), count(k.RouterAccuracyKnown)))
	}
	for _, s := range k.Splits {
		lines = append(lines, fmt.Sprintf("The split of %s sends %s of its requests on to %s, those of a predicted gain below %v (n %s).",
			s.Task, known(Share, s.Share), s.To, s.Below, count(s.Requests)))
	}
	return Section{Title: "ROUTING OF " + strings.ToUpper(strings.Join(labels, ", ")), Table: t, Lines: lines}
}

// maxMisroutes is how many entries of the matrix of gold and dispatched tasks are shown.
const maxMisroutes = 10

// misroutes reports what the wrong tasks of most requests cost.
func (d *Document) misroutes(k *eval.CandidateResult) {
	var wrong []eval.MisrouteCount
	for _, m := range k.Misroutes {
		if m.Price != nil {
			wrong = append(wrong, m)
		}
	}
	if len(wrong) == 0 {
		return
	}
	slices.SortStableFunc(wrong, func(a, b eval.MisrouteCount) int { return cmp.Compare(b.Requests, a.Requests) })
	t := &Table{Columns: []Column{
		{"", Text}, {"sent to", Text}, {"requests", Count}, {"n", Count}, {"delta", Points}, {"extra $/1,000", USD}, {"extra $", USD},
	}}
	for _, m := range wrong[:min(len(wrong), maxMisroutes)] {
		p := m.Price
		t.Rows = append(t.Rows, []Cell{
			T(m.Gold), T(m.Task), N(m.Requests), N(p.Covered), N(p.Delta), N(p.ExtraPer1000), N(p.ExtraUSD),
		})
	}
	lines := []string{"Against the chain of the gold task on the same requests."}
	if more := len(wrong) - maxMisroutes; more > 0 {
		lines[0] += fmt.Sprintf(" %s more pairs of tasks are in the results (-o results.json).", count(int64(more)))
	}
	d.add(Section{Title: "MISROUTES", Table: t, Lines: lines})
}

// goldTasks reports what knowing the task perfectly would be worth to candidates that do not.
func (d *Document) goldTasks(c *eval.Comparison) {
	t := &Table{Columns: []Column{
		{"", Text}, {"quality", Share}, {"delta", Points}, {"n", Count}, {"$/1,000", USD}, {"saves", Share}, {"n", Count},
	}}
	for i := range c.Candidates {
		k := &c.Candidates[i]
		g := k.GoldTasks
		if g == nil || k.RouterAccuracy == 1 {
			continue
		}
		for _, side := range []struct {
			name string
			*eval.Side
		}{{" as routed", &g.Routed}, {" with gold tasks", &g.Named}} {
			t.Rows = append(t.Rows, []Cell{
				T(k.Label + side.name), N(side.Quality), N(side.Delta), N(g.Covered), N(side.CostPer1000), N(side.Savings), N(g.CostKnown),
			})
		}
	}
	if len(t.Rows) > 0 {
		d.add(Section{Title: "IF TASKS WERE KNOWN", Table: t, Lines: []string{"On the same requests: those with a gold task that can be judged, or priced, both ways."}})
	}
}
