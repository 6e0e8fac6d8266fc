package routing

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readLint reads a config of testdata/lint and returns it with the numbers of the lines that are marked "# want".
func readLint(t *testing.T, name string) (c *Config, want []int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "lint", name))
	if err != nil {
		t.Fatal(err)
	}
	if c, err = ParseConfig(name, text, exampleFiles(t)); err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasSuffix(line, "# want") {
			want = append(want, i+1)
		}
	}
	return c, want
}

// Every check finds the lines that are marked in testdata/lint/ID.toml, in the words of findings.txt, and nothing in
// ID.ok.toml.
func TestLint(t *testing.T) {
	var words strings.Builder
	var used []string
	for _, check := range LintChecks() {
		used = append(used, check.ID+".toml", check.ID+".ok.toml")
		highest := Info
		c, want := readLint(t, check.ID+".toml")
		var got []int
		for _, f := range Lint(c) {
			if f.ID != check.ID {
				continue
			}
			got = append(got, f.Position.Line)
			highest = max(highest, f.Severity)
			if p, ok := c.Position(f.Path); !ok || p != f.Position {
				t.Errorf("%s: path %s is at %v, not at %v", check.ID, f.Path, p, f.Position)
			}
			fmt.Fprintf(&words, "%d:%d: %s: %s (%s)\n    %s\n", f.Position.Line, f.Position.Column, f.Severity, f.Message, f.ID, f.Fix)
		}
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s.toml: findings in lines %v, want %v", check.ID, got, want)
		}
		if highest != check.Severity {
			t.Errorf("%s: the highest severity is %v, not %v", check.ID, highest, check.Severity)
		}
		c, _ = readLint(t, check.ID+".ok.toml")
		for _, f := range Lint(c) {
			if f.ID == check.ID {
				t.Errorf("%s.ok.toml:%d: %s", check.ID, f.Position.Line, f.Message)
			}
		}
	}
	golden := filepath.Join("testdata", "lint", "findings.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(words.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(text), "\n"), strings.Split(words.String(), "\n")); diff != "" {
		t.Errorf("%s (-want +got)\n%s", golden, diff)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "lint", "*.toml"))
	if err != nil || len(files) != len(used) {
		t.Errorf("testdata/lint has %d configs, the checks use %d (%v)", len(files), len(used), err)
	}
}

func TestLintChecks(t *testing.T) {
	checks := LintChecks()
	for i, c := range checks {
		if !regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(c.ID) || c.Doc == "" || strings.HasSuffix(c.Doc, ".") {
			t.Errorf("%q: %q", c.ID, c.Doc)
		}
		if i > 0 && c.ID <= checks[i-1].ID {
			t.Errorf("%s is there twice, or out of order", c.ID)
		}
	}
}

// What people copy has no warnings.
func TestLintExample(t *testing.T) {
	for _, f := range Lint(mustParse(t, exampleConfig(t))) {
		if f.Severity > Info {
			t.Errorf("CONFIG.md: %s: %s (%s)", f.Path, f.Message, f.ID)
		}
	}
}

func TestLintSortsByPosition(t *testing.T) {
	c, _ := readLint(t, "shadowed-rule.toml")
	findings := Lint(c)
	if !slices.IsSortedFunc(findings, func(a, b Finding) int { return a.Position.Compare(b.Position) }) {
		t.Error("they are not sorted")
	}
}

