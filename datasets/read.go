package datasets

import (
	"context"
	"fmt"
	"iter"
)

// A Reader reads shards of a dataset, one at a time. It is not safe for concurrent use: every worker has its own.
type Reader struct {
	// Parallel is how many columns of a block are decoded at a time, for datasets that have fewer shards than there are
	// workers. Up to 1: one after another. No goroutine outlives the block.
	Parallel int

	set     *Dataset
	block   *block
	cursors []*cursor // for reuse
	keep    []bool
	sums    [][]lanes // scratch of readNumbers
}

// NewReader returns a reader of the columns asked for.
func (d *Dataset) NewReader(cols Columns) *Reader {
	return &Reader{set: d, block: newBlock(&d.opts, cols)}
}

// Read reads a shard of the dataset, block by block, each valid until the next. If the shard has faults of data,
// the error is Problems, all of the shard's up to the limit; no block with a fault is handed out. After an error
// reading is over.
func (r *Reader) Read(ctx context.Context, s Shard) iter.Seq2[*Traffic, error] {
	if r.set.layout == Long {
		return r.readLong(ctx, s)
	}
	return func(yield func(*Traffic, error) bool) {
		g, err := r.open(ctx, s)
		if err != nil {
			yield(nil, err)
			return
		}
		defer g.close()
		for {
			t, err := g.next()
			if err != nil {
				yield(nil, err)
				return
			}
			if t == nil || !yield(t, nil) {
				return
			}
		}
	}
}

// A group reads one row group.
type group struct {
	*Reader
	src   *source
	shard Shard
	used  int   // cursors
	row   int64 // number of the next row
	left  int64 // rows
	batch int   // rows at once
	bad   bool  // a problem was found: read on for others, but hand out no more

	where     []*cursor
	rowNumber [numRowNumbers]*cursor
	rowName   [numRowNames]*cursor
	rowText   [numRowTexts]*cursor
	time      *cursor
	embedding *cursor
	model     *cursor
	number    [numOutcomeNumbers]*cursor
	itemName  [numOutcomeNames]*cursor
	response  *cursor
	wide      []wideCursors // instead, in the wide layout
}

// wideCursors are the columns of a model in the wide layout.
type wideCursors struct {
	name     string
	number   [numOutcomeNumbers]*cursor
	itemName [numOutcomeNames]*cursor
	response *cursor
}

// open opens the columns of a shard.
func (r *Reader) open(ctx context.Context, s Shard) (*group, error) {
	src := r.set.byName[s.File]
	if src == nil || s.RowGroup < 0 || s.RowGroup >= len(src.parq.RowGroups()) {
		return nil, fmt.Errorf("%s, row group %d: no such shard in the dataset", s.File, s.RowGroup)
	}
	if s.Version != src.file.Version() {
		return nil, fmt.Errorf("%s has changed: it is version %s, not %s", s.File, src.file.Version(), s.Version)
	}
	var err error
	if r.block.size, err = r.vectorSize(ctx); err != nil {
		return nil, err
	}
	g := &group{Reader: r, src: src, shard: s, row: s.FirstRow, left: s.Rows}
	if err := g.openColumns(ctx); err != nil {
		g.close()
		return nil, fmt.Errorf("%s: row group %d: %w", s.File, s.RowGroup, err)
	}
	return g, nil
}

// openColumns opens the columns that are wanted.
func (g *group) openColumns(ctx context.Context) error {
	f := &g.src.fields
	perRow := 0.0
	var failed error
	open := func(to **cursor, l *leaf, number bool) {
		if l == nil || failed != nil {
			return
		}
		info := g.src.chunk(g.shard.RowGroup, l)
		*to, failed = g.cursor(ctx, l, info)
		if number {
			perRow += 8 * float64(info.values) / float64(g.left)
		} else {
			perRow += float64(info.plainBytes) / float64(g.left)
		}
	}
	for i := range f.where {
		g.where = append(g.where, nil)
		open(&g.where[i], f.where[i], true)
	}
	for i := range f.rowNumber {
		open(&g.rowNumber[i], f.rowNumber[i], true)
	}
	for i := range f.rowName {
		open(&g.rowName[i], f.rowName[i], true)
	}
	for i := range f.rowText {
		if g.block.wantsText(i) {
			open(&g.rowText[i], f.rowText[i], false)
		}
	}
	open(&g.time, f.time, true)
	if g.block.cols.Embedding {
		open(&g.embedding, f.embedding, true)
		perRow += float64(4 * g.block.size.dims) // where it is null, too
	}
	open(&g.model, f.model, true)
	if f.model != nil {
		for i := range f.number {
			open(&g.number[i], f.number[i], true)
		}
		for i := range f.itemName {
			open(&g.itemName[i], f.itemName[i], true)
		}
		if g.block.cols.Response {
			open(&g.response, f.response, false)
		}
	}
	g.wide = make([]wideCursors, len(f.wide))
	for i := range f.wide {
		w := &f.wide[i]
		g.wide[i].name = w.name
		for k := range w.number {
			open(&g.wide[i].number[k], w.number[k], true)
		}
		for k := range w.itemName {
			open(&g.wide[i].itemName[k], w.itemName[k], true)
		}
		if g.block.cols.Response {
			open(&g.wide[i].response, w.response, false)
		}
	}
	g.batch = int(min(max(batchBytes/max(perRow, 1), minBatch), maxBatch))
	return failed
}

