package llm_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing/llm"
)

func TestSecretHides(t *testing.T) {
	type private struct{ key llm.Secret }
	type public struct{ Key llm.Secret }
	s := llm.NewSecret("sk-12345")
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, &s), fmt.Sprintf(verb, private{s}), fmt.Sprintf(verb, &public{s}))
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", slog.Any("a", s), slog.Any("b", public{s}), slog.Any("c", private{s}))
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", slog.Any("a", s), slog.Any("b", public{s}))
	encoded, err := json.Marshal(public{s})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range append(shown, logged.String(), string(encoded)) {
		if strings.Contains(text, "12345") || strings.Contains(text, fmt.Sprintf("%x", "12345")) {
			t.Errorf("it shows: %s", text)
		}
	}
	if s.Reveal() != "sk-12345" || s.IsZero() || string(encoded) != `{"Key":"[hidden]"}` {
		t.Errorf("%q, %v, %s", s.Reveal(), s.IsZero(), encoded)
	}
	if z := llm.NewSecret(""); !z.IsZero() || z.String() != "" || z.Reveal() != "" {
		t.Error("an empty secret is none")
	}
}

func TestErrorText(t *testing.T) {
	e := &llm.Error{
		Cause: llm.RateLimit, Provider: "openai", Model: "gpt-small", Status: 429, Code: "rate_limit_exceeded", RetryAfter: 1500e6, RequestID: "req_7",
		Detail: llm.NewSecret("you said: tell me a secret"), Err: fmt.Errorf("dial tcp 10.0.0.1:443"),
	}
	if got, want := e.Error(), "openai: gpt-small: rate_limit, HTTP 429 rate_limit_exceeded; retry after 1.5s (request req_7)"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	e = &llm.Error{Cause: llm.Timeout, Provider: "anthropic", Model: "m", Reason: "no first token within 5s"}
	if got, want := e.Error(), "anthropic: m: timeout: no first token within 5s"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestLogprobMeanMin(t *testing.T) {
	r := llm.Response{Logprobs: []llm.Logprob{{Logprob: -1}, {Logprob: -3}, {Logprob: -2}}}
	if mean, least, ok := r.LogprobMeanMin(); mean != -2 || least != -3 || !ok {
		t.Errorf("%v, %v, %v", mean, least, ok)
	}
	if _, _, ok := (&llm.Response{}).LogprobMeanMin(); ok {
		t.Error("an answer without log-probabilities has some")
	}
}
