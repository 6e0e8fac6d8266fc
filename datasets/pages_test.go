package datasets

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A rawPage is a data page of version 1: levels one by one, values in plain encoding.
type rawPage struct {
	rep, def []byte
	values   []byte
	n        int // levels; 0: as many as def
}

// A rawColumn is a column of a file that no writer here would write.
type rawColumn struct {
	path     []string
	kind     format.Type
	maxRep   int
	maxDef   int
	pages    []rawPage
	codec    format.CompressionCodec
	encoding format.Encoding
}

func byteArrays(values ...string) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	return b
}

func doubles(values ...float64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// levels encodes levels as runs of one.
func levels(l []byte) []byte {
	var runs []byte
	for _, v := range l {
		runs = append(runs, 1<<1, v)
	}
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(runs))), runs...)
}

// rawFile writes a file of one row group: id, prompt, and outcomes.list.element with a required model and an optional
// quality.
func rawFile(t testing.TB, rows int64, columns []rawColumn, change func(*format.FileMetaData)) *memFile {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("PAR1")
	var protocol thrift.CompactProtocol
	group := format.RowGroup{NumRows: rows}
	for _, c := range columns {
		start := b.Len()
		var values int64
		for _, p := range c.pages {
			var body []byte
			if c.maxRep > 0 {
				body = append(body, levels(p.rep)...)
			}
			if c.maxDef > 0 {
				body = append(body, levels(p.def)...)
			}
			body = append(body, p.values...)
			n := p.n
			if n == 0 {
				n = len(p.def)
			}
			header := format.PageHeader{Type: format.DataPage, UncompressedPageSize: int32(len(body)), CompressedPageSize: int32(len(body))}
			header.DataPageHeader.Valid = true
			header.DataPageHeader.V = format.DataPageHeader{NumValues: int32(n), Encoding: c.encoding,
				DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE}
			data, err := thrift.Marshal(&protocol, &header)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(data)
			b.Write(body)
			values += int64(n)
		}
		size := int64(b.Len() - start)
		group.Columns = append(group.Columns, format.ColumnChunk{MetaData: format.ColumnMetaData{
			Type: c.kind, Encoding: []format.Encoding{format.Plain}, PathInSchema: c.path, Codec: c.codec, NumValues: values,
			TotalUncompressedSize: size, TotalCompressedSize: size, DataPageOffset: int64(start),
		}})
	}
	meta := format.FileMetaData{Version: 1, NumRows: rows, RowGroups: []format.RowGroup{group}, CreatedBy: "test", Schema: rawSchema()}
	if change != nil {
		change(&meta)
	}
	footer, err := thrift.Marshal(&protocol, &meta)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(footer)
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(footer))))
	b.WriteString("PAR1")
	return &memFile{Reader: bytes.NewReader(b.Bytes()), data: b.Bytes()}
}

func rawSchema() []format.SchemaElement {
	leaf := func(name string, kind format.Type, repetition format.FieldRepetitionType) format.SchemaElement {
		e := format.SchemaElement{Name: name}
		e.Type.V, e.Type.Valid = kind, true
		e.RepetitionType.V, e.RepetitionType.Valid = repetition, true
		return e
	}
	inner := func(name string, children int32, repetition format.FieldRepetitionType) format.SchemaElement {
		e := format.SchemaElement{Name: name}
		e.NumChildren.V, e.NumChildren.Valid = children, true
		e.RepetitionType.V, e.RepetitionType.Valid = repetition, true
		return e
	}
	root := inner("schema", 3, format.Required)
	root.RepetitionType.Valid = false
	return []format.SchemaElement{
		root,
		leaf("id", format.ByteArray, format.Required),
		leaf("prompt", format.ByteArray, format.Required),
		inner("outcomes", 1, format.Required),
		inner("list", 1, format.Repeated),
		inner("element", 2, format.Required),
		leaf("model", format.ByteArray, format.Required),
		leaf("quality", format.Double, format.Optional),
	}
}

// threeRows are a file of rows a (outcomes m 0, n 0.25, o null), b (none) and c (m 1).
func threeRows() []rawColumn {
	return []rawColumn{
		{path: []string{"id"}, kind: format.ByteArray, pages: []rawPage{{values: byteArrays("a", "b"), n: 2}, {values: byteArrays("c"), n: 1}}},
		{path: []string{"prompt"}, kind: format.ByteArray, pages: []rawPage{{values: byteArrays("p", "p", "p"), n: 3}}},
		{path: []string{"outcomes", "list", "element", "model"}, kind: format.ByteArray, maxRep: 1, maxDef: 1, pages: []rawPage{
			{rep: []byte{0}, def: []byte{1}, values: byteArrays("m")},
			{rep: []byte{1, 1, 0, 0}, def: []byte{1, 1, 0, 1}, values: byteArrays("n", "o", "m")},
		}},
		{path: []string{"outcomes", "list", "element", "quality"}, kind: format.Double, maxRep: 1, maxDef: 2, pages: []rawPage{
			{rep: []byte{0, 1}, def: []byte{2, 2}, values: doubles(0, 0.25)},
			{rep: []byte{1, 0}, def: []byte{1, 0}},
			{rep: []byte{0}, def: []byte{2}, values: doubles(1)},
		}},
	}
}

