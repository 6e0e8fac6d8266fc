package datasets

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
)

// FindDuplicates reads the ids with the given hashes again, which were met more than once, and returns Problems
// that name both places of every id that is there twice. Two ids of one hash are no problem: it returns nil then.
// Ids of rows that conditions drop do not count.
func (d *Dataset) FindDuplicates(ctx context.Context, hashes map[uint64]struct{}) error {
	if d.layout == Long {
		return nil // rows of one id are one request
	}
	problems := problemList{limit: cmp.Or(max(d.opts.MaxErrors, 0), defaultMaxErrors)}
	seen := map[string]RowRef{}
	r := d.NewReader(Columns{})
	for _, s := range d.shards {
		visit := func(row int64, id []byte) {
			if _, ok := hashes[hashString(id)]; !ok {
				return
			}
			first, ok := seen[string(id)]
			if !ok {
				seen[string(id)] = RowRef{s.File, row}
				return
			}
			where := "row " + strconv.FormatInt(first.Row, 10)
			if first.File != s.File {
				where = first.File + ", " + where
			}
			problems.add(Problem{File: s.File, Row: row, Column: "id",
				Message: fmt.Sprintf("%q is also the id of %s", id, where), Fix: "every request needs an id of its own"})
		}
		if err := unpanicked(func() error { return r.eachKeptID(ctx, s, visit) }); err != nil {
			return fmt.Errorf("%s: row group %d: %w", s.File, s.RowGroup, err)
		}
		if problems.more {
			break
		}
	}
	return problems.err()
}

// eachKeptID reads the ids of the rows of a shard that conditions keep.
func (r *Reader) eachKeptID(ctx context.Context, s Shard, visit func(row int64, id []byte)) error {
	g := &group{Reader: r, src: r.set.byName[s.File], shard: s, row: s.FirstRow, left: s.Rows, batch: maxBatch}
	defer g.close()
	if err := g.openIDs(ctx); err != nil {
		return err
	}
	for g.left > 0 {
		n := int(min(g.left, int64(g.batch)))
		r.block.begin(s.File, s.Index, g.row, n)
		err := g.filter(n)
		if err == nil {
			err = g.texts(g.rowText[textID], &r.block.rows, "id", n, func(pos int, id []byte, known bool) {
				if known {
					visit(r.block.rows.number[pos], id)
				}
			})
		}
		if err != nil {
			return err
		}
		g.row += int64(n)
		g.left -= int64(n)
	}
	return nil
}
