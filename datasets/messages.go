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
	var c chat
	for _, turn := range turns {
		c.chars += utf8.RuneCountInString(string(turn.Content))
		if turn.Role == "user" {
			c.user, c.asked = string(turn.Content), true
		}
	}
	return c, nil
}

// chatContent is the text of a message.
type chatContent string

// UnmarshalJSON takes a string, a list of parts, or null.
func (c *chatContent) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '[' {
		return json.Unmarshal(data, (*string)(c))
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
	}
	*c = chatContent(strings.Join(texts, "\n"))
	return nil
}

// chatPart is a part of a message: an object of which only a text is of interest, or a bare string.
type chatPart struct{ text string }

func (p *chatPart) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &p.text)
	}
	var object struct {
		Text string `json:"text"`
	}
	err := json.Unmarshal(data, &object)
	p.text = object.Text
	return err
}
