package eval

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
)

// A PowerSum is an exact sum of numbers that are not negative, in 192 bits of which 64 are of the fraction, the low word
// first: as a Fixed, with room for the third and fourth powers of costs, which lie further apart than 128 bits reach. Every
// term is truncated once to 2⁻⁶⁴. What is out of range (terms and sums of 2¹²⁸ and more, negative terms, NaN) is an overflow,
// all bits set, which sticks and which Float64 reports as NaN. The zero PowerSum is 0.
type PowerSum [3]uint64

var powerOverflow = PowerSum{math.MaxUint64, math.MaxUint64, math.MaxUint64}

// Add adds x.
func (s *PowerSum) Add(x float64) {
	b := math.Float64bits(x)
	mantissa := b&(1<<52-1) | 1<<52
	// x = mantissa · 2^(exponent−1075), and one unit of the lowest word is 2⁻⁶⁴. A sign is far beyond any exponent.
	shift := int(b>>52) - 1011
	// The masks, which change nothing, spare the compiler a check for shifts of 64 and more.
	low, high := mantissa<<(shift&63), mantissa>>1>>((63-shift)&63)
	switch {
	case shift <= -53 || x == 0: // below 2⁻⁶⁴, or −0
	case shift < 0:
		s.add(mantissa>>(-shift&63), 0, 0)
	case shift < 64:
		s.add(low, high, 0)
	case shift < 128:
		s.add(0, low, high)
	case shift <= 139:
		s.add(0, 0, low)
	default:
		*s = powerOverflow
	}
}

// AddSum adds another sum.
func (s *PowerSum) AddSum(o *PowerSum) {
	if *o == powerOverflow {
		*s = powerOverflow
		return
	}
	s.add(o[0], o[1], o[2])
}

func (s *PowerSum) add(a, b, c uint64) {
	var carry uint64
	s[0], carry = bits.Add64(s[0], a, 0)
	s[1], carry = bits.Add64(s[1], b, carry)
	s[2], carry = bits.Add64(s[2], c, carry)
	if carry != 0 {
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

// MarshalText writes the sum exactly, as 48 hexadecimal digits.
func (s PowerSum) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%016x%016x%016x", s[2], s[1], s[0]), nil
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
