package datasets

import (
	"context"
	"fmt"
)

// fetchLong is Fetch for the long layout: refs name first rows of requests, whose other rows may be anywhere.
func (d *Dataset) fetchLong(ctx context.Context, refs []RowRef) ([]Row, error) {
	ids := map[RowRef]string{}
	for _, ref := range refs {
		ids[ref] = ""
	}
	if err := d.eachID(ctx, func(ref RowRef, id []byte) {
		if _, ok := ids[ref]; ok {
			ids[ref] = string(id)
		}
	}); err != nil {
		return nil, err
	}
	parts := map[string][]RowRef{} // rows of each request
	for _, ref := range refs {
		if ids[ref] == "" {
			return nil, fmt.Errorf("%s has no row %d, or no id there", ref.File, ref.Row)
		}
		parts[ids[ref]] = nil
	}
	wanted := map[string]map[int64]*Row{}
	if err := d.eachID(ctx, func(ref RowRef, id []byte) {
		if rows, ok := parts[string(id)]; ok {
			parts[string(id)] = append(rows, ref)
			if wanted[ref.File] == nil {
				wanted[ref.File] = map[int64]*Row{}
			}
			wanted[ref.File][ref.Row] = nil
		}
	}); err != nil {
		return nil, err
	}
	for _, src := range d.files {
		if err := d.fetchRows(ctx, src, wanted[src.name]); err != nil {
			return nil, err
		}
	}
	rows := make([]Row, len(refs))
	for i, ref := range refs {
		for k, part := range parts[ids[ref]] {
			p := wanted[part.File][part.Row]
			if k == 0 {
				rows[i] = *p
				rows[i].Outcomes = nil
			}
			rows[i].fill(p)
			rows[i].Outcomes = append(rows[i].Outcomes, p.Outcomes...)
		}
	}
	return rows, nil
}

// fill takes over what r lacks from another row of the same request.
func (r *Row) fill(other *Row) {
	for i := range numRowNumbers {
		if _, known := r.getNumber(i); known {
			continue
		}
		if v, known := other.getNumber(i); known {
			r.setNumber(i, v)
		}
	}
	for i := range numRowNames {
		if *r.name(i) == "" {
			*r.name(i) = *other.name(i)
		}
	}
	for i := range numRowTexts {
		if *r.text(i) == "" {
			*r.text(i) = *other.text(i)
		}
	}
	if r.Embedding == nil {
		r.Embedding = other.Embedding
	}
	if r.Time == nil {
		r.Time = other.Time
	}
}

// eachID reads all ids of the dataset, conditions aside, and nothing else.
func (d *Dataset) eachID(ctx context.Context, visit func(ref RowRef, id []byte)) error {
	for _, src := range d.files {
		row := int64(1)
		for i, rg := range src.parq.Metadata().RowGroups {
			if err := unpanicked(func() error { return d.groupIDs(ctx, src, i, row, rg.NumRows, visit) }); err != nil {
				return fmt.Errorf("%s: row group %d: %w", src.name, i, err)
			}
			row += rg.NumRows
		}
	}
	return nil
}

func (d *Dataset) groupIDs(ctx context.Context, src *source, i int, row, n int64, visit func(RowRef, []byte)) error {
	l := src.fields.rowText[textID]
	if n == 0 || !l.fits {
		return nil
	}
	var c cursor
	defer c.close()
	if err := c.open(ctx, src.file, l, src.pages(i, l), src.chunk(i, l)); err != nil {
		return err
	}
	return c.run(int(n), func(s span, k int) error {
		texts := c.nextTexts(k)
		k = 0
		for i, d := range s.def {
			if d == s.maxDef {
				visit(RowRef{src.name, row + int64(s.from+i)}, texts.at(k))
				k++
			}
		}
		return nil
	})
}
