// Package llm is the vocabulary of one model call. It is a leaf: the router, the providers and the
// replay share these words without knowing each other.
package llm

// A Cause says why a model call gave no answer. The zero Cause means that it gave one.
type Cause uint8

// The causes. All of them lead to the next tier but the three that end a walk: see [Cause.Ends].
const (
	OK            Cause = iota // the call was answered
	RateLimit                  // "rate_limit": too many requests, try later
	Quota                      // "quota": the account has run dry
	Timeout                    // "timeout": no answer in time
	Server                     // "server": the provider failed (5xx, overloaded)
	Connection                 // "connection": the provider was not reached
	Auth                       // "auth": the key was refused
	ContextLength              // "context_length": the request does not fit the model
	ContentFilter              // "content_filter": the provider refused the content
	BadRequest                 // "bad_request": the request itself is wrong, at any model
	Canceled                   // "canceled": the caller went away
	Other                      // "other": anything else
	// Unrecorded is no error of a call: a replay has no outcome of the model for this request, so what
	// it would have done is unknown. A world that makes real calls never returns it.
	Unrecorded
)

var causeNames = [...]string{
	"", "rate_limit", "quota", "timeout", "server", "connection", "auth", "context_length",
	"content_filter", "bad_request", "canceled", "other", "unrecorded",
}

// String returns the word that traces and traffic files use, "" for OK.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return "other"
}

// MarshalText returns the word that String returns.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// ParseCause returns the cause with the given name: OK for "", Other for a name that it does not know
// (a recorded error is an error, whatever a foreign tool called it).
func ParseCause(name string) Cause {
	for c, n := range causeNames {
		if n == name && Cause(c) != Unrecorded {
			return Cause(c)
		}
	}
	return Other
}

// Ends reports whether the error ends a walk whatever tiers are left: the next model would fail as well
// (bad_request), nobody is waiting (canceled), or asking elsewhere would evade a refusal (content_filter,
// unless the task says otherwise).
func (c Cause) Ends() bool { return c == BadRequest || c == Canceled || c == ContentFilter }
