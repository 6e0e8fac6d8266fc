package anthropic_test

import (
	"context"
	"fmt"
	"log"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/anthropic"
	"github.com/tierwise/tierwise/routing/routingtest/faultserver"
)

func Example() {
	server, err := faultserver.Start() // a provider on loopback
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := anthropic.New(&anthropic.Options{BaseURL: server.URL(), Key: llm.NewSecret("sk-ant-…")})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	seed := int64(1)
	answer, err := client.Do(context.Background(), &llm.Call{Model: "ok", Request: &llm.Request{
		Messages: []llm.Message{{Role: "system", Text: "Be brief."}, {Role: "user", Text: "Hello?"}}, Seed: &seed,
	}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.13s… %s, input %v of which cached %v, unsent %v\n", answer.Text, answer.FinishReason, answer.Usage.Input, answer.Usage.CachedInput, answer.Unsent)
	// Output:
	// word00 word01… stop, input 100 of which cached 40, unsent [seed]
}
