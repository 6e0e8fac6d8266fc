package routing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tierwise/tierwise/routing"
)

const semanticConfig = `version = 1
baseline = "L"
[tiers]
large = "L"
[tasks.reply]
chain = ["large"]
[tasks.other]
chain = ["large"]
[router]
default = "reply"
[cache.semantic]
min_similarity = 0.97
ttl = "2h"
`

func TestSemanticTasks(t *testing.T) {
	parse := func(more string) (*routing.Config, error) {
		return routing.ParseConfig("c.toml", []byte(semanticConfig+more), nil)
	}
	plain, err := parse("")
	if err != nil {
		t.Fatal(err)
	}
	own, err := parse("[cache.semantic.tasks.reply]\nmin_similarity = 0.99\n[cache.semantic.tasks.other]\nttl = \"5m\"\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		config *routing.Config
		task   string
		least  float64
		ttl    time.Duration
	}{
		{plain, "reply", 0.97, 2 * time.Hour},
		{own, "reply", 0.99, 2 * time.Hour},
		{own, "other", 0.97, 5 * time.Minute},
	} {
		if least, ttl := test.config.Cache.Semantic.For(test.task); least != test.least || ttl != test.ttl {
			t.Errorf("%s: %v, %v; want %v, %v", test.task, least, ttl, test.least, test.ttl)
		}
	}
	if own.DecisionHash() == plain.DecisionHash() {
		t.Error("a task's own threshold does not change the decision hash")
	}
	same, err := parse("[cache.semantic.tasks.reply]\nmin_similarity = 0.97\n")
	if err != nil || same.DecisionHash() != plain.DecisionHash() {
		t.Errorf("a default that is written out changes the decision hash (%v)", err)
	}
	_, err = parse("[cache.semantic.tasks.replay]\nmin_similarity = 0.99\n")
	if err == nil || !strings.Contains(err.Error(), `unknown task "replay"`) || !strings.Contains(err.Error(), "reply") {
		t.Errorf("a task that is not there: %v", err)
	}
}
