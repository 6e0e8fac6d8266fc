package datasets

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// fuzzSeeds are small files of every kind.
func fuzzSeeds(t testing.TB) [][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	rows := randomRows(r, 12)
	seeds := [][]byte{
		rawFile(t, 3, threeRows(), nil).data,
		parquetOf(t, rows, parquet.Compression(&parquet.Zstd)).data,
		parquetOf(t, rows, parquet.Compression(&parquet.Snappy), parquet.DataPageVersion(1), parquet.PageBufferSize(64)).data,
		parquetOf(t, rows, parquet.Compression(&parquet.Gzip), parquet.MaxRowsPerRowGroup(5)).data,
		parquetOf(t, pairsOf(rows)).data,
		vectorFile(t, list("", "array", parquet.Leaf(parquet.DoubleType), false), []schemaRow{{"a", []float64{1, 2}}, {"b", nil}, {"c", []float64{3, 4}}},
			parquet.PageBufferSize(16)).data,
		rawFile(t, 3, splitVectors(), withEmbedding).data,
		parquetOf(t, []broad{{SampleID: "a", Prompt: "p", A: new(1.0), ACost: new(1.0)}}).data,
	}
	return append(seeds, rawFile(t, 3, threeRows(), func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.NumValues = 1 << 40 }).data)
}

// readBytes reads everything of a file, and reports whether that went well.
func readBytes(t testing.TB, data []byte) bool {
	f := &memFile{Reader: bytes.NewReader(data), data: data}
	d, err := Open(t.Context(), []string{"f"}, opening(f, Options{Where: []Condition{{Column: "id", Not: true}}}))
	if err != nil {
		_ = err.Error()
		return false
	}
	good := true
	var refs []RowRef
	for _, s := range d.Shards() {
		for b, err := range d.NewReader(everything).Read(t.Context(), s) {
			if err != nil {
				_ = err.Error()
				good = false
				continue
			}
			requestsOf(b)
			if len(refs) < 3 {
				refs = append(refs, RowRef{b.File, b.Rows[0]})
			}
		}
	}
	if good {
		if _, err := d.Fetch(t.Context(), refs); err != nil {
			t.Errorf("what can be read cannot be fetched: %v", err)
		}
	}
	return good
}

func FuzzRead(f *testing.F) {
	for _, seed := range fuzzSeeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<20 {
			return
		}
		readBytes(t, data)
	})
}

// TestFlippedBytes is the fuzz target for those who do not fuzz: bytes of the seeds are changed one at a time.
func TestFlippedBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector")
	}
	good, all := 0, 0
	for _, seed := range fuzzSeeds(t) {
		r := rand.New(rand.NewPCG(3, 4))
		for i := range seed {
			if len(seed) > 2000 && r.IntN(20) > 0 {
				continue
			}
			data := bytes.Clone(seed)
			data[i] ^= byte(1 + r.IntN(255))
			all++
			if readBytes(t, data) {
				good++
			}
		}
	}
	if good == 0 || good == all {
		t.Errorf("%d of %d changed files could be read", good, all)
	}
}

func FuzzCompact(f *testing.F) {
	data := rawFile(f, 3, threeRows(), nil).data
	f.Add(data[4:])
	f.Add([]byte{0x15, 0x04, 0x15, 0x0a, 0x15, 0x0a, 0x2c, 0x15, 0x02, 0x15, 0x00, 0x15, 0x06, 0x15, 0x06, 0x00, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := compactReader{b: data}
		r.skip(compactStruct, 0)
		if r.pos > len(data) {
			t.Errorf("read %d of %d bytes", r.pos, len(data))
		}
		if h, err := parsePageHeader(data); err == nil && h.size > len(data) {
			t.Errorf("a header of %d bytes in %d", h.size, len(data))
		}
	})
}
