package datasets

import (
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// A leaf is a column of values in a file.
type leaf struct {
	path   string // with dots
	index  int    // among the file's leaves
	maxDef byte   // definition level of a value that is there
	maxRep byte   // 0: one value per row
	kind   valueKind
	// Of embeddings: the definition level from which on their list has an entry, and the type, for messages.
	itemDef  byte
	typeName string
	fits     bool // kind can be read as what the column holds; if not, it must be all null
}

// newLeaf describes column c, which holds the canonical column of that name, "" for any.
func newLeaf(c *parquet.Column, column string) *leaf {
	l := &leaf{
		path:   strings.Join(c.Path(), "."),
		index:  c.Index(),
		maxDef: byte(c.MaxDefinitionLevel()),
		maxRep: byte(c.MaxRepetitionLevel()),
		kind:   kindOf(c),
	}
	isNumber := func(n numberColumn) bool { return n.name == column }
	switch {
	case column == timeColumn.name:
		l.fits = l.kind.time()
	case slices.ContainsFunc(rowNumbers[:], isNumber) || slices.ContainsFunc(outcomeNumbers[:], isNumber):
		l.fits = l.kind.number()
	default:
		l.fits = l.kind.text()
	}
	return l
}

// fields are the leaves of a file that matter, nil where it has no such column.
type fields struct {
	rowNumber [numRowNumbers]*leaf
	rowName   [numRowNames]*leaf
	rowText   [numRowTexts]*leaf
	time      *leaf
	embedding *leaf
	where     []*leaf // of each condition

	// Of the list of outcomes; itemDef is the definition level from which on a list has an element.
	itemDef  byte
	model    *leaf
	number   [numOutcomeNumbers]*leaf
	itemName [numOutcomeNames]*leaf
	response *leaf

	wide []wideModel // instead, in the wide layout
}

// rowSlot is where the leaf of a request's column of that name goes, nil if there is no such column.
func (f *fields) rowSlot(name string) **leaf {
	switch name {
	case timeColumn.name:
		return &f.time
	case embeddingColumn.name:
		return &f.embedding
	}
	for i := range rowNumbers {
		if rowNumbers[i].name == name {
			return &f.rowNumber[i]
		}
	}
	for i := range rowNames {
		if rowNames[i].name == name {
			return &f.rowName[i]
		}
	}
	for i := range rowTexts {
		if rowTexts[i].name == name {
			return &f.rowText[i]
		}
	}
	return nil
}

// itemSlot is where the leaf of an outcome's column of that name goes, nil if there is no such column.
func (f *fields) itemSlot(name string) **leaf {
	switch name {
	case modelColumn.name:
		return &f.model
	case responseColumn.name:
		return &f.response
	}
	for i := range outcomeNumbers {
		if outcomeNumbers[i].name == name {
			return &f.number[i]
		}
	}
	for i := range outcomeNames {
		if outcomeNames[i].name == name {
			return &f.itemName[i]
		}
	}
	return nil
}

// listOfStructs finds the structure that a list column repeats, whatever its writer calls the levels between:
// list.element, list.item, bag.array, array, or none. It returns nil if c is no list of structures.
func listOfStructs(c *parquet.Column) *parquet.Column {
	repeated := c.Repeated()
	for !c.Leaf() {
		if children := c.Columns(); len(children) == 1 && !children[0].Leaf() {
			c = children[0]
			if repeated && c.Repeated() {
				return nil
			}
			repeated = repeated || c.Repeated()
			continue
		}
		if repeated {
			return c
		}
		return nil
	}
	return nil
}
