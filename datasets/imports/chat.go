package imports

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// A message is one turn of a chat: what requests are compared by. Ids and sources that tools add to it are not.
type message struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content,omitempty"`
	Name       string          `json:"name,omitempty"`
	ToolCalls  json.RawMessage `json:"tool_calls,omitempty"`
	ToolCallID string          `json:"tool_call_id,omitempty"`
}

// chat splits a prompt as tools write it, text or messages as JSON in a text, into prompt and messages of a row.
func chat(raw string) (prompt, messages string) {
	if strings.HasPrefix(strings.TrimSpace(raw), "[") {
		var turns []message
		if json.Unmarshal([]byte(raw), &turns) == nil && areTurns(turns) {
			return lastUser(turns), formatTurns(turns)
		}
	}
	return raw, ""
}

func areTurns(turns []message) bool {
	for _, t := range turns {
		if t.Role == "" || t.Content == nil && t.ToolCalls == nil {
			return false
		}
	}
	return len(turns) > 0
}

// lastUser is the text of the last turn of the user: what a router classifies.
func lastUser(turns []message) string {
	for _, turn := range slices.Backward(turns) {
		if turn.Role == "user" {
			return contentText(turn.Content, "\n")
		}
	}
	return ""
}

// formatTurns is the JSON of messages, the same for the same turns whatever the order of keys and white space was.
func formatTurns(turns []message) string {
	plain := slices.Clone(turns)
	for i := range plain {
		plain[i].Content = canonical(plain[i].Content)
		plain[i].ToolCalls = canonical(plain[i].ToolCalls)
	}
	return compactJSON(plain)
}

// canonical sorts the keys of JSON and drops white space.
func canonical(data json.RawMessage) json.RawMessage {
	v, err := decodeAny(data)
	if len(data) == 0 || err != nil {
		return data
	}
	return json.RawMessage(compactJSON(v))
}

// contentText is the text of a message's content: a string, or the texts of its parts joined. Parts without a text,
// such as images and reasoning, are left out.
func contentText(content json.RawMessage, separator string) string {
	content = bytes.TrimSpace(content)
	if len(content) == 0 {
		return ""
	}
	if content[0] == '"' {
		var s string
		if json.Unmarshal(content, &s) != nil {
			return ""
		}
		return s
	}
	var parts []json.RawMessage
	if json.Unmarshal(content, &parts) != nil {
		return ""
	}
	var texts []string
	for _, p := range parts {
		var part struct {
			Text string `json:"text"`
		}
		if len(p) > 0 && p[0] == '"' {
			if json.Unmarshal(p, &part.Text) != nil {
				continue
			}
		} else if json.Unmarshal(p, &part) != nil {
			continue
		}
		if part.Text != "" {
			texts = append(texts, part.Text)
		}
	}
	return strings.Join(texts, separator)
}

// logprobs gives the mean and the least of the log-probabilities of an answer's tokens, nil if there are none.
func logprobs(values []float64) (mean, least *float64) {
	if len(values) == 0 {
		return nil, nil
	}
	total, low := 0.0, values[0]
	for _, v := range values {
		total += v
		low = min(low, v)
	}
	total /= float64(len(values))
	return &total, &low
}
