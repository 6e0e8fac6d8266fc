package datasets

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// Bounds of what a page may promise. parquet-go allocates what a page's header says before it looks at the page.
const (
	maxPageBytes  = 1 << 30
	maxPageValues = 1 << 27
	// A page is expected to grow by less than this when decompressed, beyond minPageBytes, which is always granted.
	maxPageRatio = 1 << 10
	minPageBytes = 64 << 20
)

// A guard reads a column chunk on behalf of parquet-go. It looks at the header of each page before parquet-go sees
// it, and stops what would exhaust memory. It also ends reading when ctx does.
type guard struct {
	ctx   context.Context //nolint:containedctx // ReadAt has no place for it; a guard serves one read
	r     io.ReaderAt
	codec format.CompressionCodec
	next  int64 // offset of the next page header
	end   int64 // of the chunk
	left  int64 // values that the chunk still may have
	buf   []byte
}

// ReadAt reads, and checks the headers in what was read.
func (g *guard) ReadAt(p []byte, off int64) (int, error) {
	if err := context.Cause(g.ctx); err != nil {
		return 0, err
	}
	n, err := g.r.ReadAt(p, off)
	for g.next < min(off+int64(n), g.end) {
		if err := g.check(p[:n], off); err != nil {
			return 0, err
		}
	}
	return n, err
}

// check checks the page header at g.next and moves on to the next. p is what the file holds at off.
func (g *guard) check(p []byte, off int64) error {
	var h pageHeader
	for size := 1 << 10; ; size *= 8 {
		head, err := g.peek(p, off, g.next, size)
		if err != nil {
			return err
		}
		h, err = parsePageHeader(head)
		if err == nil {
			break
		}
		// Headers may hold statistics, and thus be long.
		if !errors.Is(err, errCompactShort) || len(head) < size || size > 1<<24 {
			return fmt.Errorf("header of the page at byte %d: %w", g.next, err)
		}
	}
	body := g.next + int64(h.size)
	if err := g.plausible(h, body); err != nil {
		return fmt.Errorf("page at byte %d: %w", g.next, err)
	}
	if err := g.checkBody(p, off, body, h); err != nil {
		return fmt.Errorf("page at byte %d: %w", g.next, err)
	}
	if !h.dictionary {
		g.left -= h.values
	}
	g.next = body + h.compressed
	return nil
}

func (g *guard) plausible(h pageHeader, body int64) error {
	switch {
	case h.compressed < 0 || h.compressed > g.end-body:
		return fmt.Errorf("%d bytes reach beyond its column", h.compressed)
	case h.uncompressed < 0 || h.uncompressed > maxPageBytes,
		h.uncompressed > minPageBytes && h.uncompressed/maxPageRatio > h.compressed:
		return fmt.Errorf("%d bytes would become %d", h.compressed, h.uncompressed)
	case h.values < 0 || h.values > maxPageValues || !h.dictionary && h.values > g.left:
		return fmt.Errorf("%d values, where its column has %d left", h.values, g.left)
	case h.dictionary && h.values > h.uncompressed:
		return fmt.Errorf("a dictionary of %d values in %d bytes", h.values, h.uncompressed)
	case h.levels < 0 || h.levels > h.compressed:
		return fmt.Errorf("%d bytes of levels in %d", h.levels, h.compressed)
	}
	return nil
}

// checkBody compares the size that a compressed page states itself with the one in its header.
func (g *guard) checkBody(p []byte, off, body int64, h pageHeader) error {
	if h.plain || g.codec != format.Snappy && g.codec != format.Zstd {
		return nil
	}
	head, err := g.peek(p, off, body+h.levels, int(min(18, h.compressed-h.levels)))
	if err != nil {
		return err
	}
	limit := uint64(h.uncompressed)
	var size uint64
	if g.codec == format.Snappy {
		v, n := binary.Uvarint(head)
		if n <= 0 && len(head) > 0 {
			return errors.New("its snappy block has no size")
		}
		size = v
	} else {
		frame := zstdFrameOf(head)
		if size = frame.content; size == 0 && frame.header > 0 {
			// Streaming writers, Java's among them, do not know it beforehand.
			size, err = g.zstdBlocks(p, off, body+h.levels+int64(frame.header), body+h.compressed)
			if err != nil {
				return err
			}
			limit = 2*limit + minPageBytes // of blocks that need not be full
		}
	}
	if size > limit {
		return fmt.Errorf("it holds %d bytes, not %d", size, h.uncompressed)
	}
	return nil
}

// zstdBlocks is how large the blocks of a frame from at to end can be when decompressed.
func (g *guard) zstdBlocks(p []byte, off, at, end int64) (uint64, error) {
	size := uint64(0)
	for at+3 <= end {
		head, err := g.peek(p, off, at, 3)
		if err != nil {
			return 0, err
		}
		block := uint32(head[0]) | uint32(head[1])<<8 | uint32(head[2])<<16
		length := int64(block >> 3)
		at += 3 + length
		switch block >> 1 & 3 {
		case 0: // as it is
			size += uint64(length)
		case 1: // one byte again and again
			size += uint64(length)
			at += 1 - length
		default:
			size += zstdBlockSize
		}
		if block&1 == 1 { // the last
			break
		}
	}
	return size, nil
}

// peek returns up to n bytes of the chunk at position at, from p if they are there.
func (g *guard) peek(p []byte, off, at int64, n int) ([]byte, error) {
	n = int(min(int64(n), g.end-at))
	if at >= off && at+int64(n) <= off+int64(len(p)) {
		return p[at-off : at-off+int64(n)], nil
	}
	g.buf = resize(g.buf, n)
	m, err := g.r.ReadAt(g.buf, at)
	if m < n {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return g.buf, nil
}

// A pageHeader is what the guard needs of one.
type pageHeader struct {
	size                     int // of the header itself
	compressed, uncompressed int64
	values                   int64
	levels                   int64 // bytes of levels before the compressed part
	dictionary               bool
	plain                    bool // not compressed, whatever the codec
}

// parsePageHeader reads a PageHeader structure of parquet.thrift.
func parsePageHeader(b []byte) (pageHeader, error) {
	r := compactReader{b: b}
	h := pageHeader{compressed: -1, uncompressed: -1}
	for last := int64(0); ; {
		id, kind, ok := r.field(last)
		if !ok {
			break
		}
		last = id
		switch {
		case id == 2 && kind == compactI32:
			h.uncompressed = r.varint()
		case id == 3 && kind == compactI32:
			h.compressed = r.varint()
		case (id == 5 || id == 7 || id == 8) && kind == compactStruct:
			h.dictionary = id == 7
			h.parseKind(&r, id == 8)
		default:
			r.skip(kind, 0)
		}
	}
	h.size = r.pos
	return h, r.err
}

// parseKind reads the part of the header that is of the kind of page.
func (h *pageHeader) parseKind(r *compactReader, v2 bool) {
	for last := int64(0); ; {
		id, kind, ok := r.field(last)
		if !ok {
			return
		}
		last = id
		switch {
		case id == 1 && kind == compactI32:
			h.values = r.varint()
		case v2 && (id == 5 || id == 6) && kind == compactI32:
			h.levels += r.varint()
		case v2 && id == 7 && kind == compactFalse:
			h.plain = true
		default:
			r.skip(kind, 0)
		}
	}
}
