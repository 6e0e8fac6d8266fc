package accept

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/google/jsonschema-go/jsonschema"
)

// A Schema is a compiled JSON Schema (draft 2020-12 or draft-07). It is safe for concurrent use.
type Schema struct {
	resolved *jsonschema.Resolved
	sum      [sha256.Size]byte // of its text
}

// CompileSchema compiles the JSON Schema in data. A schema that refers to another file or to the network is an
// error: a check must mean the same wherever it runs.
func CompileSchema(data []byte) (*Schema, error) {
	document, err := decodeOne(data)
	if err != nil {
		return nil, fmt.Errorf("not a JSON Schema: %w", err)
	}
	if err := checkSchema(document); err != nil {
		return nil, fmt.Errorf("not a JSON Schema: %w", err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("not a JSON Schema: %w", err)
	}
	resolved, err := s.Resolve(&jsonschema.ResolveOptions{
		Loader: func(uri *url.URL) (*jsonschema.Schema, error) {
			return nil, fmt.Errorf("refers to %q: only references inside the schema are followed", uri)
		},
	})
	if err != nil {
		return nil, err
	}
	return &Schema{resolved, sha256.Sum256(data)}, nil
}

// Equal reports whether s and o were compiled from the same text.
func (s *Schema) Equal(o *Schema) bool { return s.sum == o.sum }

// Accepts reports whether text is one JSON value, and nothing else, that the schema accepts.
func (s *Schema) Accepts(text []byte) bool {
	v, err := decodeOne(text)
	return err == nil && s.resolved.Validate(v) == nil
}

var errTrailing = errors.New("more than one JSON value")

func decodeOne(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errTrailing
	}
	return v, nil
}
