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
		{"delta", func(c *Certificate) { c.Overall.Delta += 0.01 }, "and that of search.tables["},
		{"bound", func(c *Certificate) { c.Overall.Bound += 0.001 }, "and that of search.tables["},
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

// Whatever may be missing is unknown, not 0.
func TestEvidenceLeftOut(t *testing.T) {
	c, err := ReadCertificate("c.json", []byte(`{"format": "tierwise.certificate", "version": 1.1, "baseline": "b", "decision_hash": "d", "price_hash": "p", "data_hash": "h",
		"settings": {"tolerance": 0.01, "task_tolerance": 0.05, "alpha": 0.05}, "overall": {"verdict": "inconclusive"},
		"search": {"tables": [{}]}, "tasks": [{"task": "t", "claim": {"verdict": "inconclusive"}, "evidence": {"chains": [{"walk": [{}]}], "dropped": [{}]}}]}`))
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
