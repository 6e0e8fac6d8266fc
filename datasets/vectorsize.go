package datasets

import (
	"context"
	"fmt"
)

// A vectorSize is the length that all embeddings of a dataset must have, and whose length it is.
type vectorSize struct {
	dims  int // 0: there is no embedding
	first RowRef
}

// vectorSize is the length of the first embedding of the dataset that conditions keep. It is looked up once, by
// whoever asks first: every reader must find the same fault in the same row.
func (r *Reader) vectorSize(ctx context.Context) (vectorSize, error) {
	if !r.block.cols.Embedding {
		return vectorSize{}, nil
	}
	d := r.set
	d.sizing.Lock()
	defer d.sizing.Unlock()
	if d.size == nil {
		size, err := d.findVectorSize(ctx)
		if err != nil {
			return vectorSize{}, err
		}
		d.size = &size
	}
	return *d.size, nil
}

func (d *Dataset) findVectorSize(ctx context.Context) (size vectorSize, err error) {
	r := d.NewReader(Columns{Embedding: true, Bare: true})
	for _, src := range d.files {
		if l := src.fields.embedding; l == nil || !l.fits {
			continue
		}
		row := int64(1)
		for i, rg := range src.parq.Metadata().RowGroups {
			if err := unpanicked(func() (err error) { size, err = r.groupVectorSize(ctx, src, i, row, rg.NumRows); return err }); err != nil {
				return size, fmt.Errorf("%s: row group %d: %w", src.name, i, err)
			}
			if size.dims > 0 {
				return size, nil
			}
			row += rg.NumRows
		}
	}
	return size, nil
}

// groupVectorSize looks for an embedding among the rows of row group i, of which there are n from row on.
func (r *Reader) groupVectorSize(ctx context.Context, src *source, i int, row, n int64) (size vectorSize, err error) {
	g := &group{Reader: r, src: src, shard: Shard{File: src.name, RowGroup: i}, row: row, left: n}
	defer g.close()
	for _, l := range src.fields.where {
		g.where = append(g.where, nil)
		if g.where[len(g.where)-1], err = g.cursor(ctx, l, src.chunk(i, l)); err != nil {
			return size, err
		}
	}
	l := src.fields.embedding
	if g.embedding, err = g.cursor(ctx, l, src.chunk(i, l)); err != nil {
		return size, err
	}
	for g.left > 0 && size.dims == 0 {
		n := int(min(g.left, minBatch))
		r.block.begin(src.name, 0, g.row, n)
		if err := g.filter(n); err != nil {
			return size, err
		}
		if err := g.vectors(n, func(pos int, v []float32) {
			if size.dims == 0 && len(v) <= maxDims {
				size = vectorSize{len(v), RowRef{src.name, r.block.rows.number[pos]}}
			}
		}); err != nil {
			return size, err
		}
		g.row += int64(n)
		g.left -= int64(n)
	}
	return size, nil
}
