package datasets

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Each column that is read has a buffer of its own. All buffers of a reader together stay near readBuffers bytes,
// however many columns there are; one buffer is between the other two.
const (
	readBuffers   = 32 << 20
	minReadBuffer = 64 << 10
	maxReadBuffer = 1 << 20
)

// readBuffer is the size of a buffer for a file of so many bytes and columns.
func readBuffer(size int64, columns int) int {
	n := min(max(readBuffers/max(columns, 1), minReadBuffer), maxReadBuffer)
	return int(min(int64(n), max(size, 4096)))
}

// openParquet opens a Parquet file of which nothing is trusted: parquet-go, left alone, panics on some corrupt
// footers and allocates what others say. The error does not name the file.
func openParquet(r io.ReaderAt, size int64) (*parquet.File, error) {
	columns, err := checkFooter(r, size)
	if err != nil {
		return nil, err
	}
	var f *parquet.File
	if err := unpanicked(func() (err error) {
		f, err = parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true),
			parquet.ReadBufferSize(readBuffer(size, columns)))
		return err
	}); err != nil {
		return nil, fmt.Errorf("corrupt Parquet footer: %w", err)
	}
	if err := checkMetadata(f, size); err != nil {
		return nil, fmt.Errorf("corrupt Parquet footer: %w", err)
	}
	return f, nil
}

// unpanicked calls f and makes an error of its panic: parquet-go panics on some corrupt files.
func unpanicked(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("corrupt Parquet file: %v", p)
		}
	}()
	return f()
}

// checkFooter looks at both ends of a file and walks over its metadata. It returns about how many columns there are.
func checkFooter(r io.ReaderAt, size int64) (columns int, err error) {
	const magic = "PAR1"
	if size == 0 {
		return 0, fmt.Errorf("the file is empty (0 bytes)")
	}
	var head, tail [8]byte
	if size < 12 {
		return 0, fmt.Errorf("not a Parquet file: %d bytes are too few", size)
	}
	if _, err := r.ReadAt(head[:4], 0); err != nil && err != io.EOF {
		return 0, err
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil && err != io.EOF {
		return 0, err
	}
	end := string(tail[4:])
	switch {
	case string(head[:4]) == "PARE" || end == "PARE":
		return 0, fmt.Errorf("the Parquet file is encrypted; write it without encryption")
	case string(head[:4]) != magic:
		return 0, fmt.Errorf("not a Parquet file: it starts with %q, not with %q", head[:4], magic)
	case end != magic:
		return 0, fmt.Errorf("the Parquet file is truncated: it ends with %q, not with %q", end, magic)
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	if length > size-12 {
		return 0, fmt.Errorf("corrupt Parquet footer: %d bytes of metadata in a file of %d", length, size)
	}
	metadata := make([]byte, length)
	if _, err := r.ReadAt(metadata, size-8-length); err != nil && err != io.EOF {
		return 0, err
	}
	c := compactReader{b: metadata}
	for last := int64(0); ; {
		id, kind, ok := c.field(last)
		if !ok {
			break
		}
		last = id
		before := c.items
		c.skip(kind, 0)
		if id == 2 { // the schema
			columns = c.items - before
		}
	}
	if c.err != nil {
		return 0, fmt.Errorf("corrupt Parquet footer: %w", c.err)
	}
	return columns, nil
}

// checkMetadata checks that what the metadata say is possible in a file of that size.
func checkMetadata(f *parquet.File, size int64) error {
	m := f.Metadata()
	if m.EncryptionAlgorithm.Value != nil {
		return fmt.Errorf("its columns are encrypted")
	}
	var rows int64
	for i := range m.RowGroups {
		g := &m.RowGroups[i]
		if g.NumRows < 0 || g.NumRows > 1<<40 {
			return fmt.Errorf("row group %d has %d rows", i, g.NumRows)
		}
		rows += g.NumRows
		if len(g.Columns) != len(m.RowGroups[0].Columns) {
			return fmt.Errorf("row group %d has %d columns, the first has %d", i, len(g.Columns), len(m.RowGroups[0].Columns))
		}
		for k := range g.Columns {
			if err := checkChunk(&g.Columns[k], &m.RowGroups[0].Columns[k], size); err != nil {
				return fmt.Errorf("row group %d, column %d: %w", i, k, err)
			}
		}
	}
	if rows != m.NumRows {
		return fmt.Errorf("it says %d rows, its row groups have %d", m.NumRows, rows)
	}
	return nil
}

// checkChunk checks one column of one row group; first is the same column in the first row group.
func checkChunk(c, first *format.ColumnChunk, size int64) error {
	m := &c.MetaData
	switch {
	case c.CryptoMetadata.Value != nil:
		return fmt.Errorf("it is encrypted")
	case m.NumValues < 0 || m.NumValues > 1<<42:
		return fmt.Errorf("it has %d values", m.NumValues)
	case m.TotalUncompressedSize < 0 || m.TotalCompressedSize < 0:
		return fmt.Errorf("its size is negative")
	case m.Codec != first.MetaData.Codec:
		// parquet-go decodes every row group with the codec of the first.
		return fmt.Errorf("it is compressed with %v, in the first row group with %v", m.Codec, first.MetaData.Codec)
	}
	start := m.DataPageOffset
	if m.DictionaryPageOffset != 0 {
		start = m.DictionaryPageOffset
	}
	if m.NumValues > 0 && (start < 4 || start > size || m.TotalCompressedSize > size-start) {
		return fmt.Errorf("it reaches from byte %d to %d of %d", start, start+m.TotalCompressedSize, size)
	}
	return nil
}

// readable says why a column cannot be read, nil if it can.
func readable(codec format.CompressionCodec) error {
	switch {
	case codec == format.Lz4Raw || codec == 5:
		// parquet-go's decoder of LZ4 fails on valid data, and never ends on some that is not.
		return fmt.Errorf("it is compressed with %v, which is not read; write it with zstd or snappy", codec)
	case !slices.Contains([]format.CompressionCodec{
		format.Uncompressed, format.Snappy, format.Gzip, format.Brotli, format.Zstd}, codec):
		return fmt.Errorf("it is compressed with %v, which is not read; write it with zstd or snappy", codec)
	}
	return nil
}
