package datasets

import (
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// OtherColumns names the columns of the files that hold nothing of the canonical layout: those that a copy lacks. One
// inside a list or a structure is named with all that it is in, with dots.
func (d *Dataset) OtherColumns() []string {
	var names []string
	for _, s := range d.files {
		read := s.fields.read()
		var walk func(c *parquet.Column)
		walk = func(c *parquet.Column) {
			if c.Leaf() && !read[c.Index()] {
				names = append(names, strings.Join(c.Path(), "."))
			}
			for _, child := range c.Columns() {
				walk(child)
			}
		}
		walk(s.parq.Root())
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// read returns the indices of the leaves that hold canonical columns.
func (f *fields) read() map[int]bool {
	read := map[int]bool{}
	add := func(leaves ...*leaf) {
		for _, l := range leaves {
			if l != nil {
				read[l.index] = true
			}
		}
	}
	add(f.rowNumber[:]...)
	add(f.rowName[:]...)
	add(f.rowText[:]...)
	add(f.time, f.embedding, f.model, f.response)
	add(f.number[:]...)
	add(f.itemName[:]...)
	for i := range f.wide {
		w := &f.wide[i]
		add(w.response)
		add(w.number[:]...)
		add(w.itemName[:]...)
	}
	return read
}
