package routing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
)

// status is what an HTTP service answers with in place of an answer of a model.
func status(err error) int {
	cause := llm.Other
	var call *llm.Error
	var all *routing.AllModelsFailedError
	switch {
	case errors.Is(err, routing.ErrNothingAsked):
		cause = llm.BadRequest
	case errors.As(err, &all): // every tier failed
		cause = all.Cause()
	case errors.As(err, &call): // the walk ended before its end
		cause = call.Cause
	}
	switch cause {
	case llm.BadRequest, llm.ContentFilter, llm.ContextLength:
		return http.StatusBadRequest
	case llm.RateLimit:
		return http.StatusTooManyRequests
	case llm.Timeout:
		return http.StatusGatewayTimeout
	case llm.OK, llm.Quota, llm.Server, llm.Connection, llm.Auth, llm.Canceled, llm.Other, llm.Unrecorded:
	}
	return http.StatusBadGateway
}

// A service opens the router once and asks it from its handlers. Here a provider is down and another is not, so that the
// second tier answers; then both are down.
func Example_service() {
	clients := map[string]llm.Client{"fast": failing{}, "strong": sayer("Your parcel left the depot today.")}
	// A service says routing.Open("dispatch.toml", …), without Clients: they are made from the config.
	router, err := routing.New(exampleFiles, "dispatch.toml", &routing.Options{Timeout: 20 * time.Second, Clients: clients})
	if err != nil {
		log.Fatal(err)
	}
	defer router.Close()

	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := router.Do(r.Context(), &routing.Request{Prompt: r.FormValue("q"), Endpoint: r.URL.Path})
		if err != nil {
			http.Error(w, "no answer", status(err)) // err can be logged: no key, no prompt and no address is in it
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"text": answer.Text, "tier": answer.Tier})
	})
	ask := func(q string) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/reply?q="+q, nil))
		fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
	}
	ask("Where+is+my+parcel")
	ask("")
	clients["strong"] = failing{}
	down, err := routing.New(exampleFiles, "dispatch.toml", &routing.Options{Clients: clients})
	if err != nil {
		log.Fatal(err)
	}
	defer down.Close()
	_, err = down.Do(context.Background(), &routing.Request{Prompt: "Where is my parcel?"})
	fmt.Println(status(err), err)
	// Output:
	// 200 {"text":"Your parcel left the depot today.","tier":"large"}
	// 400 no answer
	// 429 task reply: all models failed: example: gpt-small: rate_limit, HTTP 429; retry after 1m0s; example: gpt-large: rate_limit, HTTP 429; retry after 1m0s
}

// failing is a provider that is asked too much.
type failing struct{ sayer }

// Do implements llm.Client.
func (failing) Do(_ context.Context, c *llm.Call) (*llm.Response, error) {
	return nil, &llm.Error{Provider: "example", Model: c.Model, Cause: llm.RateLimit, Status: 429, Unbilled: true, RetryAfter: time.Minute}
}
