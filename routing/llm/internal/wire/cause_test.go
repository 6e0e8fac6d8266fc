package wire_test

import (
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

func TestRefusal(t *testing.T) {
	for _, tt := range []struct {
		status   int
		words    string // code and type
		message  string
		want     llm.Cause
		unbilled bool
	}{
		{400, "", "", llm.Other, true}, // a proxy's
		{400, "invalid_request_error", "wrong", llm.BadRequest, true},
		{400, "", "wrong", llm.BadRequest, true},
		{400, "invalid_request_error", "prompt is too long: 5 tokens > 4 maximum", llm.ContextLength, true},
		{400, "", "This model's maximum context length is 8192 tokens", llm.ContextLength, true},
		{400, "context_length_exceeded invalid_request_error", "x", llm.ContextLength, true},
		{400, "ResponsibleAIPolicyViolation content_filter", "x", llm.ContentFilter, true},
		{400, "invalid_request_error", "Your credit balance is too low to access the API", llm.Quota, true},
		{400, "unsupported_parameter invalid_request_error", "temperature is not supported with this model", llm.Other, true},
		{422, "", "max_tokens must be positive", llm.BadRequest, true},
		{401, "invalid_api_key invalid_request_error", "x", llm.Auth, true},
		{401, "invalid_request_error", "x", llm.Auth, true},
		{403, "", "", llm.Auth, true},
		{402, "", "", llm.Quota, true},
		{404, "model_not_found invalid_request_error", "x", llm.Other, true},
		{404, "invalid_request_error", "x", llm.Other, true},
		{408, "", "", llm.Timeout, false},
		{409, "", "", llm.Server, true},
		{413, "", "", llm.ContextLength, true},
		{418, "", "", llm.Other, true},
		{429, "", "", llm.RateLimit, true},
		{429, "rate_limit_error", "your rate limit", llm.RateLimit, true},
		{429, "insufficient_quota insufficient_quota", "x", llm.Quota, true},
		{429, "rate_limit_exceeded", "You exceeded your current quota, please check your plan", llm.Quota, true},
		{500, "", "", llm.Server, false},
		{500, "", "the context window of the office is closed", llm.Server, false},
		{502, "", "", llm.Server, false},
		{503, "", "", llm.Server, true},
		{504, "", "", llm.Timeout, false},
		{524, "", "", llm.Timeout, false},
		{529, "overloaded_error", "x", llm.Server, true},
		{0, "server_error", "x", llm.Server, false},
		{0, "insufficient_quota", "x", llm.Quota, true},
		{0, "", "", llm.Server, false},
	} {
		e := wire.Refusal(tt.status, strings.Fields(tt.words), tt.message)
		if e.Cause != tt.want || e.Unbilled != tt.unbilled || e.Detail.Reveal() != tt.message || e.Status != tt.status {
			t.Errorf("%d %s %q: %v, unbilled %v, want %v, %v", tt.status, tt.words, tt.message, e.Cause, e.Unbilled, tt.want, tt.unbilled)
		}
	}
}

func TestWord(t *testing.T) {
	for s, want := range map[string]string{
		"rate_limit_exceeded": "rate_limit_exceeded", "req_01:a-b.c/d": "req_01:a-b.c/d", "": "",
		"you said hello": "", "a\nb": "", "é": "", strings.Repeat("x", 101): "",
	} {
		if got := wire.Word(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
