package routing

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestMainScript(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"123 !? …", ""},
		{"\xff\xfe", ""},
		{"What is this?", "Latin"},
		{"Größe", "Latin"},
		{"Что это?", "Cyrillic"},
		{"OK, это оно", "Cyrillic"},
		{"это is a", "Cyrillic"}, // three of each: the one met first
		{"is a это", "Latin"},
		{"aжжab", "Latin"},
		{"aжaжж", "Cyrillic"},
		{"这是什么 GPT", "Han"},
		{"GPT 是", "Latin"},
		{"カメラー", "Katakana"},        // the last is a letter of Hiragana and Katakana: it does not count
		{"日本語のテキスト", "Katakana"},    // three Han, one Hiragana, four Katakana
		{"日本語だよ", "Han"},            // three to two
		{"ما هذا؟", "Arabic"},       // its question mark is common
		{"नमस्ते ab", "Devanagari"}, // vowel signs are no letters: four to two
		{"𐌰𐌱𐌲", "Gothic"},
		{"e\u0301e\u0301 жжж", "Cyrillic"}, // accents are inherited
		{"ａｂ", "Latin"},
	} {
		if got := mainScript(test.text); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

// plainScript counts all letters, script by script.
func plainScript(text string) string {
	counts, met := map[string]int{}, []string{}
	for _, r := range text {
		name, ok := scriptOf(r)
		if !ok {
			continue
		}
		if counts[name] == 0 {
			met = append(met, name)
		}
		counts[name]++
	}
	best := ""
	for _, name := range met {
		if counts[name] > counts[best] {
			best = name
		}
	}
	return best
}

// scriptOf looks a letter up in Go's own tables.
func scriptOf(r rune) (string, bool) {
	if !unicode.IsLetter(r) {
		return "", false
	}
	for name, table := range unicode.Scripts {
		if !sharedScript(name) && unicode.Is(table, r) {
			return name, true
		}
	}
	return "", false
}

func TestLetterTable(t *testing.T) {
	table := newLetterTable()
	if len(table.names) > maxScripts {
		t.Fatalf("%d scripts are more than maxScripts", len(table.names))
	}
	for i, r := range table.ranges {
		if i > 0 && r.first <= table.ranges[i-1].last {
			t.Fatalf("%U overlaps with the range before it", r.first)
		}
	}
	// One of seven letters and all of the first planes' small scripts.
	for r := rune(utf8.RuneSelf); r < 0x20000; r++ {
		if r > 0x3000 && r%7 != 0 {
			continue
		}
		var near letterRange
		script, ok := table.script(r, &near)
		want, wanted := scriptOf(r)
		if ok != wanted || ok && table.names[script] != want {
			t.Fatalf("%U: got %v, want %q", r, ok, want)
		}
	}
}

func FuzzMainScript(f *testing.F) {
	for _, text := range []string{"What?", "aжжab", "日本語のテキスト", "e\u0301 жж\xffж", "ab\u02bcγδ", "@AZ[`az{ж", "12345678ж", "@AZ[`az{@AZ[`az{жж"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := mainScript(text), plainScript(text); got != want {
			t.Fatalf("%q: got %q, want %q", text, got, want)
		}
	})
}
