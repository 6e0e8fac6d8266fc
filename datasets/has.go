package datasets

import (
	"context"
	"errors"
	"slices"
)

// Has reports whether a canonical column, of requests or of outcomes, is there and not all null, before any condition.
// It looks at the files' footers, and reads no more than a page where these do not tell. "outcomes" and "model" ask for
// outcomes at all.
func (d *Dataset) Has(column string) bool {
	return slices.ContainsFunc(d.files, func(s *source) bool {
		return slices.ContainsFunc(s.leaves(column), s.hasValues)
	})
}

// leaves are the leaves that hold a canonical column.
func (s *source) leaves(column string) []*leaf {
	if slot := s.fields.rowSlot(column); slot != nil {
		return []*leaf{*slot}
	}
	if column == "outcomes" {
		column = modelColumn.name
	}
	var found []*leaf
	if slot := s.fields.itemSlot(column); slot != nil {
		found = append(found, *slot)
	}
	for i := range s.fields.wide {
		w := &s.fields.wide[i]
		of := fields{number: w.number, itemName: w.itemName, response: w.response}
		if column == modelColumn.name {
			column = outcomeNumbers[numQuality].name
		}
		if slot := of.itemSlot(column); slot != nil {
			found = append(found, *slot)
		}
	}
	return found
}

// hasValues reports whether a column may have a value that can be read.
func (s *source) hasValues(l *leaf) bool {
	if l == nil || !l.fits {
		return false
	}
	for i, g := range s.parq.Metadata().RowGroups {
		m := &g.Columns[l.index].MetaData
		switch {
		case m.NumValues == 0 || m.Statistics.NullCount == m.NumValues:
		case l.maxDef == 0 || m.Statistics.NullCount > 0 || m.Statistics.MaxValue != nil,
			m.TotalUncompressedSize > 4*m.NumValues+nullPage:
			return true
		default:
			// A writer that counts no nulls, as DuckDB does not: all null takes next to nothing to read, and of any
			// other column the first page tells.
			if s.meetsValue(i, l, m.NumValues) {
				return true
			}
		}
	}
	return false
}

// nullPage is about what a page without values takes.
const nullPage = 4 << 10

// meetsValue reads a column up to its first value.
func (s *source) meetsValue(group int, l *leaf, n int64) bool {
	var c cursor
	defer c.close()
	met := errors.New("met")
	err := unpanicked(func() error {
		if err := c.open(context.Background(), s.file, l, s.pages(group, l), s.chunk(group, l)); err != nil {
			return err
		}
		return c.run(int(n), func(_ span, k int) error {
			if k > 0 {
				return met
			}
			return nil
		})
	})
	return err != nil // met, or not readable, which reading will tell
}
