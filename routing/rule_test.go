package routing

import (
	"context"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestOpensFence(t *testing.T) {
	for _, test := range []struct {
		text string
		want bool
	}{
		{"```go\nx\n```", true},
		{"Mend this:\n~~~\nx\n~~~", true},
		{"Mend this:\r\n```\r\nx", true},
		{"a\n   ```", true},
		{"a\n    ```", false}, // four spaces are a code block of another kind
		{"a\n\t```", false},
		{"a ```b``` c", false},
		{"a ```b\n```", true},
		{"   ~~~", true},
		{"``", false},
		{"a``````\n``", false},
		{"`````", true},
		{"", false},
	} {
		v := newRuleView(&Features{Prompt: test.text})
		if got := v.fenced(); got != test.want {
			t.Errorf("%q: got %v, want %v", test.text, got, test.want)
		}
		if again := v.fenced(); again != test.want {
			t.Errorf("%q: the second answer is %v", test.text, again)
		}
	}
}

func TestCharsIn(t *testing.T) {
	for _, prompt := range []string{"", "a", "abc", "äöü", "日本語", "𐌰𐌱𐌲𐌳", "\xff\xff\xff", "ab𐌰"} {
		for least := range 9 {
			for most := range 9 {
				v, limits := newRuleView(&Features{Prompt: prompt}), interval{least, most}
				if got, want := v.charsIn(limits), limits.holds(utf8.RuneCountInString(prompt)); got != want {
					t.Errorf("%q in %v: got %v, want %v", prompt, limits, got, want)
				}
			}
		}
	}
}

// ruleTable compiles a config of these rules: a rule's task is "t", the default is "none".
func ruleTable(t testing.TB, rules string) *Table {
	t.Helper()
	text := "version = 1\nbaseline = 'L'\n[tiers]\nl = 'L'\n[tasks.t]\nchain = ['l']\n[tasks.none]\nchain = ['l']\n[router]\ndefault = 'none'\n"
	table, err := Compile(mustParse(t, text+strings.ReplaceAll(rules, "rule\n", "[[router.rules]]\ntask = 't'\n")))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestNeeds(t *testing.T) {
	for _, test := range []struct {
		rule                 string
		prompt, shape, chars bool
	}{
		{rule: ""},
		{rule: "rule\n"},
		{rule: "rule\nendpoints = ['/a']\ntenants = ['a']\n"},
		{rule: "rule\nmin_chars = 0\nmin_tokens = 0\nmin_messages = 0\n"},
		{rule: "rule\nmax_chars = 5\n", prompt: true},
		{rule: "rule\nmatch = 'a'\n", prompt: true},
		{rule: "rule\nkeywords = ['a']\n", prompt: true},
		{rule: "rule\nscripts = ['Han']\n", prompt: true},
		{rule: "rule\ncode_fence = false\n", prompt: true},
		{rule: "rule\nhas_tools = false\n", shape: true},
		{rule: "rule\nhas_schema = true\n", shape: true},
		{rule: "rule\nhas_attachment = true\n", shape: true},
		{rule: "rule\nmax_messages = 1\n", shape: true},
		{rule: "rule\nmin_tokens = 9\n", chars: true},
		{rule: "rule\nendpoints = ['/a']\nrule\nmax_tokens = 9\nrule\nhas_tools = true\n", chars: true, shape: true},
	} {
		table := ruleTable(t, test.rule)
		got := [3]bool{table.NeedsPrompt(), table.NeedsShape(), table.NeedsChars()}
		if want := [3]bool{test.prompt, test.shape, test.chars}; got != want {
			t.Errorf("%q: prompt, shape, chars: got %v, want %v", test.rule, got, want)
		}
	}
}

func TestCompileRefusesUnknownScripts(t *testing.T) {
	c := mustParse(t, least)
	c.Router.Rules = []Rule{{Task: "t", Scripts: []string{"Han", "Common"}}}
	if _, err := Compile(c); err == nil || !strings.Contains(err.Error(), `rules[0]: no script "Common"`) {
		t.Errorf("got %v", err)
	}
}

func TestRuleNames(t *testing.T) {
	table := ruleTable(t, "rule\nname = 'first'\nrule\n")
	if got := []string{table.RuleName(0), table.RuleName(1)}; !slices.Equal(got, []string{"first", "#2"}) {
		t.Errorf("got %q", got)
	}
}

// manyRules has a rule of every kind; a request that none matches meets them all.
const manyRules = `
rule
endpoints = ['/v1/lookup', '/v1/faq']
rule
tenants = ['acme', 'globex']
rule
has_tools = true
has_attachment = true
rule
min_messages = 9
rule
max_chars = 40
rule
min_tokens = 4000
rule
code_fence = true
rule
keywords = ['refund', 'money back', 'Geld zurück', 'invoice', 'chargeback']
rule
keywords = ['opening hours', 'price of']
scripts = ['Latin']
rule
scripts = ['Han', 'Hiragana', 'Katakana']
`

var prompts = map[string]string{
	"English": strings.Repeat("Please explain to me in a few plain words how this contract would end, and what I must do by when. ", 5),
	"German":  strings.Repeat("Bitte erkläre mir in einfachen Worten, wie dieser Vertrag endet, und was ich bis wann tun muss. ", 5),
	"Russian": strings.Repeat("Объясни мне простыми словами, как заканчивается этот договор и что я должен сделать. ", 5),
}

func TestRulesAllocateNothing(t *testing.T) {
	table := ruleTable(t, manyRules+"rule\nmatch = '(?i)\\b(write|draft) an? (mail|letter)\\b'\n")
	for name, prompt := range prompts {
		f := &Features{Prompt: prompt, Endpoint: "/v1/chat", Tenant: "initech", Chars: 900, Messages: 3, Tools: true}
		if r := table.Route(context.Background(), f, nil); r.Rule >= 0 {
			t.Errorf("%s: rule %s matches", name, table.RuleName(r.Rule))
		}
		if n := testing.AllocsPerRun(100, func() { table.Route(context.Background(), f, nil) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkRouteRules(b *testing.B) {
	for _, rules := range []struct{ name, text string }{
		{"cheap", manyRules},
		{"regexp", "rule\nmatch = '^(?i)(write|draft) an? (mail|letter)\\b'\n"},
	} {
		for name, prompt := range prompts {
			b.Run(rules.name+"/"+name, func(b *testing.B) {
				table := ruleTable(b, rules.text)
				f := &Features{Prompt: prompt, Endpoint: "/v1/chat", Tenant: "initech", Chars: 900, Messages: 3, Tools: true}
				b.ReportAllocs()
				for b.Loop() {
					table.Route(context.Background(), f, nil)
				}
			})
		}
	}
}
