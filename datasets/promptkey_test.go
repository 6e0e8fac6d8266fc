package datasets

import (
	"strings"
	"testing"
)

// plainForm is the definition that appendPlain follows.
func plainForm(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

var promptSamples = []string{
	"", " ", "what is this", " What\tIs\n\nthis ", "what  is this", "what is this ", "A", "a\vb\fc\r", "a\x1cb\x00", "a\u00a0b\u0085c\u2003d",
	"GRÖSSE", "größe", "\u0130stanbul", "\u212a", "a\xffb", "\xff", "a\xc3", "\xe2\x82", "a\ufffdb", "日本 語", "\u1680x", "Σς", strings.Repeat("Long ", 1000),
}

func TestPromptKey(t *testing.T) {
	for _, a := range promptSamples {
		if got, want := PromptKey([]byte(a)), hashString(plainForm(a)); got != want {
			t.Errorf("%q: key %x, want that of %q, %x", a, got, plainForm(a), want)
		}
		for _, b := range promptSamples {
			same := PromptKey([]byte(a)) == PromptKey([]byte(b))
			if same != (ClusterKey("", a, "x") == ClusterKey("", b, "x")) {
				t.Errorf("%q and %q: keys of prompts are the same: %v, those of clusters are not", a, b, same)
			}
		}
	}
	// It stands in artifacts: it must never change.
	if got := PromptKey([]byte("What is  owed?")); got != 0x235eed1e1302acea {
		t.Errorf("the key is %#x", got)
	}
}

func TestPromptKeyAllocations(t *testing.T) {
	for _, s := range []string{strings.Repeat("plain words ", 1000) + "end", "Short  With Capitals"} {
		prompt := []byte(s)
		if n := testing.AllocsPerRun(10, func() { PromptKey(prompt) }); n != 0 {
			t.Errorf("%.20s…: %v allocations", s, n)
		}
	}
}

func FuzzPromptKey(f *testing.F) {
	for _, s := range promptSamples {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, prompt []byte) {
		want := plainForm(string(prompt))
		if got := string(appendPlain(nil, prompt)); got != want {
			t.Errorf("%q in plain form is %q, want %q", prompt, got, want)
		}
		if isPlain(prompt) && string(prompt) != want {
			t.Errorf("%q is not plain: %q is", prompt, want)
		}
		if PromptKey(prompt) != hashString(want) {
			t.Errorf("the key of %q is not that of %q", prompt, want)
		}
		if want != "" && ClusterKey("", string(prompt), "x") != digest("prompt", want) {
			t.Errorf("the cluster of %q is not that of %q", prompt, want)
		}
	})
}

func BenchmarkPromptKey(b *testing.B) {
	for name, s := range map[string]string{
		"plain": strings.Repeat("some words ", 100) + "end", "ASCII": strings.Repeat("Some  words\n", 100), "Unicode": strings.Repeat("Größere Wörter ", 80),
	} {
		b.Run(name, func(b *testing.B) {
			prompt := []byte(s)
			b.SetBytes(int64(len(prompt)))
			b.ReportAllocs()
			for b.Loop() {
				PromptKey(prompt)
			}
		})
	}
}
