package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/tierwise/tierwise/datasets"
)

// oofArtifact is the metadata key of the SHA-256, in hex, of the artifact that a file of predictions belongs to.
const oofArtifact = "tierwise.artifact"

// writePredictions writes rows as a Parquet file of that format and version, which belongs to an artifact.
func writePredictions[T any](w io.Writer, rows []T, format, version, artifact string) error {
	out := parquet.NewGenericWriter[T](w, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(122_880),
		parquet.KeyValueMetadata(format, version), parquet.KeyValueMetadata(oofArtifact, artifact))
	if _, err := out.Write(rows); err != nil {
		return err
	}
	return out.Close()
}

// readPredictions reads what writePredictions wrote, rows that check finds nothing wrong with. what says what the rows are:
// "out-of-fold predictions".
func readPredictions[T any](r io.ReaderAt, size int64, what, format, version string, check func(*T) error) (rows []T, artifact string, err error) {
	defer func() {
		if fault := recover(); fault != nil { // of a reader that meets broken pages
			rows, err = nil, fmt.Errorf("not a file of %s: %v", what, fault)
		}
	}()
	f, err := datasets.OpenParquet(context.Background(), r, size)
	if err != nil {
		return nil, "", fmt.Errorf("not a file of %s: %w", what, err)
	}
	found, ok := f.Lookup(format)
	switch {
	case !ok:
		return nil, "", fmt.Errorf("not a file of %s: its metadata lacks %s", what, format)
	case found != version:
		return nil, "", fmt.Errorf("%s of version %s: this program reads version %s", what, found, version)
	}
	for _, column := range parquet.SchemaOf(*new(T)).Columns() {
		if _, ok := f.Schema().Lookup(column...); !ok {
			return nil, "", fmt.Errorf("%s: there is no column %q", what, column[0])
		}
	}
	if rows, err = readRows(f, check); err != nil {
		return nil, "", fmt.Errorf("%s: %w", what, err)
	}
	artifact, _ = f.Lookup(oofArtifact)
	return rows, artifact, nil
}

func readRows[T any](f *parquet.File, check func(*T) error) (rows []T, err error) {
	reader := parquet.NewGenericReader[T](f)
	defer func() { err = errors.Join(err, reader.Close()) }()
	buf := make([]T, 1024)
	for {
		n, err := reader.Read(buf)
		for i := range n {
			if err := check(&buf[i]); err != nil {
				return nil, fmt.Errorf("row %d: %w", len(rows)+i+1, err)
			}
		}
		rows = append(rows, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// A rowIndex finds rows by prompt key and id.
type rowIndex []indexedRow // by key, then id

type indexedRow struct {
	key uint64
	id  string
	row int
}

func indexRows[T any](rows []T, of func(*T) (key uint64, id string)) rowIndex {
	x := make(rowIndex, len(rows))
	for i := range rows {
		key, id := of(&rows[i])
		x[i] = indexedRow{key, id, i}
	}
	slices.SortFunc(x, func(a, b indexedRow) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id)) })
	return x
}

// find returns the row of the request of that id and prompt key, else the first of that prompt key.
func (x rowIndex) find(id []byte, key uint64) (row int, ok bool) {
	at, ok := slices.BinarySearchFunc(x, key, func(r indexedRow, key uint64) int { return cmp.Compare(r.key, key) })
	if !ok {
		return 0, false
	}
	row = x[at].row
	for _, r := range x[at:] {
		if r.key != key || r.id > string(id) {
			break
		}
		if r.id == string(id) {
			row = r.row
		}
	}
	return row, true
}