func TestPagesWithinRows(t *testing.T) {
	got, _ := collect(t, rawFile(t, 3, threeRows(), nil), Options{}, everything)
	if len(got) != 3 || len(got[0].Outcomes) != 3 || len(got[1].Outcomes) != 0 || len(got[2].Outcomes) != 1 {
		t.Fatalf("got %+v", got)
	}
	for model, want := range map[string]string{"m": number(0), "n": number(0.25), "o": "null"} {
		if q := got[0].Outcomes[model].Numbers[numQuality]; q != want {
			t.Errorf("quality of %s is %s, want %s", model, q, want)
		}
	}
	if q := got[2].Outcomes["m"].Numbers[numQuality]; q != number(1) || got[2].ID != "=c" {
		t.Errorf("the last request is %+v", got[2])
	}
}

func TestCorruptFiles(t *testing.T) {
	change := func(column int, f func(*rawColumn)) []rawColumn {
		c := threeRows()
		f(&c[column])
		return c
	}
	tests := []struct {
		name    string
		columns []rawColumn
		meta    func(*format.FileMetaData)
		want    string
	}{
		{"missing page", change(3, func(c *rawColumn) { c.pages = c.pages[:2] }), nil,
			`f: row group 0, rows 1 to 3: column "outcomes.list.element.quality": ends before its row group does`},
		{"missing models", change(2, func(c *rawColumn) { c.pages = c.pages[:1] }), nil,
			`f: row group 0, rows 1 to 3: column "outcomes.list.element.model": ends before its row group does`},
		{"starts within", change(2, func(c *rawColumn) { c.pages[0].rep[0] = 1 }), nil,
			`f: row group 0, rows 1 to 3: column "outcomes.list.element.model": it starts within a row`},
		{"many values", change(1, func(c *rawColumn) { c.pages[0].n = 1 << 28 }), nil,
			`f: row group 0, rows 1 to 3: column "prompt": page at byte 61: 268435456 values, where its column has 268435456 left`},
		{"more values than the column", threeRows(), func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.NumValues = 1 },
			`f: row group 0, rows 1 to 3: column "id": page at byte 4: 2 values, where its column has 1 left`},
		{"lz4", threeRows(), func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.Codec = format.Lz4Raw },
			`f: row group 0: column "id": it is compressed with LZ4_RAW, which is not read; write it with zstd or snappy`},
		{"unknown codec", threeRows(), func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.Codec = 77 },
			`f: row group 0: column "id": it is compressed with CompressionCodec(?), which is not read; write it with zstd or snappy`},
		{"snappy size", change(1, func(c *rawColumn) {
			c.pages[0].values = append([]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, c.pages[0].values...)
		}),
			func(m *format.FileMetaData) { m.RowGroups[0].Columns[1].MetaData.Codec = format.Snappy },
			`f: row group 0, rows 1 to 3: column "prompt": page at byte 61: it holds 4294967295 bytes, not 20`},
		{"zstd size", change(1, func(c *rawColumn) { c.pages[0].values = []byte("\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\x00") }),
			func(m *format.FileMetaData) { m.RowGroups[0].Columns[1].MetaData.Codec = format.Zstd },
			`f: row group 0, rows 1 to 3: column "prompt": page at byte 61: it holds 72057594037927935 bytes, not 13`},
		{"rows", threeRows(), func(m *format.FileMetaData) { m.NumRows = 4 }, `f: corrupt Parquet footer: it says 4 rows, its row groups have 3`},
		{"negative rows", threeRows(), func(m *format.FileMetaData) { m.NumRows, m.RowGroups[0].NumRows = -1, -1 }, `f: corrupt Parquet footer: invalid file metadata: num_rows=-1 is negative`},
		{"offset", threeRows(), func(m *format.FileMetaData) { m.RowGroups[0].Columns[1].MetaData.DataPageOffset = 1 << 40 },
			`f: corrupt Parquet footer: row group 0, column 1: it reaches from byte 1099511627776 to 1099511627812 of 640`},
		{"size", threeRows(), func(m *format.FileMetaData) { m.RowGroups[0].Columns[1].MetaData.TotalCompressedSize = -1 },
			`f: corrupt Parquet footer: row group 0, column 1: its size is negative`},
		{"no rows", threeRows(), func(m *format.FileMetaData) { m.NumRows, m.RowGroups = 0, nil }, `f: there are no rows of traffic`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := readError(t, rawFile(t, 3, tt.columns, tt.meta), Options{}, everything)
			if err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestNotParquet(t *testing.T) {
	good := rawFile(t, 3, threeRows(), nil).data
	with := func(at int, b string) []byte {
		data := bytes.Clone(good)
		copy(data[(at+len(data))%len(data):], b)
		return data
	}
	tests := []struct {
		name, want string
		data       []byte
	}{
		{"empty", "f: the file is empty (0 bytes)", nil},
		{"tiny", "f: not a Parquet file: 4 bytes are too few", []byte("PAR1")},
		{"text", `f: not a Parquet file: it starts with "id,p", not with "PAR1"`, []byte("id,prompt\na,b\nc,d\n")},
		{"truncated", `f: the Parquet file is truncated: it ends with "\x00\x00\x00\x02", not with "PAR1"`, good[:len(good)/2]},
		{"encrypted", "f: the Parquet file is encrypted; write it without encryption", with(-4, "PARE")},
		{"footer length", "f: corrupt Parquet footer: 2147483647 bytes of metadata in a file of 635", with(-8, "\xff\xff\xff\x7f")},
		{"footer", "f: corrupt Parquet footer: metadata ends too early", with(-20, "\x19\xfc\xff\xff\xff\x0f")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := readError(t, &memFile{Reader: bytes.NewReader(tt.data)}, Options{}, everything)
			if err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}
