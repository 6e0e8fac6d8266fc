// Package accept measures answers. An acceptance check is two functions: Measure turns an answer into a signal
// (costly, once per answer), Pass compares the signal with a threshold (free). Online they run back to back; a
// replay measures once and sweeps thresholds over the signals.
package accept

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Kind is what a check measures.
type Kind uint8

// The kinds of checks.
const (
	Chars       Kind = iota // number of characters (code points) of the answer
	Regex                   // 1 if the pattern is found in the answer, else 0
	JSON                    // 1 if the answer is one JSON value and nothing else, else 0
	JSONSchema              // 1 if the answer is JSON that the schema accepts, else 0
	Finish                  // 1 if the answer was neither truncated nor refused, else 0
	LogprobMean             // mean log-probability of the answer's tokens
	LogprobMin              // least log-probability of the answer's tokens
	SelfCheck               // how sure a model, asked in a call of its own, is of the answer
	Func                    // what a function of the service, written in Go, says of the answer
)

var kindNames = [...]string{"chars", "regex", "json", "json_schema", "finish", "logprob_mean", "logprob_min", "self_check", funcPrefix + "NAME"}

// funcPrefix stands before the name of a function in the word for a check of kind Func.
const funcPrefix = "go:"

// funcName is what functions may be called.
var funcName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// String returns the word for k in a dispatch config.
func (k Kind) String() string { return kindNames[k] }

// Names returns the words for all kinds, in the order of the constants.
func Names() []string { return append([]string(nil), kindNames[:]...) }

// ParseKind returns the kind that the word names, false if there is none. "go:" and the name of a function is Func.
func ParseKind(name string) (Kind, bool) {
	if function, ok := strings.CutPrefix(name, funcPrefix); ok {
		return Func, funcName.MatchString(function)
	}
	for k, n := range kindNames {
		if n == name {
			return Kind(k), true
		}
	}
	return 0, false
}

// Binary reports whether the signal is 0 or 1, so that a threshold of 1 goes without saying.
func (k Kind) Binary() bool { return k == Regex || k == JSON || k == JSONSchema || k == Finish }

// NeedsCall reports whether measuring takes a model call of its own.
func (k Kind) NeedsCall() bool { return k == SelfCheck }

// NeedsText reports whether measuring takes the text of the answer.
func (k Kind) NeedsText() bool { return k == Chars || k == Regex || k == JSON || k == JSONSchema }

// A Check is what to measure. It is immutable and safe for concurrent use.
type Check struct {
	Kind    Kind
	Pattern *regexp.Regexp // of Regex
	Schema  *Schema        // of JSONSchema
	// SchemaPath names Schema in messages.
	SchemaPath string
	Model      string // of SelfCheck: who is asked
	Name       string // of Func: who says it
}

// Word returns the word for the check in a dispatch config: that of its kind, and of a function its name.
func (c *Check) Word() string {
	if c.Kind == Func {
		return funcPrefix + c.Name
	}
	return c.Kind.String()
}

// FuncName returns the name of the function that the word for a check of kind Func names.
func FuncName(word string) string { return strings.TrimPrefix(word, funcPrefix) }

// An Answer is what one call gave, as far as checks look at it.
type Answer struct {
	Text                    []byte
	HasText                 bool    // false: no text is known, which is not an empty text
	FinishReason            string  // "": unknown
	LogprobMean, LogprobMin float64 // NaN: unknown
	SelfCheck               float64 // the verdict of the self-check's own call; NaN: unknown
}

// Measure returns the signal of a, false if a lacks what it takes. What a function says is in no answer.
func (c *Check) Measure(a *Answer) (signal float64, ok bool) {
	switch c.Kind {
	case LogprobMean:
		return a.LogprobMean, !math.IsNaN(a.LogprobMean)
	case LogprobMin:
		return a.LogprobMin, !math.IsNaN(a.LogprobMin)
	case SelfCheck:
		return a.SelfCheck, !math.IsNaN(a.SelfCheck)
	case Finish:
		return oneIf(finished(a.FinishReason)), a.FinishReason != ""
	case Chars, Regex, JSON, JSONSchema:
		if !a.HasText {
			return 0, false
		}
		return c.measureText(a.Text), true
	case Func:
	}
	return 0, false
}

func (c *Check) measureText(text []byte) float64 {
	switch c.Kind {
	case Chars:
		return float64(utf8.RuneCount(text))
	case Regex:
		return oneIf(c.Pattern.Match(text))
	case JSON:
		return oneIf(json.Valid(bytes.TrimSpace(text)))
	default:
		return oneIf(c.Schema.Accepts(text))
	}
}

// Pass compares a signal with a threshold; the threshold itself passes.
func Pass(signal, threshold float64) bool { return signal >= threshold }

// unfinished are the finish reasons, of the providers whose documentation was at hand, that mean a truncated or
// refused answer. A reason that is not in here is taken as a good end: new reasons are mostly kinds of tool calls.
var unfinished = map[string]bool{
	"length": true, "max_tokens": true, "max_output_tokens": true, "model_length": true, "incomplete": true,
	"model_context_window_exceeded": true, "content_filter": true, "refusal": true, "safety": true,
	"recitation": true, "blocklist": true, "prohibited_content": true, "spii": true, "error": true,
}

func finished(reason string) bool { return !unfinished[strings.ToLower(reason)] }

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
