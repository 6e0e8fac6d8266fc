package datasets

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// schemaRow is a row of vectorFile: its id and the numbers of its embedding; nil: null, empty: an empty list.
type schemaRow struct {
	id     string
	values []float64
}

// vectorNode makes column embedding as writers spell it, and says at which levels a null and an empty list stand.
type vectorNode struct {
	node        parquet.Node
	null, empty int
}

// list is a list of three levels, or of two if middle is "", of which element is the repeated one's name or that of
// the leaf.
func list(middle, element string, leaf parquet.Node, required bool) vectorNode {
	v := vectorNode{null: 0, empty: 1}
	var group parquet.Node
	if middle == "" {
		group = parquet.Group{element: parquet.Repeated(leaf)}
	} else {
		group = parquet.Group{middle: parquet.Repeated(parquet.Group{element: leaf})}
	}
	v.node = parquet.Optional(group)
	if required {
		v.node, v.empty = parquet.Required(group), 0
	}
	return v
}

// vectorFile writes values as column embedding of that form, doubles as floats if the leaf is of these. A value that is not
// a number is null where the leaf may be.
func vectorFile(t testing.TB, v vectorNode, rows []schemaRow, options ...parquet.WriterOption) *memFile {
	t.Helper()
	schema := parquet.NewSchema("row", parquet.Group{"id": parquet.String(), "prompt": parquet.String(), "embedding": v.node})
	var leaf parquet.LeafColumn
	for _, path := range schema.Columns() {
		if path[0] == "embedding" {
			leaf, _ = schema.Lookup(path...)
		}
	}
	var b bytes.Buffer
	w := parquet.NewWriter(&b, append([]parquet.WriterOption{schema}, options...)...)
	for _, r := range rows {
		row := map[string][]parquet.Value{"id": {parquet.ByteArrayValue([]byte(r.id))}, "prompt": {parquet.ByteArrayValue([]byte("p"))}}
		for i, x := range r.values {
			value := parquet.DoubleValue(x)
			switch leaf.Node.Type().Kind() {
			case parquet.Float:
				value = parquet.FloatValue(float32(x))
			case parquet.FixedLenByteArray: // some half
				value = parquet.FixedLenByteArrayValue([]byte{1, 2})
			}
			def := leaf.MaxDefinitionLevel
			if math.IsNaN(x) && leaf.Node.Optional() {
				value, def = parquet.NullValue(), def-1
			}
			row["embedding"] = append(row["embedding"], value.Level(min(i, 1), def, 0))
		}
		if len(r.values) == 0 {
			level := v.empty
			if r.values == nil {
				level = v.null
			}
			row["embedding"] = []parquet.Value{parquet.NullValue().Level(0, level, 0)}
		}
		var values parquet.Row
		for column, path := range schema.Columns() {
			for _, x := range row[path[0]] {
				values = append(values, x.Level(x.RepetitionLevel(), x.DefinitionLevel(), column))
			}
		}
		if _, err := w.WriteRows([]parquet.Row{values}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &memFile{Reader: bytes.NewReader(b.Bytes()), data: b.Bytes()}
}

// TestVectorSpellings reads the lists that pyarrow, DuckDB, Spark and older writers make, in every encoding of floats.
func TestVectorSpellings(t *testing.T) {
	float, double := parquet.Leaf(parquet.FloatType), parquet.Leaf(parquet.DoubleType)
	spellings := map[string]func(leaf parquet.Node) vectorNode{
		"list.element":                   func(l parquet.Node) vectorNode { return list("list", "element", parquet.Optional(l), false) },
		"list.element, required element": func(l parquet.Node) vectorNode { return list("list", "element", l, false) },
		"list.item, required list":       func(l parquet.Node) vectorNode { return list("list", "item", parquet.Optional(l), true) },
		"bag.array_element":              func(l parquet.Node) vectorNode { return list("bag", "array_element", parquet.Optional(l), false) },
		"array":                          func(l parquet.Node) vectorNode { return list("", "array", l, false) },
		"array, required list":           func(l parquet.Node) vectorNode { return list("", "array", l, true) },
		"repeated":                       func(l parquet.Node) vectorNode { return vectorNode{parquet.Repeated(l), 0, 0} },
		"within a structure": func(l parquet.Node) vectorNode {
			return vectorNode{parquet.Optional(parquet.Group{"values": list("list", "element", l, true).node}), 0, 1}
		},
	}
	encodings := map[string]func(parquet.Node) parquet.Node{
		"plain":      func(n parquet.Node) parquet.Node { return parquet.Encoded(n, &parquet.Plain) },
		"dictionary": func(n parquet.Node) parquet.Node { return parquet.Encoded(n, &parquet.RLEDictionary) },
		"split":      func(n parquet.Node) parquet.Node { return parquet.Encoded(n, &parquet.ByteStreamSplit) },
	}
	r := rand.New(rand.NewPCG(1, 1))
	var rows []schemaRow
	want := map[string][]float32{}
	for i := range 500 {
		row := schemaRow{id: fmt.Sprint(i)}
		switch r.IntN(4) {
		case 0:
		case 1:
			row.values = []float64{}
		default:
			for range 5 {
				row.values = append(row.values, float64(r.IntN(100))/8)
				want[row.id] = append(want[row.id], float32(row.values[len(row.values)-1]))
			}
		}
		rows = append(rows, row)
	}
	for spelling, node := range spellings {
		for encoding, encode := range encodings {
			for i, leaf := range []parquet.Node{float, double} {
				t.Run(fmt.Sprintf("%s, %s, %v", spelling, encoding, leaf.Type()), func(t *testing.T) {
					f := vectorFile(t, node(encode(leaf)), rows, parquet.PageBufferSize(256<<(3*i)), parquet.DataPageVersion(i+1),
						parquet.MaxRowsPerRowGroup(300), parquet.Compression(&parquet.Zstd))
					n := 0
					readAll(t, []string{"f"}, opening(f, Options{}), Columns{Embedding: true}, func(b *Traffic) {
						if b.Embedding.Dims != 5 || len(b.Embedding.Values) != 5*b.Len {
							t.Fatalf("%d dimensions, %d numbers in %d requests", b.Embedding.Dims, len(b.Embedding.Values), b.Len)
						}
						for i := range b.Len {
							id, _ := b.ID.At(i)
							got, ok := b.Embedding.At(i)
							if ok != (want[string(id)] != nil) || !slices.Equal(got, want[string(id)]) {
								t.Fatalf("embedding of %s is %v, %v; want %v", id, got, ok, want[string(id)])
							}
							n++
						}
					})
					if n != len(rows) {
						t.Errorf("got %d requests", n)
					}
					refs := []RowRef{{"f", 500}, {"f", 3}, {"f", 7}}
					d, err := Open(t.Context(), []string{"f"}, opening(f, Options{}))
					if err != nil {
						t.Fatal(err)
					}
					fetched, err := d.Fetch(t.Context(), refs)
					if err != nil {
						t.Fatal(err)
					}
					for i, ref := range refs {
						if !slices.Equal(fetched[i].Embedding, want[fetched[i].ID]) || fetched[i].ID != rows[ref.Row-1].id {
							t.Errorf("row %d is fetched as %+v", ref.Row, fetched[i])
						}
					}
					if !d.Has("embedding") {
						t.Error("the column counts as absent")
					}
				})
			}
		}
	}
}

func TestVectorProblems(t *testing.T) {
	three := list("list", "element", parquet.Optional(parquet.Leaf(parquet.DoubleType)), false)
	good := schemaRow{"a", []float64{1, 2, 3}}
	tests := []struct {
		name   string
		values []float64
		want   string
	}{
		{"short", []float64{1, 2}, `has 2 numbers where the first embedding (f, row 2) has 3; all must be of one model`},
		{"long", []float64{1, 2, 3, 4}, `has 4 numbers where the first embedding (f, row 2) has 3; all must be of one model`},
		{"null", []float64{1, math.NaN(), 3}, `number 2 is null or not a number; an unknown embedding is null as a whole`},
		{"infinite", []float64{1, 2, math.Inf(-1)}, `number 3 is not finite in single precision; an unknown embedding is null as a whole`},
		{"huge", make([]float64, 3*maxDims), `has more than 65536 numbers: is that an embedding?`},
		{"double", []float64{1e300, 2, 1}, `number 1 is not finite in single precision; an unknown embedding is null as a whole`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows := []schemaRow{{id: "null"}, good, {"bad", tt.values}, {"c", good.values}}
			want := `f: row 3, column "embedding": ` + tt.want
			f := vectorFile(t, three, rows)
			if err := readError(t, f, Options{}, Columns{Embedding: true}); err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if got, _ := collect(t, f, Options{}, Columns{}); len(got) != 4 {
				t.Errorf("got %d requests without embeddings", len(got))
			}
			got, _ := collect(t, f, Options{Where: []Condition{{Column: "id", Value: "bad", Not: true}}}, Columns{Embedding: true})
			if len(got) != 3 {
				t.Errorf("got %d requests without the bad one", len(got))
			}
			var inMemory []Row
			for _, r := range rows {
				row := Row{ID: r.id, Prompt: "p"}
				for _, v := range r.values {
					row.Embedding = append(row.Embedding, float32(v))
				}
				inMemory = append(inMemory, row)
			}
			want = strings.ReplaceAll(want, "f: ", "")
			want = strings.ReplaceAll(want, "f, ", "")
			if _, err := FromRows(inMemory, Columns{Embedding: true}); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// A vector that cannot be an embedding does not set the length of the others, nor is it held as a whole.
func TestHugeVector(t *testing.T) {
	rows := []Row{{ID: "a", Prompt: "p", Embedding: make([]float32, maxDims+1)}, {ID: "b", Prompt: "p", Embedding: []float32{1, 2}}}
	want := `row 1, column "embedding": has more than 65536 numbers: is that an embedding?`
	if _, err := FromRows(rows, Columns{Embedding: true}); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := readError(t, parquetOf(t, rows), Options{}, Columns{Embedding: true}); err.Error() != "f: "+want {
		t.Errorf("got %v, want f: %s", err, want)
	}
	var c cursor
	c.leaf = &leaf{maxDef: 1, itemDef: 1}
	var v []float32
	for range 3 {
		v = c.appendVector(v, bytes.Repeat([]byte{1}, maxDims), make([]float32, maxDims))
	}
	if len(v) != maxDims+1 {
		t.Errorf("%d numbers are held", len(v))
	}
}

// The length of embeddings is that of the first which is kept, whoever reads which shard first.
func TestVectorSizeOfDataset(t *testing.T) {
	row := func(id string, n int) Row { return Row{ID: id, Prompt: "p", Embedding: make([]float32, n)} }
	files := map[string]*memFile{
		"none": parquetOf(t, []Row{{ID: "n", Prompt: "p"}}),
		"f":    parquetOf(t, []Row{row("skip", 9), {ID: "b", Prompt: "p"}, row("c", 2)}, parquet.MaxRowsPerRowGroup(1)),
		"g":    parquetOf(t, []Row{row("d", 3), row("e", 2)}),
	}
	open := func(_ context.Context, name string) (File, error) { return files[name], nil }
	d, err := Open(t.Context(), []string{"none", "f", "g"}, &Options{Open: open, Where: []Condition{{Column: "id", Value: "skip", Not: true}}})
	if err != nil {
		t.Fatal(err)
	}
	shards := d.Shards()
	var wg sync.WaitGroup
	for i := range slices.Backward(shards) {
		wg.Go(func() {
			for b, err := range d.NewReader(Columns{Embedding: true}).Read(t.Context(), shards[i]) {
				switch {
				case shards[i].File == "g":
					want := `g: row 1, column "embedding": has 3 numbers where the first embedding (f, row 3) has 2; all must be of one model`
					if err == nil || err.Error() != want {
						t.Errorf("got  %v\nwant %s", err, want)
					}
				case err != nil:
					t.Error(err)
				default:
					_, got := b.Embedding.At(0)
					if id, _ := b.ID.At(0); got != (string(id) == "c") || b.Embedding.Dims != 2 {
						t.Errorf("request %s has an embedding: %v, of %d dimensions", id, got, b.Embedding.Dims)
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestVectorTypes(t *testing.T) {
	type row[T any] struct {
		ID     string `parquet:"id"`
		Prompt string `parquet:"prompt"`
		Value  T      `parquet:"embedding"`
	}
	type half struct {
		ID     string     `parquet:"id"`
		Prompt string     `parquet:"prompt"`
		Value  [][2]uint8 `parquet:"embedding,list"`
	}
	type decimals struct {
		ID     string  `parquet:"id"`
		Prompt string  `parquet:"prompt"`
		Value  []int32 `parquet:"embedding,list" parquet-element:",decimal(1:4)"`
	}
	type parts struct {
		A float32 `parquet:"a"`
		B float32 `parquet:"b"`
	}
	float16 := list("list", "element", parquet.Leaf(float16Type{parquet.FixedLenByteArrayType(2)}), false)
	tests := []struct {
		want string
		file *memFile
	}{
		{"list of INT(64,true)", parquetOf(t, []row[[]int64]{{"a", "p", nil}, {"b", "p", []int64{1, 2}}})},
		{"list of INT(32,true)", parquetOf(t, []row[[]int32]{{"a", "p", nil}, {"b", "p", []int32{1, 2}}})},
		{"list of INT96", parquetOf(t, []row[[]deprecated.Int96]{{"a", "p", nil}, {"b", "p", []deprecated.Int96{{1}}}})},
		{"list of STRING", parquetOf(t, []row[[]string]{{"a", "p", nil}, {"b", "p", []string{"1", "2"}}})},
		{"list of FIXED_LEN_BYTE_ARRAY(2)", parquetOf(t, []half{{"a", "p", nil}, {"b", "p", [][2]uint8{{1, 2}}}})},
		{"list of FLOAT16", vectorFile(t, float16, []schemaRow{{"a", nil}, {"b", []float64{1, 2}}})},
		{"list of DECIMAL(4,1)", parquetOf(t, []decimals{{"a", "p", nil}, {"b", "p", []int32{1, 2}}})},
		{"list of list of FLOAT", parquetOf(t, []row[[]struct {
			V []float32 `parquet:"v"`
		}]{{"a", "p", nil}, {"b", "p", []struct {
			V []float32 `parquet:"v"`
		}{{[]float32{1, 2}}, {[]float32{1}}}}})},
		{"STRING", parquetOf(t, []row[*string]{{"a", "p", nil}, {"b", "p", new("[1, 2]")}})},
		{"DOUBLE", parquetOf(t, []row[*float64]{{"a", "p", nil}, {"b", "p", new(1.0)}})},
		{"structure", parquetOf(t, []row[*parts]{{"a", "p", nil}, {"b", "p", new(parts{1, 2})}})},
		{"structure", parquetOf(t, []row[[]parts]{{"a", "p", nil}, {"b", "p", []parts{{1, 2}}}})},
		{"structure", parquetOf(t, []row[map[string]float32]{{"a", "p", nil}, {"b", "p", map[string]float32{"k": 1}}})},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			where := Options{Where: []Condition{{Column: "id", Value: "a"}}}
			got, _ := collect(t, tt.file, where, Columns{Embedding: true})
			if len(got) != 1 || got[0].Embedding != "null" {
				t.Errorf("a column that is all null is read as %+v", got)
			}
			if got, _ := collect(t, tt.file, Options{}, Columns{}); len(got) != 2 {
				t.Errorf("without embeddings, got %+v", got)
			}
			want := `f: row 2, column "embedding": is a ` + tt.want + ` where a list of FLOAT or DOUBLE belongs`
			if err := readError(t, tt.file, Options{}, Columns{Embedding: true}); err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestVectorMapping(t *testing.T) {
	type row struct {
		ID      string    `parquet:"id"`
		Prompt  string    `parquet:"prompt"`
		Vector  []float32 `parquet:"vec,list"`
		Price   float64   `parquet:"vec_usd"`
		Limit   int16     `parquet:"limit"`
		Offered string    `parquet:"offered"`
		Form    string    `parquet:"form"`
	}
	f := parquetOf(t, []row{{"a", "p", []float32{1, 2}, 0.5, 7, "[1]", `{"schema":{}}`}})
	m, err := ParseMapping("m", []byte("[columns]\nembedding = \"vec\"\nembedding_cost_usd = \"vec_usd\"\nmax_tokens = \"limit\"\ntools = \"offered\"\nresponse_format = \"form\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := collect(t, f, Options{Mapping: m}, everything)
	block, err := FromRows([]Row{{ID: "a", Prompt: "p", Embedding: []float32{1, 2}, EmbeddingCostUSD: new(0.5), MaxTokens: new(int64(7)),
		Tools: "[1]", ResponseFormat: `{"schema":{}}`}}, everything)
	if err != nil {
		t.Fatal(err)
	}
	same(t, requestsOf(block), got)
	m.Columns["embedding"] = "vect"
	_, err = Open(t.Context(), []string{"f"}, opening(f, Options{Mapping: m}))
	want := `f: there is no column "vect": the mapping names it as embedding; found "form", "id", "limit", "offered", "prompt", "vec", "vec_usd"; perhaps "vec" is meant; a --mapping file can say which column holds what`
	if err == nil || sortedFound(err.Error()) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// sortedFound sorts the columns that a message lists.
func sortedFound(message string) string {
	before, rest, _ := strings.Cut(message, "; found ")
	names, after, _ := strings.Cut(rest, ";")
	list := strings.Split(names, ", ")
	slices.Sort(list)
	return before + "; found " + strings.Join(list, ", ") + ";" + after
}

// splitVectors are the columns of three rows with embeddings 1 to 4, none, and 5 to 8, which pages divide.
func splitVectors() []rawColumn {
	return []rawColumn{
		threeRows()[0], threeRows()[1],
		{path: []string{"embedding", "list", "element"}, kind: format.Double, maxRep: 1, maxDef: 2, pages: []rawPage{
			{rep: []byte{0, 1}, def: []byte{2, 2}, values: doubles(1, 2)},
			{rep: []byte{1}, def: []byte{2}, values: doubles(3)},
			{rep: []byte{1, 0, 0, 1}, def: []byte{2, 0, 2, 2}, values: doubles(4, 5, 6)},
			{rep: []byte{1, 1}, def: []byte{2, 2}, values: doubles(7, 8)},
		}},
	}
}

// An embedding that pages divide is put together again.
func TestVectorsAcrossPages(t *testing.T) {
	columns := splitVectors()
	got, _ := collect(t, rawFile(t, 3, columns, withEmbedding), Options{}, Columns{Embedding: true})
	var list []string
	for _, r := range got {
		list = append(list, r.Embedding)
	}
	want := []string{fmt.Sprintf("%x", []float32{1, 2, 3, 4}), "null", fmt.Sprintf("%x", []float32{5, 6, 7, 8})}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	for name, change := range map[string]func(c *rawColumn){
		`f: row group 0: column "embedding.list.element": it starts within a row`: func(c *rawColumn) { c.pages[0].rep[0] = 1 },
		`f: row group 0: column "embedding.list.element": ends before its row group does`: func(c *rawColumn) {
			c.pages = []rawPage{{rep: []byte{0}, def: []byte{0}}}
		},
	} {
		broken := slices.Clone(columns)
		broken[2].pages = slices.Clone(broken[2].pages)
		broken[2].pages[0].rep = slices.Clone(broken[2].pages[0].rep)
		change(&broken[2])
		if err := readError(t, rawFile(t, 3, broken, withEmbedding), Options{}, Columns{Embedding: true}); err.Error() != name {
			t.Errorf("got  %v\nwant %s", err, name)
		}
	}
}

// BenchmarkVectors reads embeddings of the usual length.
func BenchmarkVectors(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	rows := make([]Row, 2000)
	for i := range rows {
		rows[i] = Row{ID: fmt.Sprint(i), Prompt: "p", Embedding: make([]float32, 1536)}
		for k := range rows[i].Embedding {
			rows[i].Embedding[k] = r.Float32()
		}
	}
	f := parquetOf(b, rows, parquet.Compression(&parquet.Zstd))
	d, err := Open(b.Context(), []string{"f"}, opening(f, Options{}))
	if err != nil {
		b.Fatal(err)
	}
	reader := d.NewReader(Columns{Embedding: true, Bare: true})
	b.SetBytes(int64(len(rows) * 1536 * 4))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range reader.Read(b.Context(), d.Shards()[0]) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// float16Type is the logical type of half-precision floats, for which parquet-go has no node.
type float16Type struct{ parquet.Type }

func (float16Type) LogicalType() *format.LogicalType {
	return &format.LogicalType{Value: new(format.Float16Type)}
}

// withEmbedding makes the schema of rawFile one of id, prompt and embedding.list.element.
func withEmbedding(m *format.FileMetaData) {
	m.Schema = slices.Clone(rawSchema())
	m.Schema[3].Name = "embedding"
	m.Schema[3].RepetitionType.V = format.Required
	element := m.Schema[7]
	element.Name = "element"
	m.Schema = append(m.Schema[:5], element)
}

// Embeddings are buffered until a row group is written, so that they end one early.
func TestWriterLimitsEmbeddings(t *testing.T) {
	const size = 1 << 16
	rows := make([]Row, 300)
	for i := range rows {
		rows[i] = Row{ID: strconv.Itoa(i), Prompt: "x", Embedding: make([]float32, size)}
		rows[i].Embedding[i] = 1
	}
	write := func(at int) []byte {
		var b bytes.Buffer
		w := NewWriter(&b)
		for part := range slices.Chunk(rows, at) {
			if err := w.Write(part...); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	whole := write(len(rows))
	f, err := parquet.OpenFile(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	if groups := f.RowGroups(); len(groups) != 2 || groups[0].NumRows() != valuesPerRowGroup/size {
		t.Errorf("%d row groups, the first of %d rows", len(groups), groups[0].NumRows())
	}
	if !bytes.Equal(whole, write(7)) {
		t.Error("other bytes if written in parts")
	}
}
