package datasets

// floats reads n entries of a numeric column for set, nulls left out, rows that were dropped too. No column has no
// values.
func (g *group) floats(c *cursor, f *frame, column string, n int, set func(pos int, v float64)) error {
	if c == nil {
		return nil
	}
	return c.run(n, func(s span, k int) error {
		if g.fits(f, c, column, s, "a number") {
			values := c.nextFloats(k)
			s.each(f, func(pos, k int) { set(pos, values[k]) })
		}
		return nil
	})
}

// names is floats for a column of names, which intern gives numbers.
func (g *group) names(c *cursor, f *frame, column string, n int, intern func([]byte) int32, set func(pos int, v int32)) error {
	if c == nil {
		return nil
	}
	return c.run(n, func(s span, k int) error {
		if g.fits(f, c, column, s, "text") {
			values := c.nextNames(k, intern)
			s.each(f, func(pos, k int) { set(pos, values[k]) })
		}
		return nil
	})
}

// times is floats for the column of times.
func (g *group) times(n int, set func(pos int, v int64)) error {
	c, f := g.time, &g.block.rows
	if c == nil {
		return nil
	}
	return c.run(n, func(s span, k int) error {
		if !g.fits(f, c, timeColumn.name, s, "a time") {
			return nil
		}
		values, err := c.nextTimes(k)
		if err == nil {
			s.each(f, func(pos, k int) { set(pos, values[k]) })
		}
		return err
	})
}

// texts is floats for a column of texts. It sets nulls too, as not known.
func (g *group) texts(c *cursor, f *frame, column string, n int, set func(pos int, v []byte, known bool)) error {
	if c == nil {
		return nil
	}
	return c.run(n, func(s span, k int) error {
		var values textValues
		fits := g.fits(f, c, column, s, "text")
		if fits {
			values = c.nextTexts(k)
		}
		k = 0
		for i, d := range s.def {
			var text []byte
			known := d == s.maxDef && fits
			if known {
				text = values.at(k)
				k++
			}
			if f.slot[s.from+i] >= 0 {
				set(s.from+i, text, known)
			}
		}
		return nil
	})
}

// each hands out the positions of values that are there and not dropped, with their place among the values.
func (s span) each(f *frame, set func(pos, k int)) {
	k := 0
	for i, d := range s.def {
		if d != s.maxDef {
			continue
		}
		if f.slot[s.from+i] >= 0 {
			set(s.from+i, k)
		}
		k++
	}
}
