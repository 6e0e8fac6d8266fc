package gate

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tierwise/tierwise/routing"
)

func TestParsePolicy(t *testing.T) {
	got, err := ParsePolicy("policy.toml", []byte(`# what we promise
version = 1

[vs_baseline]
tolerance = "1pp"
task_tolerance = { limit = "5 pp", severity = "warn" }
confidence = 97.5
min_savings = "20%"
max_p95_ms = { limit = 4000, severity = "fail" }
max_escalation = "12.5 %"
max_cost_per_1000_usd = 8.5
min_labels = 60
min_coverage = "95%"
certificate = "required"

[vs_main]
min_savings = "-5%"

[[waivers]]
rule = "vs_baseline.task_tolerance"
task = "reply"
until = 2026-12-31
reason = "labels are on their way"

[[waivers]]
rule = "max_p95_ms"
until = "2027-01-31"
reason = "a new region opens"
`))
	if err != nil {
		t.Fatal(err)
	}
	at := func(line, column int) routing.Position { return routing.Position{Line: line, Column: column} }
	want := &Policy{
		Source: "policy.toml",
		VsBaseline: &Section{
			Name: "vs_baseline", Confidence: 0.975, Position: at(4, 2),
			Rules: []Rule{
				{Tolerance, 0.01, false, at(5, 13)},
				{TaskTolerance, 0.05, true, at(6, 18)},
				{MinSavings, 0.2, false, at(8, 15)},
				{MaxP95, 4000, false, at(9, 14)},
				{MaxEscalation, 0.125, false, at(10, 18)},
				{MaxCost, 8.5, false, at(11, 25)},
				{MinLabels, 60, false, at(12, 14)},
				{MinCoverage, 0.95, false, at(13, 16)},
				{CertificateIs, 0, false, at(14, 15)},
			},
		},
		VsMain: &Section{Name: "vs_main", Confidence: 0.95, Position: at(16, 2), Rules: []Rule{{MinSavings, -0.05, false, at(17, 15)}}},
		Waivers: []Waiver{
			{"vs_baseline", TaskTolerance, "reply", time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), "labels are on their way", at(19, 3)},
			{"", MaxP95, "", time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), "a new region opens", at(25, 3)},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if alpha := got.VsMain.Alpha(); alpha != 0.05 {
		t.Errorf("alpha is %v", alpha)
	}
}

