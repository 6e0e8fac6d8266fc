package anthropic

import (
	"encoding/json"
	"strings"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// A turn is a message in the API's form.
type turn struct {
	Role    string `json:"role"`
	Content []any  `json:"content"` // blocks
}

type textBlock struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type toolUse struct {
	Type  string          `json:"type"`
	ID    string          `json:"id"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

type toolResult struct {
	Type    string `json:"type"`
	ID      string `json:"tool_use_id"`
	Content []any  `json:"content,omitempty"`
}

type imageBlock struct {
	Type   string      `json:"type"`
	Source imageSource `json:"source"`
}

type imageSource struct {
	Type      string `json:"type"`
	MediaType string `json:"media_type,omitempty"`
	Data      string `json:"data,omitempty"`
	URL       string `json:"url,omitempty"`
}

// translate returns the system prompt and the turns of a chat. native: raw parts are in the API's form already. Results of
// tools and what the user says after them are one turn, as the API wants them.
func translate(messages []llm.Message, native bool) (system []any, turns []turn, failed *llm.Error) {
	turns = []turn{}
	for i := range messages {
		m := &messages[i]
		blocks, failed := blocksOf(m, native)
		if failed != nil {
			return nil, nil, failed
		}
		role := "user"
		switch m.Role {
		case "system", "developer":
			system = append(system, blocks...)
			continue
		case "assistant":
			role = m.Role
			for j := range m.ToolCalls {
				use, failed := useOf(&m.ToolCalls[j])
				if failed != nil {
					return nil, nil, failed
				}
				blocks = append(blocks, use)
			}
		case "tool":
			blocks = []any{toolResult{"tool_result", m.ToolCallID, blocks}}
		case "user":
		default:
			return nil, nil, unsayable("a turn of another role than user, assistant, system and tool")
		}
		switch last := len(turns) - 1; {
		case len(blocks) == 0: // the API refuses a turn that says nothing
		case last >= 0 && turns[last].Role == role:
			turns[last].Content = append(turns[last].Content, blocks...)
		default:
			turns = append(turns, turn{role, blocks})
		}
	}
	return system, turns, nil
}

// useOf returns a call of a tool.
func useOf(c *llm.ToolCall) (toolUse, *llm.Error) {
	input := json.RawMessage(strings.TrimSpace(c.Arguments))
	switch {
	case len(c.Raw) > 0:
		return toolUse{}, unsayable("a call of a tool that is no function")
	case len(input) == 0:
		input = json.RawMessage("{}")
	case input[0] != '{' || !json.Valid(input):
		return toolUse{}, unsayable("a call of a tool whose arguments are no JSON object")
	}
	return toolUse{"tool_use", c.ID, c.Name, input}, nil
}

// blocksOf returns the content of a message. Empty texts are left out: the API refuses them.
func blocksOf(m *llm.Message, native bool) ([]any, *llm.Error) {
	if len(m.Parts) == 0 {
		return texts(nil, m.Text), nil
	}
	var out []any
	for i := range m.Parts {
		p := &m.Parts[i]
		switch {
		case native && len(p.Raw) > 0:
			out = append(out, p.Raw)
		case p.Type == "" || p.Type == "text" || p.Type == "input_text" || p.Type == "output_text" || p.Type == "refusal":
			out = texts(out, p.Text)
		case p.Type == "image_url":
			image, ok := imageOf(p.Raw)
			if !ok {
				return nil, unsayable("an image without an address")
			}
			out = append(out, image)
		default:
			return nil, unsayable("a part of type " + wire.Word(p.Type))
		}
	}
	return out, nil
}

func texts(blocks []any, text string) []any {
	if strings.TrimSpace(text) == "" {
		return blocks
	}
	return append(blocks, textBlock{"text", text})
}

// imageOf reads an image of chat completions: an address, or the image itself in one of scheme data.
func imageOf(raw json.RawMessage) (imageBlock, bool) {
	var part struct {
		Image struct {
			URL string `json:"url"`
		} `json:"image_url"`
	}
	if json.Unmarshal(raw, &part) != nil || part.Image.URL == "" {
		return imageBlock{}, false
	}
	data, inline := strings.CutPrefix(part.Image.URL, "data:")
	if !inline {
		return imageBlock{"image", imageSource{Type: "url", URL: part.Image.URL}}, true
	}
	media, data, ok := strings.Cut(data, ";base64,")
	return imageBlock{"image", imageSource{Type: "base64", MediaType: media, Data: data}}, ok && data != ""
}
