package reports_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

// routed is a candidate with rules and a classifier that sends some requests to the wrong task.
func routed(label string) eval.CandidateResult {
	return eval.CandidateResult{
		Label: label, RouterAccuracy: 0.9, RouterAccuracyKnown: 800,
		Layers: []eval.LayerResult{
			{Layer: "rule", Requests: 300, Share: 0.3, Labeled: 0, Accuracy: eval.Unknown},
			{Layer: "embedding", Requests: 700, Share: 0.7, Labeled: 600, Accuracy: 0.8},
		},
		Rules: []eval.RuleResult{{Rule: "faq", Task: "lookup", Requests: 300, Share: 0.3, Accuracy: eval.Unknown, Upper: eval.Unknown, Confidence: 1}},
		Misroutes: []eval.MisrouteCount{
			{Gold: "lookup", Task: "lookup", Requests: 500},
			{Gold: "lookup", Task: "maths", Requests: 30, Price: &eval.MisroutePrice{
				Covered: 20, Delta: 0.05, DeltaSum: 1, CostKnown: 30, ExtraUSD: 0.3, ExtraPer1000: 10,
			}},
			{Gold: "maths", Task: "lookup", Requests: 50, Price: &eval.MisroutePrice{
				Covered: 0, Delta: eval.Unknown, DeltaSum: eval.Unknown, CostKnown: 50, ExtraUSD: -0.5, ExtraPer1000: -10,
			}},
		},
		GoldTasks: &eval.GoldTasksResult{
			Requests: 800, Covered: 700, CostKnown: 750,
			Routed: eval.Side{Quality: 0.8, Delta: -0.1, CostPer1000: 3, Savings: 0.7},
			Named:  eval.Side{Quality: 0.85, Delta: -0.05, CostPer1000: 4, Savings: 0.6},
		},
	}
}

// routingText returns what a report says of routing: the sections between the candidates' own and the references.
func routingText(t *testing.T, c *eval.Comparison) string {
	t.Helper()
	var b strings.Builder
	if err := text.Write(&b, reports.Comparison(c)); err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(b.String(), "nothing is certified.\n")
	before, _, ok := strings.Cut(after, "TO COMPARE")
	if !ok {
		t.Fatalf("no end in %s", b.String())
	}
	return strings.TrimSpace(before)
}

func TestRoutingOfOne(t *testing.T) {
	got := routingText(t, &eval.Comparison{Candidates: []eval.CandidateResult{routed("a")}})
	want := strings.TrimSpace(`
ROUTING OF A  requests   share   right    n  at most     says
rule               300  30.0 %       –    0
  faq              300  30.0 %       –    0        –  100.0 %
embedding          700  70.0 %  80.0 %  600
Of the requests of known task the router sends 90.0 % there (n 800).

MISROUTES  sent to  requests   n    delta  extra $/1,000  extra $
maths      lookup         50   0        –        -$10.00   -$0.50
lookup     maths          30  20  +5.0 pp         $10.00    $0.30
Against the chain of the gold task on the same requests.

IF TASKS WERE KNOWN  quality     delta    n  $/1,000   saves    n
a as routed           80.0 %  -10.0 pp  700    $3.00  70.0 %  750
a with gold tasks     85.0 %   -5.0 pp  700    $4.00  60.0 %  750
On the same requests: those with a gold task that can be judged, or priced, both ways.
`)
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Candidates with one router share its table; a router without rules has no columns for them; a default alone is no router.
func TestRoutingOfSeveral(t *testing.T) {
	c := &eval.Comparison{Candidates: []eval.CandidateResult{routed("a"), routed("b"), routed("c"), routed("d")}}
	c.Candidates[2].Rules, c.Candidates[2].Layers = nil, c.Candidates[2].Layers[1:]
	c.Candidates[3].Rules, c.Candidates[3].Layers, c.Candidates[3].RouterAccuracy = nil, []eval.LayerResult{{Layer: "default"}}, 1
	got := routingText(t, c)
	for _, want := range []string{"ROUTING OF A, B  requests   share   right    n  at most     says\n", "ROUTING OF C  requests   share   right    n\n", "\nc with gold tasks "} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for _, odd := range []string{"MISROUTES", "\nd as routed", "ROUTING OF D"} {
		if strings.Contains(got, odd) {
			t.Errorf("%q in\n%s", odd, got)
		}
	}
	c.Settings.GoldTasks = true
	if got := routingText(t, c); got != "" {
		t.Errorf("with gold tasks named: %s", got)
	}
}

func TestManyMisroutes(t *testing.T) {
	k := routed("a")
	for i := range 12 {
		k.Misroutes = append(k.Misroutes, eval.MisrouteCount{Gold: fmt.Sprint(i), Task: "lookup", Requests: 1, Price: &eval.MisroutePrice{}})
	}
	got := routingText(t, &eval.Comparison{Candidates: []eval.CandidateResult{k}})
	if n := strings.Count(got, " lookup  "); n != 9 || !strings.Contains(got, "4 more pairs of tasks are in the results") {
		t.Errorf("%d misroutes to lookup in\n%s", n, got)
	}
}

func TestPathSaysWhatTheClassifierKnew(t *testing.T) {
	for _, tt := range []struct {
		record eval.Record
		want   string
	}{
		{eval.Record{Task: "t", Layer: "embedding", Confidence: 0.9, OutOfFold: true}, "embedding, confidence 0.90 (out of fold: the classifier was trained on this)"},
		{eval.Record{Task: "t", Layer: "embedding", Confidence: 0.9}, "embedding, confidence 0.90"},
		{eval.Record{Task: "t", Layer: "default"}, "the default: no layer was sure"},
		{eval.Record{Ended: "left_out", Why: "c.bin was trained on this"}, "c.bin was trained on this"},
	} {
		var got []string
		for _, row := range reports.Path(&tt.record).Table.Rows {
			got = append(got, row[len(row)-1].Text)
		}
		if got[0] != tt.want {
			t.Errorf("%+v: %q, want %q", tt.record, got, tt.want)
		}
	}
}
