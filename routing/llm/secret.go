package llm

import (
	"fmt"
	"io"
	"log/slog"
)

// A Secret is a text that must not reach a log: an API key, or what may quote a prompt. However it is printed, logged or
// encoded, "[hidden]" comes out; only Reveal gives the text. The zero Secret holds none.
type Secret struct {
	// A pointer, because fmt prints the unexported fields of a struct around it without asking its methods.
	text *string
}

// NewSecret returns a Secret that holds text, the zero one for "".
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether s holds no text.
func (s Secret) IsZero() bool { return s.text == nil }

// String implements fmt.Stringer.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return "[hidden]"
}

// Format implements fmt.Formatter: whatever the verb, String comes out.
func (s Secret) Format(f fmt.State, _ rune) {
	io.WriteString(f, s.String()) //nolint:errcheck // fmt does not say either
}

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
