package openai_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/openai"
	"github.com/tierwise/tierwise/routing/routingtest/faultserver"
)

func Example() {
	server, err := faultserver.Start() // a provider on loopback
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()

	client, err := openai.New(&openai.Options{
		BaseURL: server.URL(),
		KeyEnv:  "MY_KEY", Getenv: func(string) string { return "sk-…" },
		Limits: llm.Limits{Header: 10 * time.Second},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	request := &llm.Request{Messages: []llm.Message{{Role: "user", Text: "Hello?"}}, MaxTokens: 100}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	answer, err := client.Do(ctx, &llm.Call{Model: "ok", Request: request})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.13s… %s, %v tokens\n", answer.Text, answer.FinishReason, answer.Usage.Output)

	_, err = client.Do(ctx, &llm.Call{Model: "rate-limit-fraction", Request: request})
	if failed, ok := errors.AsType[*llm.Error](err); ok {
		fmt.Println(failed.Cause, failed.Unbilled, failed.RetryAfter)
	}
	fmt.Println(err)
	// Output:
	// word00 word01… stop, 60 tokens
	// rate_limit true 1.5s
	// openai: rate-limit-fraction: rate_limit, HTTP 429 rate_limit_exceeded; retry after 1.5s (request req_1)
}

func ExampleClient_Stream() {
	server, err := faultserver.Start() // a provider on loopback, whose model loses its connection
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := openai.New(&openai.Options{BaseURL: server.URL()})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	call := &llm.Call{Model: "cut", Request: &llm.Request{Messages: []llm.Message{{Role: "user", Text: "Hello?"}}}}
	pieces := 0
	for event, err := range client.Stream(context.Background(), call) {
		if err != nil {
			fmt.Println(err)
			break
		}
		if event.Content() {
			pieces++
		}
		if answer := event.Response; answer != nil { // the last event
			fmt.Println(answer.FinishReason)
		}
	}
	fmt.Println(pieces, "pieces")
	// Output:
	// openai: cut: connection: the stream was cut: it ended before the answer did (request req_1)
	// 40 pieces
}
