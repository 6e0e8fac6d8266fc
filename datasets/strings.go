package datasets

import (
	"errors"
	"math"
)

// errTextSize is met by a batch of rows whose texts of one column do not fit into one arena.
var errTextSize = errors.New("more than 4 GiB of text in one block of rows")

// A textColumn builds a Strings, entry by entry in order.
type textColumn struct {
	bytes   []byte
	offsets []uint32
	null    []bool
	nulls   bool
	present bool
}

// start makes the column present and empty.
func (c *textColumn) start() {
	c.present = true
	c.restart()
}

func (c *textColumn) restart() {
	c.bytes, c.null, c.nulls = c.bytes[:0], c.null[:0], false
	c.offsets = append(c.offsets[:0], 0)
}

// append adds the next entry.
func (c *textColumn) append(text []byte, null bool) error {
	c.bytes = append(c.bytes, text...)
	if len(c.bytes) > math.MaxUint32 {
		return errTextSize
	}
	c.offsets = append(c.offsets, uint32(len(c.bytes)))
	c.null = append(c.null, null)
	c.nulls = c.nulls || null
	return nil
}

// strings is the column as built, absent if it was not started.
func (c *textColumn) strings() Strings {
	switch {
	case !c.present:
		return Strings{}
	case !c.nulls:
		return Strings{Bytes: c.bytes, Offsets: c.offsets}
	default:
		return Strings{Bytes: c.bytes, Offsets: c.offsets, Null: c.null}
	}
}

// textValues are the values of a run of a text column, in order, nulls left out.
type textValues struct {
	bytes   []byte
	offsets []uint32
	index   []int32 // of value i in offsets; nil: value i is entry i
}

func (v *textValues) at(i int) []byte {
	if v.index != nil {
		i = int(v.index[i])
	}
	return v.bytes[v.offsets[i]:v.offsets[i+1]]
}

// texts pours texts of requests. The empty text stands for null.
func (f *frame) texts(c *textColumn, s span, values textValues) error {
	k := 0
	for i, d := range s.def {
		var text []byte
		if d == s.maxDef {
			text = values.at(k)
			k++
		}
		if f.slot[s.from+i] < 0 {
			continue
		}
		if err := c.append(text, len(text) == 0); err != nil {
			return err
		}
	}
	return nil
}

// answers are responses by slot of the outcome: bytes[start:end], null if start is after end.
type answers struct {
	bytes      []byte
	start, end []uint32
	present    bool
}

func (a *answers) begin(slots int) {
	a.present = true
	a.bytes = a.bytes[:0]
	a.start, a.end = filled(a.start, slots, 1), filled(a.end, slots, 0)
}

func (a *answers) at(slot int32) ([]byte, bool) {
	if !a.present || a.start[slot] > a.end[slot] {
		return nil, false
	}
	return a.bytes[a.start[slot]:a.end[slot]], true
}

// answers pours responses, of which the empty one is not null: a model may answer nothing.
func (f *frame) answers(a *answers, s span, values textValues) error {
	k := 0
	for i, d := range s.def {
		if d != s.maxDef {
			continue
		}
		text := values.at(k)
		k++
		slot := f.slot[s.from+i]
		if slot < 0 {
			continue
		}
		start := len(a.bytes)
		a.bytes = append(a.bytes, text...)
		if len(a.bytes) > math.MaxUint32 {
			return errTextSize
		}
		a.start[slot], a.end[slot] = uint32(start), uint32(len(a.bytes))
	}
	return nil
}
