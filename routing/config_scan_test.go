package routing

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

func TestScanKeys(t *testing.T) {
	at := func(line, key, value int) mark { return mark{Position{line, key}, Position{line, value}} }
	header := func(line, column int) mark { return at(line, column, column) }
	tests := []struct {
		name, text string
		want       map[string]mark
	}{
		{"empty", "", map[string]mark{}},
		{"only comments", "# a = 1\n  # [b]", map[string]mark{}},
		{"scalars", "a = 1\n  b=true\r\nc =   1979-05-27 07:32:00 # d = 1", map[string]mark{
			"a": at(1, 1, 5), "b": at(2, 3, 5), "c": at(3, 1, 7),
		}},
		{"columns are characters", `"ü" = "é" # …` + "\n[\"é\".'b c']", map[string]mark{
			`"ü"`: at(1, 1, 7), `"é"`: header(2, 2), `"é"."b c"`: header(2, 6),
		}},
		{"escaped keys", `"a.b" = 1` + "\n" + `"\x61\t\"" = 1` + "\n" + `'\t' = 1` + "\n\"\" = 1\n" + `"\U0001F600\e" = 1`, map[string]mark{
			`"a.b"`: at(1, 1, 9), `"a\t\""`: at(2, 1, 14), `"\\t"`: at(3, 1, 8), `""`: at(4, 1, 6), `"😀\x1b"`: at(5, 1, 18),
		}},
		{"dotted keys", "a . b = 1\na.c = 2", map[string]mark{"a": header(1, 1), "a.b": at(1, 5, 9), "a.c": at(2, 3, 7)}},
		{"the header is the place of a table implied before it", "[a.b]\n[a]\nc = 1", map[string]mark{
			"a": header(2, 2), "a.b": header(1, 4), "a.c": at(3, 1, 5),
		}},
		{"arrays of tables", "[[a]]\n[[a.b]]\nc = 1\n[[a.b]]\n[[a]]\n[a.b]\nc=1", map[string]mark{
			"a": header(1, 3), "a[0]": header(1, 3), "a[0].b": header(2, 5), "a[0].b[0]": header(2, 5),
			"a[0].b[0].c": at(3, 1, 5), "a[0].b[1]": header(4, 5), "a[1]": header(5, 3), "a[1].b": header(6, 4),
			"a[1].b.c": at(7, 1, 3),
		}},
		{"inline", "a = [ 1,\n  # [\n  {b.c = ']', d = [[]] } ,\n]", map[string]mark{
			"a": at(1, 1, 5), "a[0]": header(1, 7), "a[1]": header(3, 3), "a[1].b": header(3, 4), "a[1].b.c": at(3, 6, 10),
			"a[1].d": at(3, 15, 19), "a[1].d[0]": header(3, 20),
		}},
		{"multi-line strings", `a = """` + "\nb = 1 \\\"\"\" \"\"\"\"\"\nc = '''\n[x]''''\nd = \"\"\"\"\"\"\ne = 1", map[string]mark{
			"a": at(1, 1, 5), "c": at(3, 1, 5), "d": at(5, 1, 5), "e": at(6, 1, 5),
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var values map[string]any
			if _, err := toml.Decode(test.text, &values); err != nil {
				t.Fatalf("the decoder does not accept it: %v", err)
			}
			got, _, _ := scanKeys(test.text)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(mark{})); diff != "" {
				t.Errorf("marks (-want +got)\n%s", diff)
			}
		})
	}
}

// The index counts in blocks; this counts character by character, over texts around a block's size.
func TestLineIndex(t *testing.T) {
	for _, size := range []int{0, 1, stride - 1, stride, stride + 1, 2 * stride, 3*stride + 7} {
		text := strings.Repeat("aü日\n😀b", size)[:size]
		text = strings.ToValidUTF8(text, "?")
		lines, want := newLineIndex(text), Position{1, 1}
		for offset, r := range text {
			if got := lines.position(offset); got != want {
				t.Fatalf("size %d, offset %d: got %v, want %v", size, offset, got, want)
			}
			if want.Column++; r == '\n' {
				want = Position{want.Line + 1, 1}
			}
		}
		for _, outside := range []int{len(text), len(text) + 1} {
			if got := lines.position(outside); got != want {
				t.Errorf("size %d, offset %d: got %v, want the end %v", size, outside, got, want)
			}
		}
		if got := lines.position(-1); got != (Position{1, 1}) {
			t.Errorf("offset -1: got %v", got)
		}
	}
}

