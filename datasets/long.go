package datasets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"sort"
	"strconv"
)

// A longStore holds all of a dataset in the long layout, for the rows of a request may be anywhere. Rows are
// numbered through all files, from 1.
type longStore struct {
	*Reader
	starts []int64 // number of the row before the first of each file
	base   int64   // starts of the file that is being read

	// By request, in order of first appearance.
	index     map[string]int32
	ids       longTexts
	first     []int64 // number of its first row
	rowNumber [numRowNumbers][]float64
	rowName   [numRowNames][]int32
	rowText   [numRowTexts]longTexts
	time      []int64
	vectorOf  []int32   // number among the embeddings, −1: none
	vector    []float32 // embeddings one after another

	// By row.
	request, model []int32
	row            []int64
	number         [numOutcomeNumbers][]float64
	itemName       [numOutcomeNames][]int32
	response       longTexts
}

// longTexts are texts one after another.
type longTexts struct {
	bytes      []byte
	start, end []uint64 // start after end: null
}

func (t *longTexts) at(i int32) ([]byte, bool) {
	if t.start[i] > t.end[i] {
		return nil, false
	}
	return t.bytes[t.start[i]:t.end[i]], true
}

func (t *longTexts) set(i int32, text []byte) {
	t.start[i] = uint64(len(t.bytes))
	t.bytes = append(t.bytes, text...)
	t.end[i] = uint64(len(t.bytes))
}

func (t *longTexts) grow() {
	t.start, t.end = append(t.start, 1), append(t.end, 0)
}

