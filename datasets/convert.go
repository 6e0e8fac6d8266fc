package datasets

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
)

// maxDecimalBytes is the longest decimal that is read: 38 digits.
const maxDecimalBytes = 16

// appendFloats appends values from to to of v, whose kind must be a number.
func appendFloats(dst []float64, kind valueKind, v encoding.Values, from, to int) []float64 {
	start := len(dst)
	switch kind.physical {
	case parquet.Boolean:
		bits := v.Boolean()
		for i := from; i < to; i++ {
			dst = append(dst, float64(bits[i/8]>>(i%8)&1))
		}
	case parquet.Int32:
		if kind.logical == unsignedKind {
			dst = appendAsFloats(dst, v.Uint32()[from:to])
		} else {
			dst = appendAsFloats(dst, v.Int32()[from:to])
		}
	case parquet.Int64:
		if kind.logical == unsignedKind {
			dst = appendAsFloats(dst, v.Uint64()[from:to])
		} else {
			dst = appendAsFloats(dst, v.Int64()[from:to])
		}
	case parquet.Float:
		dst = appendAsFloats(dst, v.Float()[from:to])
	case parquet.Double:
		dst = append(dst, v.Double()[from:to]...)
	case parquet.FixedLenByteArray:
		data, size := v.FixedLenByteArray()
		for i := from; i < to; i++ {
			dst = append(dst, bigEndian(data[i*size:(i+1)*size]))
		}
	case parquet.ByteArray:
		data, offsets := v.ByteArray()
		for i := from; i < to; i++ {
			dst = append(dst, bigEndian(data[offsets[i]:offsets[i+1]]))
		}
	}
	if kind.logical == decimalKind {
		// Division, as the quotient of two integers is rounded once: 0.1 stays 0.1.
		unit := math.Pow10(kind.scale)
		for i := range dst[start:] {
			dst[start+i] /= unit
		}
	}
	return dst
}

func appendAsFloats[T int32 | uint32 | int64 | uint64 | float32](dst []float64, src []T) []float64 {
	n := len(dst)
	dst = resizeKeep(dst, n+len(src))
	for i, v := range src {
		dst[n+i] = float64(v)
	}
	return dst
}

// resizeKeep returns s with length n; its content is kept.
func resizeKeep[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	t := make([]T, n, n+n/4)
	copy(t, s)
	return t
}

// bigEndian is a two's complement integer of any length, as decimals are stored.
func bigEndian(b []byte) float64 {
	if len(b) == 0 {
		return 0
	}
	if len(b) <= 8 {
		v := int64(int8(b[0]))
		for _, c := range b[1:] {
			v = v<<8 | int64(c)
		}
		return float64(v)
	}
	v := float64(int8(b[0]))
	for _, c := range b[1:] {
		v = v*256 + float64(c)
	}
	return v
}

// julian1970 is the Julian day of 1 January 1970, from which INT96 counts days.
const julian1970 = 2440588

const microsPerDay = 24 * 60 * 60 * 1_000_000

// appendTimes appends values from to to of v, whose kind must be a time, in microseconds since 1970.
func appendTimes(dst []int64, kind valueKind, v encoding.Values, from, to int) ([]int64, error) {
	switch kind.physical {
	case parquet.Int32: // days
		for _, d := range v.Int32()[from:to] {
			dst = append(dst, int64(d)*microsPerDay)
		}
	case parquet.Int64:
		for _, t := range v.Int64()[from:to] {
			us, err := microsOf(kind.logical, t)
			if err != nil {
				return nil, err
			}
			dst = append(dst, us)
		}
	case parquet.Int96:
		for _, t := range v.Int96()[from:to] {
			nanos := int64(uint64(t[1])<<32 | uint64(t[0]))
			dst = append(dst, (int64(t[2])-julian1970)*microsPerDay+floorDiv(nanos, 1000))
		}
	case parquet.ByteArray:
		data, offsets := v.ByteArray()
		for i := from; i < to; i++ {
			t, err := parseTime(string(data[offsets[i]:offsets[i+1]]))
			if err != nil {
				return nil, err
			}
			dst = append(dst, t)
		}
	}
	return dst, nil
}

// microsOf is t in microseconds. The unit of a plain integer is told from its size: seconds until the year 5138,
// milliseconds until 5138, and so on, from 1973 on.
func microsOf(kind logicalKind, t int64) (int64, error) {
	if kind == plainKind {
		switch size := max(t, -t); {
		case size < 1e11:
			return t * 1e6, nil
		case size < 1e14:
			kind = millisKind
		case size < 1e17:
			kind = microsKind
		default:
			kind = nanosKind
		}
	}
	switch kind {
	case millisKind:
		if t > math.MaxInt64/1000 || t < math.MinInt64/1000 {
			return 0, fmt.Errorf("%d ms are beyond all times", t)
		}
		return t * 1000, nil
	case nanosKind:
		return floorDiv(t, 1000), nil
	default:
		return t, nil
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// timeForms are the forms of times that are read from text: RFC 3339, and what pandas and DuckDB print, as UTC.
var timeForms = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", time.DateOnly}

func parseTime(s string) (int64, error) {
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.UnixMicro(), nil
		}
	}
	return 0, fmt.Errorf("%q is not a time as in RFC 3339, such as 2026-11-24T15:00:00Z", s)
}

// textScratch holds values of any kind as texts.
type textScratch struct {
	values  textValues
	full    bool
	bytes   []byte
	offsets []uint32
}

func (t *textScratch) reset() { t.full = false }

// fill makes texts of values from to to of v, whose kind must be a text. Those of byte arrays share memory with v.
func (t *textScratch) fill(kind valueKind, v encoding.Values, from, to int) {
	t.full = true
	if kind.physical == parquet.ByteArray {
		data, offsets := v.ByteArray()
		t.values = textValues{bytes: data, offsets: offsets[from : to+1]}
		return
	}
	t.bytes, t.offsets = t.bytes[:0], append(t.offsets[:0], 0)
	for i := from; i < to; i++ {
		t.bytes = appendText(t.bytes, kind, v, i)
		t.offsets = append(t.offsets, uint32(len(t.bytes)))
	}
	t.values = textValues{bytes: t.bytes, offsets: t.offsets}
}

func appendText(dst []byte, kind valueKind, v encoding.Values, i int) []byte {
	switch kind.physical {
	case parquet.Boolean:
		return strconv.AppendBool(dst, v.Boolean()[i/8]>>(i%8)&1 == 1)
	case parquet.Int32:
		if kind.logical == unsignedKind {
			return strconv.AppendUint(dst, uint64(v.Uint32()[i]), 10)
		}
		return strconv.AppendInt(dst, int64(v.Int32()[i]), 10)
	case parquet.Int64:
		if kind.logical == unsignedKind {
			return strconv.AppendUint(dst, v.Uint64()[i], 10)
		}
		return strconv.AppendInt(dst, v.Int64()[i], 10)
	case parquet.FixedLenByteArray:
		data, size := v.FixedLenByteArray()
		value := data[i*size : (i+1)*size]
		if kind.logical != uuidKind {
			return append(dst, value...)
		}
		for k, part := range [][]byte{value[:4], value[4:6], value[6:8], value[8:10], value[10:]} {
			if k > 0 {
				dst = append(dst, '-')
			}
			dst = hex.AppendEncode(dst, part)
		}
		return dst
	}
	return dst
}
