package llm

import (
	"bytes"
	"encoding/json"
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