// readLong reads all of a dataset in the long layout and hands out its blocks.
func (r *Reader) readLong(ctx context.Context, shard Shard) iter.Seq2[*Traffic, error] {
	return func(yield func(*Traffic, error) bool) {
		if shard != r.set.shards[0] {
			yield(nil, fmt.Errorf("%s, version %s: no such shard in the dataset", shard.File, shard.Version))
			return
		}
		s := &longStore{Reader: r, index: map[string]int32{}}
		r.block.locate = s.locate
		var err error
		if r.block.size, err = r.vectorSize(ctx); err == nil {
			err = s.collect(ctx)
		}
		if err == nil {
			err = s.blocks(ctx, func(t *Traffic) bool { return yield(t, nil) })
		}
		if err == nil {
			err = r.block.problems.err()
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// locate finds the file and the row in it of a row's number.
func (s *longStore) locate(number int64) (string, int64) {
	i := sort.Search(len(s.starts), func(i int) bool { return s.starts[i] >= number }) - 1
	return s.set.files[i].name, number - s.starts[i]
}

// collect reads all files.
func (s *longStore) collect(ctx context.Context) error {
	for _, src := range s.set.files {
		s.starts = append(s.starts, s.base)
		row := s.base + 1
		for i := range src.parq.Metadata().RowGroups {
			n := src.parq.Metadata().RowGroups[i].NumRows
			if err := s.collectGroup(ctx, src, i, row, n); err != nil {
				return err
			}
			row += n
		}
		s.base = row - 1
	}
	return nil
}

func (s *longStore) collectGroup(ctx context.Context, src *source, i int, row, n int64) error {
	if n == 0 {
		return nil
	}
	g := &group{Reader: s.Reader, src: src, shard: Shard{File: src.name, RowGroup: i}, row: row, left: n}
	defer g.close()
	err := g.openColumns(ctx)
	for err == nil && g.left > 0 && !s.block.problems.full() {
		n := int(min(g.left, int64(g.batch)))
		if err = unpanicked(func() error { return s.collectRows(g, n) }); err == nil {
			g.row += int64(n)
			g.left -= int64(n)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: row group %d: %w", src.name, i, err)
	}
	return nil
}

// collectRows reads the next n rows of a group.
func (s *longStore) collectRows(g *group, n int) error {
	b := s.block
	b.begin(g.shard.File, 0, g.row, n)
	if err := g.filter(n); err != nil {
		return err
	}
	from := len(s.row)
	if err := s.collectRequests(g, n); err != nil {
		return err
	}
	return s.collectOutcomes(g, n, int32(from))
}

// collectRequests finds the requests of the next n rows, and reads their columns.
func (s *longStore) collectRequests(g *group, n int) error {
	b := s.block
	if err := g.texts(g.rowText[textID], &b.rows, rowTexts[textID].name, n, func(pos int, id []byte, known bool) {
		request := int32(-1)
		if known && len(id) > 0 {
			request = s.requestOf(id, b.rows.number[pos])
		} else {
			b.problem(b.rows.number[pos], "id", "is empty", "every row needs the id of its request")
		}
		s.request = append(s.request, request)
		s.row = append(s.row, b.rows.number[pos])
	}); err != nil {
		return err
	}
	requests := s.request[len(s.request)-b.kept():]
	for i, c := range g.rowNumber {
		column := s.rowNumber[i]
		if err := g.floats(c, &b.rows, rowNumbers[i].name, n, func(pos int, v float64) {
			r := requests[b.rows.slot[pos]]
			switch {
			case r < 0 || math.IsNaN(v):
			case math.IsNaN(column[r]):
				column[r] = v
			case column[r] != v:
				s.differs(b.rows.number[pos], r, rowNumbers[i].name)
			}
		}); err != nil {
			return err
		}
	}
	for i, c := range g.rowName {
		column := s.rowName[i]
		intern := func(text []byte) int32 { return b.internRowName(i, text) }
		if err := g.names(c, &b.rows, rowNames[i].name, n, intern, func(pos int, v int32) {
			r := requests[b.rows.slot[pos]]
			switch {
			case r < 0 || v < 0:
			case column[r] < 0:
				column[r] = v
			case column[r] != v:
				s.differs(b.rows.number[pos], r, rowNames[i].name)
			}
		}); err != nil {
			return err
		}
	}
	for i, c := range g.rowText {
		if i == textID {
			continue
		}
		column := &s.rowText[i]
		if err := g.texts(c, &b.rows, rowTexts[i].name, n, func(pos int, text []byte, known bool) {
			r := requests[b.rows.slot[pos]]
			if r < 0 || len(text) == 0 {
				return
			}
			if before, ok := column.at(r); !ok {
				column.set(r, text)
			} else if !bytes.Equal(before, text) {
				s.differs(b.rows.number[pos], r, rowTexts[i].name)
			}
		}); err != nil {
			return err
		}
	}
	if err := g.vectors(n, func(pos int, v []float32) { s.setVector(requests[b.rows.slot[pos]], b.rows.number[pos], v) }); err != nil {
		return err
	}
	return g.times(n, func(pos int, v int64) {
		r := requests[b.rows.slot[pos]]
		switch {
		case r < 0:
		case s.time[r] == NoTime:
			s.time[r] = v
		case s.time[r] != v:
			s.differs(b.rows.number[pos], r, timeColumn.name)
		}
	})
}

// setVector gives a request its embedding. The first counts: embeddings of one text may differ in their last bits.
func (s *longStore) setVector(request int32, row int64, v []float32) {
	if !s.block.checkVector(row, v) || request < 0 || s.vectorOf[request] >= 0 {
		return
	}
	s.vectorOf[request] = int32(len(s.vector) / len(v))
	s.vector = append(s.vector, v...)
}

// differs notes that a row contradicts an earlier one of its request.
func (s *longStore) differs(row int64, request int32, column string) {
	id, _ := s.ids.at(request)
	s.block.problem(row, column, "differs from an earlier row of id "+strconv.Quote(string(id)),
		"what is of the request must be the same in all its rows")
}

// requestOf is the request of that id, a new one if there is none yet.
func (s *longStore) requestOf(id []byte, row int64) int32 {
	if r, ok := s.index[string(id)]; ok {
		return r
	}
	r := int32(len(s.first))
	s.index[string(id)] = r
	s.ids.grow()
	s.ids.set(r, id)
	s.first = append(s.first, row)
	for i := range s.rowNumber {
		s.rowNumber[i] = append(s.rowNumber[i], nan)
	}
	for i := range s.rowName {
		s.rowName[i] = append(s.rowName[i], -1)
	}
	for i := range s.rowText {
		s.rowText[i].grow()
	}
	s.time = append(s.time, NoTime)
	s.vectorOf = append(s.vectorOf, -1)
	return r
}

// collectOutcomes reads the columns of the outcomes of the next n rows, of which the first goes to from.
func (s *longStore) collectOutcomes(g *group, n int, from int32) error {
	b := s.block
	slot := func(pos int) int32 { return from + b.rows.slot[pos] }
	s.model = resizeKeep(s.model, len(s.row))
	for i := from; int(i) < len(s.row); i++ {
		s.model[i] = noModel
	}
	if err := g.names(g.model, &b.rows, modelColumn.name, n, b.modelIndex, func(pos int, v int32) {
		s.model[slot(pos)] = v
	}); err != nil {
		return err
	}
	for i, c := range g.number {
		if c == nil {
			continue
		}
		column := extend(s.number[i], len(s.row), nan)
		s.number[i] = column
		if err := g.floats(c, &b.rows, outcomeNumbers[i].name, n, func(pos int, v float64) {
			if math.IsNaN(v) {
				b.oddNumber(&outcomeNumbers[i], b.rows.number[pos], "", v)
			}
			column[slot(pos)] = v
		}); err != nil {
			return err
		}
	}
	for i, c := range g.itemName {
		if c == nil {
			continue
		}
		column := extend(s.itemName[i], len(s.row), -1)
		s.itemName[i] = column
		intern := func(text []byte) int32 { return internName(b.itemNames[i], text) }
		if err := g.names(c, &b.rows, outcomeNames[i].name, n, intern, func(pos int, v int32) {
			column[slot(pos)] = v
		}); err != nil {
			return err
		}
	}
	if g.response == nil {
		return nil
	}
	for len(s.response.start) < len(s.row) {
		s.response.grow()
	}
	return g.texts(g.response, &b.rows, responseColumn.name, n, func(pos int, text []byte, known bool) {
		if known {
			s.response.set(slot(pos), text)
		}
	})
}

// extend makes s n long, with v at the end.
func extend[T any](s []T, n int, v T) []T {
	from := len(s)
	s = resizeKeep(s, n)
	for i := from; i < n; i++ {
		s[i] = v
	}
	return s
}
