package datasets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// A Dataset is labeled traffic in one or more files of one layout. It is safe for concurrent use.
type Dataset struct {
	opts   Options
	tests  []test // of opts.Where
	layout Layout
	files  []*source
	byName map[string]*source
	shards []Shard
	rows   int64
	sizing sync.Mutex
	size   *vectorSize // guarded by sizing; nil: not known yet
}

// A source is an open file of a dataset.
type source struct {
	name   string
	file   File
	parq   *parquet.File
	fields fields
}

// A Shard is a part of a dataset that is read on its own: a row group of a file.
type Shard struct {
	Index    int    // among the shards of its dataset
	File     string // as the caller named it
	Version  string // of File
	Size     int64  // of File, in bytes
	RowGroup int    // in File
	FirstRow int64  // number in File of the first row, from 1
	Rows     int64
}

// Open opens the files of labeled traffic and reads their footers: layout, columns and sizes. nil options are the
// zero Options. Errors name the file; Problems are faults of the data.
func Open(ctx context.Context, names []string, opts *Options) (*Dataset, error) {
	d := &Dataset{byName: map[string]*source{}}
	if opts != nil {
		d.opts = *opts
	}
	if d.opts.Open == nil {
		d.opts.Open = openLocal
	}
	if len(names) == 0 {
		return nil, errors.New("no file of traffic was given")
	}
	for _, c := range d.opts.Where {
		d.tests = append(d.tests, newTest(c))
	}
	for _, name := range names {
		if err := d.add(ctx, name); err != nil {
			d.Close()
			return nil, err
		}
	}
	if d.rows == 0 {
		d.Close()
		return nil, problem(strings.Join(names, ", "), "there are no rows of traffic", "")
	}
	if d.layout == Long {
		d.joinShards()
	}
	return d, nil
}

// add opens one file.
func (d *Dataset) add(ctx context.Context, name string) error {
	if d.byName[name] != nil {
		return fmt.Errorf("%s: the file is given twice", name)
	}
	file, err := d.opts.Open(ctx, name)
	if err != nil {
		return err
	}
	s := &source{name: name, file: file}
	d.files = append(d.files, s)
	d.byName[name] = s
	if s.parq, err = openParquet(file, file.Size()); err != nil {
		return problem(name, err.Error(), "")
	}
	var fault error
	if err := unpanicked(func() error { fault = d.identify(s); return nil }); err != nil {
		return problem(name, err.Error(), "")
	}
	if fault != nil {
		return fault
	}
	d.addShards(s)
	return nil
}

// joinShards makes one shard of all, for the long layout, where the rows of a request may be anywhere.
func (d *Dataset) joinShards() {
	all := Shard{File: d.files[0].name, FirstRow: 1, Rows: d.rows}
	var versions []string
	for _, s := range d.files {
		versions = append(versions, s.file.Version())
		all.Size += s.file.Size()
	}
	all.Version = strings.Join(versions, " ")
	d.shards = []Shard{all}
}

// addShards lists the row groups of s.
func (d *Dataset) addShards(s *source) {
	row := int64(1)
	for i := range s.parq.Metadata().RowGroups {
		n := s.parq.Metadata().RowGroups[i].NumRows
		if n > 0 {
			d.shards = append(d.shards, Shard{
				Index: len(d.shards), File: s.name, Version: s.file.Version(), Size: s.file.Size(),
				RowGroup: i, FirstRow: row, Rows: n,
			})
		}
		row += n
		d.rows += n
	}
}

// Close closes the files.
func (d *Dataset) Close() error {
	var err error
	for _, s := range d.files {
		err = errors.Join(err, s.file.Close())
	}
	return err
}

// Layout is the layout of the files.
func (d *Dataset) Layout() Layout { return d.layout }

// NumRows is the number of rows of the files, before any condition: of requests, in the long layout of pairs of
// request and model.
func (d *Dataset) NumRows() int64 { return d.rows }

// Shards are the parts of the dataset, in the order of the files and of the rows in them.
func (d *Dataset) Shards() []Shard { return slices.Clone(d.shards) }

// A chunkInfo is where a column of a row group lies.
type chunkInfo struct {
	codec              format.CompressionCodec
	start, size        int64
	values, plainBytes int64
}

// chunk is where leaf l of row group g lies.
func (s *source) chunk(g int, l *leaf) chunkInfo {
	m := &s.parq.Metadata().RowGroups[g].Columns[l.index].MetaData
	start := m.DataPageOffset
	if m.DictionaryPageOffset != 0 {
		start = m.DictionaryPageOffset
	}
	return chunkInfo{m.Codec, start, m.TotalCompressedSize, m.NumValues, m.TotalUncompressedSize}
}

// pages is the column of leaf l of row group g.
func (s *source) pages(g int, l *leaf) *parquet.FileColumnChunk {
	return s.parq.RowGroups()[g].ColumnChunks()[l.index].(*parquet.FileColumnChunk)
}
