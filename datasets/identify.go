package datasets

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// aliases are names under which other tools write columns of requests, met only if the canonical name is not there.
var aliases = map[string][]string{
	"id":   {"request_id", "sample_id"},
	"task": {"eval_name"},
}

// An identifier finds out what the columns of a file hold.
type identifier struct {
	file    string
	mapping *Mapping
	top     map[string]*parquet.Column // columns of requests, by name
	names   []string                   // of all columns at the top, in the order of the file
	list    *parquet.Column            // of outcomes, nil if none
	vector  *parquet.Column            // of embeddings, nil if none
	fields  *fields
}

// identify finds out what the columns of s hold.
func (d *Dataset) identify(s *source) error {
	id := &identifier{file: s.name, mapping: d.opts.Mapping, top: map[string]*parquet.Column{}, fields: &s.fields}
	if id.mapping == nil {
		id.mapping = &Mapping{}
	}
	for _, c := range s.parq.Root().Columns() {
		id.names = append(id.names, c.Name())
		if c.Name() == id.mapped(embeddingColumn.name) {
			id.vector = c
		}
		switch {
		case c.Leaf() && !c.Repeated():
			if id.top[c.Name()] != nil {
				return problem(s.name, fmt.Sprintf("there are two columns %q", c.Name()), "")
			}
			id.top[c.Name()] = c
		case c.Name() == id.mapped("outcomes"):
			id.list = c
		}
	}
	layout := id.mapping.Layout
	if layout == 0 {
		layout = id.detect()
	}
	if d.layout != 0 && d.layout != layout {
		return problem(s.name, fmt.Sprintf("its layout is %v, that of %s is %v", layout, d.files[0].name, d.layout),
			"read files of different layouts one at a time")
	}
	d.layout = layout
	if err := id.requests(s.parq); err != nil {
		return err
	}
	if err := id.outcomes(layout); err != nil {
		return err
	}
	return id.conditions(d.opts.Where)
}

// mapped is the name in the file of a canonical column.
func (id *identifier) mapped(column string) string {
	if name, ok := id.mapping.Columns[column]; ok {
		return name
	}
	return column
}

// find is the column at the top that holds a canonical column of requests, nil if there is none. Only a mapping
// that names a column which is not there is an error.
func (id *identifier) find(column string) (*parquet.Column, error) {
	if name, ok := id.mapping.Columns[column]; ok {
		if c := id.top[name]; c != nil {
			return c, nil
		}
		return nil, id.missing(name, "the mapping names it as "+column)
	}
	for _, name := range append([]string{column}, aliases[column]...) {
		if c := id.top[name]; c != nil {
			return c, nil
		}
	}
	return nil, nil
}

// missing is the problem that a column is not there.
func (id *identifier) missing(column, why string) error {
	found := make([]string, 0, len(id.names))
	for _, n := range id.names {
		found = append(found, strconv.Quote(n))
	}
	if const20 := 20; len(found) > const20 {
		found = append(found[:const20], fmt.Sprintf("and %d more", len(found)-const20))
	}
	fix := "found " + strings.Join(found, ", ")
	if n := nearest(column, id.names); n != "" {
		fix += "; perhaps " + strconv.Quote(n) + " is meant"
	}
	return problem(id.file, fmt.Sprintf("there is no column %q: %s", column, why),
		fix+"; a --mapping file can say which column holds what")
}

// detect tells the layout from the columns' names.
func (id *identifier) detect() Layout {
	switch {
	case id.list != nil:
		return Canonical
	case id.top[id.mapped("model")] != nil:
		return Long
	case len(id.models()) > 0:
		return Wide
	default:
		return Canonical // of requests without outcomes, or of something else, which requests will say
	}
}

// requests finds the columns of requests.
func (id *identifier) requests(s *parquet.File) error {
	for _, column := range rowColumns() {
		if column == embeddingColumn.name {
			continue
		}
		c, err := id.find(column)
		if err != nil {
			return err
		}
		if c != nil {
			*id.fields.rowSlot(column) = newLeaf(c, column)
		}
	}
	if id.vector != nil {
		id.fields.embedding = newVectorLeaf(id.vector, s.Metadata().Schema)
	} else if name, ok := id.mapping.Columns[embeddingColumn.name]; ok {
		return id.missing(name, "the mapping names it as "+embeddingColumn.name)
	}
	text := &id.fields.rowText
	if text[textID] == nil {
		return id.missing("id", "every request needs one")
	}
	if text[textPrompt] == nil && text[textMessages] == nil {
		return id.missing("prompt", "every request needs a prompt, or messages")
	}
	return nil
}

// outcomes finds the columns of outcomes.
func (id *identifier) outcomes(layout Layout) error {
	switch layout {
	case Wide:
		return id.wide()
	case Long:
		return id.structure(id.names, id.find)
	case Canonical: // whose list may be absent, unless a mapping says otherwise
	}
	if id.list == nil {
		if id.mapping.Layout == Canonical {
			return id.missing(id.mapped("outcomes"), "the mapping says that the layout is canonical")
		}
		return nil
	}
	element := listOfStructs(id.list)
	if element == nil {
		return problem(id.file, fmt.Sprintf("column %q is not a list of structures", id.list.Name()), "see LAYOUTS.md")
	}
	id.fields.itemDef = byte(element.MaxDefinitionLevel())
	var names []string
	for _, c := range element.Columns() {
		names = append(names, c.Name())
	}
	return id.structure(names, func(column string) (*parquet.Column, error) {
		c := element.Column(id.mapped(column))
		if c != nil && c.Leaf() && !c.Repeated() {
			return c, nil
		}
		if name, ok := id.mapping.Columns[column]; ok {
			return nil, (&identifier{file: id.file, names: names}).missing(name, "the mapping names it as "+column+" of "+id.list.Name())
		}
		return nil, nil
	})
}

// structure finds the columns of outcomes where each is one column, among columns of these names.
func (id *identifier) structure(names []string, find func(string) (*parquet.Column, error)) error {
	for _, column := range append(itemColumns(), modelColumn.name) {
		c, err := find(column)
		if err != nil {
			return err
		}
		if c != nil {
			*id.fields.itemSlot(column) = newLeaf(c, column)
		}
	}
	if id.fields.model == nil {
		return (&identifier{file: id.file, names: names}).missing(id.mapped("model"), "every outcome needs one")
	}
	return nil
}

// conditions finds the columns of conditions.
func (id *identifier) conditions(where []Condition) error {
	for _, c := range where {
		column := id.top[c.Column]
		if column == nil && slices.Contains(id.names, c.Column) {
			return problem(id.file, fmt.Sprintf("condition %s: column %q is not one value per row", c, c.Column), "")
		}
		if column == nil {
			return id.missing(c.Column, fmt.Sprintf("condition %s needs it", c))
		}
		id.fields.where = append(id.fields.where, newLeaf(column, ""))
	}
	return nil
}

// rowColumns are the canonical columns of requests.
func rowColumns() []string {
	names := []string{timeColumn.name, embeddingColumn.name}
	for _, c := range rowNumbers {
		names = append(names, c.name)
	}
	for _, c := range rowNames {
		names = append(names, c.name)
	}
	for _, c := range rowTexts {
		names = append(names, c.name)
	}
	return names
}

// itemColumns are the canonical columns of outcomes, the model apart.
func itemColumns() []string {
	names := []string{responseColumn.name}
	for _, c := range outcomeNumbers {
		names = append(names, c.name)
	}
	for _, c := range outcomeNames {
		names = append(names, c.name)
	}
	return names
}
