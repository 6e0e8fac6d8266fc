package datasets

import (
	"context"
	"io"
	"slices"
)

// copiedRows is how many requests, with their texts and outcomes, Copy has in memory at a time.
const copiedRows = 8192

// Copy writes all requests that the conditions keep to w in the canonical layout, each as edit leaves it, which gets its
// shard and its place among the requests of that. Columns that are not canonical are left out: [Dataset.OtherColumns] names
// them. progress, which may be nil, is told rows that are done and rows in all.
func Copy(ctx context.Context, w io.Writer, d *Dataset, progress func(done, total int64), edit func(shard, i int, row *Row)) error {
	out := NewWriter(w)
	var done, total int64
	for _, s := range d.shards {
		total += s.Rows
	}
	for _, s := range d.shards {
		refs, err := d.references(ctx, s)
		if err != nil {
			return err
		}
		next := 0
		for some := range slices.Chunk(refs, copiedRows) {
			rows, err := d.Fetch(ctx, some)
			if err != nil {
				return err
			}
			for i := range rows {
				edit(s.Index, next, &rows[i])
				next++
			}
			if err := out.Write(rows...); err != nil {
				return err
			}
			if done += int64(len(rows)); progress != nil {
				progress(done, total)
			}
		}
	}
	return out.Close()
}

// references lists the requests of a shard.
func (d *Dataset) references(ctx context.Context, s Shard) ([]RowRef, error) {
	var refs []RowRef
	for t, err := range d.NewReader(Columns{Models: []string{}, Bare: true}).Read(ctx, s) {
		if err != nil {
			return nil, err
		}
		for _, row := range t.Rows {
			refs = append(refs, RowRef{File: t.File, Row: row})
		}
	}
	return refs, ctx.Err()
}
