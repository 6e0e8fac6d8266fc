package datasets

import "slices"

// Has reports whether a canonical column, of requests or of outcomes, is there and not known to be all null: from the
// files' footers alone, so that a column whose writer left out the statistics counts as there. "outcomes" and
// "model" ask for outcomes at all.
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
	for _, g := range s.parq.Metadata().RowGroups {
		m := &g.Columns[l.index].MetaData
		// The number of nulls is 0 where it was not written.
		if m.NumValues > 0 && m.Statistics.NullCount < m.NumValues {
			return true
		}
	}
	return false
}
