package imports

import (
	"encoding/json"
	"regexp"
	"strings"
)

// cause is the word for why a call failed, of the words that replay knows, where its HTTP status, the code or type
// of its error or the kind of exception tells; "" where they do not. A word decides whether a replay would go on to
// the next tier, so it is never guessed from prose.
func cause(status int, codes ...string) string {
	for _, code := range codes {
		if word, ok := causeOfCode[strings.ToLower(code)]; ok {
			return word
		}
	}
	switch {
	case status == 429:
		return "rate_limit"
	case status == 402:
		return "quota"
	case status == 401 || status == 403:
		return "auth"
	case status == 408:
		return "timeout"
	case status >= 500 && status < 600:
		return "server"
	case status == 400 || status == 413 || status == 422:
		return "bad_request"
	}
	return ""
}

// causeOfCode are codes and types of errors of the OpenAI and Anthropic APIs, the exceptions of their Python
// clients, and error codes of Node.js.
var causeOfCode = map[string]string{
	"rate_limit_exceeded": "rate_limit", "rate_limit_error": "rate_limit", "ratelimiterror": "rate_limit",
	"insufficient_quota": "quota", "credit_balance_exhausted": "quota", "billing_error": "quota",
	"timeout_error": "timeout", "apitimeouterror": "timeout", "timeouterror": "timeout", "etimedout": "timeout",
	"server_error": "server", "api_error": "server", "overloaded_error": "server", "internalservererror": "server",
	"apiconnectionerror": "connection", "econnrefused": "connection", "econnreset": "connection",
	"enotfound": "connection", "eai_again": "connection", "epipe": "connection",
	"invalid_api_key": "auth", "authentication_error": "auth", "permission_error": "auth",
	"authenticationerror": "auth", "permissiondeniederror": "auth",
	"context_length_exceeded": "context_length",
	"content_filter":          "content_filter", "content_policy_violation": "content_filter",
	"invalid_request_error": "bad_request", "request_too_large": "bad_request", "badrequesterror": "bad_request",
}

var (
	exception  = regexp.MustCompile(`^(?:[a-z_]+\.)*([A-Z][A-Za-z]+)\(`)     // Python's repr: RateLimitError('…')
	nodeCode   = regexp.MustCompile(`\b(E[A-Z]{2,}(?:_AGAIN)?)\b`)           // connect ECONNREFUSED 10.0.0.8:8000
	httpStatus = regexp.MustCompile(`^(?:Error: )?API error: ([1-5]\d\d)\b`) // as promptfoo words it
	ownTimeout = regexp.MustCompile(`^Evaluation timed out after \d+ms\b`)   // likewise
)

// codesIn finds what an error's text holds of codes: the body of an API's error, an exception's name, an errno.
func codesIn(text string) []string {
	var codes []string
	if i := strings.IndexByte(text, '{'); i >= 0 {
		var body apiError
		// Text after the body is common, so it is a decoder that reads it; what is no such body has no codes.
		if json.NewDecoder(strings.NewReader(text[i:])).Decode(&body) == nil {
			codes = append(codes, body.codes()...)
		}
	}
	if m := exception.FindStringSubmatch(text); m != nil {
		codes = append(codes, m[1])
	}
	codes = append(codes, nodeCode.FindAllString(text, 8)...)
	if ownTimeout.MatchString(text) {
		codes = append(codes, "timeout_error")
	}
	return codes
}

// An apiError is the body of an error of the OpenAI API and those that follow it, and of Anthropic's.
type apiError struct {
	Error struct {
		Message string `json:"message"`
		Type    string `json:"type"`
		Code    any    `json:"code"`
	} `json:"error"`
}

func (e apiError) codes() []string {
	code, _ := e.Error.Code.(string)
	return []string{code, e.Error.Type}
}

// errorWord is what becomes of a failed call in the traffic: a cause if there is one, else the first line of text.
func errorWord(cause, text string) string {
	if cause != "" {
		return cause
	}
	if line := firstLine(text); line != "" {
		return line
	}
	return "other"
}
