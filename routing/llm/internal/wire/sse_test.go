package wire_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

func events(r io.Reader, limit int) (out []string, err error) {
	s := wire.NewEvents(r, limit)
	for {
		ev, err := s.Next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return out, err
		}
		out = append(out, string(ev.Name)+"|"+string(ev.Data))
	}
}

func TestEvents(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"one", "data: a\n\n", []string{"|a"}},
		{"no space", "data:a\n\n", []string{"|a"}},
		{"two spaces", "data:  a\n\n", []string{"| a"}},
		{"name", "event: ping\ndata: {}\n\ndata: b\n\n", []string{"ping|{}", "|b"}},
		{"the last name counts", "event: a\nevent: b\ndata: x\n\n", []string{"b|x"}},
		{"lines of data", "data: a\ndata: b\ndata:\n\n", []string{"|a\nb\n"}},
		{"a field without a colon", "data\n\n", []string{"|"}},
		{"CRLF", "event: x\r\ndata: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", []string{"x|a\nb", "|c"}},
		{"CR", "data: a\rdata: b\r\rdata: c\r\r", []string{"|a\nb", "|c"}},
		{"all three", "data: a\r\ndata: b\rdata: c\n\n", []string{"|a\nb\nc"}},
		{"comments", ": hello\n\n:\ndata: a\n: in between\ndata: b\n\n", []string{"|a\nb"}},
		{"other fields", "id: 1\nretry: 10\nfoo: bar\ndata: a\n\n", []string{"|a"}},
		{"no data, no event", "event: a\n\ndata: b\n\n", []string{"|b"}},
		{"byte order mark", "\ufeffdata: a\n\n", []string{"|a"}},
		{"no empty line at the end", "data: a\n\ndata: b\n", []string{"|a", "|b"}},
		{"no line's end", "data: [DONE]", []string{"|[DONE]"}},
		{"a colon in the data", "data: a: b\n\n", []string{"|a: b"}},
		{"large", "data: " + strings.Repeat("x", 50_000) + "\n\n", []string{"|" + strings.Repeat("x", 50_000)}},
	} {
		for how, r := range map[string]io.Reader{
			"whole": strings.NewReader(tt.text), "bytes": iotest.OneByteReader(strings.NewReader(tt.text)), "with EOF": iotest.DataErrReader(strings.NewReader(tt.text)),
		} {
			got, err := events(r, 1<<20)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%s, %s: %q, %v, want %q", tt.name, how, got, err, tt.want)
			}
		}
	}
}

func TestEventsLimit(t *testing.T) {
	for _, text := range []string{
		"data: " + strings.Repeat("x", 20_000), // a line without an end
		strings.Repeat("data: xxxxxxxxx\n", 1000),
		": " + strings.Repeat("x", 20_000) + "\n\n",
	} {
		if got, err := events(strings.NewReader(text), 5000); err == nil || len(got) > 0 {
			t.Errorf("%.20q…: %d events, %v", text, len(got), err)
		}
	}
	want := errors.New("reset")
	if _, err := events(io.MultiReader(strings.NewReader("data: a\n"), iotest.ErrReader(want)), 100); !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

// plainEvents is the standard's algorithm on a text in memory.
func plainEvents(text string) (out []string) {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text, open := strings.CutSuffix(text, "\n")
	lines := strings.Split(text, "\n")
	if text == "" && !open {
		return nil
	}
	var name string
	var data []string
	for _, line := range append(lines, "") {
		if line == "" {
			if data != nil {
				out = append(out, name+"|"+strings.Join(data, "\n"))
			}
			name, data = "", nil
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			name = value
		case "data":
			data = append(data, value)
		}
	}
	return out
}

func FuzzEvents(f *testing.F) {
	for _, text := range []string{"data: a\n\n", "event: x\r\ndata:a\rdata\r\r\n: c\n\ndata: [DONE]", "\ufeffdata: a\n\n\r\n\r", "data: \r\n\r\ndata"} {
		f.Add(text, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		want := plainEvents(text)
		got, err := events(&smallReads{strings.NewReader(text), int(size)}, 1<<20)
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q in pieces of %d: %q, %v, want %q", text, size, got, err, want)
		}
		if _, err := events(strings.NewReader(text), 8); err != nil && len(text) <= 8 {
			t.Fatalf("%q is too long: %v", text, err)
		}
	})
}

// smallReads gives at most n+1 bytes at a time.
type smallReads struct {
	r io.Reader
	n int
}

// Read implements io.Reader.
func (s *smallReads) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.n+1)]) }

func BenchmarkEvents(b *testing.B) {
	text := strings.Repeat(`data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}`+"\n\n", 52) + "data: [DONE]\n\n"
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	r := strings.NewReader(text)
	for b.Loop() {
		r.Reset(text)
		s := wire.NewEvents(r, 1<<20)
		n := 0
		for {
			if _, err := s.Next(); err != nil {
				break
			}
			n++
		}
		if n != 53 {
			b.Fatal(n)
		}
	}
}