func TestScanKeysTooLong(t *testing.T) {
	tests := []struct {
		name, text string
		want       Position
	}{
		{"a name", "a = 1\n" + strings.Repeat("b", maxPathBytes+1) + " = 1", Position{2, 1}},
		{"a header", "[a]\n[ " + strings.Repeat("b.", maxPathBytes) + "b]", Position{2, 3 + maxPathBytes}},
		{"a dotted key", "[a]\n" + strings.Repeat("b.", maxPathBytes) + "b = 1", Position{2, maxPathBytes - 1}},
		// a[0] has 4 bytes, and each bracket adds [0]
		{"arrays", "a = " + strings.Repeat("[", maxConfigBytes), Position{1, 5 + (maxPathBytes-1)/3 + 1}},
		{"inline tables", "a = " + strings.Repeat("{a = ", 1000), Position{1, 6 + (maxPathBytes-1)/2*5}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			marks, _, tooLong := scanKeys(test.text)
			if tooLong == nil || *tooLong != test.want || len(marks) > maxPathBytes {
				t.Errorf("got %d keys, too long at %v, want %v", len(marks), tooLong, test.want)
			}
		})
	}
	if _, _, tooLong := scanKeys(strings.Repeat("b", maxPathBytes) + " = 1"); tooLong != nil {
		t.Errorf("a name of %d bytes is too long", maxPathBytes)
	}
}

// The scanner and the decoder read the same document, so they must see the same keys.
func FuzzScanKeys(f *testing.F) {
	for _, text := range []string{
		"a = 1\n[b]\nc.d = [1, {e = 2}]\n[[f]]\n[[f]]\ng = 'x'\n",
		"[a.b]\n[a]\n'x y' = \"\"\"\n\"\"\"\"\n\"\\u00fc\" = 1979-05-27 07:32:00\n",
		"x = [[], [[1.5e3]], # c\n'''a''', { }, {a.b = 1, a.c = [{}],}]",
		"a.b.c = 1\na.d = 2\n[a.b.e]\n[[x.y]]\n[x.y.z]\n[[x.y.w]]\n[[x.y]]\n",
		"a = {b = {c.d = 1}, e = [{f = 1}, {f.g = 2}]}\nh = +inf # {\ni = '#'\nj = \"\\\"]\"\r\n",
		exampleConfig(f),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		marks, names, tooLong := scanKeys(text) // whatever the text: no panic, and an end
		var values map[string]any
		if tooLong != nil || strings.HasPrefix(text, "\ufeff") || !utf8.ValidString(text) || hasEmptyName(names) {
			return
		}
		if _, err := toml.Decode(text, &values); err != nil {
			return
		}
		want, wantNames := map[string]bool{}, map[string][]string{}
		collectPaths("", values, want, wantNames)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(marks))); diff != "" {
			t.Errorf("key paths (-decoder +scanner)\n%s", diff)
		}
		for _, n := range names {
			slices.Sort(n)
		}
		if diff := cmp.Diff(wantNames, names); diff != "" {
			t.Errorf("names in tables (-decoder +scanner)\n%s", diff)
		}
		lines := strings.Split(text, "\n")
		for path, m := range marks {
			for _, p := range []Position{m.key, m.value} {
				if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > utf8.RuneCountInString(lines[p.Line-1]) {
					t.Errorf("%s: position %v is outside the text", path, p)
				}
			}
		}
	})
}

// hasEmptyName: the decoder loses values under the key "" (v1.6.0: of ” = [0, {}] the second). No config may have it.
func hasEmptyName(names map[string][]string) bool {
	for _, n := range names {
		if slices.Contains(n, "") {
			return true
		}
	}
	return false
}

// collectPaths finds the key paths of decoded values, and the names in each table in alphabetical order.
func collectPaths(path string, value any, paths map[string]bool, names map[string][]string) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			names[path] = append(names[path], name)
			child := childPath(path, name)
			paths[child] = true
			collectPaths(child, v[name], paths, names)
		}
	case []any:
		for i, e := range v {
			paths[elementPath(path, i)] = true
			collectPaths(elementPath(path, i), e, paths, names)
		}
	case []map[string]any:
		for i, e := range v {
			paths[elementPath(path, i)] = true
			collectPaths(elementPath(path, i), e, paths, names)
		}
	}
}
