package gate

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// searchedCertificate is one that eval/bundle wrote: extraction moved, reply and reasoning held.
func searchedCertificate(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("../bundle/testdata/certificate.json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What is read is written to the byte.
func TestSearchedCertificate(t *testing.T) {
	data := searchedCertificate(t)
	c, err := ReadCertificate("c.json", data)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteCertificate(&b, c); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(data), b.String()); diff != "" {
		t.Errorf("(-read +written)\n%s", diff)
	}
	if c.Tasks[0].Evidence.Chains[0].Score.Known() {
		t.Error("a chain without a pilot has a score")
	}
}

func TestEvidenceContradicts(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Certificate)
		want   string
	}{
		{"a walk that failed", func(c *Certificate) { c.Tasks[0].Evidence.Chains[0].Walk[0].Passed = false }, `tasks[0].evidence: the task has the option "small alone", and the walk failed at "small alone"`},
		{"no walk", func(c *Certificate) { c.Tasks[0].Evidence.Chains[0].Walk = nil }, `tasks[0].evidence: the task has the option "small alone", which no walk tested`},
		{"moved and held", func(c *Certificate) { c.Tasks[0].Evidence.Held = "fails" }, `tasks[0].evidence: the task has the option "small alone" and is held, because fails`},
		{"a table that did not pass", func(c *Certificate) { c.Search.Tables[2].Passed = false }, "overall: the verdict is holds, and search.tables[2] did not pass: the file was edited"},
		{"which table", func(c *Certificate) { c.Search.Table = 3 }, "search.table is 3, and there are 3 tables"},
		{"no look", func(c *Certificate) { c.Look.Number = 0 }, "look: number 0, search 2, look 1 of 1: that cannot be"},
		{"a look too many", func(c *Certificate) { c.Look.Look, c.Look.Looks = 4, 3 }, "look 4 of 3: that cannot be"},
		{"alpha", func(c *Certificate) { c.Look.AlphaShare = 2 }, "look.alpha_share is 2"},
		{"sum", func(c *Certificate) { c.Look.AlphaSum = 0.01 }, "look.alpha_sum is 0.01, and this look alone has 0.025"},
		{"savings", func(c *Certificate) { c.Overall.Savings = 0.9 }, "overall: the savings are 0.9, and the usage comes to 0."},
		{"delta", func(c *Certificate) { c.Overall.Delta += 0.001 }, "and that of search.tables["},
		{"bound", func(c *Certificate) { c.Overall.Bound += 0.001 }, "and that of search.tables["},
		{"lower bound", func(c *Certificate) { c.Overall.Bound -= 0.0001 }, "and that of search.tables["},
		{"upper bound", func(c *Certificate) { c.Overall.Upper += 0.001 }, "and that of search.tables["},
		{"n", func(c *Certificate) { c.Overall.N++ }, "overall: n is 621, and that of search.tables[2] 620"},
		{"labels", func(c *Certificate) { c.Overall.Labels++ }, "overall: 621 labels, 300 changed, and the tasks have 620 and 300"},
		{"n of a task", func(c *Certificate) { c.Tasks[0].Claim.N++ }, "tasks[0].claim: n is 301, and 300 labels certified small alone"},
		{"n of a task that stays", func(c *Certificate) { c.Tasks[1].Claim.N-- }, "tasks[1].claim: the task stays on the baseline, and its claim is not that nothing changed"},
		{"delta of a task", func(c *Certificate) { c.Tasks[0].Claim.Delta += 0.001 }, "tasks[0].claim: the delta is "},
		{"bound of a task", func(c *Certificate) { c.Tasks[0].Claim.Bound -= 0.001 }, "and the walk to small alone has "},
		{"delta beyond its bound", func(c *Certificate) { c.Tasks[0].Claim.Delta = -0.2 }, "is not between its bounds"},
		{"labels lost", func(c *Certificate) { c.Tasks[0].Evidence.Chains[0].Walk[0].Lost = 3 }, `step "small alone": the delta is -0.3 pp, and 0 gained and 3 lost of 300 make -1.0 pp`},
		{"labels of a step", func(c *Certificate) {
			s := &c.Tasks[0].Evidence.Chains[0].Walk[0]
			s.N, s.Lost, s.Gained = 600, 2, 0
		}, `step "small alone": delta_lower_bound is `},
		{"p", func(c *Certificate) { c.Tasks[0].Evidence.Chains[0].Walk[0].P = 0.2 }, `step "small alone": p is 0.2 at a level of `},
		{"escalation of one tier", func(c *Certificate) { c.Tasks[0].Claim.EscalationRate = 0.1 }, "tasks[0].claim: the escalation rate is 10.0 %, and the chain has one tier"},
		{"escalation of the whole", func(c *Certificate) { c.Overall.EscalationRate = 0.1 }, "overall: the escalation rate is 10.0 %, and those of the tasks are from 0.0 % to 0.0 %"},
		{"escalation beyond all", func(c *Certificate) { c.Overall.EscalationRate = 1.1 }, "overall: escalation_rate is 1.1: that cannot be"},
		{"savings of a task", func(c *Certificate) { c.Tasks[0].Claim.Savings = 0.95 }, "tasks[0].claim: the savings are 0.95, and the usage comes to 0."},
		{"share", func(c *Certificate) { c.Tasks[0].Share += 0.1 }, "tasks: their shares sum to 1.1"},
		{"claim", func(c *Certificate) { c.Overall.Bound = -0.2 }, "overall: the verdict is holds, and the bound -20.0 pp is below"},
	} {
		c, err := ReadCertificate("c.json", searchedCertificate(t))
		if err != nil {
			t.Fatal(err)
		}
		test.change(c)
		var b bytes.Buffer
		if err := WriteCertificate(&b, c); err == nil || b.Len() > 0 || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "the certificate contradicts itself: ") {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// Any edit is noticed by the digest, even one that contradicts nothing; layout is not part of it.
func TestDigest(t *testing.T) {
	text := string(searchedCertificate(t))
	for _, test := range []struct{ name, old, edited, want string }{
		{"p95", `"latency_p95_ms": `, `"latency_p95_ms": 1`, ": the file was edited"},
		{"interval", `"savings_low": 0.`, `"savings_low": 0.1`, ": the file was edited"},
		{"words", `"claims": [`, `"claims": ["All is well.",`, ": the file was edited"},
		{"what a later version knows", `"version": 1,`, `"version": 1.1, "more": true,`, ": the file was edited"},
		{"another digest", `"digest": "`, `"digest": "0`, "c.json: the digest is 0"},
		{"none", `"digest"`, `"digset"`, "c.json: digest is missing, and whoever searched wrote one: the file was edited"},
		{"layout", "\n", "\n  ", ""},
	} {
		if !strings.Contains(text, test.old) {
			t.Fatalf("%s: the certificate has no %s", test.name, test.old)
		}
		n := 1
		if test.want == "" {
			n = -1
		}
		_, err := ReadCertificate("c.json", []byte(strings.Replace(text, test.old, test.edited, n)))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// Whatever may be missing is unknown, not 0.
func TestEvidenceLeftOut(t *testing.T) {
	const text = `{"format": "tierwise.certificate", "version": 1.1, "baseline": "b", "decision_hash": "d", "price_hash": "p", "data_hash": "h",
		"settings": {"tolerance": 0.01, "task_tolerance": 0.05, "alpha": 0.05}, "overall": {"verdict": "inconclusive"}, "search": {"tables": [{}]},
		"tasks": [{"task": "t", "share": 1, "claim": {"verdict": "holds", "test": "nothing changed", "delta": 0, "delta_lower_bound": 0, "delta_upper_bound": 0},
		"evidence": {"chains": [{"walk": [{}]}], "dropped": [{}]}}]}`
	sum, err := digest([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadCertificate("c.json", []byte(strings.TrimSuffix(text, "}")+`, "digest": "`+sum+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	e, table := c.Tasks[0].Evidence, c.Search.Tables[0]
	for i, n := range []eval.Number{
		c.Search.Delta, c.Search.NaiveDelta, c.Search.UnlabeledShare, table.N, table.P, table.FoldSavingShare, table.SavingShare,
		e.Pilot, e.Verify, e.Level, e.Chains[0].Score, e.Chains[0].Walk[0].Lost, e.Chains[0].Walk[0].Upper, e.Dropped[0].Coverage,
	} {
		if n.Known() {
			t.Errorf("number %d is %v", i, n)
		}
	}
	if c.Overall.Verdict != stats.Inconclusive || c.Look != nil {
		t.Errorf("%+v", c)
	}
}
