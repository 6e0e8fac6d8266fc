package datasets

import (
	"bytes"
	"fmt"
	"io"
	"math"
)

// readRequests reads the columns of the next n requests into the block.
func (g *group) readRequests(n int) error {
	b := g.block
	for i, c := range g.rowNumber {
		if c == nil {
			continue
		}
		b.startRowNumber(i)
		if err := c.run(n, func(s span, k int) error {
			if g.fits(&b.rows, c, rowNumbers[i].name, s, "a number") {
				b.pourRowNumber(i, s, c.nextFloats(k))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	for i, c := range g.rowName {
		if c == nil {
			continue
		}
		b.startRowName(i)
		intern := func(text []byte) int32 { return b.internRowName(i, text) }
		if err := c.run(n, func(s span, k int) error {
			if g.fits(&b.rows, c, rowNames[i].name, s, "text") {
				b.pourRowName(i, s, c.nextNames(k, intern))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	for i, c := range g.rowText {
		if err := g.readText(i, c, n); err != nil {
			return err
		}
	}
	if err := g.readVectors(n); err != nil {
		return err
	}
	return g.readTimes(n)
}

func (g *group) readText(i int, c *cursor, n int) error {
	if c == nil {
		return nil
	}
	b := g.block
	b.texts[i].start()
	return c.run(n, func(s span, k int) error {
		if !g.fits(&b.rows, c, rowTexts[i].name, s, "text") {
			s.maxDef = math.MaxUint8 // take all for null
			return b.pourRowText(i, s, textValues{})
		}
		return b.pourRowText(i, s, c.nextTexts(k))
	})
}

func (g *group) readTimes(n int) error {
	c, b := g.time, g.block
	if c == nil {
		return nil
	}
	return c.run(n, func(s span, k int) error {
		if !g.fits(&b.rows, c, timeColumn.name, s, "a time") {
			return nil
		}
		times, err := c.nextTimes(k)
		if err == nil {
			b.pourTime(s, times)
		}
		return err
	})
}

// readLists reads the models of n rows, which gives all outcomes their place.
func (g *group) readLists(n int) error {
	b := g.block
	c := g.model
	if !c.leaf.fits {
		return c.wrap(fmt.Errorf("it holds %v where text belongs", c.leaf.kind))
	}
	err := c.lists(n, func(row int32, rep, def []byte, known int) {
		ids := c.nextNames(known, b.modelIndex)
		maxDef, itemDef := c.leaf.maxDef, g.src.fields.itemDef
		k := 0
		for i, d := range def {
			if rep[i] == 0 {
				row++
			}
			switch {
			case d == maxDef:
				b.outcome(row, ids[k], b.rows.number[row])
				k++
			case d >= itemDef:
				b.outcome(row, noModel, b.rows.number[row])
			default:
				b.outcome(-1, 0, 0)
			}
		}
	})
	if err == nil && len(b.models.list) > maxModels {
		err = errManyModels
	}
	return err
}

// errManyModels is met by a file of which another column was taken for that of models.
var errManyModels = fmt.Errorf("there are more than %d models: is that their column?", maxModels)

// lists walks over the lists of the next n rows, page by page. pour gets the row that the lists up to here were of, the
// levels of the entries that follow, and how many of them have a value; these it must take.
func (c *cursor) lists(n int, pour func(row int32, rep, def []byte, known int)) error {
	for row := int32(-1); ; {
		if err := c.load(); err == io.EOF && int(row) == n-1 {
			return nil
		} else if err == io.EOF {
			return c.wrap(errEndOfColumn)
		} else if err != nil {
			return c.wrap(err)
		}
		if len(c.rep) != len(c.def) {
			return c.wrap(fmt.Errorf("a page has %d repetition and %d definition levels", len(c.rep), len(c.def)))
		}
		rep := c.rep[c.pos:]
		m := levelsOfRows(rep, n-1-int(row))
		if m == 0 {
			return nil
		}
		if row < 0 && rep[0] != 0 {
			return c.wrap(fmt.Errorf("it starts within a row"))
		}
		def := c.def[c.pos : c.pos+m]
		known := bytes.Count(def, []byte{c.leaf.maxDef})
		before := c.val
		pour(row, rep[:m], def, known)
		row += int32(bytes.Count(rep[:m], []byte{0}))
		c.val = before + known
		c.pos += m
		if m < len(rep) {
			return nil
		}
	}
}

// levelsOfRows is the number of repetition levels before row n starts, of all if there are no more rows in them.
func levelsOfRows(rep []byte, n int) int {
	for i, r := range rep {
		if r == 0 {
			if n == 0 {
				return i
			}
			n--
		}
	}
	return len(rep)
}

// readWide reads the outcomes of the next n rows of the wide layout.
func (g *group) readWide(n int) error {
	b := g.block
	for i := range g.wide {
		model := b.modelIndex([]byte(g.wide[i].name))
		for row := range n {
			b.outcome(int32(row), model, b.rows.number[row])
		}
	}
	b.place()
	b.startSeen()
	defer b.endSeen()
	for i := range g.wide {
		w := &g.wide[i]
		if err := g.readOutcomes(i*n, n, w.number[:], w.itemName[:], w.response); err != nil {
			return err
		}
	}
	return nil
}

// readOutcomes reads n entries of the columns of outcomes, the first of which is entry from of the block.
func (g *group) readOutcomes(from, n int, number, name []*cursor, response *cursor) error {
	b := g.block
	for i, c := range number {
		if c == nil {
			continue
		}
		if len(b.number[i]) == 0 {
			b.startNumber(i)
		}
		if err := g.readNumber(i, c, from, n); err != nil {
			return err
		}
	}
	for i, c := range name {
		if c == nil {
			continue
		}
		if len(b.itemName[i]) == 0 {
			b.startName(i)
		}
		intern := func(text []byte) int32 { return internName(b.itemNames[i], text) }
		if err := c.run(n, func(s span, k int) error {
			s.from += from
			if g.fits(&b.items, c, outcomeNames[i].name, s, "text") {
				b.pourName(i, s, c.nextNames(k, intern))
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if c := response; c != nil {
		if !b.answers.present {
			b.answers.begin(b.slots())
		}
		return c.run(n, func(s span, k int) error {
			s.from += from
			if !g.fits(&b.items, c, responseColumn.name, s, "text") {
				return nil
			}
			return b.pourAnswers(s, c.nextTexts(k))
		})
	}
	return nil
}

// readNumber reads n entries of a numeric column of outcomes, the first of which is entry from of the block.
func (g *group) readNumber(column int, c *cursor, from, n int) error {
	b := g.block
	return c.run(n, func(s span, k int) error {
		s.from += from
		if g.fits(&b.items, c, outcomeNumbers[column].name, s, "a number") {
			b.pourNumber(column, s, c.nextFloats(k))
		}
		return nil
	})
}

// fits reports whether a column can be read as what is wanted; if not, its values that are there are problems. None,
// if all are null: writers give columns of which they know no value any type.
func (g *group) fits(f *frame, c *cursor, column string, s span, want string) bool {
	if c.leaf.fits {
		return true
	}
	for i, d := range s.def {
		if pos := s.from + i; d == s.maxDef && f.slot[pos] >= 0 {
			g.block.problem(f.number[pos], column, fmt.Sprintf("is %v where %s belongs", c.leaf.kind, want), "")
		}
	}
	return false
}
