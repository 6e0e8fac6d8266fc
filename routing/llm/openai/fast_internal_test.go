package openai

import (
	"reflect"
	"testing"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// started returns an assembler that has seen the first chunk.
func started() *assembler { return &assembler{id: "c", model: "m"} }

func TestFast(t *testing.T) {
	for data, want := range map[string]string{
		`{"id":"c","object":"chat.completion.chunk","created":1764400000,"model":"m","service_tier":"default","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":" wörd"},"logprobs":null,"finish_reason":null}],"usage":null}`: " wörd",
		` { "choices" : [ { "delta" : { "role" : "assistant" , "content" : "a\n\"\u00e9" } } ] } `: "a\n\"é",
	} {
		if got, ok := started().fastText([]byte(data)); !ok || got != want {
			t.Errorf("%s: %q, %v", data, got, ok)
		}
	}
	for _, data := range []string{
		`{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}`,
		`{"choices":[{"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}`,
		`{"choices":[{"delta":{"content":"a","tool_calls":[]}}]}`,
		`{"choices":[{"delta":{"content":"a","content":"b"}}]}`,
		`{"choices":[{"index":1,"delta":{"content":"a"}}]}`,
		`{"model":"other","choices":[{"delta":{"content":"a"}}]}`,
		`{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1}}`,
		`{"choices":[{"delta":{"content":"a"}}],"new":1}`, `{"choices":[{"delta":{"content":"a"}}]} x`, `{"choices":[{"delta":{"content":"a`,
		"{\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}", `{"created":1.5,"choices":[{"delta":{"content":"a"}}]}`, `{"created":01,"choices":[{"delta":{"content":"a"}}]}`,
	} {
		if _, ok := started().fastText([]byte(data)); ok {
			t.Errorf("%s is none of the common kind", data)
		}
	}
}

// The fast way and the plain way come to the same.
func FuzzFast(f *testing.F) {
	f.Add([]byte(`{"id":"c","object":"chat.completion.chunk","created":17,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"a\n\ud83d\ude00"},"logprobs":null,"finish_reason":null}],"usage":null}`))
	f.Add([]byte(`{"choices":[{"delta":{"content":"a","refusal":null}}],"service_tier":"x","error":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fast, slow := started(), started()
		text, ok := fast.fastText(data)
		if !ok {
			return
		}
		fast.text.WriteString(text)
		out, done, failed := slow.addSlow(wire.Event{Data: data})
		if failed != nil || done || !reflect.DeepEqual(out, llm.Event{Text: text}) {
			t.Fatalf("%s: fast %q, slow %+v, %v, %v", data, text, out, done, failed)
		}
		if fast.text.String() != slow.text.String() || fast.finish != slow.finish || fast.usage != slow.usage || slow.model != "m" || slow.tools != nil || slow.logprobs != nil {
			t.Fatalf("%s: fast %+v, slow %+v", data, fast, slow)
		}
	})
}
