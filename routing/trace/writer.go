package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The format that the first line of a file names.
const (
	Format  = "tierwise.trace"
	Version = "1"
)

// Options of a Writer. The zero value is usable.
type Options struct {
	// MaxBytes and MaxAge end a file: the next record begins another. 0: 64 MiB, an hour. A file ends with the first record
	// after its time, so a service without requests leaves it open.
	MaxBytes int64
	MaxAge   time.Duration
	// MaxLine is the length in bytes from which a record is written without its texts; 0: 1 MiB.
	MaxLine int
	// Text keeps what callers and models said: prompt, messages, responses. Otherwise they are left out, whoever set them.
	Text bool
	// Sync makes each record safe from a loss of power before Write returns, which takes a disk milliseconds. Otherwise
	// files are synced when they end, and a loss of power may take what the system had not written yet, some seconds.
	Sync bool
	// Tool names the program and its version in the first line; "": nothing does.
	Tool string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// A Writer writes records to files in a folder, whose names sort by time. It is safe for concurrent use.
//
// Each record is one write to the file and done when Write returns: nothing is kept back, so a crash of the process loses
// at most the line that it was writing. A writer never goes on with the file of another: what a crash tore stays at the
// end of its file, where readers expect it.
type Writer struct {
	dir  string
	opts Options

	mu     sync.Mutex // protects the following fields
	file   *os.File   // nil: the next record begins one
	size   int64
	begun  time.Time
	closed bool
}

// pool holds buffers for lines.
var pool = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled is the size of buffers that are kept, so that a few long lines do not hold memory for ever.
const maxPooled = 64 << 10

// NewWriter returns a writer of files in the folder dir, which is made if it is not there; only its owner can read them.
// No file is made before the first record. opts may be nil.
func NewWriter(dir string, opts *Options) (*Writer, error) {
	w := &Writer{dir: dir}
	if opts != nil {
		w.opts = *opts
	}
	if w.opts.MaxBytes <= 0 {
		w.opts.MaxBytes = 64 << 20
	}
	if w.opts.MaxAge <= 0 {
		w.opts.MaxAge = time.Hour
	}
	if w.opts.MaxLine <= 0 {
		w.opts.MaxLine = 1 << 20
	}
	if w.opts.Now == nil {
		w.opts.Now = time.Now
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return w, nil
}

var errClosed = errors.New("traces: the writer is closed")

// Write implements Sink. The record is in the file when it returns. After an error the next record begins a new file.
func (w *Writer) Write(r *Record) error {
	buf := pool.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= maxPooled {
			pool.Put(buf)
		}
	}()
	if err := w.encode(buf, r); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errClosed
	}
	now := w.opts.Now()
	if w.file != nil && (w.size+int64(buf.Len()) > w.opts.MaxBytes || now.Sub(w.begun) >= w.opts.MaxAge) {
		if err := w.end(); err != nil {
			return err
		}
	}
	if w.file == nil {
		if err := w.begin(now); err != nil {
			return err
		}
	}
	if err := w.put(buf.Bytes()); err != nil {
		// Half a line may be there: the next must not stand behind it.
		w.file.Close()
		w.file = nil
		return fmt.Errorf("traces: %w", err)
	}
	return nil
}

// encode writes the record's line to buf.
func (w *Writer) encode(buf *bytes.Buffer, r *Record) error {
	if !w.opts.Text {
		r = r.withoutText()
	}
	e := json.NewEncoder(buf)
	e.SetEscapeHTML(false)
	buf.Reset()
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("traces: record %s: %w", r.ID, err)
	}
	if buf.Len() <= w.opts.MaxLine || !w.opts.Text {
		return nil
	}
	short := *r.withoutText()
	short.TextLeftOut = true
	buf.Reset()
	if err := e.Encode(&short); err != nil {
		return fmt.Errorf("traces: record %s: %w", r.ID, err)
	}
	return nil
}

// put writes a line, in one piece.
func (w *Writer) put(line []byte) error {
	n, err := w.file.Write(line)
	w.size += int64(n)
	if err == nil && w.opts.Sync {
		err = w.file.Sync()
	}
	return err
}

type header struct {
	Format  string      `json:"format"`
	Version json.Number `json:"version"`
	Tool    string      `json:"tool,omitempty"`
	Begun   time.Time   `json:"begun"`
	Text    bool        `json:"text"`
}

// begin makes a file.
func (w *Writer) begin(now time.Time) error {
	line, err := json.Marshal(header{Format, Version, w.opts.Tool, now.UTC(), w.opts.Text})
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	name := "trace-" + now.UTC().Format("20060102T150405.000000Z")
	for n := 1; ; n++ {
		// The number tells files of one time apart: another process's, or those of a clock that stands still.
		path := filepath.Join(w.dir, fmt.Sprintf("%s-%04d.jsonl", name, n))
		w.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
		if errors.Is(err, fs.ErrExist) && n < 10_000 {
			continue
		}
		break
	}
	if err != nil {
		w.file = nil
		return fmt.Errorf("traces: %w", err)
	}
	w.begun, w.size = now, 0
	if err := w.put(append(line, '\n')); err != nil {
		w.file.Close()
		w.file = nil
		return fmt.Errorf("traces: %w", err)
	}
	return nil
}

// end ends the file: it is on the disk then.
func (w *Writer) end() error {
	err := errors.Join(w.file.Sync(), w.file.Close())
	w.file = nil
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	return nil
}

// Close ends the file. Records that come later are refused.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.file == nil {
		return nil
	}
	return w.end()
}
