package datasets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A RowRef names a row of a file: that from which a request comes, as Traffic.File and Traffic.Rows say.
type RowRef struct {
	File string
	Row  int64 // from 1
}

// Fetch returns a few requests as whole rows of the canonical layout, texts and all outcomes, in the order of refs.
// It reads only the row groups that they are in; in the long layout also all ids. Rows are as recorded: conditions
// do not count, nothing is checked, repeats stand one by one; only scores are on the scale from 0 to 1, and splits
// renamed.
func (d *Dataset) Fetch(ctx context.Context, refs []RowRef) ([]Row, error) {
	wanted := map[string]map[int64]*Row{}
	for _, ref := range refs {
		if wanted[ref.File] == nil {
			wanted[ref.File] = map[int64]*Row{}
		}
		wanted[ref.File][ref.Row] = nil
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		if d.byName[name] == nil {
			return nil, fmt.Errorf("%s is not a file of the dataset", name)
		}
	}
	if d.layout == Long {
		return d.fetchLong(ctx, refs)
	}
	for _, src := range d.files {
		if err := d.fetchRows(ctx, src, wanted[src.name]); err != nil {
			return nil, err
		}
	}
	rows := make([]Row, len(refs))
	for i, ref := range refs {
		row := wanted[ref.File][ref.Row]
		if row == nil {
			return nil, fmt.Errorf("%s has no row %d", ref.File, ref.Row)
		}
		rows[i] = *row
	}
	return rows, nil
}

// fetchRows reads the wanted rows of one file.
func (d *Dataset) fetchRows(ctx context.Context, src *source, wanted map[int64]*Row) error {
	all := Columns{Prompt: true, Shape: true, Expected: true, Embedding: true, Response: true}
	r := d.NewReader(all)
	first := int64(1)
	for i, rg := range src.parq.Metadata().RowGroups {
		last := int64(0)
		for row := range wanted {
			if row >= first && row < first+rg.NumRows {
				last = max(last, row)
			}
		}
		if last > 0 {
			if err := r.fetchGroup(ctx, src, i, first, last-first+1, wanted); err != nil {
				return fmt.Errorf("%s: row group %d: %w", src.name, i, err)
			}
		}
		first += rg.NumRows
	}
	return nil
}

// fetchGroup reads the wanted rows among the first n of row group i, whose first row is first.
func (r *Reader) fetchGroup(ctx context.Context, src *source, i int, first, n int64, wanted map[int64]*Row) error {
	g := &group{Reader: r, src: src, shard: Shard{File: src.name, RowGroup: i}, row: first, left: n}
	defer g.close()
	if err := g.openColumns(ctx); err != nil {
		return err
	}
	for g.left > 0 {
		n := int(min(g.left, int64(g.batch)))
		var rows []Row
		err := unpanicked(func() (err error) { rows, err = g.fetch(n, wanted); return err })
		if err != nil {
			return err
		}
		for k := range rows {
			wanted[r.block.t.Rows[k]] = &rows[k]
		}
		g.row += int64(n)
		g.left -= int64(n)
	}
	return nil
}

// fetch reads the wanted ones of the next n rows. Their numbers are in the block.
func (g *group) fetch(n int, wanted map[int64]*Row) ([]Row, error) {
	b := g.block
	b.begin(g.shard.File, 0, g.row, n)
	g.keep = g.keep[:0]
	for i := range n {
		_, keep := wanted[g.row+int64(i)]
		g.keep = append(g.keep, keep)
	}
	b.drop(g.keep)
	b.settle()
	rows := make([]Row, b.stride)
	if err := g.fetchRequests(n, rows); err != nil {
		return nil, err
	}
	switch {
	case len(g.wide) > 0:
		return rows, g.fetchWide(n, rows)
	case g.set.layout == Long:
		return rows, g.fetchPairs(n, rows)
	case g.model != nil:
		return rows, g.fetchLists(n, rows)
	}
	return rows, nil
}

