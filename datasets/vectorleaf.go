package datasets

import (
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// newVectorLeaf describes column c, which holds embeddings: a list of floats or doubles, whatever its writer calls the
// levels between. If it is something else, the leaf does not fit; nil, if there is none. schema is that of the file.
func newVectorLeaf(c *parquet.Column, schema []format.SchemaElement) *leaf {
	only, list := true, c
	for !c.Leaf() {
		children := c.Columns()
		if len(children) == 0 {
			return nil
		}
		only = only && len(children) == 1
		if c = children[0]; c.Repeated() {
			list = c
		}
	}
	l := newLeaf(c, "")
	l.itemDef = byte(list.MaxDefinitionLevel())
	l.fits = only && l.maxRep == 1 && l.kind.logical == plainKind && l.kind.stored(parquet.Float, parquet.Double)
	name := c.Type().String()
	if isHalf(l.index, schema) {
		name = "FLOAT16"
	}
	l.typeName = strings.Repeat("list of ", int(l.maxRep)) + name
	if !only {
		l.typeName = "structure"
	}
	return l
}

// isHalf reports whether a leaf holds half-precision floats, which parquet-go takes for byte arrays.
func isHalf(index int, schema []format.SchemaElement) bool {
	for i := range schema {
		if !schema[i].Type.Valid {
			continue // a group
		}
		if index == 0 {
			_, half := schema[i].LogicalType.Value.(*format.Float16Type)
			return half
		}
		index--
	}
	return false
}
