package gate

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

const configText = `version = 1
baseline = "large"
[models.small]
price = { input = 1, output = 1 }
[tiers]
small = "small"
large = "large"
[tasks.extraction]
chain = ["small", "large"]
accept = [{ check = "chars", min = 3 }]
[tasks.reply]
chain = ["large"]
[router]
default = "reply"
`

func parse(t testing.TB, name, text string) *routing.Config {
	t.Helper()
	c, err := routing.ParseConfig(name, []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func policy(t testing.TB, text string) *Policy {
	t.Helper()
	p, err := ParsePolicy("policy.toml", []byte("version = 1\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// comparison is a replay in which everything is fine.
func comparison() *eval.Comparison {
	result := func(share eval.Number) eval.Result {
		return eval.Result{
			Requests: 200, CostShare: 1, SavingsShare: 1, LatencyShare: 1, WalkedShare: 0.95, Share: share, Graded: 200, Covered: 200, Changed: 100, Coverage: 1, Delta: -0.001, Bound: -0.004, Upper: 0.002,
			Verdict: stats.Holds, Test: "a test", CostKnown: 200, CostPer1000: 5, Savings: 0.5, SavingsKnown: 200,
			LatencyKnown: 200, LatencyP95: 900, EscalationRate: 0.1,
		}
	}
	c := &eval.Comparison{Candidates: []eval.CandidateResult{{Label: "new", Whole: result(1), Tasks: []eval.TaskResult{
		{Task: "extraction", Chain: []string{"small", "large"}, Result: result(0.4)},
		{Task: "reply", Chain: []string{"large"}, Result: result(0.6)},
	}}}}
	reply := &c.Candidates[0].Tasks[1].Result
	reply.Bound, reply.CostPer1000, reply.LatencyP95, reply.EscalationRate, reply.Test = 0, 9, 500, 0, nothingChanged
	return c
}

var today = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func judged(t testing.TB, p string, change func(in *Input)) (*Result, error) {
	t.Helper()
	in := &Input{
		Config: parse(t, "new.toml", configText), Policy: policy(t, p), Comparison: comparison(), Now: today,
		CheckCommand: "tierwise check", LabelCommand: "tierwise draw", InspectCommand: "tierwise inspect", ExactP95: true,
	}
	if change != nil {
		change(in)
	}
	return Judge(in)
}

// Every rule passes, fails and is inconclusive where it should, at the limit and beyond, and blames the right line.
func TestRules(t *testing.T) {
	whole := func(change func(r *eval.Result)) func(*Input) {
		return func(in *Input) { change(&in.Comparison.Candidates[0].Whole) }
	}
	first := func(change func(r *eval.Result)) func(*Input) {
		return func(in *Input) { change(&in.Comparison.Candidates[0].Tasks[0].Result) }
	}
	tests := []struct {
		name, rule string
		change     func(in *Input)
		outcome    Outcome
		line       int
		want       string // part of limit, measured value and message
	}{
		{"holds", `tolerance = "1pp"`, nil, Pass, 9, "≥ -1.0 pp | -0.1 pp (≥ -0.4 pp) | quality -0.1 pp, at worst -0.4 pp: within 1.0 pp (n 200, 100 changed; a test)"},
		{"close", `tolerance = "0.41pp"`, nil, Pass, 9, "≥ -0.4 pp | -0.1 pp (≥ -0.40 pp)"},
		{"fails", `tolerance = "1pp"`, whole(func(r *eval.Result) { r.Verdict, r.Delta, r.Upper = stats.Fails, -0.04, -0.02 }), Fail, 9, "loses more than 1.0 pp: quality -4.0 pp, at best -2.0 pp"},
		{"too few", `tolerance = "1pp"`, func(in *Input) {
			c := &in.Comparison.Candidates[0]
			c.Whole.Verdict, c.Whole.MoreLabels = stats.Inconclusive, 1234
			c.Tasks[0].LabelNext, c.Tasks[0].Gradable = 800, 700
		}, Unclear, 9, "do not tell whether it loses 1.0 pp; label about 1,234 more | tierwise draw"},
		{"too few, and all labeled", `tolerance = "1pp"`, func(in *Input) {
			c := &in.Comparison.Candidates[0]
			c.Whole.Verdict, c.Whole.MoreLabels, c.Tasks[0].LabelNext = stats.Inconclusive, 1234, 800
			c.Tasks[1].Gradable = 900 // of which none would tell
		}, Unclear, 9, "all requests that would tell are labeled, collect and label about 1,234 more | tierwise check"},
		{"hopeless", `tolerance = "1pp"`, whole(func(r *eval.Result) { r.Verdict, r.Reason = stats.Inconclusive, "more labels will not make it hold" }), Unclear, 9, "more labels will not make it hold; change the chain or the limit, and check again | tierwise check"},
		{"a task without labels", `tolerance = "1pp"`, func(in *Input) {
			c := &in.Comparison.Candidates[0]
			c.Whole.Verdict, c.Whole.Reason, c.Tasks[0].Graded, c.Tasks[0].Covered = stats.Inconclusive, "task has no labels", 0, 0
			c.Tasks[0].LabelNext, c.Tasks[0].Gradable = 59, 59
		}, Unclear, 9, "task has no labels | tierwise draw"},
		{"no labels", `tolerance = "1pp"`, whole(func(r *eval.Result) {
			r.Verdict, r.Reason, r.Covered, r.Delta = stats.Inconclusive, "no labels", 0, eval.Unknown
		}), Unclear, 9, "no labels | tierwise inspect"},
		{"uncovered", `tolerance = "1pp"`, whole(func(r *eval.Result) {
			r.Verdict, r.Reason, r.Uncovered = stats.Inconclusive, "coverage below 95 %", map[string]int64{"small: no outcome": 3, "large: no quality": 30}
		}), Unclear, 9, "coverage below 95 %: large: no quality (30), small: no outcome (3); collect what is missing | tierwise check"},
		{"ungraded", `task_tolerance = "5pp"`, func(in *Input) {
			r := &in.Comparison.Candidates[0].Tasks[0]
			r.Verdict, r.Reason, r.Uncovered = stats.Inconclusive, "coverage below 95 %", map[string]int64{"small: no quality": 30}
			r.Covered, r.LabelNext, r.Gradable = 170, 20, 30
		}, Unclear, 9, "coverage below 95 %: small: no quality (30); label what lacks no more than a grade, collect the rest | tierwise draw"},
		{"task fails", `task_tolerance = "5pp"`, first(func(r *eval.Result) { r.Verdict = stats.Fails }), Fail, 9, "loses more than 5.0 pp"},
		{"saves", `min_savings = "50%"`, nil, Pass, 12, "≥ 50.0 % | 50.0 % | saves 50.0 % of the bill of large"},
		{"saves less", `min_savings = "50.1%"`, nil, Fail, 12, "saves 50.0 % of the bill of large, and the limit is 50.1 %"},
		{"fast", `max_p95_ms = 908`, nil, Pass, 9, "≤ 908 ms | 900 ms"},
		{"slow", `max_p95_ms = 892`, nil, Fail, 9, "answered within 900 ms, and the limit is 892 ms"},
		{"no latency", `max_p95_ms = 899`, whole(func(r *eval.Result) { r.LatencyP95 = eval.Unknown }), Unclear, 9, "no latency is known | tierwise check"},
		{"few escalate", `max_escalation = "10%"`, nil, Pass, 10, "≤ 10.0 % | 10.0 %"},
		{"many escalate", `max_escalation = "9.9%"`, nil, Fail, 10, "10.0 % of the requests escalate, and the limit is 9.9 %"},
		{"nobody knows", `max_escalation = "9.9%"`, whole(func(r *eval.Result) { r.EscalationRate = eval.Unknown }), Unclear, 10, "is not known"},
		{"cheap", `max_cost_per_1000_usd = 5`, nil, Pass, 12, "≤ $5.00 | $5.00 | costs $5.00 per 1,000 requests"},
		{"dear", `max_cost_per_1000_usd = 4.99`, nil, Fail, 12, "costs $5.00 per 1,000 requests, and the limit is $4.99"},
		{"labeled", `min_labels = 200`, nil, Pass, 9, "≥ 200 | 200 | 200 labels"},
		{"not labeled", `min_labels = 1201`, func(in *Input) {
			t := &in.Comparison.Candidates[0].Tasks[0]
			t.Gradable, t.LabelNext = 2800, 1001
		}, Unclear, 9, "200 labels of 1,201: label 1,001 more | tierwise draw"},
		{"not labeled, and no requests", `min_labels = 1201`, first(func(r *eval.Result) { r.MoreLabels = 3 }), Unclear, 9,
			"200 labels of 1,201: all requests that would tell are labeled, collect and label 1,001 more | tierwise check"},
		{"covered", `min_coverage = "100%"`, nil, Pass, 9, "≥ 100.0 % | 100.0 % | 100.0 % of the labeled requests can be judged"},
		{"not covered", `min_coverage = "97%"`, whole(func(r *eval.Result) {
			r.Coverage, r.Uncovered = 0.96, map[string]int64{"small: no outcome": 8}
		}), Unclear, 6, "96.0 % of the labeled requests can be judged; missing: small: no outcome (8) | tierwise check"},
		{"not covered for want of grades", `min_coverage = "97%"`, func(in *Input) {
			c := &in.Comparison.Candidates[0]
			c.Whole.Coverage, c.Whole.Uncovered = 0.96, map[string]int64{"small: no quality": 8}
			c.Tasks[0].Uncovered, c.Tasks[0].Covered, c.Tasks[0].LabelNext, c.Tasks[0].Gradable = c.Whole.Uncovered, 192, 2, 8
		}, Unclear, 6, "missing: small: no quality (8) | tierwise draw"},
		{"few can be walked", `max_escalation = "10%"`, func(in *Input) {
			c := &in.Comparison.Candidates[0]
			c.Whole.WalkedShare, c.Tasks[1].WalkedShare = 0.799, 0.665
			c.Whole.Uncovered = map[string]int64{"small: no signal logprob_mean": 7, "small: no quality": 9}
		}, Unclear, 10, "10.0 % of the requests escalate, as far as is known: of 79.9 % of the requests, and a rule wants 95.0 % (reply 66.5 %); missing: small: no signal logprob_mean; collect what is missing | tierwise check"},
		{"few are walked and most of them escalate", `max_escalation = "1%"`, whole(func(r *eval.Result) { r.WalkedShare = 0.94999 }), Unclear, 10, "as far as is known"},
		{"latency of few", `max_p95_ms = 900`, whole(func(r *eval.Result) { r.LatencyShare = 0.5 }), Unclear, 9, "of 50.0 % of the requests"},
		{"savings of few", `min_savings = "50.1%"`, whole(func(r *eval.Result) { r.SavingsShare = 0.4 }), Unclear, 12, "saves 50.0 % of the bill of large, as far as is known: of 40.0 % of the requests"},
		{"cost of few", `max_cost_per_1000_usd = 5`, whole(func(r *eval.Result) { r.CostShare = 0.4 }), Unclear, 12, "of 40.0 % of the requests"},
		{"in the bin of the limit", `max_p95_ms = 900`, func(in *Input) { in.ExactP95 = false }, Unclear, 9, "within the 0.8 % that latencies are kept to, which does not tell on which side of 900 ms it is | tierwise check"},
		{"in another bin", `max_p95_ms = 910`, func(in *Input) { in.ExactP95 = false }, Pass, 9, "answered within 900 ms"},
		{"warns", `min_savings = { limit = "60%", severity = "warn" }`, nil, Warn, 12, "and the limit is 60.0 %"},
		{"warns of the unknown", `max_p95_ms = { limit = 1, severity = "warn" }`, whole(func(r *eval.Result) { r.LatencyP95 = eval.Unknown }), Warn, 9, "inconclusive: no latency is known"},
		{"not certified", `certificate = "required"`, nil, Fail, 1, "required | not certified | not certified: no certificate was named"},
	}
	for _, test := range tests {
		r, err := judged(t, "[vs_baseline]\n"+test.rule, test.change)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		e := r.Rules[0]
		got := strings.Join([]string{e.LimitText, e.MeasuredText, e.Message, e.Command}, " | ")
		if e.Outcome != test.outcome || e.File != "new.toml" || e.Line != test.line || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s at line %d: %s\nwant %s at line %d: %s", test.name, e.Outcome, e.Line, got, test.outcome, test.line, test.want)
		}
		if e.Outcome == Unclear && e.Command == "" {
			t.Errorf("%s: no command settles it", test.name)
		}
		want := map[Outcome]int{Pass: 0, Warn: 0, Fail: 1, Unclear: 3}[test.outcome]
		if r.ExitCode != want || e.Rule == TaskTolerance && len(r.Rules) != 2 {
			t.Errorf("%s: exit code %d, want %d; %d rules", test.name, r.ExitCode, want, len(r.Rules))
		}
	}
}

// A task that cannot have changed needs no labels.
func TestUnchangedTask(t *testing.T) {
	r, err := judged(t, "[vs_baseline]\nmin_labels = 201", nil)
	if err != nil {
		t.Fatal(err)
	}
	if e := r.Rules[1]; e.Task != "reply" || e.Outcome != Pass || e.MeasuredText != "200, none needed" {
		t.Errorf("%+v", e)
	}
}

// Failing is worse than being inconclusive, and that is worse than warning.
func TestConclude(t *testing.T) {
	tests := []struct {
		outcomes []Outcome
		verdict  stats.Verdict
		code     int
	}{
		{nil, stats.Holds, 0},
		{[]Outcome{Pass, Warn, Waived}, stats.Holds, 0},
		{[]Outcome{Pass, Unclear, Warn}, stats.Inconclusive, 3},
		{[]Outcome{Unclear, Fail, Unclear}, stats.Fails, 1},
	}
	for _, test := range tests {
		r := newResult()
		for _, o := range test.outcomes {
			r.Rules = append(r.Rules, Entry{Outcome: o})
		}
		if r.conclude(); r.Verdict != test.verdict || r.ExitCode != test.code {
			t.Errorf("%v: %s, %d", test.outcomes, r.Verdict, r.ExitCode)
		}
	}
}

func TestWaivers(t *testing.T) {
	waiver := func(rule, until string) string {
		return fmt.Sprintf("[vs_baseline]\nmin_savings = \"60%%\"\nmin_labels = 1000\n[[waivers]]\nrule = %q\nuntil = %s\nreason = \"r\"\n", rule, until)
	}
	tests := []struct {
		name, policy string
		now          time.Time
		savings      Outcome
		code         int
		note, last   string
	}{
		{"of a rule", waiver("min_savings", "2026-12-31"), today, Waived, 3, "", ""},
		{"of a section's rule", waiver("vs_baseline.min_savings", "2026-12-31"), today, Waived, 3, "", ""},
		{"of another section's rule", waiver("vs_main.min_savings", "2026-12-31"), today, Fail, 1, "unmatched-waiver", ""},
		{"of another rule", waiver("min_labels", "2026-12-31"), today, Fail, 1, "", ""},
		{"of a rule that nobody asks for", waiver("max_p95_ms", "2026-12-31"), today, Fail, 1, "unmatched-waiver", ""},
		{"on its last day", waiver("min_savings", "2026-11-24"), time.Date(2026, 11, 24, 23, 59, 59, 0, time.UTC), Waived, 3, "", ""},
		{"on its last day, elsewhere", waiver("min_savings", "2026-11-24"), time.Date(2026, 11, 25, 1, 0, 0, 0, time.FixedZone("", 3600*2)), Waived, 3, "", ""},
		{"the day after", waiver("min_savings", "2026-11-24"), time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), Fail, 1, "",
			"the waiver of min_savings ran out on 2026-11-24 (r): mend the table, or decide anew and give it another date"},
		{"ran out, of an inconclusive rule", "[vs_baseline]\nmin_labels = 1000\n[[waivers]]\nrule = \"min_labels\"\nuntil = 2026-11-01\nreason = \"r\"\n", today, Unclear, 1, "", "ran out"},
		{"ran out and is not needed", "[vs_baseline]\nmin_savings = \"1%\"\n[[waivers]]\nrule = \"min_savings\"\nuntil = 2026-11-01\nreason = \"r\"\n", today, Pass, 1, "", "it is not needed any more, remove it"},
		{"not needed", "[vs_baseline]\nmin_savings = \"1%\"\n[[waivers]]\nrule = \"min_savings\"\nuntil = 2027-01-01\nreason = \"r\"\n", today, Pass, 0, "unneeded-waiver", ""},
		{"of a task", "[vs_baseline]\nmin_labels = 1000\n[[waivers]]\nrule = \"min_labels\"\ntask = \"extraction\"\nuntil = 2027-01-01\nreason = \"r\"\n", today, Waived, 0, "", ""},
		{"of another task", "[vs_baseline]\nmin_labels = 1000\n[[waivers]]\nrule = \"min_labels\"\ntask = \"nothing\"\nuntil = 2027-01-01\nreason = \"r\"\n", today, Unclear, 3, "unmatched-waiver", ""},
	}
	for _, test := range tests {
		r, err := judged(t, test.policy, func(in *Input) { in.Now = test.now })
		if err != nil {
			t.Fatal(err)
		}
		note := ""
		for _, n := range r.Notes {
			if strings.HasSuffix(n.ID, "-waiver") {
				if note = n.ID; n.File != "policy.toml" || n.Line == 0 {
					t.Errorf("%s: no place: %+v", test.name, n)
				}
			}
		}
		if r.Rules[0].Outcome != test.savings || r.ExitCode != test.code || note != test.note {
			t.Errorf("%s: %s, exit code %d, note %q; want %s, %d, %q", test.name, r.Rules[0].Outcome, r.ExitCode, note, test.savings, test.code, test.note)
		}
		if test.savings == Waived && !strings.HasSuffix(r.Rules[0].Message, ": r") {
			t.Errorf("%s: no reason: %s", test.name, r.Rules[0].Message)
		}
		last := r.Rules[len(r.Rules)-1]
		if expired := last.Section == "waivers"; expired != (test.last != "") || expired && (!strings.Contains(last.Message, test.last) || last.File != "policy.toml") {
			t.Errorf("%s: the last rule is %+v", test.name, last)
		}
	}
}

// A waiver that ran out fails whatever other waivers of its rule there are, in either order.
func TestExpiredWaiverStays(t *testing.T) {
	waiver := func(until string) string {
		return fmt.Sprintf("[[waivers]]\nrule = \"min_savings\"\nuntil = %s\nreason = \"r\"\n", until)
	}
	const rule = "[vs_baseline]\nmin_savings = \"60%\"\n"
	for _, p := range []string{waiver("2026-11-23") + waiver("2026-12-31"), waiver("2026-12-31") + waiver("2026-11-23")} {
		r, err := judged(t, rule+p, nil)
		if err != nil {
			t.Fatal(err)
		}
		last := r.Rules[len(r.Rules)-1]
		if r.ExitCode != 1 || r.Rules[0].Outcome != Waived || len(r.Rules) != 2 || last.Outcome != Fail || !strings.HasSuffix(last.Message, "remove it") {
			t.Errorf("exit code %d, %+v", r.ExitCode, r.Rules)
		}
	}
}

// A waiver for a task that the config does not have says which one it may mean.
func TestWaiverOfUnknownTask(t *testing.T) {
	for task, want := range map[string]string{
		"rply":       `new.toml has no task "rply"; did you mean "reply"?`,
		"extraction": "nothing is judged by that name; remove it",
	} {
		r, err := judged(t, fmt.Sprintf("[vs_baseline]\ntolerance = \"1pp\"\n[[waivers]]\nrule = \"min_labels\"\ntask = %q\nuntil = 2027-01-01\nreason = \"r\"\n", task), nil)
		if err != nil {
			t.Fatal(err)
		}
		if last := r.Notes[len(r.Notes)-1]; !strings.HasSuffix(last.Message, "is for nothing: "+want) {
			t.Errorf("%+v, want %s", r.Notes, want)
		}
	}
}

// Requests that a classifier was trained on are not judged: that is inconclusive, and says so wherever a rule misses them,
// in money too, and never asks for prices or labels.
func TestLeftOut(t *testing.T) {
	const text = "[vs_baseline]\ntolerance = \"1pp\"\nmin_savings = \"1%\"\nmax_cost_per_1000_usd = 1\nmax_p95_ms = 1000\nmin_coverage = \"90%\"\n"
	finding := eval.Finding{ID: "left-out", Message: "new: 40 of 40 requests are left out", Fix: "tierwise train"}
	r, err := judged(t, text+"task_tolerance = \"5pp\"", func(in *Input) {
		in.Comparison.Findings = []eval.Finding{{ID: "left-out", Message: "old: 1 of 40 requests are left out", Fix: "nothing"}, finding}
		in.Comparison.Candidates[0] = eval.CandidateResult{Label: "new", LeftOut: 40, Whole: eval.Result{
			Verdict: stats.Inconclusive, Reason: "every request is left out", Coverage: 0, Delta: eval.Unknown, Bound: eval.Unknown, Upper: eval.Unknown,
			Savings: eval.Unknown, CostPer1000: eval.Unknown, LatencyP95: eval.Unknown, EscalationRate: eval.Unknown,
		}}
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.ExitCode != 3 || len(r.Rules) != 6 {
		t.Errorf("exit code %d, %d rules", r.ExitCode, len(r.Rules))
	}
	for _, e := range r.Rules {
		if e.Outcome != Unclear || !strings.HasSuffix(e.Message, "; 40 of 40 requests are left out; tierwise train") || e.Command != "tierwise check" {
			t.Errorf("%s: %s: %s | %s", e.Name(), e.Outcome, e.Message, e.Command)
		}
	}
	r, err = judged(t, text, func(in *Input) {
		k := &in.Comparison.Candidates[0]
		in.Comparison.Findings, k.LeftOut = []eval.Finding{finding}, 40
		k.Whole.Coverage, k.Whole.Verdict, k.Whole.Reason = 0.8, stats.Inconclusive, "coverage below 95 %"
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		Tolerance:   "coverage below 95 %; 40 of 40 requests are left out; tierwise train",
		MinCoverage: "80.0 % of the labeled requests can be judged; 40 of 40 requests are left out; tierwise train",
	}
	for _, e := range r.Rules {
		if message := want[e.Rule]; message != "" && (e.Outcome != Unclear || e.Message != message) {
			t.Errorf("%s: %s: %s, want %s", e.Name(), e.Outcome, e.Message, message)
		}
	}
}

// What cannot be judged is an error that says what to do.
func TestCannotJudge(t *testing.T) {
	other := strings.Replace(configText, `baseline = "large"`, `baseline = "small"`, 1)
	tests := []struct {
		name, policy string
		change       func(in *Input)
		want         string
	}{
		{"vs_main alone", "[vs_main]\ntolerance = \"1pp\"", nil, "policy.toml:2:2: [vs_main] compares with another config: name it with --against"},
		{"against alone", "[vs_baseline]\ntolerance = \"1pp\"", func(in *Input) { in.Against = parse(t, "old.toml", configText) }, "--against old.toml: policy.toml has no [vs_main] to compare by"},
		{"two baselines", "[vs_main]\ntolerance = \"1pp\"", func(in *Input) { in.Against = parse(t, "old.toml", other) },
			`new.toml:2:12: baseline is "large", that of old.toml is "small": figures against different baselines cannot be compared`},
		{"no evidence", "[vs_baseline]\ntolerance = \"1pp\"", func(in *Input) { in.Comparison = nil }, "nothing to judge by: name traffic with -d, or a certificate with --certificate"},
		{"no price", "[vs_baseline]\nmin_savings = \"1%\"", func(in *Input) { in.Comparison.Candidates[0].Whole.Savings = eval.Unknown },
			"vs_baseline.min_savings: what the table costs is not known: add price = { input = …, output = … } to models.large, or record cost_usd"},
		{"no cost", "[vs_baseline]\nmax_cost_per_1000_usd = 1", func(in *Input) {
			in.Comparison.Candidates[0].Whole.CostPer1000 = eval.Unknown
			in.Config = parse(t, "new.toml", configText+"[models.large]\nprice = { input = 1, output = 1 }\n")
		}, "what the table costs is not known: record cost_usd, or the tokens of each outcome"},
	}
	for _, test := range tests {
		_, err := judged(t, test.policy, test.change)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// What could not run names every problem of every file.
func TestCouldNotRun(t *testing.T) {
	_, first := routing.ParseConfig("a.toml", []byte("version = 1\nbasline = 1\n"), nil)
	_, second := ParsePolicy("p.toml", []byte("version = 2"))
	r := CouldNotRun(errors.Join(first, fmt.Errorf("policy: %w", second), errors.New("no traffic")))
	var files []string
	for _, p := range r.Problems {
		files = append(files, p.File)
	}
	if got := strings.Join(files, " "); r.ExitCode != 2 || r.Verdict != "" || !strings.HasPrefix(got, "a.toml ") || !strings.HasSuffix(got, " p.toml ") {
		t.Errorf("problems of %q: %+v", got, r.Problems)
	}
}
