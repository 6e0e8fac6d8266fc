package eval

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
)

// A PowerSum is an exact sum of numbers that are not negative, in 256 bits of which 64 are of the fraction, the low word
// first: as a Fixed, with room for the third and fourth powers of costs, which lie further apart than 128 bits reach. Every
// term is truncated once to 2⁻⁶⁴. What no cost comes to (terms and sums of 2¹⁹² and more, negative terms, NaN) is an overflow,
// all bits set, which sticks and which Float64 reports as NaN. The zero PowerSum is 0.
type PowerSum [4]uint64

var powerOverflow = PowerSum{math.MaxUint64, math.MaxUint64, math.MaxUint64, math.MaxUint64}

// Add adds x.
func (s *PowerSum) Add(x float64) {
	if x == 0 {
		return // −0 too, whose sign is none
	}
	b := math.Float64bits(x)
	mantissa := b&(1<<52-1) | 1<<52
	// x = mantissa · 2^(exponent−1075), and one unit of the lowest word is 2⁻⁶⁴. A sign is far beyond any exponent.
	shift := int(b>>52) - 1011
	switch {
	case shift <= -53: // below 2⁻⁶⁴
	case shift < 0:
		s.addWords(0, mantissa>>(-shift&63), 0)
	case shift <= 203:
		s.addWords(shift/64, mantissa<<(shift&63), mantissa>>1>>((63-shift)&63))
	default:
		*s = powerOverflow
	}
}

// addWords adds lo at the word i and hi, small enough never to carry by itself, at the next.
func (s *PowerSum) addWords(i int, lo, hi uint64) {
	var carry uint64
	s[i], carry = bits.Add64(s[i], lo, 0)
	for hi += carry; hi != 0; hi = carry {
		if i++; i == len(s) {
			*s = powerOverflow
			return
		}
		s[i], carry = bits.Add64(s[i], hi, 0)
	}
}

// AddSum adds another sum.
func (s *PowerSum) AddSum(o *PowerSum) {
	var carry uint64
	for i := range s {
		s[i], carry = bits.Add64(s[i], o[i], carry)
	}
	if carry != 0 || *o == powerOverflow {
		*s = powerOverflow
	}
}

// Float64 returns the sum, NaN after an overflow.
func (s *PowerSum) Float64() float64 {
	if *s == powerOverflow {
		return math.NaN()
	}
	sum := 0.0
	for i, word := range s {
		sum += math.Ldexp(float64(word), 64*(i-1))
	}
	return sum
}

// MarshalText writes the sum exactly, as 64 hexadecimal digits.
func (s PowerSum) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%016x%016x%016x%016x", s[3], s[2], s[1], s[0]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (s *PowerSum) UnmarshalText(text []byte) error {
	var b [8 * len(s)]byte
	if len(text) != 2*len(b) {
		return fmt.Errorf("a sum of powers has %d hexadecimal digits, not %d characters", 2*len(b), len(text))
	}
	if _, err := hex.Decode(b[:], text); err != nil {
		return fmt.Errorf("a sum of powers has %d hexadecimal digits: %w", 2*len(b), err)
	}
	for i := range s {
		s[len(s)-1-i] = binary.BigEndian.Uint64(b[8*i:])
	}
	return nil
}
