package datasets

import (
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// FormatVersion is the version of the canonical layout that Writer writes. A file carries it in its footer under
// [FormatKey].
const FormatVersion = 1

// FormatKey is the key of a canonical file's metadata whose value is its format version.
const FormatKey = "tierwise.traffic"

// rowsPerRowGroup is DuckDB's size: large enough to scan fast, small enough that a shard per row group keeps all
// workers busy.
const rowsPerRowGroup = 122_880

// A Writer writes labeled traffic in the canonical layout: Parquet, compressed with zstd. The same rows give the
// same bytes, however they were divided between calls of Write. It checks nothing: readers do, and say where.
//
// A Writer is not safe for concurrent use.
type Writer struct {
	w *parquet.GenericWriter[Row]
}

// NewWriter returns a Writer to w. The file is complete only after Close, which does not close w.
func NewWriter(w io.Writer) *Writer {
	version := strconv.Itoa(FormatVersion)
	return &Writer{parquet.NewGenericWriter[Row](w,
		parquet.CreatedBy("tierwise", version, "traffic"),
		parquet.KeyValueMetadata(FormatKey, version),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.MaxRowsPerRowGroup(rowsPerRowGroup),
	)}
}

// Write appends rows. It keeps no reference to them.
func (w *Writer) Write(rows ...Row) error {
	_, err := w.w.Write(rows)
	return err
}

// Close writes what is buffered, and the footer.
func (w *Writer) Close() error { return w.w.Close() }
