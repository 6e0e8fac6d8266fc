package eval

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
)

// A Fixed is a sum of numbers in 128-bit two's complement with 64 fraction bits. Every term is truncated once to
// 2⁻⁶⁴ (towards zero); from there on addition is exact, so a sum does not depend on the order of its terms or on how
// they were spread over workers and shards. Terms and sums of 2⁶³ and more become overflow, which sticks
// and which Float64 reports as NaN. The zero Fixed is 0.
type Fixed struct {
	hi       uint64
	lo       uint64
	overflow bool
}

// Add adds x, which must not be NaN.
func (f *Fixed) Add(x float64) {
	b := math.Float64bits(x)
	exponent := int(b>>52) & 0x7ff
	mantissa := b&(1<<52-1) | 1<<52
	// x = mantissa · 2^(exponent−1075), and one unit of lo is 2⁻⁶⁴: shift the mantissa by exponent−1011.
	shift := exponent - 1011
	var hi, lo uint64
	switch {
	case shift <= -53 || exponent == 0:
		return // below 2⁻⁶⁴, subnormal or zero
	case shift < 0:
		lo = mantissa >> (-shift & 63)
	case shift < 64:
		// The masks, which change nothing, spare the compiler a check for shifts of 64 and more.
		lo = mantissa << (shift & 63)
		hi = mantissa >> 1 >> ((63 - shift) & 63)
	case shift <= 74:
		hi = mantissa << (shift - 64)
	default:
		f.overflow = true
		return
	}
	if b>>63 != 0 {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	f.add(hi, lo)
}

// addColumn adds the entries of a column at some rows, but for NaN, and returns how many those are. It is made for what
// calls cost: numbers in [0, 1), which have no whole part, so that there is nothing to branch on.
func (f *Fixed) addColumn(column []float64, rows []int32) (unknown int) {
	var hi, lo, carry uint64
	for _, i := range rows {
		x := column[i]
		b := math.Float64bits(x)
		shift := 1022 - b>>52
		switch {
		case shift <= 1022: // of others the difference is negative, thus large
			lo, carry = bits.Add64(lo, (b<<11|1<<63)>>shift, 0)
			hi += carry
		case x == x:
			f.Add(x)
		default:
			unknown++
		}
	}
	f.add(hi, lo)
	return unknown
}

// AddFixed adds another sum.
func (f *Fixed) AddFixed(o Fixed) {
	f.overflow = f.overflow || o.overflow
	f.add(o.hi, o.lo)
}

// AddInt adds n.
func (f *Fixed) AddInt(n int64) { f.add(uint64(n), 0) }

func (f *Fixed) add(hi, lo uint64) {
	var carry uint64
	f.lo, carry = bits.Add64(f.lo, lo, 0)
	sum, _ := bits.Add64(f.hi, hi, carry)
	// Two's complement overflows when both terms have one sign and the sum the other.
	if (f.hi^sum)&(hi^sum)>>63 != 0 {
		f.overflow = true
	}
	f.hi = sum
}

// IsZero reports whether the sum is exactly 0.
func (f *Fixed) IsZero() bool { return *f == Fixed{} }

// Float64 returns the sum, rounded once, NaN after an overflow.
func (f *Fixed) Float64() float64 {
	if f.overflow {
		return math.NaN()
	}
	hi, lo, negative := f.hi, f.lo, f.hi>>63 != 0
	if negative {
		var borrow uint64
		lo, borrow = bits.Sub64(0, lo, 0)
		hi, _ = bits.Sub64(0, hi, borrow)
	}
	v := magnitude(hi, lo)
	if negative {
		return -v
	}
	return v
}

// magnitude returns hi + lo·2⁻⁶⁴, rounded once: the leading 64 bits with a sticky last bit for what is cut off.
func magnitude(hi, lo uint64) float64 {
	if hi == 0 {
		return math.Ldexp(float64(lo), -64)
	}
	n := bits.LeadingZeros64(hi)
	top := hi<<n | lo>>(64-n)
	if lo<<n != 0 {
		top |= 1
	}
	return math.Ldexp(float64(top), -n)
}

// MarshalText writes the sum exactly, as 32 hexadecimal digits.
func (f Fixed) MarshalText() ([]byte, error) {
	if f.overflow {
		return []byte("overflow"), nil
	}
	return fmt.Appendf(nil, "%016x%016x", f.hi, f.lo), nil
}

// UnmarshalText reads what MarshalText wrote.
func (f *Fixed) UnmarshalText(text []byte) error {
	if string(text) == "overflow" {
		*f = Fixed{overflow: true}
		return nil
	}
	var b [16]byte
	if len(text) != 2*len(b) {
		return fmt.Errorf("a sum has 32 hexadecimal digits, not %d characters", len(text))
	}
	if _, err := hex.Decode(b[:], text); err != nil {
		return fmt.Errorf("a sum has 32 hexadecimal digits: %w", err)
	}
	*f = Fixed{}
	for i := range 8 {
		f.hi = f.hi<<8 | uint64(b[i])
		f.lo = f.lo<<8 | uint64(b[i+8])
	}
	return nil
}
