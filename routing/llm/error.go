package llm

import (
	"fmt"
	"strings"
	"time"
)

// An Error is a call that gave no answer. Its text holds no key, no prompt and no address, so it can be logged.
type Error struct {
	Cause Cause
	// Unbilled: the provider refused the call or never saw it, so it costs nothing, and asking again pays once. Otherwise
	// the call may have been billed.
	Unbilled bool
	// Stale: a connection that had been kept open broke before a byte of the answer. Most often the provider had closed it
	// just before and saw nothing of the call, so that asking again at once is right; but it may have.
	Stale bool
	// RetryAfter is how long the provider asks to wait; 0: it does not say.
	RetryAfter time.Duration

	Provider  string // the client's kind: "openai", "anthropic"
	Model     string // that was asked
	Status    int    // of HTTP, or what an error inside an answer names; 0: there was none
	Code      string // the provider's word for the error: "rate_limit_exceeded"; "": none
	RequestID string // the provider's name for the call, which its support asks for; "": none
	// Reason says in a few words what happened: "no first token within 5s".
	Reason string
	// Detail is the provider's own message. It may quote the prompt, so it is for the caller, who knows that, and for no log.
	Detail Secret
	// Usage is what the provider said of tokens before the call failed; nil: nothing.
	Usage *Usage
	// Err is what lies beneath, for errors.Is; nil: nothing. It may name hosts, so Error leaves it out.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: ", e.Provider, e.Model)
	b.WriteString(e.Cause.String())
	if e.Status != 0 {
		fmt.Fprintf(&b, ", HTTP %d", e.Status)
	}
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.Reason != "" {
		b.WriteString(": " + e.Reason)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, "; retry after %v", e.RetryAfter)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", e.RequestID)
	}
	return b.String()
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }
