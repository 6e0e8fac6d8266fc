package cache_test

import (
	"testing"

	"github.com/tierwise/tierwise/routing/cache"
)

func TestGuard(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want cache.Reason
	}{
		{"", "", ""},
		{"How do I reset my password?", "how can I reset the password", ""},
		{"What is the capital of France?", "What's France's capital?", ""},
		{"Please summarise this", "Summarise this, please", ""},

		{"How do I pay?", "Как мне заплатить?", cache.Script},
		{"日本の首都", "中国首都", cache.Script},
		{"What is the best way to learn", "Was ist der beste Weg zu lernen und wie", cache.Language},

		{"Can I cancel my order?", "Can I not cancel my order?", cache.Negation},
		{"What should I eat?", "What shouldn't I eat?", cache.Negation},
		{"What should I eat?", "What shouldn’t I eat?", cache.Negation},
		{"Darf ich das tun", "Darf ich das nicht tun", cache.Negation},
		{"It is not true that I cannot pay", "It is not true that I can pay", cache.Negation},
		{"Is knot tying hard?", "Is tying a knot hard?", ""},

		{"convert 5 km to miles", "convert 6 km to miles", cache.Number},
		{"convert 5 km to miles", "convert five km to miles", ""},
		{"a loan of 1,000 euros", "a loan of 1000 euros", ""},
		{"a loan of 1,000 euros", "a loan of 1.000 euros", cache.Number},
		{"from 2 to 3", "from 3 to 2", cache.Number},
		{"the 3rd chapter", "the third chapter", ""},
		{"is gpt-4 better", "is gpt-5 better", cache.Number},
		{"vitamin b12", "vitamin b6", cache.Number},

		{"open on Monday?", "open on Tuesday?", cache.Date},
		{"open today?", "open tomorrow?", cache.Date},
		{"due 2026-10-01", "due 2026-10-02", cache.Date},
		{"at 10:30", "at 10:45", cache.Date},
		{"weather in May", "weather in June", cache.Date},
		{"may I come", "might I come", ""},

		{`translate "good work"`, `translate "good luck"`, cache.Quote},
		{"translate “good work”", `translate "good work"`, ""},
		{"say 'yes' now", "say 'so' now", cache.Quote},
		{"it's John's dog's bone", "it's a bone of John's dog", ""},

		{"weather in Paris", "weather in London", cache.Name},
		{"weather in Paris", "weather in paris", ""},
		{"Paris weather", "London weather", cache.Name},
		{"flights from Paris to London", "flights from London to Paris", cache.Order},
		{"WHAT IS THIS", "what is this", ""},
	} {
		for _, pair := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
			if got := cache.Guard(cache.FactsOf(pair[0]), cache.FactsOf(pair[1])); got != test.want {
				t.Errorf("%q, %q: %q, want %q", pair[0], pair[1], got, test.want)
			}
		}
	}
}

func FuzzGuard(f *testing.F) {
	f.Add("weather in Paris, 10:30", `say "no" to 1,000 'things`)
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := cache.FactsOf(a), cache.FactsOf(b)
		if reason := cache.Guard(x, x); reason != "" {
			t.Errorf("%q differs from itself: %s", a, reason)
		}
		if (cache.Guard(x, y) == "") != (cache.Guard(y, x) == "") {
			t.Errorf("%q and %q: one-sided", a, b)
		}
	})
}
