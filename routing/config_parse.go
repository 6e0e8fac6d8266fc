package routing

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/classify"
)

// maxConfigBytes bounds, with maxPathBytes, what a hostile file can make the decoder do.
const maxConfigBytes = 1 << 20

// ReadConfig reads the dispatch config in the file at path, and the files that it refers to, whose paths are
// relative to its own folder.
func ReadConfig(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return ParseConfig(path, data, func(name string) ([]byte, error) {
		if name = filepath.FromSlash(name); !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		return os.ReadFile(name)
	})
}

// ParseConfig reads a dispatch config. Decoding is strict: CONFIG.md has the keys that there are, and every other
// is an error, as is everything that can be seen to be wrong without traffic. The error, if any, is a ConfigErrors
// with all the problems; name is the file's name in them.
//
// The files that the config refers to are read with open, by the path as written; a nil open makes such a
// reference an error.
func ParseConfig(name string, data []byte, open func(path string) ([]byte, error)) (*Config, error) {
	d := &document{file: name, wrong: map[string]bool{}}
	values, err := d.decode(data)
	if err != nil {
		return nil, err
	}
	c := &Config{Source: name, Text: data}
	decodeConfig(c, node{d, "", values})
	checkConfig(d, c)
	c.Files = readFiles(d, c, open)
	if len(d.errs) > 0 {
		return nil, d.errs.sorted()
	}
	c.positions = make(map[string]Position, len(d.marks))
	for path, at := range d.marks {
		c.positions[path] = at.value
	}
	return c, nil
}

// decode scans the document and returns its values. The error is a ConfigErrors.
func (d *document) decode(data []byte) (values map[string]any, err error) {
	fail := func(p Position, msg string) error { return ConfigErrors{{d.file, p, msg}} }
	if len(data) > maxConfigBytes {
		return nil, fail(Position{}, fmt.Sprintf("is larger than a dispatch config may be: %d bytes, %d are the most", len(data), maxConfigBytes))
	}
	if bad := invalidUTF8(data); bad >= 0 {
		lines := newLineIndex(string(data))
		return nil, fail(lines.position(bad), "is not UTF-8 text from here on")
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	var tooLong *Position
	if d.marks, d.names, tooLong = scanKeys(text); tooLong != nil {
		return nil, fail(*tooLong, fmt.Sprintf("key is nested too deep or too long: with the tables it is in, it has more than %d bytes", maxPathBytes))
	}
	if _, err := toml.Decode(text, &values); err != nil {
		if bad, ok := errors.AsType[toml.ParseError](err); ok {
			lines := newLineIndex(text)
			return nil, fail(lines.position(bad.Position.Start), syntaxMessage(bad))
		}
		return nil, fail(Position{1, 1}, strings.TrimPrefix(err.Error(), "toml: "))
	}
	return values, nil
}

// syntaxMessage words a syntax error. The decoder quotes what it found, which may be a secret without its quotes.
func syntaxMessage(bad toml.ParseError) string {
	if strings.HasSuffix(bad.LastKey, "_env") {
		return bad.LastKey + " wants a string in quotes, the name of an environment variable"
	}
	return strings.TrimSuffix(strings.Replace(bad.Message, "Key '", "key '", 1), ".")
}

// invalidUTF8 returns the offset of the first byte that is no UTF-8, −1 if there is none.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// readFiles reads the files that the config refers to and compiles the schemas among them.
func readFiles(d *document, c *Config, open func(path string) ([]byte, error)) map[string][]byte {
	files := map[string][]byte{}
	failures := map[string]error{}
	read := func(at, path string) ([]byte, bool) {
		if path == "" {
			return nil, false
		}
		if open == nil {
			d.failAt(at, "%s refers to file %q, but no files can be read here", at, path)
			return nil, false
		}
		if _, known := files[path]; !known && failures[path] == nil {
			data, err := open(path)
			if err != nil {
				failures[path] = err
			} else {
				files[path] = data
			}
		}
		if err := failures[path]; err != nil {
			d.failAt(at, "%s: cannot read %q: %v", at, path, reason(err))
			return nil, false
		}
		return files[path], true
	}
	for i := range c.Tasks {
		for j, a := range c.Tasks[i].Accept {
			at := elementPath(childPath("tasks", c.Tasks[i].Name)+".accept", j) + ".schema"
			data, ok := read(at, a.Schema)
			if !ok {
				continue
			}
			if _, err := accept.CompileSchema(data); err != nil {
				d.failAt(at, "%s: %q: %v", at, a.Schema, err)
			}
		}
	}
	for i := range c.Tasks {
		s, at := c.Tasks[i].Split, childPath("tasks", c.Tasks[i].Name)+".split.artifact"
		if s == nil {
			continue
		}
		if data, ok := read(at, s.Artifact); ok {
			if _, err := classify.DecodeGain(data); err != nil {
				d.failAt(at, "%s: %q %v", at, s.Artifact, err)
			}
		}
	}
	if e := c.Router.Embedding; e != nil {
		const at = "router.embedding.artifact"
		if data, ok := read(at, e.Artifact); ok {
			tasks := make([]string, len(c.Tasks))
			for i := range c.Tasks {
				tasks[i] = c.Tasks[i].Name
			}
			if _, err := decodeClassifier(e, data, tasks); err != nil {
				d.failAt(at, "%s: %q %v", at, e.Artifact, err)
			}
		}
	}
	return files
}

// reason is an error without the path that the message has already.
func reason(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}

// Position returns where a value stands in the config's file, by its key path: tasks.reply.chain[1], tiers.small,
// models.gpt-small, baseline; KeyPath makes one. A table stands where its header does. False if the file has no such
// key or the config was built in code.
func (c *Config) Position(path string) (Position, bool) {
	p, ok := c.positions[path]
	return p, ok
}

// KeyPath joins names to a key path for Position, with quotes where a name needs them: models."gpt-4.1".
func KeyPath(names ...string) string {
	path := ""
	for _, name := range names {
		path = childPath(path, name)
	}
	return path
}
