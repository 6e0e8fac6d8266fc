package gate

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

// certificate is what CERTIFICATE.md shows, for a config.
func certificate(t testing.TB, c *routing.Config) *Certificate {
	t.Helper()
	cert, err := ReadCertificate("certificate.json", exampleCertificate(t))
	if err != nil {
		t.Fatal(err)
	}
	cert.DecisionHash, cert.PriceHash = c.DecisionHash(), c.PriceHash()
	cert.Tasks[0].Chain = c.Tasks[0].Chain
	return cert
}

func exampleCertificate(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("CERTIFICATE.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(data)
	if example == nil {
		t.Fatal("CERTIFICATE.md has no example")
	}
	return example[1]
}

// sameNumbers has unknown numbers equal.
var sameNumbers = cmp.Comparer(func(a, b eval.Number) bool { return a == b || !a.Known() && !b.Known() })

// CERTIFICATE.md has every field, and its example is read, written and read again without loss.
func TestCertificateDocument(t *testing.T) {
	example := exampleCertificate(t)
	cert, err := ReadCertificate("CERTIFICATE.md", example)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteCertificate(&b, cert); err != nil {
		t.Fatal(err)
	}
	again, err := ReadCertificate("again", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cert, again, sameNumbers); diff != "" {
		t.Errorf("(-example +written and read)\n%s", diff)
	}
	if cert.Usage[0].CachedInput.Known() || cert.Tasks[0].Claim.Coverage.Known() || cert.Prices[0].Reasoning.Known() {
		t.Error("what is left out is taken for known")
	}
	document, err := os.ReadFile("CERTIFICATE.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	jsonNames(names, reflect.TypeFor[Certificate]())
	if len(names) < 40 {
		t.Errorf("only %d fields are found", len(names))
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !strings.Contains(string(document), "`"+name+"`") {
			t.Errorf("CERTIFICATE.md does not say what %s is", name)
		}
	}
}

// POLICY.md has every field of a result but those of the comparisons, which are eval's.
func TestResultDocument(t *testing.T) {
	document, err := os.ReadFile("POLICY.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	jsonNames(names, reflect.TypeFor[Result]())
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !strings.Contains(string(document), "`"+name+"`") {
			t.Errorf("POLICY.md does not say what %s is", name)
		}
	}
}

// jsonNames adds the names of the fields of a type and of the types of this package below it.
func jsonNames(names map[string]bool, typ reflect.Type) {
	for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ.PkgPath() != reflect.TypeFor[Certificate]().PkgPath() {
		return
	}
	for f := range typ.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names[name] = true
		jsonNames(names, f.Type)
	}
}

func TestReadCertificate(t *testing.T) {
	example := string(exampleCertificate(t))
	edit := func(old, edited string) string {
		if !strings.Contains(example, old) {
			t.Fatalf("the example has no %s", old)
		}
		return strings.Replace(example, old, edited, 1)
	}
	tests := []struct{ name, text, want string }{
		{"later minor version", edit(`"version": 1`, `"version": 1.7, "more": {"x": 1}`), ""},
		{"later major version", edit(`"version": 1`, `"version": 2`), `c.json: version "2" is not read here: only version 1 is; update tierwise`},
		{"other format", edit(`tierwise.certificate`, `tierwise.results`), `c.json: is no certificate: its format is "tierwise.results"`},
		{"no JSON", "version = 1", "c.json: is no certificate: invalid character"},
		{"cut", example[:len(example)/2], "c.json: is no certificate: unexpected end of JSON"},
		{"no hash", edit(`"decision_hash": "1699`, `"decision_hsh": "1699`), "c.json: decision_hash is missing"},
		{"tolerance", edit(`"tolerance": 0.01`, `"tolerance": 1`), "settings.tolerance is 1: it is a share between 0 and 1"},
		{"task tolerance", edit(`"task_tolerance": 0.05`, `"task_tolerance": 0`), "settings.task_tolerance is 0"},
		{"alpha", edit(`"alpha": 0.05`, `"alpha": 5`), "settings.alpha is 5"},
		{"edited bound", edit(`"delta_lower_bound": -0.006`, `"delta_lower_bound": -0.011`), "overall: the verdict is holds, and the bound -1.1 pp is below the tolerance of -1.0 pp: the file was edited"},
		{"no bound", edit(`"delta_lower_bound": -0.006, `, ``), "overall: the verdict is holds, and the bound – is below"},
		{"edited verdict", edit(`"verdict": "holds"`, `"verdict": "fails"`), "overall: the verdict is fails, and the upper bound +0.4 pp is not below -1.0 pp"},
		{"no verdict", edit(`"verdict": "holds"`, `"verdict": "ok"`), `overall: verdict "ok" is none of holds, fails, inconclusive`},
		{"counts", edit(`"changed": 400`, `"changed": 801`), "overall: n is 800, labels 800 and changed 801: that cannot be"},
		{"task twice", edit(`"task": "reply", "chain"`, `"task": "extraction", "chain"`), `tasks: "extraction" is there twice`},
		{"share", edit(`"share": 0.5`, `"share": 5`), "tasks[0].share is 5"},
		{"role", edit(`"role": "answer"`, `"role": "answr"`), `usage[0].role: unknown role "answr"; did you mean "answer"?`},
		{"negative cost", edit(`"cost_usd": 0.4`, `"cost_usd": -0.4`), "usage[0] has a negative number: -0.4"},
		{"weight", edit(`"usage_weight": 800`, `"usage_weight": -1`), "usage_weight is -1"},
	}
	for _, test := range tests {
		c, err := ReadCertificate("c.json", []byte(test.text))
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (c != nil || err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

// byCertificate judges by the certificate alone.
func byCertificate(t testing.TB, text, config string, change func(*Certificate)) (*Result, error) {
	return judged(t, text, func(in *Input) {
		in.Comparison = nil
		in.Certificate, in.CertificateFile = certificate(t, in.Config), "c.json"
		if change != nil {
			change(in.Certificate)
		}
		in.Config = parse(t, "new.toml", config)
	})
}

const certified = "[vs_baseline]\ncertificate = \"required\"\ntolerance = \"1pp\"\ntask_tolerance = \"5pp\"\nmin_savings = \"20%\"\nmax_cost_per_1000_usd = 8\nmin_labels = 60\n"

func TestByCertificate(t *testing.T) {
	// The prices of the example's table.
	config := strings.Replace(configText, "input = 1,", "input = 0.9,", 1)
	outcome := func(r *Result, rule string) (e Entry) {
		for _, e := range r.Rules {
			if e.Rule == rule {
				return e
			}
		}
		t.Fatalf("no rule %s: %+v", rule, r)
		return e
	}
	tests := []struct {
		name, policy, config string
		change               func(*Certificate)
		code                 int
		rule                 string
		outcome              Outcome
		line                 int
		want                 string
	}{
		{"holds", certified, configText, nil, 0, CertificateIs, Pass, 1, "required | holds | c.json: the whole table holds (n 800, confidence 95 %)"},
		{"another table", certified, strings.Replace(configText, "min = 3", "min = 4", 1), nil, 1, CertificateIs, Fail, 1, `not certified: c.json is for table "support", decision hash `},
		{"dearer", certified, strings.Replace(configText, "input = 1,", "input = 7,", 1), nil, 1, MinSavings, Fail, 4, "≥ 20.0 % | 14.5 % | saves 14.5 %"},
		{"dearer, quality", certified, strings.Replace(configText, "input = 1,", "input = 7,", 1), nil, 1, Tolerance, Pass, 9, "at worst -0.6 pp"},
		{"stricter tolerance", strings.Replace(certified, `"1pp"`, `"0.5pp"`, 1), configText, nil, 3, Tolerance, Unclear, 9, "the evidence does not tell whether it loses 0.5 pp | tierwise draw"},
		{"stricter tolerance, certificate", strings.Replace(certified, `"1pp"`, `"0.5pp"`, 1), configText, nil, 3, CertificateIs, Unclear, 1, "the whole table inconclusive"},
		{"higher confidence", certified + "confidence = 99", configText, nil, 3, Tolerance, Unclear, 9, "c.json is of confidence 95 %, the policy asks for 99 %"},
		{"higher confidence, certificate", certified + "confidence = 99", configText, nil, 3, CertificateIs, Unclear, 1, "confidence 95 %), and the policy asks for 99 %"},
		{"task fails", certified, configText, func(c *Certificate) {
			c.Tasks[0].Claim.Verdict, c.Tasks[0].Claim.Bound, c.Tasks[0].Claim.Upper = stats.Fails, -0.2, -0.1
		}, 1, CertificateIs, Fail, 1, "task extraction fails"},
		{"low coverage", certified, configText, func(c *Certificate) {
			c.Overall.Verdict, c.Overall.Reason = stats.Inconclusive, "coverage below 95 %"
		}, 3, Tolerance, Unclear, 9, "coverage below 95 %"},
		{"without tasks", "[vs_baseline]\nmin_labels = 60", configText, func(c *Certificate) { c.Tasks = nil }, 3, MinLabels, Unclear, 8, "there is no evidence of any task | tierwise check"},
		{"what it lacks", "[vs_baseline]\nmin_coverage = \"90%\"", configText, func(c *Certificate) { c.Overall.Coverage = eval.Unknown }, 3, MinCoverage, Unclear, 8, "how much is covered is not known | tierwise check"},
	}
	for _, test := range tests {
		r, err := byCertificate(t, test.policy, test.config, func(c *Certificate) {
			c.PriceHash = parse(t, "", configText).PriceHash()
			c.Prices[0].Input = 1
			if test.change != nil {
				test.change(c)
			}
		})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		e := outcome(r, test.rule)
		got := strings.Join([]string{e.LimitText, e.MeasuredText, e.Message, e.Command}, " | ")
		if r.ExitCode != test.code || e.Outcome != test.outcome || e.Line != test.line || !strings.Contains(got, test.want) {
			t.Errorf("%s: exit code %d, %s at line %d: %s\nwant %d, %s at line %d: %s", test.name, r.ExitCode, e.Outcome, e.Line, got, test.code, test.outcome, test.line, test.want)
		}
	}
	if r, err := byCertificate(t, "[vs_baseline]\ntolerance = \"1pp\"", config, nil); err != nil || !r.Certified || r.Evidence != "repriced certificate" {
		t.Errorf("%+v, %v", r, err)
	}
}

// A certificate of the table's hash that is about another baseline, task or chain was edited: nothing is judged by it.
func TestContradiction(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Certificate)
		want   string
	}{
		{"baseline", func(c *Certificate) { c.Baseline = "small" }, `its baseline is "small", the config's "large"`},
		{"task", func(c *Certificate) { c.Tasks[1].Task = "replly" }, `tasks[1] is "replly", and the config has no such task; did you mean "reply"?`},
		{"chain", func(c *Certificate) { c.Tasks[0].Chain = []string{"large"} }, `the chain of task "extraction" is ["large"], the config's ["small" "large"]`},
	}
	for _, test := range tests {
		want := "c.json has the decision hash of new.toml and contradicts it: " + test.want
		if r, err := byCertificate(t, certified, configText, test.change); r != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", test.name, err, want)
		}
		// With traffic too: the certificate is judged all the same.
		_, err := judged(t, certified, func(in *Input) {
			in.Certificate, in.CertificateFile = certificate(t, in.Config), "c.json"
			test.change(in.Certificate)
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s, with traffic: got %v, want %s", test.name, err, want)
		}
	}
	r, err := byCertificate(t, certified, strings.Replace(configText, "min = 3", "min = 4", 1), func(c *Certificate) { c.Baseline = "small" })
	if err != nil || r.ExitCode != 1 {
		t.Errorf("of another table: %+v, %v", r, err)
	}
}

// A certificate that cannot re-price says what is missing where a rule asks for money, and only there.
func TestCannotReprice(t *testing.T) {
	dearer := strings.Replace(configText, "input = 1,", "input = 7,", 1)
	lose := func(c *Certificate) { c.Usage[0].Input = eval.Unknown }
	_, err := byCertificate(t, certified, dearer, lose)
	if want := "min_savings: the price of small changed, and c.json cannot re-price it"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	r, err := byCertificate(t, "[vs_baseline]\ntolerance = \"1pp\"", dearer, lose)
	if err != nil || r.ExitCode != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// vs_main needs a replay, unless the two decide alike: then the one is the other at other prices.
func TestVsMainByCertificate(t *testing.T) {
	const text = "[vs_main]\ntolerance = \"1pp\"\nmin_savings = \"-10%\"\n"
	judge := func(old string) *Result {
		r, err := judged(t, text, func(in *Input) {
			in.Comparison = nil
			in.Certificate, in.CertificateFile = certificate(t, in.Config), "c.json"
			in.Against = parse(t, "old.toml", old)
		})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := judge(strings.Replace(configText, "min = 3", "min = 4", 1))
	if r.ExitCode != 3 || r.Rules[0].Outcome != Unclear || r.Rules[0].Command == "" || !strings.Contains(r.Rules[0].Message, "not with old.toml") {
		t.Errorf("another table: %+v", r.Rules)
	}
	// Small costs 0.4 + 0.04 now, 0.8 + 0.04 before; large 4 both times.
	r = judge(strings.Replace(configText, "input = 1,", "input = 2,", 1))
	want := 1 - (4+0.44)/(4+0.84)
	if r.ExitCode != 0 || r.Rules[0].Bound != 0 || math.Abs(float64(r.Rules[1].Measured)-want) > 1e-12 {
		t.Errorf("cheaper: %+v, want savings %v", r.Rules, want)
	}
	if r = judge(strings.Replace(configText, "input = 1,", "input = 0.1,", 1)); r.Rules[1].Outcome != Pass || r.Rules[1].Measured >= 0 {
		t.Errorf("a little dearer: %+v", r.Rules)
	}
}

func FuzzReadCertificate(f *testing.F) {
	f.Add(exampleCertificate(f))
	f.Add(searchedCertificate(f))
	f.Add([]byte(`{"format":"tierwise.certificate","version":1e999}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadCertificate("c.json", data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := WriteCertificate(&b, c); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadCertificate("again", b.Bytes()); err != nil {
			t.Errorf("what was written is not read: %v\n%s", err, b.Bytes())
		}
		if !json.Valid(b.Bytes()) {
			t.Error("no JSON")
		}
		c.reprice(parse(t, "", configText)).apply(c)
	})
}
