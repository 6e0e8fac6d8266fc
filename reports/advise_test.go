package reports

import (
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval"
)

func advice(edit func(x *eval.Advice)) *eval.Advice {
	router := &eval.Payback{GainPerMonth: 6182.89, Months: 2.64, RequestsPerDay: 56_607.2, Net: 53_194.73}
	x := &eval.Advice{
		Plan: eval.DefaultPlan(200_000), Baseline: "large", Verdict: eval.NotYet,
		Settings: eval.AdviceSettings{Tolerance: 0.01, TaskTolerance: 0.05, Alpha: 0.05},
		Options:  []eval.AdviceOption{{Kind: eval.TableProven, Tasks: 1, Router: router}},
		Perfect:  eval.Payback{GainPerMonth: 99.5, Months: eval.Unknown, RequestsPerDay: 13_831.1, Net: -20_000},
		Tasks: []eval.AdviceTask{
			{Task: "reply", Hoped: &eval.Move{Labels: 1500}},
			{Task: "lookup", Hoped: &eval.Move{Labels: 0}},
			{Task: "maths", Hoped: &eval.Move{Labels: 234}},
		},
	}
	edit(x)
	return x
}

func TestAdviceReason(t *testing.T) {
	for why, want := range map[eval.AdviceWhy]string{
		eval.WhyFewRequests:   "200,000 requests a day are too few for a router: one good model with a basic retry is the right call. The engineering outweighs the savings: even perfect foresight would save at most $99.50 a month, and a router costs $21,000 in 12 months.",
		eval.WhyNothingToSave: "there is nothing that a router would save.",
		eval.WhyDoesNotPay:    "the engineering outweighs the savings: at 200,000 requests a day even perfect foresight would save at most $99.50 a month, and a router costs $21,000 in 12 months. It could pay from 13,832 requests a day.",
		eval.WhyPays:          "what these labels prove pays for a router that knows the task of each request: it adds $6,183 a month at 200,000 requests a day, pays back in 2.6 months, and leaves $53,195 after 12 months.",
		eval.WhyNoOutcomes:    "the data has no other model of known cost to compare with: record a cheaper model's answers to the same requests.",
		eval.WhyNoLabels:      "by prices alone a router could pay, and too few answers of the cheaper models are graded to say what it would do to quality.",
		eval.WhyMoreLabels:    "a router pays at face value, and these labels are too few to prove it: about 1,734 more, in 2 tasks, could.",
		eval.WhyNoTasks:       "with perfect foresight a router would pay, but the requests have no tasks to dispatch by.",
		eval.WhyChecks:        "a table by task does not pay, perfect foresight would: only acceptance checks that find the bad answers could make the difference.",
	} {
		if got := adviceReason(advice(func(x *eval.Advice) { x.Why = why })); got != want {
			t.Errorf("%s:\n got %s\nwant %s", why, got, want)
		}
	}
}

// Where models are switched, that is said first, and the router's part is what comes on top.
func TestAdviceSwitchFirst(t *testing.T) {
	x := advice(func(x *eval.Advice) {
		x.Verdict, x.Why, x.SwitchTo = eval.DoNotBuild, eval.WhyDoesNotPay, "mid"
		x.Options = []eval.AdviceOption{{Kind: eval.SwitchProven, Model: "mid", Delta: 0.025, N: 1700, Savings: 0.798, SavedPerMonth: 26_441.16}}
	})
	got := strings.Join(strings.Fields(strings.Join(adviceHead(x), " ")), " ")
	for _, want := range []string{
		"DO NOT BUILD: the engineering outweighs the savings: at 200,000 requests a day even perfect foresight would save at most $99.50 a month more than mid for everything",
		"SWITCH MODELS: mid for everything holds within 1.0 pp (delta +2.5 pp, n 1,700) and saves 79.8 % of the bill, $26,441 a month, without a router.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
}

func TestBreakEvenWords(t *testing.T) {
	for _, tt := range []struct {
		n              eval.Number
		months, perDay string
	}{
		{eval.Unknown, "never", "no volume"}, {0, "at once", "0 a day"}, {0.04, "<0.1 months", "1 a day"},
		{12.34, "12.3 months", "13 a day"}, {4300, "4300.0 months", "4,300 a day"},
	} {
		if m, d := months(tt.n), perDay(tt.n); m != tt.months || d != tt.perDay {
			t.Errorf("%v: %s, %s; want %s, %s", tt.n, m, d, tt.months, tt.perDay)
		}
	}
}

func TestDollars(t *testing.T) {
	for n, want := range map[eval.Number]string{
		0: "$0", 0.0123: "$0.0123", 99.5: "$99.50", 100: "$100", 1234.56: "$1,235", -20_777.42: "-$20,777", 1e6: "$1,000,000",
	} {
		if got := dollars(n); got != want {
			t.Errorf("dollars(%v) = %s, want %s", n, got, want)
		}
	}
	if got := dollars(eval.Unknown); got != Dash {
		t.Errorf("dollars(unknown) = %s", got)
	}
}
