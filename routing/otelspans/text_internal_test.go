package otelspans

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/tierwise/tierwise/routing/llm"
)

// TestTextAttributes: messages have the form of the conventions' schemas gen-ai-input-messages.json and
// gen-ai-output-messages.json.
func TestTextAttributes(t *testing.T) {
	q := &llm.Request{Messages: []llm.Message{
		{Role: "system", Text: "be brief"},
		{Role: "user", Parts: []llm.Part{{Text: "what is this?"}, {Type: "image_url", Raw: []byte(`{"type":"image_url"}`)}}},
		{Role: "assistant", ToolCalls: []llm.ToolCall{{ID: "c1", Name: "look", Arguments: `{"at":"it"}`}}},
		{Role: "tool", ToolCallID: "c1", Text: "a cat"},
	}}
	const input = `[{"role":"system","parts":[{"type":"text","content":"be brief"}]},` +
		`{"role":"user","parts":[{"type":"text","content":"what is this?"},{"type":"image_url"}]},` +
		`{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"look","arguments":"{\"at\":\"it\"}"}]},` +
		`{"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"a cat"}]}]`
	for _, test := range []struct {
		resp   *llm.Response
		output string // "": none
	}{
		{nil, ""},
		{&llm.Response{Text: "a cat", Reasoning: "whiskers", FinishReason: "stop"},
			`[{"role":"assistant","parts":[{"type":"reasoning","content":"whiskers"},{"type":"text","content":"a cat"}],"finish_reason":"stop"}]`},
		{&llm.Response{Refusal: "no", ToolCalls: []llm.ToolCall{{ID: "c2", Name: "look"}}},
			`[{"role":"assistant","parts":[{"type":"text","content":"no"},{"type":"tool_call","id":"c2","name":"look"}]}]`},
		{&llm.Response{}, `[{"role":"assistant","parts":[]}]`},
	} {
		want := []attribute.KeyValue{genInput.String(input)}
		if test.output != "" {
			want = append(want, genOutput.String(test.output))
		}
		if diff := cmp.Diff(want, textAttributes(q, test.resp), cmp.Comparer(func(a, b attribute.Value) bool { return a.AsString() == b.AsString() })); diff != "" {
			t.Errorf("−want +got\n%s", diff)
		}
	}
}
