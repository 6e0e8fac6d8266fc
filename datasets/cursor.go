package datasets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
)

// A cursor walks over the pages of one column of one row group. Its memory is reused from row group to row group.
type cursor struct {
	leaf  *leaf
	guard guard
	pages *parquet.FilePages
	page  parquet.Page

	def, rep []byte // levels of the page
	pos      int    // next level
	values   encoding.Values
	index    []int32 // of values in the dictionary, if indexed
	indexed  bool
	val      int    // next value
	zeros    []byte // levels of a required column

	dict   parquet.Dictionary // that the tables below are of
	floats []float64          // values of the dictionary as numbers
	micros []int64            // as times
	ids    []int32            // as names, unresolved until met
	texts  textScratch        // as texts

	floatScratch []float64
	timeScratch  []int64
	idScratch    []int32
	singles      []float32
	vector       []float32 // scratch of group.vectors
	textScratch  textScratch
	equals       []bool
}

// open starts at the first page of the leaf's column in a row group.
func (c *cursor) open(ctx context.Context, r io.ReaderAt, l *leaf, chunk *parquet.FileColumnChunk, m chunkInfo) error {
	if err := readable(m.codec); err != nil {
		return fmt.Errorf("column %q: %w", l.path, err)
	}
	c.leaf = l
	c.guard = guard{ctx: ctx, r: r, codec: m.codec, next: m.start, end: m.start + m.size, left: m.values, buf: c.guard.buf}
	c.pages = chunk.PagesFrom(&c.guard)
	c.page, c.dict = nil, nil
	c.def, c.rep, c.pos, c.val = nil, nil, 0, 0
	return nil
}

// close gives memory back.
func (c *cursor) close() {
	if c.page != nil {
		parquet.Release(c.page)
		c.page = nil
	}
	if c.pages != nil {
		c.pages.Close()
		c.pages = nil
	}
}

// errEndOfColumn is met by a column that has fewer rows than its row group.
var errEndOfColumn = errors.New("ends before its row group does")

// run hands the next n levels to pour, in spans within a page, with the number k of values in each. pour must take
// these values.
func (c *cursor) run(n int, pour func(s span, k int) error) error {
	for from := 0; from < n; {
		if err := c.load(); err != nil {
			if err == io.EOF {
				err = errEndOfColumn
			}
			return c.wrap(err)
		}
		m := min(n-from, len(c.def)-c.pos)
		s := span{from, c.def[c.pos : c.pos+m], c.leaf.maxDef}
		before := c.val
		k := bytes.Count(s.def, []byte{c.leaf.maxDef})
		if err := pour(s, k); err != nil {
			return c.wrap(err)
		}
		c.val = before + k
		c.pos += m
		from += m
	}
	return nil
}

func (c *cursor) wrap(err error) error { return fmt.Errorf("column %q: %w", c.leaf.path, err) }

// load makes sure that there is a next level. It returns io.EOF at the end of the column.
func (c *cursor) load() error {
	for c.page == nil || c.pos == len(c.def) {
		if c.page != nil {
			parquet.Release(c.page)
			c.page = nil
		}
		p, err := c.pages.ReadPage()
		if err != nil {
			return err
		}
		c.page = p
		if err := c.enter(p); err != nil {
			return err
		}
	}
	return nil
}

// enter takes a new page apart.
func (c *cursor) enter(p parquet.Page) error {
	c.pos, c.val, c.index, c.indexed = 0, 0, nil, false
	c.def, c.rep = p.DefinitionLevels(), p.RepetitionLevels()
	if c.leaf.maxDef == 0 {
		n := int(p.NumValues())
		if len(c.zeros) < n {
			c.zeros = make([]byte, n)
		}
		c.def = c.zeros[:n]
	}
	c.values = p.Data()
	var have int
	if d := p.Dictionary(); d != nil {
		c.index, c.indexed = c.values.Int32(), true
		have = len(c.index)
		if d != c.dict {
			c.dict = d
			c.floats, c.micros, c.ids = c.floats[:0], c.micros[:0], c.ids[:0]
			c.texts.reset()
		}
		// Pages may be wrong about their dictionary; whoever looks values up relies on this.
		limit := uint32(d.Len())
		for _, i := range c.index {
			if uint32(i) >= limit {
				return fmt.Errorf("index %d in a dictionary of %d", i, limit)
			}
		}
	} else {
		have = valueCount(c.leaf.kind, c.values)
	}
	if want := bytes.Count(c.def, []byte{c.leaf.maxDef}); have < want {
		return fmt.Errorf("a page has %d values where its levels say %d", have, want)
	}
	return nil
}

