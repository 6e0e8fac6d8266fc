package datasets

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// The hashes of this file are part of certificates and of parts that are merged across machines: their values must
// never change, hence no hash/maphash, whose seed differs from process to process.

// Odd constants of high bit entropy, from the fractional parts of square roots of primes (as in SHA-512).
const (
	hashC1 = 0x6a09e667f3bcc909
	hashC2 = 0xbb67ae8584caa73b
	hashC3 = 0x3c6ef372fe94f82b
	hashC4 = 0xa54ff53a5f1d36f1
)

// lanes are the two halves of a 128-bit hash while it is summed up.
type lanes struct{ a, b uint64 }

// mix is a bijection of 64 bits in which every input bit reaches every output bit.
func mix(x uint64) uint64 {
	x ^= x >> 32
	x *= hashC2
	x ^= x >> 29
	x *= hashC1
	return x ^ x>>32
}

// add adds one field of a request or outcome: x says what, key says which field. Sums commute, so that columns may
// come in any order.
func (l *lanes) add(x, key uint64) {
	h := mix(x ^ key)
	l.a += h
	// Not a multiple of h, or the second lane would know only what the first knows.
	l.b += bits.RotateLeft64(h, 21) ^ h>>7
}

// numberBits are the bits of v to be hashed; −0 and +0 are the same.
func numberBits(v float64) uint64 { return math.Float64bits(v + 0) }

// hashString is the hash of a string's bytes.
func hashString[T string | []byte](s T) uint64 {
	h := uint64(len(s)) * hashC3
	i := 0
	for ; i+8 <= len(s); i += 8 {
		var w [8]byte
		copy(w[:], s[i:i+8])
		h = fold(h^binary.LittleEndian.Uint64(w[:]), hashC4)
	}
	if i < len(s) {
		var w [8]byte
		copy(w[:], s[i:])
		h = fold(h^binary.LittleEndian.Uint64(w[:]), hashC4)
	}
	return mix(h)
}

// fold is the product of x+1 and y with its halves added, which loses no bit of x to an unlucky zero.
func fold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return (hi ^ lo) + bits.RotateLeft64(x, 27)
}

// fieldKey tells fields apart in the hash. It depends on the column's name only, never on its place.
func fieldKey(name string) uint64 { return hashString(name) | 1 }

// add128 adds the hash of one request to a block's share of the data hash.
func add128(sum *[2]uint64, id uint64, l lanes) {
	var carry uint64
	sum[0], carry = bits.Add64(sum[0], mix(l.a+id), 0)
	sum[1], _ = bits.Add64(sum[1], mix(l.b^bits.RotateLeft64(id, 32)), carry)
}
