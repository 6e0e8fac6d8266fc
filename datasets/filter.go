package datasets

import (
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// A test is a condition made ready for columns of any type.
type test struct {
	text     []byte
	not      bool
	number   float64
	isNumber bool
	integer  int64
	isInt    bool
	micros   int64
	isTime   bool
}

func newTest(c Condition) test {
	t := test{text: []byte(c.Value), not: c.Not}
	var err error
	t.number, err = strconv.ParseFloat(c.Value, 64)
	t.isNumber = err == nil
	t.integer, err = strconv.ParseInt(c.Value, 10, 64)
	t.isInt = err == nil
	t.micros, err = parseTime(c.Value)
	t.isTime = err == nil
	return t
}

// filter drops the rows of the next n for which a condition does not hold.
func (g *group) filter(n int) error {
	if len(g.where) == 0 {
		return nil
	}
	g.keep = filled(g.keep, n, true)
	for i, c := range g.where {
		t := &g.set.tests[i]
		if err := c.run(n, func(s span, k int) error {
			equal, err := c.equal(t, k)
			if err != nil {
				return err
			}
			k = 0
			for i, d := range s.def {
				is := len(t.text) == 0 // null equals the empty value
				if d == s.maxDef {
					is = equal[k]
					k++
				}
				if is == t.not {
					g.keep[s.from+i] = false
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	g.block.drop(g.keep)
	return nil
}

// equal says of the next k values whether they are what t compares with.
func (c *cursor) equal(t *test, k int) ([]bool, error) {
	kind := c.leaf.kind
	c.equals = filled(c.equals, k, false)
	switch {
	case kind.logical == plainKind && kind.physical == parquet.Int64 && t.isInt && !c.indexed:
		// As integers, for identifiers may be larger than what a float tells apart.
		for i, v := range c.values.Int64()[c.val : c.val+k] {
			c.equals[i] = v == t.integer
		}
	case kind.physical == parquet.Boolean || kind.logical == uuidKind || !kind.number() && kind.text():
		texts := c.nextTexts(k)
		for i := range k {
			c.equals[i] = string(texts.at(i)) == string(t.text)
		}
	case kind.number() && t.isNumber:
		for i, v := range c.nextFloats(k) {
			c.equals[i] = v == t.number
		}
	case kind.time() && t.isTime:
		times, err := c.nextTimes(k)
		if err != nil {
			return nil, err
		}
		for i, v := range times {
			c.equals[i] = v == t.micros
		}
	}
	return c.equals, nil
}
