package anthropic

import (
	"reflect"
	"testing"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

func TestFast(t *testing.T) {
	if got, ok := fastText([]byte(`{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a\n"}}`)); !ok || got != "a\n" {
		t.Errorf("%q, %v", got, ok)
	}
	for _, data := range []string{
		`{"type":"ping"}`, `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"a"}}`,
		`{"type":"content_block_delta","delta":{"type":"text_delta"}}`, `{"type":"content_block_delta","delta":{"type":"text_delta","text":"a"},"x":1}`,
	} {
		if _, ok := fastText([]byte(data)); ok {
			t.Errorf("%s is none of the common kind", data)
		}
	}
}

// The fast way and the plain way come to the same.
func FuzzFast(f *testing.F) {
	f.Add([]byte(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\n\ud83d\ude00"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, ok := fastText(data)
		if !ok {
			return
		}
		slow := &assembler{}
		out, done, failed := slow.addSlow(wire.Event{Data: data})
		if failed != nil || done || !reflect.DeepEqual(out, llm.Event{Text: text}) || slow.text.String() != text || slow.tools != nil || slow.usage != (usage{}) {
			t.Fatalf("%s: fast %q, slow %+v, %v, %v", data, text, out, done, failed)
		}
	})
}