// valueCount is the number of values in v.
func valueCount(k valueKind, v encoding.Values) int {
	data, offsets := v.Data()
	switch k.physical {
	case parquet.Boolean:
		return len(data) * 8
	case parquet.Int32, parquet.Float:
		return len(data) / 4
	case parquet.Int64, parquet.Double:
		return len(data) / 8
	case parquet.Int96:
		return len(data) / 12
	case parquet.ByteArray:
		return max(0, len(offsets)-1)
	case parquet.FixedLenByteArray:
		if k.length > 0 {
			return len(data) / k.length
		}
	}
	return math.MaxInt // of no type that is read
}

// nextFloats returns the next k values as numbers.
func (c *cursor) nextFloats(k int) []float64 {
	kind := c.leaf.kind
	if !c.indexed {
		if kind.physical == parquet.Double {
			return c.values.Double()[c.val : c.val+k]
		}
		c.floatScratch = appendFloats(c.floatScratch[:0], kind, c.values, c.val, c.val+k)
		return c.floatScratch
	}
	if len(c.floats) == 0 {
		c.floats = appendFloats(c.floats, kind, c.dict.Page().Data(), 0, c.dict.Len())
	}
	c.floatScratch = resize(c.floatScratch, k)
	for i, ix := range c.index[c.val : c.val+k] {
		c.floatScratch[i] = c.floats[ix]
	}
	return c.floatScratch
}

// nextSingles returns the next k values in single precision. The kind must be a float or a double.
func (c *cursor) nextSingles(k int) []float32 {
	if !c.indexed && c.leaf.kind.physical == parquet.Float {
		return c.values.Float()[c.val : c.val+k]
	}
	c.singles = resize(c.singles, k)
	for i, v := range c.nextFloats(k) {
		c.singles[i] = float32(v)
	}
	return c.singles
}

// nextTimes returns the next k values as microseconds since 1970.
func (c *cursor) nextTimes(k int) ([]int64, error) {
	kind := c.leaf.kind
	if !c.indexed {
		var err error
		c.timeScratch, err = appendTimes(c.timeScratch[:0], kind, c.values, c.val, c.val+k)
		return c.timeScratch, err
	}
	if len(c.micros) == 0 {
		var err error
		if c.micros, err = appendTimes(c.micros, kind, c.dict.Page().Data(), 0, c.dict.Len()); err != nil {
			return nil, err
		}
	}
	c.timeScratch = resize(c.timeScratch, k)
	for i, ix := range c.index[c.val : c.val+k] {
		c.timeScratch[i] = c.micros[ix]
	}
	return c.timeScratch, nil
}

// unresolved marks an entry of a dictionary that was not interned yet.
const unresolved = math.MinInt32

// nextNames returns the next k values as what intern makes of their texts, which must not be unresolved.
func (c *cursor) nextNames(k int, intern func([]byte) int32) []int32 {
	c.idScratch = resize(c.idScratch, k)
	if !c.indexed {
		texts := c.nextTexts(k)
		for i := range k {
			c.idScratch[i] = intern(texts.at(i))
		}
		return c.idScratch
	}
	if len(c.ids) == 0 {
		c.ids = filled(c.ids, c.dict.Len(), unresolved)
		c.texts.fill(c.leaf.kind, c.dict.Page().Data(), 0, c.dict.Len())
	}
	for i, ix := range c.index[c.val : c.val+k] {
		v := c.ids[ix]
		if v == unresolved {
			v = intern(c.texts.values.at(int(ix)))
			c.ids[ix] = v
		}
		c.idScratch[i] = v
	}
	return c.idScratch
}

// nextTexts returns the next k values as texts, valid until the page is left.
func (c *cursor) nextTexts(k int) textValues {
	if !c.indexed {
		c.textScratch.fill(c.leaf.kind, c.values, c.val, c.val+k)
		return c.textScratch.values
	}
	if !c.texts.full {
		c.texts.fill(c.leaf.kind, c.dict.Page().Data(), 0, c.dict.Len())
	}
	v := c.texts.values
	v.index = c.index[c.val : c.val+k]
	return v
}
