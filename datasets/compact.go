package datasets

import "errors"

// errCompact is met by bytes that are not Thrift's compact protocol, or that promise more than they hold.
var errCompact = errors.New("corrupt metadata")

// errCompactShort is met where the bytes end too early.
var errCompactShort = errors.New("metadata ends too early")

// The types of Thrift's compact protocol.
const (
	compactStop   = 0
	compactTrue   = 1
	compactFalse  = 2
	compactByte   = 3
	compactI16    = 4
	compactI32    = 5
	compactI64    = 6
	compactDouble = 7
	compactBinary = 8
	compactList   = 9
	compactSet    = 10
	compactMap    = 11
	compactStruct = 12
)

// compactDepth is how deep structures may nest; Parquet's own nest six deep.
const compactDepth = 16

// A compactReader walks over Thrift's compact protocol, in which Parquet writes its metadata, without allocating.
// parquet-go's decoder makes lists as long as they say they are; here they are found out first.
type compactReader struct {
	b   []byte
	pos int
	err error
	// items is how many structures in lists were passed over.
	items int
}

func (r *compactReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *compactReader) byte() byte {
	if r.pos >= len(r.b) {
		r.fail(errCompactShort)
		return 0
	}
	r.pos++
	return r.b[r.pos-1]
}

func (r *compactReader) uvarint() uint64 {
	var v uint64
	for shift := 0; shift < 70; shift += 7 {
		c := r.byte()
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
	r.fail(errCompact)
	return 0
}

func (r *compactReader) varint() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// field reads the head of the next field of a structure, last being the id of the one before; false at its end.
func (r *compactReader) field(last int64) (id int64, kind byte, ok bool) {
	c := r.byte()
	kind = c & 0xf
	if r.err != nil || kind == compactStop {
		return 0, 0, false
	}
	if delta := int64(c >> 4); delta != 0 {
		return last + delta, kind, true
	}
	id = r.varint()
	return id, kind, r.err == nil
}

// skip passes over a value. What it promises must be there: a string its bytes, a list at least a byte for each
// element, more for structures, which take up much memory when decoded.
func (r *compactReader) skip(kind byte, depth int) {
	if depth > compactDepth {
		r.fail(errCompact)
	}
	if r.err != nil {
		return
	}
	switch kind {
	case compactTrue, compactFalse:
	case compactByte:
		r.byte()
	case compactI16, compactI32, compactI64:
		r.uvarint()
	case compactDouble:
		r.advance(8)
	case compactBinary:
		r.advance(r.uvarint())
	case compactList, compactSet:
		r.skipList(depth)
	case compactMap:
		n := r.uvarint()
		if n == 0 {
			return
		}
		kinds := r.byte()
		r.skipElements(n, depth, kinds>>4, kinds&0xf)
	case compactStruct:
		last := int64(0)
		for {
			id, kind, ok := r.field(last)
			if !ok {
				return
			}
			last = id
			r.skip(kind, depth+1)
		}
	default:
		r.fail(errCompact)
	}
}

func (r *compactReader) skipList(depth int) {
	head := r.byte()
	n := uint64(head >> 4)
	if n == 15 {
		n = r.uvarint()
	}
	r.skipElements(n, depth, head&0xf)
}

func (r *compactReader) skipElements(n uint64, depth int, kinds ...byte) {
	left := uint64(len(r.b) - r.pos)
	if kinds[0] == compactStruct {
		left /= 3 // a column order, the smallest there is, has three bytes
	}
	if n > left {
		r.fail(errCompactShort)
		return
	}
	if kinds[0] == compactStruct {
		r.items += int(n)
	}
	for range n {
		for _, kind := range kinds {
			if kind == compactTrue || kind == compactFalse {
				kind = compactByte // in collections, a boolean is a byte of its own
			}
			r.skip(kind, depth+1)
		}
		if r.err != nil {
			return
		}
	}
}

func (r *compactReader) advance(n uint64) {
	if n > uint64(len(r.b)-r.pos) {
		r.fail(errCompactShort)
		return
	}
	r.pos += int(n)
}
