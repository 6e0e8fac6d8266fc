package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

var errTooLarge = errors.New("the answer is larger than allowed")

// A limitReader fails once more than left bytes were read, where io.LimitReader would end: half an answer is none.
type limitReader struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (l *limitReader) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n - 1, errTooLarge
	}
	return n, err
}

// plain returns the body without its compression. The transport undoes gzip that it asked for itself; some servers send it
// whoever asks.
func (r *reply) plain(resp *http.Response) (io.Reader, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		return resp.Body, nil
	case "gzip", "x-gzip":
		return &lazyGzip{r: resp.Body}, nil
	default:
		return nil, fmt.Errorf("the answer has a content encoding that was not asked for (%s)", Word(encoding))
	}
}

// lazyGzip reads the head of gzip at the first read, for that of a stream may come late.
type lazyGzip struct {
	r io.Reader
	z *gzip.Reader
}

// Read implements io.Reader.
func (l *lazyGzip) Read(p []byte) (int, error) {
	if l.z == nil {
		z, err := gzip.NewReader(l.r)
		if err != nil {
			return 0, err
		}
		l.z = z
	}
	return l.z.Read(p)
}

// readAll returns the whole body. An error is complete.
func (r *reply) readAll() ([]byte, error) {
	data := make([]byte, 0, min(max(r.length+1, 2<<10), 256<<10)) // the length is the provider's word, so it is not trusted far
	for {
		r.watch.expect("more of the answer", r.limits.Idle, time.Now())
		n, err := r.limit.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF { //nolint:errorlint // a wrapped io.EOF is a failed read
			return data, nil
		}
		if err != nil {
			return nil, r.readError(err)
		}
		data = slices.Grow(data, 1)
	}
}

// NoAnswer is the error of a body that is no answer, with the reason why. Such a call may well be billed.
func NoAnswer(reason string) *llm.Error {
	return &llm.Error{Cause: llm.Server, Reason: reason}
}

// checkJSON says why data is no JSON object, nil if it begins as one.
func checkJSON(data []byte) *llm.Error {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0:
		return NoAnswer("the answer is empty")
	case data[0] == '<':
		return NoAnswer("the answer is HTML")
	case data[0] != '{':
		return NoAnswer("the answer is not JSON")
	}
	return nil
}
