package golden_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
	"github.com/tierwise/tierwise/routing/golden"
)

const config = `version = 1
baseline = "L"
tiers = { s = "S", l = "L" }
[tasks.t]
chain = ["s", "l"]
accept = [{ check = "chars", min = 20 }]
[tasks.u]
chain = ["l"]
[router]
default = "u"
[[router.rules]]
task = "t"
match = '^1'
[router.embedding]
artifact = "c.bin"
min_confidence = 0.6
`

func open(t *testing.T, text string) *routing.Router {
	t.Helper()
	router, err := routing.New(fstest.MapFS{"d.toml": {Data: []byte(text)}, "c.bin": {Data: classifytest.Artifact(0.5, "", "t", "u")}}, "d.toml", nil)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// requests are one by the rule whose small answer is too short, and one by the classifier's word on others' authority.
func requests() []golden.Request {
	one, sure, twelve, forty := 1.0, 0.9, 12.0, 40.0
	chain := []golden.Step{{Tier: "s", Model: "S"}, {Tier: "l", Model: "L"}}
	outcomes := []golden.Outcome{
		{Model: "S", Signals: []golden.Signal{{Check: "chars", Signal: &twelve}}},
		{Model: "L", Signals: []golden.Signal{{Check: "chars", Signal: &forty}}},
	}
	walk := golden.Want{Chain: chain, Calls: []string{"S", "L"}, Answer: "L", Ended: "accepted", Escalations: 1}
	byRule, byClassifier := walk, walk
	byRule.Route = golden.Route{Task: "t", Layer: "rule", Rule: 1, Confidence: &one}
	byClassifier.Route = golden.Route{Task: "t", Layer: "embedding", Confidence: &sure}
	return []golden.Request{
		{ID: "a", Input: &golden.Input{Prompt: "1 apple"}, Tokens: 2, Outcomes: outcomes, Want: byRule},
		{
			ID: "b", Input: &golden.Input{Prompt: "neither of them, as far as this classifier knows"}, Tokens: 12, Outcomes: outcomes, Want: byClassifier,
			Classifier: &golden.Answer{Task: "t", Confidence: &sure}, OutOfFold: true,
		},
	}
}

func complete(t *testing.T, router *routing.Router) *golden.File {
	t.Helper()
	f := &golden.File{Header: golden.Header{DecisionHash: router.Config().DecisionHash(), Text: true}, Requests: requests()}
	if err := f.Complete(context.Background(), router); err != nil {
		t.Fatal(err)
	}
	return f
}

func check(t *testing.T, router *routing.Router, f *golden.File) []string {
	t.Helper()
	differences, err := golden.Check(context.Background(), router, f)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range differences {
		if d.Field != "decision_hash" {
			out = append(out, d.String())
		}
	}
	return out
}

func TestCheck(t *testing.T) {
	router := open(t, config)
	f := complete(t, router)
	if got := check(t, router, f); got != nil {
		t.Fatalf("differences on the config itself: %q", got)
	}
	if f.Requests[0].Decides != nil || f.Requests[1].Decides == nil || f.Requests[1].Decides.Layer != "default" {
		t.Errorf("decides %v, %v: want as the evaluation did, and the default", f.Requests[0].Decides, f.Requests[1].Decides)
	}
	for _, test := range []struct {
		name, old, by string
		text, without []string // what differs, with the texts and without
	}{
		{"a comment", "version = 1", "version = 1 # one", nil, nil},
		{"a lower threshold", "min = 20", "min = 10", []string{
			`request a: want.calls: got [S], want [S L]`, `request a: want.answer: got "S", want "L"`, `request a: want.escalations: got 0, want 1`,
		}, nil},
		{"another chain", `chain = ["s", "l"]`, `chain = ["l"]`, []string{
			`request a: want.chain: got [l=L], want [s=S l=L]`, `request a: want.calls: got [L], want [S L]`, `request a: want.escalations: got 0, want 1`,
		}, nil},
		{"another task by the rule", "task = \"t\"\nmatch", "task = \"u\"\nmatch", []string{`request a: want.task: got "u", want "t"`}, nil},
		{"another pattern", "'^1'", "'^2'", []string{
			`request a: want.task: got "u", want "t"`, `request a: want.layer: got "default", want "rule"`,
			`request a: want.rule: got 0, want 1`, `request a: want.confidence: got 0, want 1`,
		}, []string{}}, // what the rule found is recorded; the decision hash tells
		{"no rule", "[[router.rules]]\ntask = \"t\"\nmatch = '^1'\n", "", []string{
			`request a: want.task: got "u", want "t"`, `request a: want.layer: got "default", want "rule"`, `request a: want.rule: got 0, want 1`,
			`request a: want.confidence: got 0, want 1`, `request a: want.rule: got "0 rules", want "rule 1"`,
		}, []string{`request a: want.rule: got "0 rules", want "rule 1"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := open(t, strings.Replace(config, test.old, test.by, 1))
			ofA := func(differences []string) []string {
				return slices.DeleteFunc(differences, func(d string) bool { return !strings.HasPrefix(d, "request a") })
			}
			if diff := cmp.Diff(test.text, ofA(check(t, changed, f))); diff != "" {
				t.Errorf("differences with text (-want +got):\n%s", diff)
			}
			bare := *f
			bare.Text, bare.Requests = false, nil
			for _, r := range f.Requests {
				bare.Requests = append(bare.Requests, r.WithoutText())
			}
			want := test.without
			if want == nil {
				want = test.text
			}
			if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(ofA(check(t, changed, &bare)), "\n")); diff != "" {
				t.Errorf("differences without (-want +got):\n%s", diff)
			}
			differences, err := golden.Check(context.Background(), changed, &bare)
			if err != nil {
				t.Fatal(err)
			}
			if tells := len(differences) > 0 && differences[0].Field == "decision_hash"; tells != (test.text != nil) {
				t.Errorf("the decision hash tells: %v", tells)
			}
		})
	}
}

// A classifier that says something else than it did when the file was written is found, where the text is there.
func TestCheckClassifier(t *testing.T) {
	f := complete(t, open(t, config))
	f.Requests[1].Decides.Layer = "embedding"
	if got := check(t, open(t, config), f); len(got) != 1 || !strings.Contains(got[0], "request b: decides.layer") {
		t.Errorf("differences %q", got)
	}
	f = complete(t, open(t, config))
	lower := 0.5
	f.Requests[1].Classifier.Confidence = &lower
	if got := check(t, open(t, config), f); !slices.Contains(got, `request b: want.task: got "u", want "t"`) {
		t.Errorf("differences %q: the evaluation's classifier was not sure", got)
	}
}

func TestReadErrors(t *testing.T) {
	var b bytes.Buffer
	if err := golden.Write(&b, complete(t, open(t, config))); err != nil {
		t.Fatal(err)
	}
	whole := b.String()
	lines := strings.SplitAfter(whole, "\n")
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "is empty"},
		{"something else", `{"format":"tierwise.certificate"}`, `line 1: is not the head of a golden file`},
		{"no JSON", "golden", "line 1: is not the head"},
		{"another version", strings.Replace(whole, `"version":1`, `"version":2`, 1), `line 1: is of version "2"; this program reads 1`},
		{"a line less", lines[0] + lines[1], "has 1 requests, but the first line says 2"},
		{"half a line", whole[:len(whole)-20], "line 3: is not a golden request"},
		{"no text", lines[0] + lines[1] + `{"id":"b"}`, "line 3: lacks the request"},
	} {
		if _, err := golden.Read(strings.NewReader(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	later := strings.Replace(whole, `"version":1`, `"version":1.7,"more":true`, 1)
	if _, err := golden.Read(strings.NewReader(later)); err != nil {
		t.Errorf("a later minor version: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("{\"format\":\"tierwise.golden\",\"version\":1,\"requests\":1}\n{\"id\":\"a\",\"want\":{\"task\":\"t\",\"rule\":-7}}\n"))
	f.Add([]byte("{\"format\":\"tierwise.golden\",\"version\":1,\"requests\":1,\"text\":true}\n{\"id\":\"a\",\"request\":{\"messages\":[{}]},\"want\":{\"task\":\"t\"}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := golden.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if _, err := golden.Check(context.Background(), open(t, config), file); err != nil {
			return
		}
		var b, c bytes.Buffer
		if err := golden.Write(&b, file); err != nil {
			t.Fatal(err)
		}
		again, err := golden.Read(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatalf("%v\n%s", err, b.Bytes())
		}
		if err := golden.Write(&c, again); err != nil || !bytes.Equal(b.Bytes(), c.Bytes()) {
			t.Errorf("%v: written\n%s\nread and written again\n%s", err, b.Bytes(), c.Bytes())
		}
	})
}
