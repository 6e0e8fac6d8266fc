package classify

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/bits"
	"slices"
)

// magic begins every artifact.
const magic = "tierwise\x00cls"

// MarshalBinary returns the artifact: the magic, the header's length and the header in JSON, the body's length and the
// body deflated, and the SHA-256 of all that. ARTIFACT.md describes the body.
func (c *Classifier) MarshalBinary() ([]byte, error) { return seal(magic, &c.header, c.body()) }

// seal puts a file together of its header, to be written as JSON, and its body.
func seal(magic string, h any, body []byte) ([]byte, error) {
	header, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	out := []byte(magic)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(header)))
	out = append(out, header...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(body)))
	b := bytes.NewBuffer(out)
	w, err := flate.NewWriter(b, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b.Bytes())
	return append(b.Bytes(), sum[:]...), nil
}

func (c *Classifier) body() []byte {
	features, n := c.features(), len(c.lanes)
	out := binary.AppendUvarint(nil, uint64(len(features)))
	out = appendDeltas(out, features)
	for k := range c.lanes {
		out = appendFloat(out, c.lanes[k].scale)
	}
	out = appendFloat(out, c.square)
	for k := range n + 1 { // by lane: neighbours in a lane are more alike than those in a row
		for f := range features {
			out = append(out, getByte(c.rows[f*c.width:][:c.width], k))
		}
	}
	for k := range c.ofTask {
		out = binary.AppendUvarint(out, uint64(c.ofTask[k][1]-c.ofTask[k][0]))
	}
	for i := range c.protos {
		out = appendFloat(out, c.protos[i].scale)
		for _, x := range c.protos[i].vector {
			out = append(out, byte(x))
		}
	}
	out = binary.AppendUvarint(out, uint64(len(c.seen)))
	return appendDeltas(out, c.seen)
}

// features returns the features that have weights, rising.
func (c *Classifier) features() []uint32 {
	var out []uint32
	for i, word := range c.known {
		for ; word != 0; word &= word - 1 {
			out = append(out, uint32(64*i+bits.TrailingZeros64(word)))
		}
	}
	return out
}

// appendDeltas appends rising numbers as the differences to the one before.
func appendDeltas(out []byte, rising []uint32) []byte {
	previous := uint32(0)
	for _, x := range rising {
		out = binary.AppendUvarint(out, uint64(x-previous))
		previous = x
	}
	return out
}

func appendFloat(out []byte, x float32) []byte {
	return binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
}

// Seen reports whether a prompt or group of that key, of which the upper half counts, was trained on. One of 2^32 over
// the number of training requests that were not is taken for one that was.
func (c *Classifier) Seen(key uint64) bool {
	_, ok := slices.BinarySearch(c.seen, uint32(key>>32))
	return ok
}