// What is wrong is said with its place and what would be right.
func TestParsePolicyErrors(t *testing.T) {
	const section = "version = 1\n[vs_baseline]\n"
	waiver := func(lines string) string { return section + "tolerance = \"1pp\"\n[[waivers]]\n" + lines }
	tests := []struct{ name, text, want string }{
		{"empty", "", "p.toml:1:1: version is missing: it wants version = 1"},
		{"later version", "version = 2\n[vs_main]\nmin_savings = \"1%\"", "p.toml:1:11: version 2 is not read here: only version = 1 is"},
		{"nothing asked", "version = 1", "p.toml:1:1: the policy asks for nothing: add [vs_baseline] or [vs_main]"},
		{"no rules", section + "confidence = 95", `p.toml:2:2: [vs_baseline] has no rule: add one, such as tolerance = "1pp", or leave the section out`},
		{"syntax", section + "tolerance = 1pp", "p.toml:3:"},
		{"key", section + `tolerence = "1pp"`, `p.toml:3:13: unknown key "tolerence" in vs_baseline; did you mean "tolerance"?`},
		{"section", "version = 1\n[vs_basline]\n", `p.toml:2:2: unknown key "vs_basline"; did you mean "vs_baseline"?`},
		{"section type", "version = 1\nvs_main = 3", "p.toml:2:11: vs_main wants a table, got an integer"},
		{"bare points", section + "tolerance = 1", `p.toml:3:13: vs_baseline.tolerance wants points in quotes with their unit, such as "1pp", got 1`},
		{"no unit", section + `tolerance = "1"`, `p.toml:3:13: vs_baseline.tolerance wants points in quotes with their unit, such as "1pp", got "1"`},
		{"percent for points", section + `task_tolerance = "5%"`, `vs_baseline.task_tolerance is "5%": a loss of quality is in points, not in percent, such as "5pp"`},
		{"more percent than points can be", section + `tolerance = "150%"`, `vs_baseline.tolerance is "150%": a loss of quality is in points, not in percent, such as "1pp"`},
		{"more points than percent can be", section + `min_savings = "150pp"`, `vs_baseline.min_savings is "150pp": it is a share, in percent, not in points, such as "20%"`},
		{"no loss", section + `tolerance = "0pp"`, `vs_baseline.tolerance is "0pp": it wants more than 0pp and less than 100pp`},
		{"not a number", section + `tolerance = "NaNpp"`, `wants points in quotes with their unit, such as "1pp", got "NaNpp"`},
		{"bare percent", section + "min_savings = 0.2", `vs_baseline.min_savings wants percent in quotes with their sign, such as "20%", got 0.2`},
		{"points for percent", section + `min_savings = "20pp"`, `vs_baseline.min_savings is "20pp": it is a share, in percent, not in points: "20%"`},
		{"too many percent", section + `max_escalation = "130%"`, `vs_baseline.max_escalation is "130%": it wants 0% to 100%`},
		{"unit of a number", section + `max_p95_ms = "4s"`, `vs_baseline.max_p95_ms wants a number, milliseconds, got "4s"`},
		{"no time", section + "max_p95_ms = 0", "vs_baseline.max_p95_ms is 0: it wants more than 0 milliseconds"},
		{"infinite", section + "max_cost_per_1000_usd = inf", "vs_baseline.max_cost_per_1000_usd is +Inf: it wants more than 0 dollars for 1,000 requests"},
		{"half a label", section + "min_labels = 60.5", "vs_baseline.min_labels wants an integer, labels for each task, got 60.5"},
		{"no labels", section + "min_labels = 0", "vs_baseline.min_labels is 0: it wants 1 or more labels for each task"},
		{"certificate", section + "certificate = true", `vs_baseline.certificate wants "required", got true; leave it out if none is`},
		{"certificate of main", "version = 1\n[vs_main]\ncertificate = \"required\"", "p.toml:3:15: certificates speak of the baseline: move certificate to [vs_baseline]"},
		{"confidence", section + "tolerance = \"1pp\"\nconfidence = 0.95", "p.toml:4:14: vs_baseline.confidence wants a number between 50 and 100, such as 95, got 0.95"},
		{"severity", section + `tolerance = { limit = "1pp", severity = "wran" }`, `p.toml:3:41: unknown vs_baseline.tolerance.severity "wran"; did you mean "warn"?`},
		{"severity type", section + `tolerance = { limit = "1pp", severity = 1 }`, `vs_baseline.tolerance.severity wants "fail" or "warn", got an integer`},
		{"no limit", section + `tolerance = { severity = "warn" }`, `vs_baseline.tolerance has no limit: it wants { limit = …, severity = "warn" }`},
		{"limit", section + `tolerance = { limit = "1%", severity = "warn" }`, `p.toml:3:23: vs_baseline.tolerance.limit is "1%"`},
		{"waivers type", section + "tolerance = \"1pp\"\n[waivers]\nrule = 1", "p.toml:4:2: waivers wants an array of tables, [[waivers]], got a table"},
		{"bare waiver", waiver(""), "p.toml:4:3: the waiver has no rule\np.toml:4:3: the waiver has no until\np.toml:4:3: the waiver has no reason"},
		{"waived rule", waiver("rule = \"tolerence\"\nuntil = 2026-01-01\nreason = \"r\""), `p.toml:5:8: unknown rule "tolerence" in waivers[0].rule; did you mean "tolerance"?`},
		{"waived section", waiver("rule = \"vs_maine.tolerance\"\nuntil = 2026-01-01\nreason = \"r\""), `unknown section "vs_maine" in waivers[0].rule; did you mean "vs_main"?`},
		{"waived task", waiver("rule = \"tolerance\"\ntask = \"t\"\nuntil = 2026-01-01\nreason = \"r\""), "p.toml:6:8: tolerance is about the whole table: leave task out"},
		{"waived until", waiver("rule = \"tolerance\"\nuntil = \"soon\"\nreason = \"r\""), `p.toml:6:9: waivers[0].until wants a date, the last day, such as 2026-12-31, got "soon"`},
		{"waived until when", waiver("rule = \"tolerance\"\nuntil = 2026-01-01T12:00:00Z\nreason = \"r\""), "waivers[0].until wants a date, the last day, such as 2026-12-31, got a date or time"},
		{"no reason", waiver("rule = \"tolerance\"\nuntil = 2026-01-01\nreason = \" \""), "p.toml:7:10: waivers[0].reason is empty: it wants why, for who reads it later"},
		{"two problems", section + "min_labels = \"x\"\ntolerance = 1\n", "p.toml:3:14: vs_baseline.min_labels wants an integer, labels for each task, got \"x\"\np.toml:4:13: "},
		{"not text", "version = 1\n# \xff", "p.toml: is not UTF-8 text"},
		{"too large", strings.Repeat("#", maxPolicyBytes+1), "p.toml: is larger than a policy may be: 65537 bytes, 65536 are the most"},
		{"too deep", "version = 1\n" + strings.Repeat("a.", 400) + "a = 1", "p.toml:2:"},
	}
	for _, test := range tests {
		p, err := ParsePolicy("p.toml", []byte(test.text))
		if _, ok := errors.AsType[routing.ConfigErrors](err); p != nil || !ok || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// The examples of POLICY.md are policies.
func TestPolicyDocument(t *testing.T) {
	data, err := os.ReadFile("POLICY.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(string(data), -1)
	if len(examples) < 2 {
		t.Fatalf("%d examples are found", len(examples))
	}
	for _, example := range examples {
		if _, err := ParsePolicy("POLICY.md", []byte(example[1])); err != nil {
			t.Errorf("%v\n%s", err, example[1])
		}
	}
	for name := range ruleReaders {
		if !strings.Contains(string(data), "| `"+name+"` |") {
			t.Errorf("POLICY.md does not say what rule %s is", name)
		}
	}
}

// A table that is not known is named once, where it begins, however many headers and dotted keys make it.
func TestUnknownTableOnce(t *testing.T) {
	_, err := ParsePolicy("p.toml", []byte("names.a = 1\nnames.b = 2\nversion = 1\n[vs_main]\nmin_savings = \"1%\"\n[models.a]\nx = 1\n[models.b]\nx = 1\n"))
	const want = `p.toml:1:1: unknown key "names"; valid: version, vs_baseline, vs_main, waivers
p.toml:6:2: unknown key "models"; valid: version, vs_baseline, vs_main, waivers`
	if err == nil || err.Error() != want {
		t.Errorf("%v, want\n%s", err, want)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte("version = 1\n[vs_baseline]\ntolerance = \"1pp\"\n[[waivers]]\nrule = 'tolerance'\nuntil = 2026-12-31\nreason = \"\"\"r\"\"\"\n"))
	f.Add([]byte("version = 1\nvs_main.min_savings = { limit = \"1%\", severity = \"warn\" }\nx = [1, { a = [[]] }]\n"))
	f.Add([]byte("[[waivers]]\n\"a.b\".c = '''x'''\n[a]\r\n[a.b]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePolicy("p.toml", data)
		if (p == nil) == (err == nil) {
			t.Fatalf("got %v and %v", p, err)
		}
		if err != nil {
			for _, e := range problems(err) {
				if e.Message == "" || e.File != "p.toml" || e.Line < 0 {
					t.Errorf("no place: %+v", e)
				}
			}
			return
		}
		for _, s := range p.sections() {
			if len(s.Rules) == 0 || !(s.Alpha() > 0 && s.Alpha() < 0.5) || s.Position.Line < 1 {
				t.Errorf("section %+v", s)
			}
			for _, r := range s.Rules {
				if r.Limit != r.Limit || r.Position.Line < s.Position.Line && s.Position.Line > 1 {
					t.Errorf("rule %+v", r)
				}
			}
		}
	})
}
