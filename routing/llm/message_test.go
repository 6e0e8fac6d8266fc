package llm_test

import (
	"encoding/json"
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
		if err != nil {
			return
		}
		for i := range messages {
			if m := &messages[i]; len(m.Parts) == 0 && (m.Content() != m.Text || m.Attachment()) {
				t.Errorf("a message of text: %+v", m)
			}
		}
		// What was read is written and read again as the same.
		written, err := json.Marshal(messages)
		if err != nil {
			t.Fatal(err)
		}
		again, err := llm.ParseMessages(written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		twice, err := json.Marshal(again)
		if err != nil || string(twice) != string(written) {
			t.Fatalf("%s\nthen %s, %v", written, twice, err)
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

// Tool calls, results and fields that nobody knows come through reading and writing.
func TestMessagesRoundTrip(t *testing.T) {
	const text = `[{"role":"user","content":[{"type":"text","text":"a <b>"},{"type":"text","text":"x","cache_control":{"type":"ephemeral"}},{"type":"input_audio","input_audio":{}}],"name":"eve"},` +
		`{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"c2","type":"custom","custom":{"input":"x"}}]},` +
		`{"role":"tool","content":"3","tool_call_id":"c1"}]`
	messages, err := llm.ParseMessages([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if call := messages[1].ToolCalls[0]; call.Name != "f" || call.Arguments != `{"a":1}` || messages[2].ToolCallID != "c1" {
		t.Errorf("messages %+v", messages)
	}
	for i := range messages {
		var want, got any
		line, err := messages[i].MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var all []json.RawMessage
		if json.Unmarshal([]byte(text), &all) != nil || json.Unmarshal(all[i], &want) != nil || json.Unmarshal(line, &got) != nil {
			t.Fatalf("no JSON: %s", line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("message %d (-read +written):\n%s", i, diff)
		}
	}
}
