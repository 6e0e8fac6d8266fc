package judge_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing/judge"
	"github.com/tierwise/tierwise/routing/llm"
)

// verdict returns a response whose verdict is a token with alternatives.
func verdict(word string, p float64, top ...any) *llm.Response {
	r := tokens(`{"right":"`, 1.0, word, p, `","`, 1.0, `probability":10}`, 1.0)
	r.Logprobs[1].Top = tokens(top...).Logprobs
	return r
}

func TestReadSelfCheck(t *testing.T) {
	none := math.NaN()
	for _, test := range []struct {
		name     string
		response *llm.Response
		want     float64 // NaN: an error
	}{
		{"a yes with its number", says(`{"right": "yes", "probability": 90}`), 0.9},
		{"a no with its number", says(`{"right": "no", "probability": 5.5}`), 0.055},
		{"in a fence", says("```\n{\"right\": \"Yes\", \"probability\": 50}\n```"), 0.5},
		{"the number contradicts a no", says(`{"right": "no", "probability": 95}`), none},
		{"the number contradicts a yes", says(`{"right": "yes", "probability": 10}`), none},
		{"above 100", says(`{"right": "yes", "probability": 101}`), none},
		{"below 0", says(`{"right": "no", "probability": -1}`), none},
		{"no number", says(`{"right": "yes", "probability": "high"}`), none},
		{"no word", says(`{"probability": 90}`), none},
		{"another word", says(`{"right": "maybe", "probability": 90}`), none},
		{"a part of a word", says(`{"right": "y", "probability": 90}`), none},
		{"no object", says("yes"), none},
		{"cut", says(`{"right": "yes", "prob`), none},
		{"a refusal", &llm.Response{Refusal: "no", Text: `{"right": "yes", "probability": 90}`}, none},

		{"yes against no", verdict("yes", 0.6, "yes", 0.6, "no", 0.2), 0.75},
		{"in all spellings", verdict("yes", 0.4, "yes", 0.4, "Yes", 0.2, " no", 0.1, "No", 0.1, "maybe", 0.2), 0.75},
		{"no against yes", verdict("no", 0.6, "yes", 0.2, "no", 0.6), 0.25},
		{"not among the alternatives", verdict("yes", 0.6, "no", 0.2), 0.75},
		{"a yes alone", verdict("yes", 0.7), 0.7},
		{"a no alone", verdict("no", 0.7), 0.3},
		{"no likely alternative", verdict("yes", 0.99, "yes", 0.99, "maybe", 0.01), 0.99},
	} {
		got, err := judge.ReadSelfCheck(test.response)
		if (err != nil) != math.IsNaN(test.want) || err == nil && math.Abs(got-test.want) > 1e-12 || math.IsNaN(got) != (err != nil) {
			t.Errorf("%s: %v, error %v; want %v", test.name, got, err, test.want)
		}
	}
}

// TestSelfCheck: the model sees the conversation and the answer, bounded, and what it cannot see is named.
func TestSelfCheck(t *testing.T) {
	messages := []llm.Message{{Role: "system", Text: "be brief"}}
	for range 20 {
		messages = append(messages, llm.Message{Role: "user", Text: strings.Repeat("long ", 1000)}, llm.Message{Role: "assistant", Text: "ok"})
	}
	messages = append(messages, llm.Message{Role: "user", Parts: []llm.Part{{Text: "what is this?"}, {Type: "image_url", Raw: []byte(`{}`)}}})
	answer := &llm.Response{Text: "a cat\"}", ToolCalls: []llm.ToolCall{{Name: "look", Arguments: `{"x":1}`}}}
	q := judge.SelfCheck(messages, answer)
	var shown struct {
		Conversation []struct {
			Role, Text  string
			Attachments []string
		}
		Answer string
		Calls  []string `json:"tool_calls"`
	}
	if err := json.Unmarshal([]byte(q.Messages[1].Text), &shown); err != nil {
		t.Fatal(err)
	}
	turns := shown.Conversation
	last := turns[len(turns)-1]
	if len(turns) != 9 || turns[0].Text != "be brief" || last.Text != "what is this?" || len(last.Attachments) != 1 || last.Attachments[0] != "image_url" {
		t.Errorf("conversation %+v", turns)
	}
	if shown.Answer != answer.Text || len(shown.Calls) != 1 || shown.Calls[0] != `look {"x":1}` || len(q.Messages[1].Text) > 12_000 {
		t.Errorf("shown %+v in %d bytes", shown, len(q.Messages[1].Text))
	}
	if strings.Contains(q.Messages[0].Text, "cat") || !q.HasSchema() {
		t.Errorf("question %+v", q)
	}
}
