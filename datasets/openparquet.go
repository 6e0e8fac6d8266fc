package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// OpenParquet opens a Parquet file of which nothing is trusted, and looks at the header of every page: for files that are
// small enough to be read twice. parquet-go, left alone, allocates what footers and headers say. It may still panic on
// what is in the pages, which callers catch. The error does not name the file.
func OpenParquet(ctx context.Context, r io.ReaderAt, size int64) (*parquet.File, error) {
	f, err := openParquet(r, size)
	if err != nil {
		return nil, err
	}
	if f.NumRows() > size {
		return nil, fmt.Errorf("corrupt Parquet footer: %d rows in %d bytes", f.NumRows(), size)
	}
	return f, unpanicked(func() error { return checkPages(ctx, r, f) })
}

// checkPages has a guard look at the pages of every column of every row group.
func checkPages(ctx context.Context, r io.ReaderAt, f *parquet.File) error {
	s := &source{parq: f}
	buf := make([]byte, maxReadBuffer)
	for g := range f.Metadata().RowGroups {
		for i, column := range f.Metadata().RowGroups[g].Columns {
			if err := readable(column.MetaData.Codec); err != nil {
				return fmt.Errorf("column %q: %w", column.MetaData.PathInSchema, err)
			}
			m := s.chunk(g, &leaf{index: i})
			pages := guard{ctx: ctx, r: r, codec: m.codec, next: m.start, end: m.start + m.size, left: m.values}
			for off := m.start; off < pages.end; off += int64(len(buf)) {
				n := min(int64(len(buf)), pages.end-off)
				if _, err := pages.ReadAt(buf[:n], off); err != nil && !errors.Is(err, io.EOF) {
					return fmt.Errorf("column %q: %w", column.MetaData.PathInSchema, err)
				}
			}
		}
	}
	return nil
}