func (g *group) fetchRequests(n int, rows []Row) error {
	f := &g.block.rows
	row := func(pos int) *Row { return &rows[f.slot[pos]] }
	for i, c := range g.rowNumber {
		if err := g.floats(c, f, rowNumbers[i].name, n, func(pos int, v float64) {
			row(pos).setNumber(i, v)
		}); err != nil {
			return err
		}
	}
	for i, c := range g.rowName {
		intern := func(text []byte) int32 { return g.block.internRowName(i, text) }
		if err := g.names(c, f, rowNames[i].name, n, intern, func(pos int, v int32) {
			if v >= 0 {
				*row(pos).name(i) = g.block.rowNames[i].list[v]
			}
		}); err != nil {
			return err
		}
	}
	for i, c := range g.rowText {
		if err := g.texts(c, f, rowTexts[i].name, n, func(pos int, v []byte, known bool) {
			*row(pos).text(i) = string(v)
		}); err != nil {
			return err
		}
	}
	if err := g.vectors(n, func(pos int, v []float32) { row(pos).Embedding = slices.Clone(v) }); err != nil {
		return err
	}
	return g.times(n, func(pos int, v int64) {
		t := time.UnixMicro(v).UTC()
		row(pos).Time = &t
	})
}

// fetchLists gives rows their outcomes.
func (g *group) fetchLists(n int, rows []Row) error {
	b := g.block
	if err := g.readLists(n); err != nil {
		return err
	}
	b.place()
	// Where each entry's outcome goes: outcomes are appended first, for pointers to stay valid.
	at := make([]*Outcome, len(b.itemRow))
	count := make([]int, len(rows))
	for i, slot := range b.items.slot {
		if slot >= 0 {
			count[b.rows.slot[b.itemRow[i]]]++
		}
	}
	for r, n := range count {
		rows[r].Outcomes = make([]Outcome, 0, n)
	}
	for i, slot := range b.items.slot {
		if slot < 0 {
			continue
		}
		row := &rows[b.rows.slot[b.itemRow[i]]]
		row.Outcomes = append(row.Outcomes, Outcome{Model: b.modelName(i)})
		at[i] = &row.Outcomes[len(row.Outcomes)-1]
	}
	return g.fetchOutcomes(at, &b.items, g.number[:], g.itemName[:], g.response)
}

// fetchPairs gives rows of the long layout the outcome of each.
func (g *group) fetchPairs(n int, rows []Row) error {
	b := g.block
	at := make([]*Outcome, n)
	for pos, slot := range b.rows.slot {
		if slot >= 0 {
			rows[slot].Outcomes = make([]Outcome, 1)
			at[pos] = &rows[slot].Outcomes[0]
		}
	}
	if err := g.texts(g.model, &b.rows, modelColumn.name, n, func(pos int, v []byte, known bool) {
		at[pos].Model = string(v)
	}); err != nil {
		return err
	}
	return g.fetchOutcomes(at, &b.rows, g.number[:], g.itemName[:], g.response)
}

// fetchWide gives rows the outcomes of the wide layout.
func (g *group) fetchWide(n int, rows []Row) error {
	b := g.block
	for i := range g.wide {
		w := &g.wide[i]
		outcomes := make([]Outcome, len(rows))
		at := make([]*Outcome, n)
		for pos, slot := range b.rows.slot {
			if slot >= 0 {
				at[pos] = &outcomes[slot]
			}
		}
		if err := g.fetchOutcomes(at, &b.rows, w.number[:], w.itemName[:], nil); err != nil {
			return err
		}
		there := make([]bool, len(rows))
		for r := range outcomes {
			there[r] = outcomes[r] != Outcome{}
		}
		if err := g.fetchOutcomes(at, &b.rows, nil, nil, w.response); err != nil {
			return err
		}
		for r := range rows {
			if there[r] {
				outcomes[r].Model = w.name
				rows[r].Outcomes = append(rows[r].Outcomes, outcomes[r])
			}
		}
	}
	return nil
}

// fetchOutcomes reads the columns of outcomes; at are those of the positions of f, nil where a position is dropped.
func (g *group) fetchOutcomes(at []*Outcome, f *frame, number, name []*cursor, response *cursor) error {
	n := len(at)
	for i, c := range number {
		if err := g.floats(c, f, outcomeNumbers[i].name, n, func(pos int, v float64) {
			if i == numQuality && g.set.opts.Scale != nil {
				v = g.set.opts.Scale.unit(v)
			}
			at[pos].setNumber(i, v)
		}); err != nil {
			return err
		}
	}
	for i, c := range name {
		if err := g.texts(c, f, outcomeNames[i].name, n, func(pos int, v []byte, known bool) {
			*at[pos].name(i) = string(v)
		}); err != nil {
			return err
		}
	}
	return g.texts(response, f, responseColumn.name, n, func(pos int, v []byte, known bool) {
		if known {
			s := string(v)
			at[pos].Response = &s
		}
	})
}
