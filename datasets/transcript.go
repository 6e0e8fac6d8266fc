package datasets

import (
	"encoding/json"
	"strings"
)

// Transcript returns what a person has to read to judge an answer: the prompt, or of a chat with several messages all of
// them, each under its role.
func (r *Row) Transcript() string {
	var turns []struct {
		Role    string      `json:"role"`
		Content chatContent `json:"content"`
	}
	if r.Messages == "" || json.Unmarshal([]byte(r.Messages), &turns) != nil || len(turns) == 0 {
		return r.Prompt
	}
	if len(turns) == 1 {
		if r.Prompt != "" {
			return r.Prompt
		}
		return turns[0].Content.text
	}
	texts := make([]string, 0, len(turns))
	for _, turn := range turns {
		texts = append(texts, "["+turn.Role+"]\n"+turn.Content.text)
	}
	return strings.Join(texts, "\n\n")
}
