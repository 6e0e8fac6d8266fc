package golden

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Write writes a golden file: a line of JSON for the header, whose format, version and count it sets, and one for each
// request.
func Write(w io.Writer, f *File) error {
	buf := bufio.NewWriter(w)
	e := json.NewEncoder(buf)
	e.SetEscapeHTML(false)
	h := f.Header
	h.Format, h.Version, h.Requests = Format, Version, len(f.Requests)
	if err := e.Encode(h); err != nil {
		return err
	}
	for i := range f.Requests {
		if err := e.Encode(&f.Requests[i]); err != nil {
			return fmt.Errorf("request %s: %w", f.Requests[i].ID, err)
		}
	}
	return buf.Flush()
}

// Read reads a golden file of this major version; fields that it does not know are left out. An error names the line.
func Read(r io.Reader) (*File, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	f := &File{}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		var err error
		if n == 1 {
			err = f.readHeader(line)
		} else {
			err = f.readRequest(line)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	switch {
	case n == 0:
		return nil, errors.New("is empty")
	case len(f.Requests) != f.Header.Requests:
		return nil, fmt.Errorf("has %d requests, but the first line says %d: the file was cut or edited", len(f.Requests), f.Header.Requests)
	}
	return f, nil
}

func (f *File) readHeader(line []byte) error {
	if err := json.Unmarshal(line, &f.Header); err != nil || f.Format != Format {
		return fmt.Errorf("is not the head of a golden file: want a JSON object with format %q", Format)
	}
	if major, _, _ := strings.Cut(f.Version.String(), "."); major != Version {
		return fmt.Errorf("is of version %q; this program reads %s", f.Version, Version)
	}
	return nil
}

func (f *File) readRequest(line []byte) error {
	var r Request
	if err := json.Unmarshal(line, &r); err != nil {
		return fmt.Errorf("is not a golden request: %w", err)
	}
	if r.Input == nil && f.Text {
		return errors.New("lacks the request, though the first line says that texts are here")
	}
	f.Requests = append(f.Requests, r)
	return nil
}
