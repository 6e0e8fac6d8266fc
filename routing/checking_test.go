package routing_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

const ownChecks = `version = 1
baseline = "m"
[providers.p]
kind = "openai"
[models.m]
provider = "p"
[models.small]
provider = "p"
[tiers]
s = "small"
t = "m"
[tasks.t]
chain = ["s", "t"]
accept = [{ check = "go:adds_up", min = 0.5 }, { check = "go:adds_up", min = { s = 0.6 } }, { check = "go:other", min = { s = -2 } }]
[router]
default = "t"
`

// TestChecks: the service's own functions measure answers. Without a number from them an answer is not accepted, and that is
// no failure of the request.
func TestChecks(t *testing.T) {
	number := func(v float64, err error) routing.CheckFunc {
		return func(_ context.Context, q *routing.Request, answer *llm.Response) (float64, error) {
			if q.Prompt != "hello" || !strings.HasPrefix(answer.Text, "from ") {
				t.Errorf("asked about %q, %q", q.Prompt, answer.Text)
			}
			return v, err
		}
	}
	other := number(-1, nil)
	for _, test := range []struct {
		name    string
		checks  map[string]routing.CheckFunc
		tier    string
		signals []string // of the first answer's checks
		ready   string   // what is missing
	}{
		{"all pass", map[string]routing.CheckFunc{"adds_up": number(0.7, nil), "other": other}, "s", []string{"0.7", "0.7", "-1"}, ""},
		{"the second says no", map[string]routing.CheckFunc{"adds_up": number(0.55, nil), "other": other}, "t", []string{"0.55", "0.55"}, ""},
		{"an error", map[string]routing.CheckFunc{"adds_up": number(1, errors.New("no database")), "other": other}, "t", []string{"null"}, ""},
		{"no number", map[string]routing.CheckFunc{"adds_up": number(math.NaN(), nil), "other": other}, "t", []string{"null"}, ""},
		{"misspelt", map[string]routing.CheckFunc{"adds_upp": number(1, nil), "other": other}, "t", []string{"null"},
			`check go:adds_up: the service has no function of that name in Options.Checks; did you mean "adds_upp"?`},
		{"none", nil, "t", []string{"null"}, "check go:adds_up: the service has no function of that name in Options.Checks\n" +
			"check go:other: the service has no function of that name in Options.Checks"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sink := new(records)
			router := mustOpen(t, ownChecks, &routing.Options{Clients: map[string]llm.Client{"p": funcClient(answers)}, Checks: test.checks, Trace: sink})
			defer router.Close()
			ready := ""
			if err := router.Ready(); err != nil {
				ready = err.Error()
			}
			if ready != test.ready {
				t.Errorf("ready: %s\nwant: %s", ready, test.ready)
			}
			answer, err := router.Do(t.Context(), &routing.Request{Prompt: "hello"})
			if err != nil || answer.Tier != test.tier || answer.Exhausted != (test.tier == "t" && test.signals[0] == "null") {
				t.Fatalf("answer %+v, error %v", answer, err)
			}
			checks := sink.last(t).Attempts[0].Checks
			var signals []string
			for i := range checks {
				signal := "null"
				if v, ok := checks[i].Signal.Value(); ok {
					signal = fmt.Sprint(v)
				}
				signals = append(signals, signal)
				if want := []string{"go:adds_up", "go:adds_up", "go:other"}[i]; checks[i].Check != want {
					t.Errorf("check %q, want %q", checks[i].Check, want)
				}
			}
			if strings.Join(signals, " ") != strings.Join(test.signals, " ") {
				t.Errorf("signals %v, want %v", signals, test.signals)
			}
		})
	}
}

// TestChecksArePlanned: the plan of a request and the decision hash know the functions by name.
func TestChecksArePlanned(t *testing.T) {
	router := mustOpen(t, ownChecks, nil)
	plan, err := router.Decide(t.Context(), &routing.Request{Prompt: "hello"})
	if err != nil || len(plan.Chain[0].Checks) != 3 || plan.Chain[0].Checks[2].Check != "go:other" {
		t.Fatalf("plan %+v, error %v", plan, err)
	}
	if n := len(router.Table().Signals()); n != 2 {
		t.Errorf("%d signals, want one for each function", n)
	}
	renamed := mustOpen(t, strings.Replace(ownChecks, "go:other", "go:another", 1), nil)
	if renamed.Config().DecisionHash() == router.Config().DecisionHash() {
		t.Error("another function, and the same decision hash")
	}
}
