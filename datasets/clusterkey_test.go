package datasets

import "testing"

// TestKeyMaker wants of rows in turn the keys that each has alone.
func TestKeyMaker(t *testing.T) {
	var m KeyMaker
	for _, test := range []struct{ group, prompt, id string }{
		{"", "", "1"},
		{"g", "prompt", "1"},
		{"", "a plain prompt", "1"},
		{"", " A  prompt\tof Über-length \xff and a Kelvin sign: \u212a ", "2"},
		{"", " \n\u2003", "3"},
		{"", "", ""},
		{"id", "", "3"},
	} {
		want := ClusterKey(test.group, test.prompt, test.id)
		if got := string(m.AppendKey([]byte("x"), []byte(test.group), []byte(test.prompt), []byte(test.id))); got != "x"+want {
			t.Errorf("%q: %s, not x%s", test, got, want)
		}
	}
	prompt := []byte("some words  of a Prompt")
	dst := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { m.AppendKey(dst, nil, prompt, nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
