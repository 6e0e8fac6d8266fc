package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// A Reader reads the records of a file, or of several one after the other.
type Reader struct {
	r    *bufio.Reader
	line int
	buf  []byte
	torn bool
}

// maxLine is what a reader takes for a line.
const maxLine = 64 << 20

// NewReader returns a reader of r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 64<<10)} }

// Torn reports, at the end, that the last line was cut and left out: the process that wrote it crashed, or is writing.
func (r *Reader) Torn() bool { return r.torn }

// All yields the records. It is strict with lines that are complete: the first that is wrong is an error, which names it
// and ends the sequence. A last line that is not complete is left out: see Torn. Fields that it does not know are too.
func (r *Reader) All() iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		for {
			line, err := r.next()
			if err == io.EOF { //nolint:errorlint // next returns a bare io.EOF at the end
				return
			}
			var rec *Record
			if err == nil {
				if rec, err = r.parse(line); err == nil && rec == nil {
					continue
				}
			}
			if err != nil {
				yield(nil, fmt.Errorf("line %d: %w", r.line, err))
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// next returns the next complete line, io.EOF after the last.
func (r *Reader) next() ([]byte, error) {
	r.buf = r.buf[:0]
	r.line++
	for {
		piece, err := r.r.ReadSlice('\n')
		r.buf = append(r.buf, piece...)
		switch {
		case len(r.buf) > maxLine:
			return nil, fmt.Errorf("is longer than %d bytes", maxLine)
		case err == nil:
			return r.buf, nil
		case errors.Is(err, bufio.ErrBufferFull):
		case err == io.EOF && len(r.buf) == 0:
			r.torn = r.torn || r.line == 1 // a crash before the first line was written
			return nil, io.EOF
		case err == io.EOF:
			if json.Valid(r.buf) { // a whole object lacks only the end of the line: somebody edited the file
				return r.buf, nil
			}
			r.torn = true
			return nil, io.EOF
		default:
			return nil, err
		}
	}
}

// parse reads a line, nil for one that begins a file.
func (r *Reader) parse(line []byte) (*Record, error) {
	line = bytes.TrimSpace(line)
	if r.line == 1 || bytes.HasPrefix(line, []byte(`{"format":`)) {
		return nil, parseHeader(line)
	}
	rec := new(Record)
	if err := json.Unmarshal(line, rec); err != nil {
		return nil, fmt.Errorf("is not a record: %w", err)
	}
	switch {
	case rec.ID == "":
		return nil, errors.New("is not a record: it has no id")
	case rec.Time.IsZero():
		return nil, errors.New("is not a record: it has no time")
	}
	return rec, nil
}

func parseHeader(line []byte) error {
	var h header
	if json.Unmarshal(line, &h) != nil || h.Format != Format {
		return fmt.Errorf("is not the head of a trace file: want a JSON object with format %q", Format)
	}
	if major, _, _ := strings.Cut(h.Version.String(), "."); major != Version {
		return fmt.Errorf("is of version %q; this program reads %s", h.Version, Version)
	}
	return nil
}
