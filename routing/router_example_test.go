package routing_test

import (
	"context"
	"fmt"
	"log"
	"testing/fstest"

	"github.com/tierwise/tierwise/routing"
)

func ExampleRouter_Decide() {
	// A service says routing.Open("dispatch.toml", nil), or embeds the bundle's package.
	router, err := routing.New(fstest.MapFS{"dispatch.toml": {Data: []byte(`version  = 1
baseline = "gpt-large"

[tiers]
small = "gpt-small"
large = "gpt-large"

[tasks.reply]
chain  = ["small", "large"]
accept = [{ check = "chars", min = 20 }]

[tasks.reasoning]
chain = ["large"]

[router]
default = "reasoning"

[[router.rules]]
name     = "mail"
task     = "reply"
keywords = ["dear", "regards"]
`)}}, "dispatch.toml", nil)
	if err != nil {
		log.Fatal(err)
	}
	plan, err := router.Decide(context.Background(), &routing.Request{Prompt: "Dear support, where is my parcel?"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s by %s %q\n", plan.Task, plan.Layer, plan.Rule)
	for _, step := range plan.Chain {
		fmt.Println(step.Tier, step.Model, step.Checks)
	}
	// Output:
	// reply by rule "mail"
	// small gpt-small [{chars 20    false}]
	// large gpt-large [{chars 20    true}]
}
