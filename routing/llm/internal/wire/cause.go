package wire

import (
	"net/http"
	"strings"

	"github.com/tierwise/tierwise/routing/llm"
)

// Codes are the words of providers for errors whose status says too little or something else. They were taken from the
// documentation of OpenAI, Azure OpenAI, Anthropic, OpenRouter and DeepSeek, and from reports of users.
var codes = map[string]llm.Cause{
	"insufficient_quota": llm.Quota, "credit_balance_exhausted": llm.Quota, "billing_hard_limit_reached": llm.Quota,
	"billing_not_active": llm.Quota, "insufficient_balance": llm.Quota, "billing_error": llm.Quota,
	"spend_limit_exceeded": llm.Quota, "quota_exceeded": llm.Quota, "insufficient_credits": llm.Quota,

	"rate_limit_exceeded": llm.RateLimit, "rate_limit_error": llm.RateLimit, "too_many_requests": llm.RateLimit,
	"slow_down": llm.RateLimit,

	"context_length_exceeded": llm.ContextLength, "request_too_large": llm.ContextLength, "string_above_max_length": llm.ContextLength,
	"model_context_window_exceeded": llm.ContextLength, "prompt_too_long": llm.ContextLength,

	"content_filter": llm.ContentFilter, "content_policy_violation": llm.ContentFilter, "responsibleaipolicyviolation": llm.ContentFilter,
	"moderation_blocked": llm.ContentFilter, "content_filter_error": llm.ContentFilter,

	"invalid_api_key": llm.Auth, "authentication_error": llm.Auth, "permission_error": llm.Auth, "account_deactivated": llm.Auth,

	// The request is fine at another model.
	"model_not_found": llm.Other, "not_found_error": llm.Other, "deploymentnotfound": llm.Other, "unsupported_parameter": llm.Other,
	"unsupported_value": llm.Other, "unsupported_model": llm.Other,

	"overloaded_error": llm.Server, "server_error": llm.Server, "api_error": llm.Server, "engine_overloaded": llm.Server,
	"server_overloaded": llm.Server, "internal_error": llm.Server,
	"timeout_error": llm.Timeout, "timeout": llm.Timeout,

	"invalid_request_error": llm.BadRequest, "badrequesterror": llm.BadRequest, "bad_request": llm.BadRequest,
}

// phrases are parts of messages, in lower case, by which errors are told that have no word of their own.
var phrases = []struct {
	text  string
	cause llm.Cause
}{
	{"credit balance is too low", llm.Quota},
	{"exceeded your current quota", llm.Quota},
	{"insufficient balance", llm.Quota},
	{"maximum context length", llm.ContextLength},
	{"context window", llm.ContextLength},
	{"context length", llm.ContextLength},
	{"prompt is too long", llm.ContextLength},
	{"input is too long", llm.ContextLength},
	{"exceed context limit", llm.ContextLength},
	{"content management policy", llm.ContentFilter},
	{"content filtering policy", llm.ContentFilter},
	{"safety system", llm.ContentFilter},
}

// Refusal makes an error of what a provider said: the status, which for an error in an answer with status 200 is 0, its
// words for the error, the more exact first, and its message. body says whether there were any: what has a status only
// comes from something in between.
func Refusal(status int, words []string, message string) *llm.Error {
	e := &llm.Error{Cause: byStatus(status), Status: status, Detail: llm.NewSecret(message), Unbilled: unbilled(status)}
	spoken := false
	for _, w := range words {
		if w = Word(w); w == "" {
			continue
		}
		if e.Code == "" {
			e.Code = w
		}
		spoken = true
	}
	if status == http.StatusBadRequest && !spoken && message == "" {
		// A proxy did not like it, which says nothing about the models behind the next.
		e.Cause = llm.Other
		return e
	}
	if cause, ok := told(status, words, message); ok {
		e.Cause = cause
	}
	if e.Cause == llm.Quota || e.Cause == llm.Auth {
		e.Unbilled = true
	}
	return e
}

// told returns the cause that the words or the message name.
func told(status int, words []string, message string) (llm.Cause, bool) {
	cause, ok := llm.OK, false
	for _, w := range words {
		if c, known := codes[strings.ToLower(w)]; known {
			cause, ok = c, true
			break
		}
	}
	// These words cover more than their name: invalid_request_error has prompts that are too long in it, and rate limits
	// may be a quota. Errors of the server are not read for phrases: they may say anything.
	vague := !ok || cause == llm.BadRequest || cause == llm.RateLimit || cause == llm.Auth
	if vague && status < 500 {
		message = strings.ToLower(message)
		for _, p := range phrases {
			if strings.Contains(message, p.text) {
				return p.cause, true
			}
		}
	}
	if cause == llm.BadRequest && status != 0 && status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
		return llm.OK, false // the status is more exact: OpenAI's 401 and 404 are invalid_request_error too
	}
	return cause, ok
}

// byStatus returns what a status means without words.
func byStatus(status int) llm.Cause {
	switch status {
	case 0:
		return llm.Server
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return llm.BadRequest
	case http.StatusUnauthorized, http.StatusForbidden:
		return llm.Auth
	case http.StatusPaymentRequired:
		return llm.Quota
	case http.StatusRequestTimeout, http.StatusGatewayTimeout, 522, 524:
		return llm.Timeout
	case http.StatusRequestEntityTooLarge:
		return llm.ContextLength
	case http.StatusTooManyRequests, http.StatusTooEarly:
		return llm.RateLimit
	case http.StatusConflict:
		return llm.Server
	}
	if status >= 500 {
		return llm.Server
	}
	return llm.Other
}

// unbilled reports whether a status says that nothing was computed: refusals, and the 5xx that mean "not now": 503, 529 of
// Anthropic, 521 to 523 of Cloudflare, which did not reach the server.
func unbilled(status int) bool {
	switch status {
	case http.StatusServiceUnavailable, 529, 521, 522, 523:
		return true
	case http.StatusRequestTimeout:
		return false
	}
	return status >= 300 && status < 500
}

// Word returns a provider's word if it is one: up to 100 letters, digits and a few signs. Everything else is dropped, for
// errors are logged, and a sentence in its place may quote anything.
func Word(s string) string {
	if len(s) > 100 {
		return ""
	}
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':' || c == '/') {
			return ""
		}
	}
	return s
}
