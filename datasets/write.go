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

// valuesPerRowGroup is how many numbers of embeddings end a row group: they are buffered until it is written.
const valuesPerRowGroup = 16 << 20

// A Writer writes labeled traffic in the canonical layout: Parquet, compressed with zstd. The same rows give the
// same bytes, however they were divided between calls of Write. It checks nothing: readers do, and say where.
//
// A Writer is not safe for concurrent use.
type Writer struct {
	w      *parquet.GenericWriter[Row]
	values int // of embeddings in the row group so far
}

// NewWriter returns a Writer to w. The file is complete only after Close, which does not close w.
func NewWriter(w io.Writer) *Writer {
	version := strconv.Itoa(FormatVersion)
	return &Writer{w: parquet.NewGenericWriter[Row](w,
		parquet.CreatedBy("tierwise", version, "traffic"),
		parquet.KeyValueMetadata(FormatKey, version),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.MaxRowsPerRowGroup(rowsPerRowGroup),
	)}
}

// Write appends rows. It keeps no reference to them.
func (w *Writer) Write(rows ...Row) error {
	for len(rows) > 0 {
		n := 0
		for n < len(rows) && len(rows[n].Embedding) == 0 {
			n++
		}
		// Rows with embeddings one by one: where their pages end depends on how many come at a time.
		n = max(n, 1)
		if _, err := w.w.Write(rows[:n]); err != nil {
			return err
		}
		w.values += len(rows[0].Embedding)
		if w.values >= valuesPerRowGroup {
			if err := w.w.Flush(); err != nil {
				return err
			}
			w.values = 0
		}
		rows = rows[n:]
	}
	return nil
}

// Close writes what is buffered, and the footer.
func (w *Writer) Close() error { return w.w.Close() }
