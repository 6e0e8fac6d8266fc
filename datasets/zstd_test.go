package datasets

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

func TestZstdFrame(t *testing.T) {
	for _, n := range []int{1, 200, 255, 256, 257, 65791, 65792, 1 << 20} {
		data := bytes.Repeat([]byte("x"), n)
		w, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		// A size below 256 takes a frame of a single segment, which this writer need not make.
		if f := zstdFrameOf(w.EncodeAll(data, nil)); f.content != uint64(n) && (n >= 256 || f.content != 0) {
			t.Errorf("%d bytes: the frame is taken to hold %d", n, f.content)
		}
		streamed := zstdStream(t, data)
		f := zstdFrameOf(streamed)
		g := guard{r: bytes.NewReader(streamed), end: int64(len(streamed))}
		size, err := g.zstdBlocks(nil, 0, int64(f.header), int64(len(streamed)))
		if err != nil || f.content == 0 && (size < uint64(n) || size > uint64(n)+2*zstdBlockSize) {
			t.Errorf("%d bytes: the blocks are taken to hold up to %d (%v)", n, size, err)
		}
	}
}

// zstdStream compresses as streaming writers do, who do not know the size beforehand.
func zstdStream(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for len(data) > 0 {
		n := min(len(data), 1000)
		if _, err := w.Write(data[:n]); err != nil {
			t.Fatal(err)
		}
		data = data[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestZstdBomb(t *testing.T) {
	bomb := zstdStream(t, make([]byte, 200<<20))
	columns := threeRows()
	columns[1].pages[0].values = bomb
	f := rawFile(t, 3, columns, func(m *format.FileMetaData) { m.RowGroups[0].Columns[1].MetaData.Codec = format.Zstd })
	err := readError(t, f, Options{}, everything)
	if !strings.Contains(err.Error(), "it holds 209") {
		t.Errorf("a page of %d bytes that would become 200 MiB: %v", len(bomb), err)
	}
}
