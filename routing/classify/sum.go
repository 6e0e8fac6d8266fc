package classify

import (
	"math/bits"
	"slices"
)

// A row's lanes are added up four to a word: bytes at even places in one word, those at odd places in another, 16 bits
// for each sum. That many rows fit before a sum could overflow.
const (
	evenBytes = 0x00ff00ff00ff00ff
	maxAdded  = 0xffff / 0xff
)

// addText adds up the lanes of the features that were hashed, weighted as NGrams.Embed would. Most features occur once,
// and their rows add up as integers. It returns the sum of squares of the features' values.
func (c *Classifier) addText(s *scratch) float32 {
	if rows := len(c.rows) / c.width; len(s.occurs) <= rows { // one more than rows: see count
		s.occurs = make([]uint8, rows+1)
	}
	c.count(s)
	once := s.touched[:0]
	word, shift := len(c.lanes)/8, len(c.lanes)%8*8
	for _, row := range s.touched {
		n := s.occurs[row]
		s.occurs[row] = 0
		square := uint8(c.rows[int(row)*c.width+word] >> shift)
		c.project(s, row, repeated[n]*c.idf[square])
		if n == 1 {
			once = append(once, row)
		} else {
			c.addValue(s, row, repeated[n])
		}
	}
	for rows := range slices.Chunk(once, maxAdded) {
		c.addRows(s, rows)
	}
	return s.sums[len(c.lanes)] * c.square
}

// count counts how often each row occurs. Whether a feature has a row, and whether that was met before, is as good as
// random, so that the loop does without branches on either: a feature without a row reads some other's count and leaves
// it as it is.
func (c *Classifier) count(s *scratch) {
	shift := 64 - c.ownBits
	known, rank := c.known, c.rank[:len(c.known)]
	occurs, touched, n := s.occurs, resize(s.touched, len(s.hashes)+1), 0
	for _, h := range s.hashes {
		feature := uint32(h >> shift)
		word, bit := known[feature/64], feature%64
		has := uint32(word>>bit) & 1
		row := rank[feature/64] + uint32(bits.OnesCount64(word&(1<<bit-1)))
		before := uint32(occurs[row])
		touched[n] = row
		n += int(has & ((before - 1) >> 31))                 // 1 if before is 0
		occurs[row] = uint8(before + has&((before-255)>>31)) // one more, up to 255
	}
	s.touched = touched[:n]
}

// addRows adds up to maxAdded rows, a few words of all rows at a time, so that the sums stay in registers.
func (c *Classifier) addRows(s *scratch, rows []uint32) {
	for word := 0; word < c.width; word += 4 {
		var even, odd [4]uint64
		switch c.width - word {
		case 1:
			for _, row := range rows {
				w := c.rows[row]
				even[0] += w & evenBytes
				odd[0] += w >> 8 & evenBytes
			}
		case 2:
			even, odd = c.addPairs(rows)
		default:
			even, odd = c.addFours(rows, word)
		}
		c.unpack(s, word, &even, &odd, len(rows))
	}
}

func (c *Classifier) addPairs(rows []uint32) (even, odd [4]uint64) {
	var e0, e1, o0, o1 uint64
	for _, row := range rows {
		w := (*[2]uint64)(c.rows[2*int(row):])
		e0 += w[0] & evenBytes
		o0 += w[0] >> 8 & evenBytes
		e1 += w[1] & evenBytes
		o1 += w[1] >> 8 & evenBytes
	}
	return [4]uint64{e0, e1}, [4]uint64{o0, o1}
}

func (c *Classifier) addFours(rows []uint32, word int) (even, odd [4]uint64) {
	var e0, e1, e2, e3, o0, o1, o2, o3 uint64
	for _, row := range rows {
		w := (*[4]uint64)(c.rows[c.width*int(row)+word:])
		e0 += w[0] & evenBytes
		o0 += w[0] >> 8 & evenBytes
		e1 += w[1] & evenBytes
		o1 += w[1] >> 8 & evenBytes
		e2 += w[2] & evenBytes
		o2 += w[2] >> 8 & evenBytes
		e3 += w[3] & evenBytes
		o3 += w[3] >> 8 & evenBytes
	}
	return [4]uint64{e0, e1, e2, e3}, [4]uint64{o0, o1, o2, o3}
}

// widthOf returns how many words a row of so many bytes takes: 1, 2, or a multiple of 4.
func widthOf(n int) int {
	switch words := (n + 7) / 8; words {
	case 1, 2:
		return words
	default:
		return (words + 3) / 4 * 4
	}
}

// unpack adds the sums of so many rows, of four words of lanes, to those of the lanes.
func (c *Classifier) unpack(s *scratch, word int, even, odd *[4]uint64, rows int) {
	bias := float32(128 * rows)
	sums := s.sums[8*word : min(8*(word+4), len(s.sums))]
	for i := range sums {
		from := even
		if i%2 == 1 {
			from = odd
		}
		sum := float32(uint16(from[i/8] >> (i % 8 / 2 * 16)))
		if 8*word+i < len(c.lanes) {
			sum -= bias
		}
		sums[i] += sum
	}
}

// addValue adds the row of a feature of the given value.
func (c *Classifier) addValue(s *scratch, row uint32, value float32) {
	words, n := c.rows[int(row)*c.width:][:c.width], len(c.lanes)
	for k := range n {
		s.sums[k] += float32(value * float32(int(getByte(words, k))-128))
	}
	s.sums[n] += float32(value * value * float32(getByte(words, n)))
}

// addFeatures adds up the lanes of the features that an embedder gave.
func (c *Classifier) addFeatures(s *scratch) float32 {
	for _, f := range s.features {
		if row, ok := c.row(f.Index); ok {
			c.addValue(s, row, f.Value)
			c.project(s, row, f.Value*c.idf[getByte(c.rows[int(row)*c.width:][:c.width], len(c.lanes))])
		}
	}
	return s.sums[len(c.lanes)] * c.square
}
