package datasets

import (
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// A valueKind is the type of a column, as far as reading its values depends on it.
type valueKind struct {
	physical parquet.Kind
	logical  logicalKind
	scale    int // digits after the point, if a decimal
	length   int // bytes of a value, if of fixed length
}

type logicalKind uint8

const (
	plainKind logicalKind = iota
	unsignedKind
	decimalKind
	dateKind
	millisKind
	microsKind
	nanosKind
	uuidKind
	otherKind // a type that is none of these, and nothing else either
)

func kindOf(c *parquet.Column) valueKind {
	t := c.Type()
	k := valueKind{physical: t.Kind()}
	if k.physical == parquet.FixedLenByteArray {
		k.length = t.Length()
	}
	logical := t.LogicalType()
	if logical == nil {
		return k
	}
	switch l := logical.Value.(type) {
	case *format.DecimalType:
		k.logical, k.scale = decimalKind, int(l.Scale)
	case *format.IntType:
		if !l.IsSigned {
			k.logical = unsignedKind
		}
	case *format.DateType:
		k.logical = dateKind
	case *format.TimestampType:
		switch l.Unit.Value.(type) {
		case *format.MilliSeconds:
			k.logical = millisKind
		case *format.MicroSeconds:
			k.logical = microsKind
		default:
			k.logical = nanosKind
		}
	case *format.UUIDType:
		k.logical = uuidKind
	case *format.TimeType, *format.NullType, *format.Float16Type, *format.VariantType, *format.GeometryType,
		*format.GeographyType, *format.BsonType:
		k.logical = otherKind
	}
	return k
}

// String is the kind in words, for messages.
func (k valueKind) String() string {
	switch k.logical {
	case decimalKind:
		return "a decimal"
	case dateKind:
		return "a date"
	case millisKind, microsKind, nanosKind:
		return "a time"
	case uuidKind:
		return "a UUID"
	case otherKind:
		return "a value of another type"
	case plainKind, unsignedKind: // the physical type says it
	}
	switch k.physical {
	case parquet.Boolean:
		return "a boolean"
	case parquet.Int32, parquet.Int64, parquet.Float, parquet.Double:
		return "a number"
	case parquet.Int96:
		return "a time"
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return "text"
	}
	return "a value of another type"
}

// number reports whether values are numbers: integers and floats of any width, decimals and booleans.
func (k valueKind) number() bool {
	switch k.logical {
	case decimalKind:
		return k.length <= maxDecimalBytes
	case plainKind, unsignedKind:
		return k.stored(parquet.Boolean, parquet.Int32, parquet.Int64, parquet.Float, parquet.Double)
	default:
		return false
	}
}

// time reports whether values are points in time: timestamps of any unit, dates, INT96, integers since 1970, and
// texts, which must be in the form of RFC 3339.
func (k valueKind) time() bool {
	switch k.logical {
	case dateKind, millisKind, microsKind, nanosKind:
		return true
	case plainKind:
		return k.stored(parquet.Int64, parquet.Int96, parquet.ByteArray)
	default:
		return false
	}
}

// text reports whether values are texts, or what has one form as text: integers, booleans and UUIDs.
func (k valueKind) text() bool {
	switch k.logical {
	case uuidKind:
		return k.length == 16
	case plainKind, unsignedKind:
		return k.stored(parquet.ByteArray, parquet.FixedLenByteArray, parquet.Int32, parquet.Int64, parquet.Boolean)
	default:
		return false
	}
}

// stored reports whether the physical type is one of those given.
func (k valueKind) stored(as ...parquet.Kind) bool { return slices.Contains(as, k.physical) }
