package imports

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// Bounds on what is held in memory at once, far above what any of the tools writes.
const (
	maxLine  = 64 << 20  // bytes of a line of JSON Lines or a record of csv
	maxValue = 256 << 20 // bytes of one sample in a JSON document or a zip
)

// expand replaces folders by the files of the format in them, sorted. A file given twice is an error: its outcomes
// would look like repeats.
func expand(f format, args []string) ([]string, error) {
	if len(args) == 0 {
		return nil, fmt.Errorf("import %s: no files given", f.name)
	}
	var files []string
	for _, arg := range args {
		info, err := os.Stat(arg)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		found, err := f.find(arg)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: no %s*%s in this folder", arg, f.prefix, strings.Join(f.suffixes, " or *"))
		}
		files = append(files, found...)
	}
	seen := map[string]bool{}
	for _, name := range files {
		clean := filepath.Clean(name)
		if seen[clean] {
			return nil, fmt.Errorf("%s is given twice; give it once", name)
		}
		seen[clean] = true
	}
	return files, nil
}

// find lists the files below a folder that are named as the format's are.
func (f format) find(folder string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(folder+string(filepath.Separator), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		base := strings.TrimSuffix(entry.Name(), ".gz")
		if strings.HasPrefix(base, f.prefix) && slices.ContainsFunc(f.suffixes, func(s string) bool { return strings.HasSuffix(base, s) }) {
			found = append(found, path)
		}
		return nil
	})
	return found, err
}

// openText opens a file of text, unpacking gzip by its first bytes and skipping a byte order mark.
func openText(name string) (text *bufio.Reader, done func(), err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	text, err = newText(name, file)
	if err != nil {
		closeRead(file)
		return nil, nil, err
	}
	return text, func() { closeRead(file) }, nil
}

// closeRead closes what was only read, whose bytes are no worse for an error here.
func closeRead(c io.Closer) { _ = c.Close() }

func newText(name string, file io.Reader) (*bufio.Reader, error) {
	r := bufio.NewReaderSize(file, 1<<16)
	if head, _ := r.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		r = bufio.NewReaderSize(unpacked, 1<<16)
	}
	head, _ := r.Peek(3)
	switch {
	case bytes.Equal(head, []byte("\xef\xbb\xbf")):
		_, err := r.Discard(3)
		return r, err
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return nil, fmt.Errorf("%s: this is UTF-16; save it as UTF-8", name)
	}
	return r, nil
}

// lines reads the lines of a text that are not blank.
type lines struct {
	r    *bufio.Reader
	max  int
	line int // number of the line that next returned, from 1
	buf  []byte
}

var errLineTooLong = errors.New("the line is too long")

// next returns the next line without its end, valid until the next call, io.EOF at the end.
func (l *lines) next() ([]byte, error) {
	for {
		line, err := l.read()
		if len(line) == 0 && err != nil {
			return nil, err
		}
		l.line++
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
	}
}

func (l *lines) read() ([]byte, error) {
	part, err := l.r.ReadSlice('\n')
	if err == nil {
		return part, nil
	}
	l.buf = append(l.buf[:0], part...)
	for errors.Is(err, bufio.ErrBufferFull) {
		if len(l.buf) > l.max {
			l.line++
			return nil, errLineTooLong
		}
		part, err = l.r.ReadSlice('\n')
		l.buf = append(l.buf, part...)
	}
	if errors.Is(err, io.EOF) && len(l.buf) > 0 || err == nil {
		return l.buf, nil
	}
	return nil, err
}

// each calls f with each line of a file of JSON Lines, blank ones apart. An error of f ends it.
func (r *run) each(ctx context.Context, name string, f func(line []byte, at place) error) error {
	text, done, err := openText(name)
	if err != nil {
		return err
	}
	defer done()
	return r.eachLine(ctx, name, text, f)
}

func (r *run) eachLine(ctx context.Context, name string, text *bufio.Reader, f func(line []byte, at place) error) error {
	if err := r.file(ctx, name); err != nil {
		return err
	}
	l := lines{r: text, max: maxLine}
	for {
		line, err := l.next()
		at := place{file: name, line: l.line}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errLineTooLong):
			return r.problem(at, fmt.Sprintf("longer than %d MiB", l.max>>20), "is this one JSON document, and not one per line?")
		case err != nil:
			return r.problem(at, "cannot be read after here: "+err.Error(), "is the file complete?")
		}
		if l.line&1023 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := f(line, at); err != nil {
			return err
		}
	}
}
