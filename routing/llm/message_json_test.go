package llm

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzAppendString: strings are written as encoding/json writes them.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "a \"quoted\" \\ text\r\n\tand <b>&", "\x00\x1f\x7f", "naïve  \u2028\u2029", "\xff\xfe", "\b\f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(s); err != nil {
			t.Fatal(err)
		}
		if got := appendString([]byte("x"), s); string(got)+"\n" != "x"+want.String() {
			t.Errorf("%q is %s, want %s", s, got[1:], want.String())
		}
	})
}

// FuzzPlainTurn: a turn that is read fast is the one that is read slowly.
func FuzzPlainTurn(f *testing.F) {
	for _, s := range []string{
		`{"role":"user","content":"hello"}`, ` { "content" : "a\"b\\\n\u00e9" , "role" : "system" } `, `{"role":"user","content":null}`, `{"role":"a","role":"b"}`,
		`{"role":"user","content":"x","name":"n"}`, `{"Role":"user"}`, `{}`, `null`, `{"role":"user","content":["x"]}`, "{\"role\":\"\xff\"}", `{"r\u006fle":"user"}`, `{"content":"\ud800"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return
		}
		var fast, slow turn
		if !fast.plain(data) {
			return
		}
		if err := slow.read(data); err != nil || !reflect.DeepEqual(fast, slow) {
			t.Errorf("%s: %+v, slowly %+v, %v", data, fast, slow, err)
		}
	})
}
