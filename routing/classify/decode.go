package classify

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// maxBody is the most that a body may take in memory.
const maxBody = 256 << 20

// Decode reads an artifact. It refuses one that is damaged, of another format, or of a later major version.
func Decode(data []byte) (*Classifier, error) {
	header, rest, err := unseal(magic, data, "no classifier: tierwise train writes one")
	if err != nil {
		return nil, err
	}
	var h Header
	if err := decodeHeader(header, &h); err != nil {
		return nil, err
	}
	body, err := inflate(rest)
	if err != nil {
		return nil, err
	}
	return decodeBody(&h, body)
}

// unseal takes a file apart that begins with that magic, as seal put it together: its header, and its body, still
// deflated. other says what a file of another magic is.
func unseal(magic string, data []byte, other string) (header, body []byte, err error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok || len(rest) < 4+sha256.Size {
		return nil, nil, errors.New("is " + other)
	}
	signed := data[:len(data)-sha256.Size]
	if sum := sha256.Sum256(signed); !bytes.Equal(sum[:], data[len(signed):]) {
		return nil, nil, errors.New("is damaged: its checksum does not match; copy it again, in binary mode")
	}
	rest = rest[:len(rest)-sha256.Size]
	if header, body, ok = cut(rest); !ok {
		return nil, nil, errTruncated
	}
	return header, body, nil
}

func decodeHeader(data []byte, h *Header) error {
	if err := json.Unmarshal(data, h); err != nil {
		return fmt.Errorf("its header is not as expected: %w", err)
	}
	if h.Format != Format || h.Version != Version {
		return fmt.Errorf("is %s version %d: this program reads %s version %d; train it anew", h.Format, h.Version, Format, Version)
	}
	return nil
}

var errTruncated = errors.New("ends early")

// cut returns the bytes whose number stands before them, and what follows.
func cut(data []byte) (first, rest []byte, ok bool) {
	if len(data) < 4 {
		return nil, nil, false
	}
	n := binary.LittleEndian.Uint32(data)
	data = data[4:]
	if uint64(n) > uint64(len(data)) {
		return nil, nil, false
	}
	return data[:n], data[n:], true
}

func inflate(data []byte) ([]byte, error) {
	if len(data) < 4 {
		return nil, errTruncated
	}
	n := binary.LittleEndian.Uint32(data)
	if n > maxBody {
		return nil, fmt.Errorf("its body takes %d bytes: %d is the most", n, maxBody)
	}
	r := flate.NewReader(bytes.NewReader(data[4:]))
	// Read rather than made: what the length says is not to be trusted with memory.
	body, err := io.ReadAll(io.LimitReader(r, int64(n)+1))
	if err != nil {
		return nil, fmt.Errorf("its body cannot be inflated: %w", err)
	}
	if len(body) != int(n) {
		return nil, fmt.Errorf("its body takes %d bytes, not %d as it says", len(body), n)
	}
	return body, nil
}

// A decoder reads a body. After the first error it reads zeros.
type decoder struct {
	data []byte
	err  error
}

func (d *decoder) take(n int) []byte {
	if d.err != nil || n < 0 || n > len(d.data) {
		d.err = errTruncated
		return nil
	}
	out := d.data[:n]
	d.data = d.data[n:]
	return out
}

// count reads a number of things that take at least so many bytes each.
func (d *decoder) count(size int) int {
	x, n := binary.Uvarint(d.data)
	if d.err != nil || n <= 0 || x > uint64(len(d.data)/size) {
		d.err = errTruncated
		return 0
	}
	d.data = d.data[n:]
	return int(x)
}

// rising reads rising numbers below the limit.
func (d *decoder) rising(n int, limit uint64) []uint32 {
	out := make([]uint32, 0, n)
	at := uint64(0)
	for i := range n {
		x, size := binary.Uvarint(d.data)
		if size <= 0 || x >= limit-at || i > 0 && x == 0 {
			d.err = errTruncated
			return nil
		}
		d.data = d.data[size:]
		at += x
		out = append(out, uint32(at))
	}
	return out
}

func (d *decoder) float() float32 {
	b := d.take(4)
	if b == nil {
		return 0
	}
	x := math.Float32frombits(binary.LittleEndian.Uint32(b))
	if !finite(float64(x)) || x < 0 {
		d.err = fmt.Errorf("holds a scale of %v", x)
	}
	return x
}

func decodeBody(h *Header, body []byte) (*Classifier, error) {
	d := &decoder{data: body}
	m := Model{Header: *h}
	m.Features = d.rising(d.count(1), uint64(max(h.Dims, 0)))
	if err := m.checkHeader(); err != nil {
		return nil, err
	}
	if err := m.checkParts(); err != nil {
		return nil, err
	}
	c := newClassifier(h)
	for _, f := range m.Features {
		c.known[f/64] |= 1 << (f % 64)
	}
	for k := range c.lanes {
		c.lanes[k].scale = d.float()
	}
	c.square = d.float()
	n := len(m.Features)
	lanes := d.take(n * (len(c.lanes) + 1))
	if d.err != nil {
		return nil, d.err
	}
	c.rows = make([]uint64, n*c.width)
	for i, b := range lanes {
		setByte(c.rows[i%n*c.width:], i/n, b)
	}
	d.prototypes(c)
	c.seen = d.rising(d.count(1), 1<<32)
	if d.err == nil && len(d.data) > 0 {
		d.err = fmt.Errorf("has %d bytes too many", len(d.data))
	}
	if d.err != nil {
		return nil, d.err
	}
	c.finish()
	return c, nil
}

func (d *decoder) prototypes(c *Classifier) {
	total := 0
	for k := range c.ofTask {
		n := d.count(1)
		c.ofTask[k] = [2]int{total, total + n}
		total += n
	}
	for range total {
		var p prototype
		p.scale = d.float()
		for i, b := range d.take(Dense) {
			p.vector[i] = int8(b)
		}
		if d.err != nil {
			return
		}
		c.protos = append(c.protos, p)
	}
}
