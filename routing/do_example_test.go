package routing_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"os"
	"strings"
	"testing/fstest"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/trace"
)

// exampleFiles has a config of two models at two providers.
var exampleFiles = fstest.MapFS{"dispatch.toml": {Data: []byte(`version  = 1
baseline = "gpt-large"

[providers.fast]
kind = "openai"

[providers.strong]
kind = "anthropic"

[models.gpt-small]
provider = "fast"
price    = { input = 0.15, output = 0.60 }

[models.gpt-large]
provider = "strong"
price    = { input = 5, output = 20 }

[tiers]
small = "gpt-small"
large = "gpt-large"

[tasks.reply]
chain  = ["small", "large"]
accept = [{ check = "chars", min = 20 }]

[router]
default = "reply"
`)}}

// A config with a cache answers what was asked before at no cost.
func ExampleRouter_Do_cache() {
	files := fstest.MapFS{"dispatch.toml": {Data: append(exampleFiles["dispatch.toml"].Data, "[cache.exact]\nttl = \"24h\"\n"...)}}
	router, err := routing.New(files, "dispatch.toml", &routing.Options{
		// A config with backend = "redis" takes Stores: map[string]cache.Opener{"redis": redisstore.Open} besides.
		Clients: map[string]llm.Client{"fast": sayer("Your parcel arrives tomorrow."), "strong": sayer("")},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer router.Close()
	for _, id := range []string{"r1", "r2"} {
		answer, err := router.Do(context.Background(), &routing.Request{ID: id, Prompt: "Where is my parcel?", Tenant: "acme"})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s $%.5f", answer.Text, answer.CostUSD)
		if answer.Hit != nil {
			fmt.Printf(", the answer to %s, saves $%.5f", answer.Hit.ID, answer.Hit.SavedUSD)
		}
		fmt.Println()
	}
	// Output:
	// Your parcel arrives tomorrow. $0.00021
	// Your parcel arrives tomorrow. $0.00000, the answer to r1, saves $0.00021
}

// A sayer is a provider in memory, so that the examples need no network. Without Clients, a router makes clients of
// packages llm/openai and llm/anthropic from the config.
type sayer string

// Do implements llm.Client.
func (s sayer) Do(context.Context, *llm.Call) (*llm.Response, error) {
	if s == "" {
		return nil, &llm.Error{Provider: "example", Model: "gpt-large", Cause: llm.ContentFilter, Unbilled: true, Detail: llm.NewSecret("not about that")}
	}
	return &llm.Response{Text: string(s), FinishReason: llm.FinishStop, Usage: &llm.Usage{Input: 1000, Output: 100}}, nil
}

// Stream implements llm.Client.
func (s sayer) Stream(ctx context.Context, c *llm.Call) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		r, err := s.Do(ctx, c)
		if err != nil {
			yield(llm.Event{}, err)
			return
		}
		for word := range strings.SplitAfterSeq(r.Text, " ") {
			if !yield(llm.Event{Text: word}, nil) {
				return
			}
		}
		yield(llm.Event{Response: r}, nil)
	}
}

func ExampleRouter_Do() {
	// A service says routing.Open("dispatch.toml", nil) once, when it starts.
	router, err := routing.New(exampleFiles, "dispatch.toml", &routing.Options{
		Clients: map[string]llm.Client{"fast": sayer("Dunno."), "strong": sayer("Your parcel left the depot today.")},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer router.Close()
	answer, err := router.Do(context.Background(), &routing.Request{Prompt: "Where is my parcel?"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Text)
	fmt.Printf("%s of %s, after %d escalation, for $%.5f\n", answer.Tier, answer.Task, answer.Escalations, answer.CostUSD)
	// Output:
	// Your parcel left the depot today.
	// large of reply, after 1 escalation, for $0.00721
}

func ExampleRouter_Do_errors() {
	router, err := routing.New(exampleFiles, "dispatch.toml", &routing.Options{
		Clients: map[string]llm.Client{"fast": sayer("Dunno."), "strong": sayer("")},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer router.Close()
	_, err = router.Do(context.Background(), &routing.Request{Prompt: "Where is my parcel?"})
	var call *llm.Error
	var all *routing.AllModelsFailedError
	switch {
	case errors.As(err, &all): // every tier failed: all.Attempts says how, in words that can be logged
		fmt.Println("try later:", all.Cause())
	case errors.As(err, &call): // content_filter, bad_request or canceled
		fmt.Println(call.Cause, "because:", call.Detail.Reveal())
	}
	// Output:
	// content_filter because: not about that
}

func ExampleRouter_Stream() {
	router, err := routing.New(exampleFiles, "dispatch.toml", &routing.Options{
		Clients: map[string]llm.Client{"fast": sayer("Dunno."), "strong": sayer("It left the depot.")},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer router.Close()
	for event, err := range router.Stream(context.Background(), &routing.Request{Prompt: "Where is my parcel?"}) {
		if err != nil {
			log.Fatal(err) // what was printed is no answer
		}
		fmt.Printf("%q ", event.Text)
		if event.Answer != nil {
			fmt.Println("by", event.Answer.Tier)
		}
	}
	// The small model's answer was held back for its check, and never left.

	// Output:
	// "It " "left " "the " "depot." "" by large
}

func ExampleOptions_trace() {
	dir, err := os.MkdirTemp("", "traces")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	traces, err := trace.NewWriter(dir, nil)
	if err != nil {
		log.Fatal(err)
	}
	router, err := routing.New(exampleFiles, "dispatch.toml", &routing.Options{
		Clients: map[string]llm.Client{"fast": sayer("Dunno."), "strong": sayer("Your parcel left the depot today.")}, Trace: traces,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer router.Close()
	if _, err := router.Do(context.Background(), &routing.Request{ID: "r1", Prompt: "Where is my parcel?"}); err != nil {
		log.Fatal(err)
	}
	if err := traces.Close(); err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	file, err := os.Open(dir + "/" + files[0].Name())
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	for record, err := range trace.NewReader(file).All() {
		if err != nil {
			log.Fatal(err)
		}
		for _, a := range record.Attempts {
			fmt.Println(record.ID, a.Tier, a.CostUSD.Float(), a.Checks[0].Passed)
		}
	}
	// Output:
	// r1 small 0.00021 false
	// r1 large 0.007 true
}
