package datasets

import "encoding/binary"

// zstdBlockSize is the most that a block of zstd decompresses to (RFC 8878, 3.1.1.2.4).
const zstdBlockSize = 128 << 10

// A zstdFrame is what the header of a zstd frame says (RFC 8878, 3.1.1.1).
type zstdFrame struct {
	header  int    // its size, 0 if there is no frame
	content uint64 // size when decompressed, 0 if it is not said
}

func zstdFrameOf(b []byte) zstdFrame {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != 0xfd2fb528 {
		return zstdFrame{}
	}
	descriptor := b[4]
	at := 5
	single := descriptor>>5&1 == 1
	if !single {
		at++ // window descriptor
	}
	at += []int{0, 1, 2, 4}[descriptor&3] // dictionary id
	size := []int{0, 2, 4, 8}[descriptor>>6]
	if size == 0 && single {
		size = 1
	}
	if at+size > len(b) {
		return zstdFrame{}
	}
	var field [8]byte
	copy(field[:], b[at:at+size])
	f := zstdFrame{at + size, binary.LittleEndian.Uint64(field[:])}
	if size == 2 {
		f.content += 256
	}
	return f
}