// openIDs opens the columns of ids and of conditions.
func (g *group) openIDs(ctx context.Context) (err error) {
	f := &g.src.fields
	for _, l := range f.where {
		c, err := g.cursor(ctx, l, g.src.chunk(g.shard.RowGroup, l))
		if err != nil {
			return err
		}
		g.where = append(g.where, c)
	}
	l := f.rowText[textID]
	g.rowText[textID], err = g.cursor(ctx, l, g.src.chunk(g.shard.RowGroup, l))
	return err
}

// A batch is about batchBytes large when decoded, whatever the row groups of the file: it should stay near the
// processor, and leave memory to others.
const (
	batchBytes = 6 << 20
	minBatch   = 256
	maxBatch   = 8192
)

// batchRows is how many rows to read next. Outcomes take room for every model and request, whether they are there or
// not: the more models were seen, the fewer rows. Before the first batch nothing is known of them.
func (g *group) batchRows() int {
	if g.model == nil {
		return g.batch
	}
	models := len(g.block.models.list)
	if models == 0 {
		return minBatch
	}
	columns := 1
	for _, c := range g.number {
		if c != nil {
			columns++
		}
	}
	return min(g.batch, max(4*batchBytes/(8*columns*models), minBatch/16))
}

// cursor opens a cursor of its own on a leaf.
func (g *group) cursor(ctx context.Context, l *leaf, info chunkInfo) (*cursor, error) {
	if g.used == len(g.cursors) {
		g.cursors = append(g.cursors, new(cursor))
	}
	c := g.cursors[g.used]
	g.used++
	return c, c.open(ctx, g.src.file, l, g.src.pages(g.shard.RowGroup, l), info)
}

func (g *group) close() {
	for _, c := range g.cursors[:g.used] {
		c.close()
	}
	g.used = 0
}

// next reads the next block, nil at the end.
func (g *group) next() (*Traffic, error) {
	for g.left > 0 && !g.block.problems.full() {
		n := int(min(g.left, int64(g.batchRows())))
		var t *Traffic
		err := unpanicked(func() (err error) { t, err = g.read(n); return err })
		if err != nil {
			return nil, fmt.Errorf("%s: row group %d, rows %d to %d: %w", g.shard.File, g.shard.RowGroup, g.row, g.row+int64(n)-1, err)
		}
		g.row += int64(n)
		g.left -= int64(n)
		if t == nil {
			g.bad = true
		}
		if !g.bad && t.Len > 0 {
			return t, nil
		}
	}
	return nil, g.block.problems.err()
}

// read reads n rows into the block.
func (g *group) read(n int) (*Traffic, error) {
	b := g.block
	b.begin(g.shard.File, g.shard.Index, g.row, n)
	if err := g.filter(n); err != nil {
		return nil, err
	}
	b.settle()
	if err := g.readRequests(n); err != nil {
		return nil, err
	}
	read := g.readNested
	if len(g.wide) > 0 {
		read = g.readWide
	}
	if err := read(n); err != nil {
		return nil, err
	}
	return b.finish(), nil
}

// readNested reads the lists of outcomes of the next n rows.
func (g *group) readNested(n int) error {
	b := g.block
	if g.model != nil {
		if err := g.readLists(n); err != nil {
			return err
		}
	}
	b.place()
	n = len(b.items.slot)
	if err := g.readNumbers(n); err != nil {
		return err
	}
	return g.readOutcomes(0, n, nil, g.itemName[:], g.response)
}
