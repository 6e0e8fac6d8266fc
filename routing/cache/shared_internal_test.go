package cache

import (
	"slices"
	"testing"
)

// FuzzShared: what another process wrote may be anything.
func FuzzShared(f *testing.F) {
	q := &Query{Text: "hi", Vector: []float32{0.6, 0.8}}
	f.Add(appendShared(nil, q, 5))
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		v, it, err := parseShared(data, q)
		if err != nil {
			return
		}
		again, same, err := parseShared(appendShared(nil, &Query{Text: it.text, Vector: v}, it.expires), q)
		if err != nil || !slices.Equal(v, again) || same.text != it.text || same.expires != it.expires || same.key != it.key {
			t.Errorf("%v %+v, again %v %+v: %v", v, it, again, same, err)
		}
	})
}
