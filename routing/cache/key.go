package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/tierwise/tierwise/routing/llm"
)

// keyVersion is hashed into every key: it changes whenever the same request would get another.
const keyVersion = "tierwise.cache/2"

// A Key identifies requests that have the same answer.
type Key [sha256.Size]byte

// String returns the key in hex.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Fields are what an answer depends on.
type Fields struct {
	Tenant   string
	Endpoint string
	Task     string // named by the caller; "": the router decides
	Decision string // the decision hash of the dispatch config
	Messages []llm.Message
	Tools    json.RawMessage // what the model may call; empty: nothing
	Schema   json.RawMessage // the form that is asked for; empty: free text
	// Params are all other fields of the request, sampling parameters and those that nobody here knows. Those that change
	// nothing about the answer, such as stream, user and metadata, are passed over.
	Params map[string]json.RawMessage
	// Sampling are the fields of the request that have a place of their own: all but the messages, tools, form and extra
	// fields, which are above. nil: none is set.
	Sampling *llm.Request
}

// FieldsOf returns the fields of a request, all but those that say whose it is and where it goes.
func FieldsOf(q *llm.Request) Fields {
	return Fields{Messages: q.Messages, Tools: q.Tools, Schema: q.ResponseFormat, Params: q.Extra, Sampling: q}
}

// passedOver are the fields of a request that do not change its answer.
var passedOver = map[string]bool{"stream": true, "stream_options": true, "user": true, "metadata": true}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Key returns the exact key: the SHA-256 of all fields, each after its length, so that no two lists of fields read the same.
// White space in messages counts as one blank and none at their ends, white space in JSON between its tokens as nothing.
func (f *Fields) Key() Key {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	b := appendText((*buffer)[:0], keyVersion)
	for _, s := range [...]string{f.Tenant, f.Endpoint, f.Task, f.Decision} {
		b = appendText(b, s)
	}
	b = appendMessages(b, f.Messages)
	b = f.appendRest(b)
	*buffer = b
	return sha256.Sum256(b)
}

// appendRest appends what goes with the messages.
func (f *Fields) appendRest(b []byte) []byte {
	b = appendJSON(appendJSON(b, f.Tools), f.Schema)
	b = appendSampling(b, f.Sampling)
	return appendFields(b, f.Params)
}

// appendSampling appends what a request sets, each after a letter, so that what is not set takes no place.
func appendSampling(b []byte, q *llm.Request) []byte {
	if q == nil {
		return append(b, 0)
	}
	b = appendText(b, q.Dialect)
	if len(q.ToolChoice) > 0 {
		b = appendJSON(append(b, 'c'), q.ToolChoice)
	}
	if q.MaxTokens > 0 {
		b = binary.LittleEndian.AppendUint64(append(b, 'm'), uint64(q.MaxTokens))
	}
	if q.Temperature != nil {
		b = binary.LittleEndian.AppendUint64(append(b, 't'), math.Float64bits(*q.Temperature))
	}
	if q.TopP != nil {
		b = binary.LittleEndian.AppendUint64(append(b, 'p'), math.Float64bits(*q.TopP))
	}
	for _, stop := range q.Stop {
		b = appendText(append(b, 's'), stop)
	}
	if q.Seed != nil {
		b = binary.LittleEndian.AppendUint64(append(b, 'r'), uint64(*q.Seed))
	}
	if q.Logprobs {
		b = binary.LittleEndian.AppendUint64(append(b, 'l'), uint64(q.TopLogprobs))
	}
	return append(b, 0)
}

// appendFields appends the fields that change an answer, in the order of their names.
func appendFields(b []byte, fields map[string]json.RawMessage) []byte {
	if len(fields) == 0 {
		return append(b, 0)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !passedOver[name] {
			b = appendJSON(appendText(append(b, 1), name), fields[name])
		}
	}
	return append(b, 0)
}

func appendMessages(b []byte, messages []llm.Message) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(messages)))
	for i := range messages {
		m := &messages[i]
		b = appendText(b, m.Role)
		b = binary.LittleEndian.AppendUint64(b, uint64(len(m.Parts)))
		b = appendNormal(b, m.Text)
		for k := range m.Parts {
			kind := m.Parts[k].Type
			if kind == "" {
				kind = "text"
			}
			b = appendNormal(appendText(b, kind), m.Parts[k].Text)
			b = appendJSON(b, m.Parts[k].Raw)
		}
		b = appendTools(b, m)
		b = appendFields(b, m.Extra)
	}
	return b
}

// appendTools appends what a message says of calls of tools.
func appendTools(b []byte, m *llm.Message) []byte {
	b = binary.LittleEndian.AppendUint64(appendText(b, m.ToolCallID), uint64(len(m.ToolCalls)))
	for i := range m.ToolCalls {
		c := &m.ToolCalls[i]
		b = appendJSON(appendText(appendText(appendText(b, c.ID), c.Name), c.Arguments), c.Raw)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(s))), s...)
}

// appendJSON appends JSON without the white space between its tokens; what is no JSON is appended as it is.
func appendJSON(b []byte, data json.RawMessage) []byte {
	at := len(b)
	b = binary.LittleEndian.AppendUint64(b, 0)
	if len(data) == 0 {
		return b
	}
	out := bytes.NewBuffer(b)
	if json.Compact(out, data) == nil {
		b = out.Bytes()
	} else {
		b = append(b[:at+8], data...)
	}
	binary.LittleEndian.PutUint64(b[at:], uint64(len(b)-at-8))
	return b
}

// appendNormal appends normalised text.
func appendNormal(b []byte, s string) []byte {
	at := len(b)
	b = binary.LittleEndian.AppendUint64(b, 0)
	b = normalise(b, s)
	binary.LittleEndian.PutUint64(b[at:], uint64(len(b)-at-8))
	return b
}

// normalise appends s with each run of white space as one blank, and none at its ends.
func normalise(b []byte, s string) []byte {
	start := len(b)
	for i := 0; i < len(s); {
		from := i
		size := 0 // of the white space that ends the word
		for i < len(s) {
			if !maySpace[s[i]] {
				i++
				continue
			}
			if size = spaceAt(s, i); size > 0 {
				break
			}
			i++
		}
		if i > from {
			if len(b) > start {
				b = append(b, ' ')
			}
			b = append(b, s[from:i]...)
		}
		i += size
	}
	return b
}

// maySpace are the bytes that white space can begin with: U+0085 and U+00A0 with 0xC2, the rest beyond ASCII with 0xE1 to 0xE3.
var maySpace = [256]bool{' ': true, '\t': true, '\n': true, '\v': true, '\f': true, '\r': true, 0xc2: true, 0xe1: true, 0xe2: true, 0xe3: true}

// spaceAt returns the length of the white space that begins at i, 0 if none does. Within a character none begins.
func spaceAt(s string, i int) int {
	if s[i] < utf8.RuneSelf {
		return 1
	}
	if r, size := utf8.DecodeRuneInString(s[i:]); unicode.IsSpace(r) {
		return size
	}
	return 0
}

// Normalise returns text as keys see it: each run of white space as one blank, and none at its ends.
func Normalise(s string) string { return string(normalise(nil, s)) }
