package datasets

import (
	"bytes"
	"fmt"
)

// readVectors reads the embeddings of the next n requests into the block.
func (g *group) readVectors(n int) error {
	if g.embedding == nil {
		return nil
	}
	if g.embedding.leaf.fits {
		g.block.startVectors()
	}
	return g.vectors(n, g.block.pourVector)
}

// vectors reads the embeddings of the next n rows for set, nulls and empty ones left out, rows that were dropped too.
// A number that is null in an embedding that is not is handed out as not a number; of one that is longer than maxDims,
// the first maxDims+1 numbers. The slice is valid during set.
func (g *group) vectors(n int, set func(pos int, v []float32)) error {
	c := g.embedding
	if c == nil {
		return nil
	}
	if !c.leaf.fits {
		return g.noVectors(n)
	}
	slots := g.block.rows.slot
	vector := c.vector[:0]
	pos := -1
	end := func() {
		if len(vector) > 0 && slots[pos] >= 0 {
			set(pos, vector)
		}
	}
	err := c.lists(n, func(_ int32, rep, def []byte, known int) {
		values := c.nextSingles(known)
		for len(rep) > 0 {
			if rep[0] == 0 {
				end()
				vector = vector[:0]
				pos++
			}
			m := rowLevels(rep)
			k := bytes.Count(def[:m], []byte{c.leaf.maxDef})
			vector = c.appendVector(vector, def[:m], values[:k])
			rep, def, values = rep[m:], def[m:], values[k:]
		}
	})
	if err != nil {
		return err
	}
	end()
	c.vector = vector
	return nil
}

// rowLevels is how many of the levels belong to the row of the first.
func rowLevels(rep []byte) int {
	if i := bytes.IndexByte(rep[1:], 0); i >= 0 {
		return 1 + i
	}
	return len(rep)
}

// appendVector appends the entries of a list with these definition levels and values. What makes the vector longer than
// a vector may be is left out: a corrupt file can hold any number of it.
func (c *cursor) appendVector(vector []float32, def []byte, values []float32) []float32 {
	maxDef := c.leaf.maxDef
	def = def[:min(len(def), maxDims+1-len(vector))]
	if len(values) >= len(def) && bytes.Count(def, []byte{maxDef}) == len(def) {
		return append(vector, values[:len(def)]...)
	}
	next := 0
	for _, d := range def {
		switch {
		case d == maxDef:
			vector = append(vector, values[next])
			next++
		case d >= c.leaf.itemDef:
			vector = append(vector, float32(nan))
		}
	}
	return vector
}

// noVectors finds the values of a column of embeddings of another type, which are problems. None, if all are null.
func (g *group) noVectors(n int) error {
	c, b := g.embedding, g.block
	wrong := func(pos int) {
		if b.rows.slot[pos] >= 0 {
			b.problem(b.rows.number[pos], embeddingColumn.name,
				fmt.Sprintf("is a %s where a list of FLOAT or DOUBLE belongs", c.leaf.typeName), "")
		}
	}
	if c.leaf.maxRep == 0 {
		return c.run(n, func(s span, k int) error {
			for i, d := range s.def {
				if d == s.maxDef {
					wrong(s.from + i)
				}
			}
			return nil
		})
	}
	last := -1 // position of the last problem
	return c.lists(n, func(row int32, rep, def []byte, known int) {
		pos := int(row)
		for i, d := range def {
			if rep[i] == 0 {
				pos++
			}
			if d == c.leaf.maxDef && pos != last {
				wrong(pos)
				last = pos
			}
		}
	})
}
