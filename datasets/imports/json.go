package imports

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// decode reads one value of JSON in which NaN and Infinity may stand bare; they arrive as strings.
func decode(data []byte, v any) error {
	data, err := quoteNotFinite(data)
	if err != nil {
		return err
	}
	return explain(json.Unmarshal(data, v))
}

// decodeAny reads a value of JSON into an any, numbers as json.Number.
func decodeAny(data []byte) (any, error) {
	data, err := quoteNotFinite(data)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, explain(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("not JSON: something follows the value that ends at byte %d", d.InputOffset())
	}
	return v, nil
}

func quoteNotFinite(data []byte) ([]byte, error) {
	if !bytes.Contains(data, []byte("NaN")) && !bytes.Contains(data, []byte("Infinity")) {
		return data, nil
	}
	return io.ReadAll(newFinite(bufio.NewReader(bytes.NewReader(data))))
}

// explain words an error of encoding/json for people who wrote the file with another tool.
func explain(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		want := e.Type.String()
		switch {
		case strings.Contains(want, "int"), strings.Contains(want, "float"):
			want = "a number"
		case e.Type.Kind().String() == "struct", e.Type.Kind().String() == "map":
			want = "an object"
		case e.Type.Kind().String() == "slice":
			want = "a list"
		default:
			want = "a " + want
		}
		if e.Field == "" {
			return fmt.Errorf("a %s where %s should be", e.Value, want)
		}
		return fmt.Errorf("%q is a %s where %s should be", e.Field, e.Value, want)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok && !strings.HasPrefix(e.Error(), "unexpected end") {
		return fmt.Errorf("not JSON: %w, at byte %d", e, e.Offset)
	}
	if _, cut := errors.AsType[*json.SyntaxError](err); cut || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("not JSON: it ends too early")
	}
	return err
}

// compactJSON is a value as JSON without white space, keys sorted, nothing escaped for HTML.
func compactJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		// Only what decode made arrives here, and that encodes; a number out of range stays a json.Number.
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// finite copies JSON and puts NaN, Infinity and -Infinity outside strings into quotes.
type finite struct {
	r       *bufio.Reader
	quoted  bool // within a string
	escaped bool // after a backslash
	rest    string
}

func newFinite(r *bufio.Reader) *finite { return &finite{r: r} }

var notFinite = []string{"NaN", "Infinity", "-Infinity"}

func (f *finite) Read(p []byte) (int, error) {
	if f.rest != "" {
		n := copy(p, f.rest)
		f.rest = f.rest[n:]
		return n, nil
	}
	if f.r.Buffered() == 0 {
		if _, err := f.r.Peek(1); err != nil {
			return 0, err
		}
	}
	chunk, _ := f.r.Peek(min(len(p), f.r.Buffered()))
	n := 0
	for n < len(chunk) {
		c := chunk[n]
		if f.quoted {
			f.quoted = f.escaped || c != '"'
			f.escaped = c == '\\' && !f.escaped
		} else if c == '"' {
			f.quoted = true
		} else if c == 'N' || c == 'I' || c == '-' {
			break
		}
		n++
	}
	copy(p, chunk[:n])
	if _, err := f.r.Discard(n); err != nil || n > 0 {
		return n, err
	}
	for _, word := range notFinite {
		if ahead, _ := f.r.Peek(len(word)); string(ahead) == word {
			f.rest = `"` + word + `"`
			_, err := f.r.Discard(len(word))
			return 0, err
		}
	}
	b, err := f.r.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// A document reads one large value of JSON piece by piece, so that only the pieces asked for are held.
type document struct {
	d *json.Decoder
	m *meter
}

func newDocument(r *bufio.Reader) *document {
	m := &meter{r: newFinite(r), max: maxValue}
	d := json.NewDecoder(m)
	d.UseNumber()
	return &document{d, m}
}

// A meter fails when too much was read since it was last set back.
type meter struct {
	r      io.Reader
	n, max int64
}

func (m *meter) Read(p []byte) (int, error) {
	if m.n > m.max {
		return 0, fmt.Errorf("one value in it is larger than %d MiB", m.max>>20)
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	return n, err
}

// decode reads the value that comes next.
func (d *document) decode(v any) error {
	d.m.n = 0
	return explain(d.d.Decode(v))
}

// skip passes over the value that comes next without holding it.
func (d *document) skip() error {
	depth := 0
	for {
		d.m.n = 0
		t, err := d.d.Token()
		if err != nil {
			return explain(err)
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// object calls f with each key of the object that comes next; f must take the key's value.
func (d *document) object(f func(key string) error) error {
	return d.compound('{', func() error {
		t, err := d.d.Token()
		if err != nil {
			return explain(err)
		}
		key, _ := t.(string)
		return f(key)
	})
}

// list calls f before each element of the list that comes next; f must take it.
func (d *document) list(f func(i int) error) error {
	i := 0
	return d.compound('[', func() error {
		i++
		return f(i - 1)
	})
}

// compound reads an object or a list; null is an empty one.
func (d *document) compound(open json.Delim, f func() error) error {
	d.m.n = 0
	t, err := d.d.Token()
	if err != nil {
		return explain(err)
	}
	if t == nil {
		return nil
	}
	if t != open {
		what := map[json.Delim]string{'{': "an object", '[': "a list"}[open]
		return fmt.Errorf("byte %d: %s should be here", d.d.InputOffset(), what)
	}
	for d.d.More() {
		if err := f(); err != nil {
			return err
		}
	}
	d.m.n = 0
	_, err = d.d.Token()
	return explain(err)
}
