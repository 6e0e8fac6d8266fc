package embed

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io/fs"
	"math"
	"os"
	"path/filepath"
)

// A Store keeps vectors in a folder, a file for each, so that many processes can share it. A nil Store keeps nothing.
//
// The file of a text is AB/REST.vec, where ABREST is the SHA-256, in hexadecimal, of the model's name, a zero byte and the
// text; neither can be read from it. It holds, in little-endian order: "twvec1\n" and a zero byte; the tokens of the text,
// float64, NaN if unknown; the number of dimensions, uint32; the vector, float32 each; CRC-32 (IEEE) of all that, uint32. A
// file is written whole under another name and then renamed; one that is not of this form counts as absent. Nothing is ever
// removed: delete the folder, or files of it, at will.
type Store struct {
	folder string
}

// OpenStore returns the store in a folder, which is made with the first vector.
func OpenStore(folder string) *Store { return &Store{folder} }

const (
	storeMagic = "twvec1\n\x00"
	maxDims    = 1 << 16
)

func (s *Store) path(model, text string) string {
	h := sha256.New()
	h.Write([]byte(model))
	h.Write([]byte{0})
	h.Write([]byte(text))
	name := hex.EncodeToString(h.Sum(nil))
	return filepath.Join(s.folder, name[:2], name[2:]+".vec")
}

// Get returns the vector of a text, false if it is not there.
func (s *Store) Get(model, text string) (v Vector, ok bool, err error) {
	if s == nil {
		return v, false, nil
	}
	data, err := os.ReadFile(s.path(model, text))
	if errors.Is(err, fs.ErrNotExist) {
		return v, false, nil
	}
	if err != nil {
		return v, false, err
	}
	v, ok = decode(data)
	return v, ok, nil
}

// Put keeps the vector of a text.
func (s *Store) Put(model, text string, v Vector) error {
	if s == nil || len(v.Values) > maxDims {
		return nil
	}
	path := s.path(model, text)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(encode(v))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // why it was not written is the better error
	}
	return err
}

func encode(v Vector) []byte {
	b := make([]byte, 0, len(storeMagic)+16+4*len(v.Values))
	b = append(b, storeMagic...)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Tokens))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(v.Values)))
	for _, x := range v.Values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func decode(data []byte) (v Vector, ok bool) {
	const head = len(storeMagic) + 12
	if len(data) < head+4 || !bytes.HasPrefix(data, []byte(storeMagic)) {
		return v, false
	}
	n := binary.LittleEndian.Uint32(data[head-4:])
	if n == 0 || n > maxDims || len(data) != head+4*int(n)+4 {
		return v, false
	}
	body := data[:len(data)-4]
	if binary.LittleEndian.Uint32(data[len(body):]) != crc32.ChecksumIEEE(body) {
		return v, false
	}
	v.Tokens = math.Float64frombits(binary.LittleEndian.Uint64(data[len(storeMagic):]))
	v.Values = make([]float32, n)
	for i := range v.Values {
		v.Values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[head+4*i:]))
	}
	return v, true
}
