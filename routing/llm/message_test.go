package llm_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/routing/llm"
)

func TestParseMessages(t *testing.T) {
	got, err := llm.ParseMessages([]byte(`[
		{"role":"system","content":"be brief"},
		{"role":"user","content":[{"type":"text","text":"what is this?"},"and this",{"type":"text","text":""},
			{"type":"image_url","image_url":{"url":"data:,"}},{},null]},
		{"role":"assistant","content":null,"tool_calls":[]}
	]`))
	if err != nil {
		t.Fatal(err)
	}
	want := []llm.Message{
		{Role: "system", Text: "be brief"},
		{Role: "user", Parts: []llm.Part{{Type: "text", Text: "what is this?"}, {Text: "and this"}, {Type: "text"}, {Type: "image_url", Raw: []byte(`{"type":"image_url","image_url":{"url":"data:,"}}`)}, {Type: "other", Raw: []byte(`{}`)}, {}}},
		{Role: "assistant"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	if got, want := got[1].Content(), "what is this?\nand this"; got != want {
		t.Errorf("content %q, want %q", got, want)
	}
	if got[0].Attachment() || !got[1].Attachment() {
		t.Error("an image is an attachment, a text is none")
	}
	for _, text := range []string{`{}`, `[{"role":"user","content":7}]`, `[`, ``} {
		if _, err := llm.ParseMessages([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), "messages: want a JSON list") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzParseMessages(f *testing.F) {
	f.Add([]byte(`[{"role":"user","content":[{"type":7,"text":"x"},"y",null]}]`))
	f.Add([]byte(`[{"role":"user","content":"x"}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		messages, err := llm.ParseMessages(data)
		if (messages == nil) != (err != nil) {
			t.Fatalf("%v, %v: want one of them", messages, err)
		}
		for i := range messages {
			if m := &messages[i]; len(m.Parts) == 0 && (m.Content() != m.Text || m.Attachment()) {
				t.Errorf("a message of text: %+v", m)
			}
		}
	})
}

func TestRequestShape(t *testing.T) {
	for _, test := range []struct {
		tools, format string
		hasTools      bool
		hasSchema     bool
	}{
		{"", "", false, false},
		{" [ ] ", `{"type":"json_object"}`, false, false},
		{`[{"type":"function"}]`, `{"type":"json_schema","json_schema":{}}`, true, true},
		{`null`, `{"schema":{}}`, false, true},
		{`{}`, `{"json_schema":null}`, false, false},
		{`[]`, `"json_schema"`, false, false},
	} {
		r := llm.Request{Tools: []byte(test.tools), ResponseFormat: []byte(test.format)}
		if r.HasTools() != test.hasTools || r.HasSchema() != test.hasSchema {
			t.Errorf("tools %q, format %q: got %v, %v", test.tools, test.format, r.HasTools(), r.HasSchema())
		}
	}
}
