package datasets

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A chat is what the harness needs of the messages of a request.
type chat struct {
	user  string // text of the last user turn
	asked bool   // there is a user turn
	chars int    // code points of all texts
	turns int    // messages
	other bool   // a part of a message is not text
}

// parseChat reads messages in the form of chat APIs: a list of objects with role and content, the content a string
// or a list of parts of which those with a text count.
func parseChat(text []byte) (chat, error) {
	var turns []struct {
		Role    string      `json:"role"`
		Content chatContent `json:"content"`
	}
	if err := json.Unmarshal(text, &turns); err != nil {
		return chat{}, fmt.Errorf("is not a JSON list of messages with role and content: %w", err)
	}
	c := chat{turns: len(turns)}
	for _, turn := range turns {
		c.chars += utf8.RuneCountInString(turn.Content.text)
		c.other = c.other || turn.Content.other
		if turn.Role == "user" {
			c.user, c.asked = turn.Content.text, true
		}
	}
	return c, nil
}

// chatContent is the content of a message: its text, and whether there is something else in it.
type chatContent struct {
	text  string
	other bool
}

// UnmarshalJSON takes a string, a list of parts, or null.
func (c *chatContent) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '[' {
		return json.Unmarshal(data, &c.text)
	}
	var parts []chatPart
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	texts := make([]string, 0, len(parts))
	for _, p := range parts {
		if p.text != "" {
			texts = append(texts, p.text)
		}
		c.other = c.other || p.other
	}
	c.text = strings.Join(texts, "\n")
	return nil
}

// chatPart is a part of a message: an object of which only a text is of interest, or a bare string.
type chatPart struct {
	text  string
	other bool // it is not text: its type says so, or there is no type and no text
}

func (p *chatPart) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &p.text)
	}
	var object struct {
		Type partType `json:"type"`
		Text *string  `json:"text"`
	}
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	if object.Text != nil {
		p.text = *object.Text
	}
	isNull := string(data) == "null"
	p.other = object.Type == otherPart || object.Type == untypedPart && object.Text == nil && !isNull
	return nil
}

// partType is what the type of a part says.
type partType uint8

const (
	untypedPart partType = iota
	textPart             // or what passes between model and tools, which is no attachment
	otherPart
)

// UnmarshalJSON takes anything: a type that is no string is of something else than text.
func (t *partType) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "null":
	case `"text"`, `"input_text"`, `"output_text"`, `"refusal"`, `"thinking"`, `"reasoning"`, `"tool_use"`, `"tool_result"`:
		*t = textPart
	default:
		*t = otherPart
	}
	return nil
}
