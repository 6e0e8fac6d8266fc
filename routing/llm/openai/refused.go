package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

var errNotText = errors.New("is no text")

// Refused implements wire.Dialect.
func (d *dialect) Refused(status int, body []byte) *llm.Error {
	var outer struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"` // of FastAPI, which local servers are made with
	}
	if json.Unmarshal(body, &outer) != nil {
		return wire.Refusal(status, nil, "")
	}
	switch {
	case isError(outer.Error):
		return refusal(status, outer.Error)
	case outer.Message != "":
		return refusal(status, body)
	}
	return wire.Refusal(status, nil, string(outer.Detail))
}

// isError reports whether the field error of an answer has one.
func isError(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null" && string(raw) != `""` && string(raw) != "{}" && string(raw) != "false"
}

// refusal makes an error of an error object, or of the bare string that some servers send. Where the status is unknown,
// a code that is a number is one.
func refusal(status int, raw json.RawMessage) *llm.Error {
	var message string
	if json.Unmarshal(raw, &message) == nil {
		return wire.Refusal(status, nil, message)
	}
	var object struct {
		Code    json.RawMessage `json:"code"`
		Type    json.RawMessage `json:"type"`
		Message json.RawMessage `json:"message"`
		Inner   *struct {
			Code json.RawMessage `json:"code"` // of Azure: ResponsibleAIPolicyViolation
		} `json:"innererror"`
		Metadata *struct {
			Reasons json.RawMessage `json:"reasons"` // of OpenRouter, why moderation said no
		} `json:"metadata"`
	}
	if json.Unmarshal(raw, &object) != nil {
		return wire.Refusal(status, nil, "")
	}
	var number int
	if json.Unmarshal(object.Code, &number) == nil && status == 0 && number >= 400 && number < 600 {
		status = number
	}
	words := []string{str(object.Code), str(object.Type)}
	if object.Inner != nil {
		words = append([]string{str(object.Inner.Code)}, words...)
	}
	e := wire.Refusal(status, words, str(object.Message))
	if object.Metadata != nil && isError(object.Metadata.Reasons) {
		e.Cause = llm.ContentFilter
	}
	return e
}

// str returns a JSON string's text, "" if it is none.
func str(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// notChat is the error of a body that is not read as an answer.
func notChat(body []byte, err error) *llm.Error {
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		if strings.Contains(err.Error(), "unexpected end") {
			return wire.NoAnswer("the answer's JSON is cut")
		}
		return wire.NoAnswer("the answer is not JSON")
	}
	// An error may hide in an answer whose other fields are odd.
	var outer struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(bytes.TrimSpace(body), &outer) == nil && isError(outer.Error) {
		return refusal(0, outer.Error)
	}
	return wire.NoAnswer("the answer is JSON of another form than a chat completion")
}