// Some findings are less bad than others of their kind.
func TestLintSeverities(t *testing.T) {
	const prices = "[models.S]\nprice = { input = 1, output = 4 }\n[models.L]\nprice = { input = 10, output = 40 }\n"
	for _, test := range []struct {
		name, text, id string
		want           []Severity
	}{
		{"a last rule that does what the default would", least + "[[router.rules]]\ntask = 't'", "catch-all-rule", []Severity{Info}},
		{"a rule before another that is for all", least + "[[router.rules]]\ntask = 't'\n[[router.rules]]\ntask = 't'", "catch-all-rule", []Severity{Warning}},
		{"the rule behind it is said to be dead once", least + "[[router.rules]]\ntask = 't'\n[[router.rules]]\ntask = 't'", "shadowed-rule", nil},
		{"a router that is its own cheapest choice", least + "llm.model = 'S'\n" + prices, "router-as-dear", []Severity{Info}},
		{"a router of unknown price that is no choice", least + "llm.model = 'R'\n[models.R]\n" + prices, "router-as-dear", nil},
		{"a router of unknown price that is a choice", least + "llm.model = 'S'\n", "router-as-dear", []Severity{Info}},
		{"a router that is dearer than a choice for nothing", least + "llm.model = 'L'\n" + strings.Replace(prices, "input = 1,", "input = 0,", 1), "router-as-dear", []Severity{Warning}},
		{"a tier without a price that no provider serves", least + "[models.L]\nprice = { input = 1, output = 4 }\n", "no-price", []Severity{Info}},
	} {
		var got []Severity
		for _, f := range Lint(mustParse(t, test.text)) {
			if f.ID == test.id {
				got = append(got, f.Severity)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v of %s, want %v", test.name, got, test.id, test.want)
		}
	}
}

func TestList(t *testing.T) {
	names := strings.Split("abcdefgh", "")
	for n, want := range map[int]string{0: "", 1: "a", 6: "a, b, c, d, e, f", 7: "a, b, c, d, e and 2 more"} {
		if got := list(names[:n]); got != want {
			t.Errorf("%d names: got %q, want %q", n, got, want)
		}
	}
}

// A config built in code has no positions, and may hold what no file can.
func TestLintOfOddConfigs(t *testing.T) {
	zero := 0
	for _, c := range []*Config{
		{},
		{Tiers: []Tier{{"a", "A"}, {"a", ""}}, Tasks: []Task{{Name: "t"}, {Name: "t", Chain: []string{"x", "x"}, Accept: []Accept{{}, {Check: "regex", Pattern: "("}, {Check: "chars"}}}}},
		{Router: RouterConfig{Default: "x", Rules: []Rule{{}, {Match: "(", Scripts: []string{"x"}, MaxMessages: &zero}}, LLM: &LLMRouter{}, Embedding: &EmbeddingRouter{}}},
		{Providers: []Provider{{BaseURL: "http://%zz"}}},
	} {
		for _, f := range Lint(c) {
			if f.Position != (Position{}) || f.Message == "" || f.Fix == "" {
				t.Errorf("got %+v", f)
			}
		}
	}
}

// A rule that Lint calls dead never decides.
func FuzzLint(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "lint", "*-rule*.toml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "abbbc", "/a", "acme", uint8(7), uint16(0))
		f.Add(string(text), "a refund please\n```x", "/b", "acme", uint8(1), uint16(40))
		f.Add(string(text), "", "", "", uint8(0), uint16(0))
	}
	f.Fuzz(func(t *testing.T, text, prompt, endpoint, tenant string, bits uint8, size uint16) {
		c, err := ParseConfig("f.toml", []byte(text), func(string) ([]byte, error) { return []byte("{}"), nil })
		if err != nil {
			return
		}
		dead := map[string]bool{}
		for _, f := range Lint(c) {
			if p, ok := c.Position(f.Path); !ok || p != f.Position {
				t.Fatalf("%s: no place: %q", f.ID, f.Path)
			}
			if f.ID == "impossible-rule" || f.ID == "shadowed-rule" {
				dead[strings.TrimRight(f.Path, "abcdefghijklmnopqrstuvwxyz_.")] = true
			}
		}
		table, err := Compile(c)
		if err != nil {
			t.Fatal(err)
		}
		features := &Features{
			Prompt: prompt, Endpoint: endpoint, Tenant: tenant, MaxTokens: int(size % 100), Messages: int(bits>>4) % 5,
			Tools: bits&1 > 0, Schema: bits&2 > 0, Attachment: bits&4 > 0,
		}
		if size > 100 {
			features.Chars = len(prompt) + int(size)
		}
		if i := table.router.matchRules(features); i >= 0 && dead[elementPath("router.rules", i)] {
			t.Fatalf("%s decides, though Lint calls it dead", table.RuleName(i))
		}
	})
}
