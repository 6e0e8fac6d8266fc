package datasets

import (
	"context"
	"errors"
	"math"
)

// errStopped says that the consumer of blocks wants no more.
var errStopped = errors.New("stopped")

// longBatch is how many requests of the long layout make a block, of those without embeddings.
const longBatch = 4096

// blocks hands out all requests, in order of first appearance, block by block; a block is of one file.
func (s *longStore) blocks(ctx context.Context, yield func(*Traffic) bool) error {
	rows, offsets := s.byRequest()
	bad := len(s.block.problems.list) > 0
	batch := max(min(longBatch, batchBytes/max(4*s.block.size.dims, 1)), minBatch)
	for lo := 0; lo < len(s.first) && !s.block.problems.full(); {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		file, _ := s.locate(s.first[lo])
		hi := lo + 1
		for hi < min(lo+batch, len(s.first)) {
			if f, _ := s.locate(s.first[hi]); f != file {
				break
			}
			hi++
		}
		t, err := s.load(file, lo, hi, rows, offsets)
		if err != nil {
			return err
		}
		bad = bad || t == nil
		if !bad && !yield(t) {
			return errStopped
		}
		lo = hi
	}
	return nil
}

// byRequest sorts the rows by request: those of request r are rows[offsets[r]:offsets[r+1]], in the order of the
// files.
func (s *longStore) byRequest() (rows, offsets []int32) {
	offsets = make([]int32, len(s.first)+1)
	for _, r := range s.request {
		if r >= 0 {
			offsets[r+1]++
		}
	}
	for r := range s.first {
		offsets[r+1] += offsets[r]
	}
	rows = make([]int32, offsets[len(s.first)])
	next := append([]int32(nil), offsets...)
	for i, r := range s.request {
		if r >= 0 {
			rows[next[r]] = int32(i)
			next[r]++
		}
	}
	return rows, offsets
}

// load makes a block of the requests from lo to hi.
func (s *longStore) load(file string, lo, hi int, rows, offsets []int32) (*Traffic, error) {
	b := s.block
	b.begin(file, 0, 0, hi-lo)
	copy(b.rows.number, s.first[lo:hi])
	b.settle()
	p := pourer{block: b}
	if err := s.loadRequests(&p, lo, hi); err != nil {
		return nil, err
	}
	items := rows[offsets[lo]:offsets[hi]]
	for r := lo; r < hi; r++ {
		for _, i := range rows[offsets[r]:offsets[r+1]] {
			b.outcome(int32(r-lo), s.model[i], s.row[i])
		}
	}
	b.place()
	if err := s.loadOutcomes(&p, items); err != nil {
		return nil, err
	}
	return b.finish(), nil
}

func (s *longStore) loadRequests(p *pourer, lo, hi int) error {
	for i, column := range s.rowNumber {
		p.reset()
		for _, v := range column[lo:hi] {
			p.float(v)
		}
		p.putRowNumber(i)
	}
	for i, column := range s.rowName {
		p.reset()
		for _, v := range column[lo:hi] {
			p.id(v)
		}
		p.putRowName(i)
	}
	for i := range s.rowText {
		p.reset()
		column := &s.rowText[i]
		if i == textID {
			column = &s.ids
		}
		for r := lo; r < hi; r++ {
			text, _ := column.at(int32(r))
			if err := p.bytes(text); err != nil {
				return err
			}
		}
		if err := p.putRowText(i); err != nil {
			return err
		}
	}
	p.reset()
	for _, t := range s.time[lo:hi] {
		p.time(t)
	}
	p.putRowTime()
	s.loadVectors(lo, hi)
	return nil
}

func (s *longStore) loadVectors(lo, hi int) {
	b := s.block
	if len(s.vector) == 0 {
		return
	}
	b.startVectors()
	for i, k := range s.vectorOf[lo:hi] {
		if k >= 0 {
			b.vectors.set(i, s.vector[int(k)*b.size.dims:][:b.size.dims])
		}
	}
}

func (s *longStore) loadOutcomes(p *pourer, items []int32) error {
	for i, column := range s.number {
		if column == nil {
			continue
		}
		p.reset()
		for _, k := range items {
			p.float(column[k])
		}
		p.putItemNumber(i)
	}
	for i, column := range s.itemName {
		if column == nil {
			continue
		}
		p.reset()
		for _, k := range items {
			p.id(column[k])
		}
		p.putItemName(i)
	}
	if len(s.response.start) == 0 {
		return nil
	}
	p.reset()
	for _, k := range items {
		text, ok := s.response.at(k)
		if !ok {
			p.null()
			continue
		}
		if err := p.bytes(text); err != nil {
			return err
		}
	}
	return p.putResponses()
}

// float adds a number, null if it is not one.
func (p *pourer) float(v float64) {
	if math.IsNaN(v) {
		p.null()
		return
	}
	p.number(v)
}
