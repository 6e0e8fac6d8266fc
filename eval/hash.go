package eval

import (
	"fmt"
	"math/bits"
)

// HashText writes a data hash, the sum of those of blocks (see datasets.Traffic), as [Data] and decisions files have it.
func HashText(sum [2]uint64) string { return fmt.Sprintf("%016x%016x", sum[1], sum[0]) }

// hashBytes returns a hash of b that is the same in every process and on every machine (FNV-1a, then mixed).
func hashBytes(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return mix(h)
}

// mix spreads the bits of x (the finaliser of SplitMix64, Steele et al. 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// AddHash adds data hashes modulo 2^128, low word first.
func AddHash(a, b [2]uint64) [2]uint64 {
	lo, carry := bits.Add64(a[0], b[0], 0)
	hi, _ := bits.Add64(a[1], b[1], carry)
	return [2]uint64{lo, hi}
}
