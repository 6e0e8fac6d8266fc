package datasets

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// randomRows are n valid rows of which every field is null now and then, some with repeats, some without outcomes.
func randomRows(r *rand.Rand, n int) []Row {
	maybe := func(p float64, v float64) *float64 {
		if r.Float64() > p {
			return nil
		}
		return &v
	}
	count := func(p float64) *int64 {
		if r.Float64() > p {
			return nil
		}
		v := int64(r.IntN(1000))
		return &v
	}
	pick := func(p float64, names ...string) string {
		if r.Float64() > p {
			return ""
		}
		return names[r.IntN(len(names))]
	}
	rows := make([]Row, n)
	for i := range rows {
		row := &rows[i]
		*row = Row{
			ID:     fmt.Sprintf("id-%d", i),
			Prompt: pick(1, "a", "what?", "größer", string(bytes.Repeat([]byte("long "), r.IntN(50)+1))),
			Task:   pick(0.9, "t1", "t2", "t3"), Endpoint: pick(0.3, "/v1"), Tenant: pick(0.5, "x", "y"),
			Expected: pick(0.5, "yes", "no"), Group: pick(0.5, "g1", "g2"), Split: pick(0.7, "tune", "verify"),
			Weight:     maybe(0.5, r.Float64()*10),
			RouterTask: pick(0.5, "t1", "t9"), RouterConfidence: maybe(0.5, r.Float64()), RouterModel: pick(0.2, "rm"),
			RouterCostUSD: maybe(0.5, r.Float64()), RouterLatencyMS: maybe(0.1, r.Float64()),
		}
		if r.IntN(3) == 0 {
			row.Messages = fmt.Sprintf(`[{"role":"system","content":"s"},{"role":"user","content":"turn %d"}]`, i)
			if r.IntN(2) == 0 {
				row.Prompt = ""
			}
		}
		if r.IntN(2) == 0 {
			at := time.UnixMicro(r.Int64N(4e15)).UTC()
			row.Time = &at
		}
		for range r.IntN(8) {
			o := Outcome{Model: fmt.Sprintf("m%d", r.IntN(5)), Error: pick(0.2, "server", "timeout"), FinishReason: pick(0.5, "stop", "length")}
			for c := range numOutcomeNumbers {
				if f := o.count(c); f != nil {
					*f = count(0.7)
				} else {
					*o.measure(c) = maybe(0.8, float64(r.IntN(9))/8)
				}
			}
			if r.IntN(2) == 0 {
				o.Response = new(pick(0.8, "answer", "another answer"))
			}
			row.Outcomes = append(row.Outcomes, o)
		}
		row.Tools = pick(0.3, `[{"type":"function"}]`, ` [ ] `, "{}", "no JSON")
		row.ResponseFormat = pick(0.3, `{"type":"json_schema","json_schema":{}}`, `{"type":"json_object"}`, "json")
		row.MaxTokens, row.EmbeddingCostUSD = count(0.5), maybe(0.5, r.Float64())
		if row.Messages != "" && r.IntN(2) == 0 {
			row.Messages = fmt.Sprintf(`[{"role":"user","content":["s",{"type":"image_url","image_url":{}}]},{"role":"assistant","content":null},`+
				`{"role":"user","content":[{"type":"text","text":"turn %d"}]}]`, i)
		}
		if r.IntN(3) > 0 {
			row.Embedding = []float32{r.Float32(), 0, -r.Float32() * 1e6}
		}
	}
	return rows
}

// parquetOf writes rows of any type.
func parquetOf[T any](t testing.TB, rows []T, options ...parquet.WriterOption) *memFile {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b, options...)
	for len(rows) > 0 {
		n := min(len(rows), 100)
		if _, err := w.Write(rows[:n]); err != nil {
			t.Fatal(err)
		}
		rows = rows[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &memFile{Reader: bytes.NewReader(b.Bytes()), data: b.Bytes()}
}

// A memFile is a File in memory that counts what is read of it.
type memFile struct {
	*bytes.Reader
	data []byte
	read atomic.Int64
}

func (f *memFile) Close() error    { return nil }
func (f *memFile) Version() string { return "1" }
func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.Reader.ReadAt(p, off)
	f.read.Add(int64(n))
	return n, err
}

// opening makes options of which every file is f.
func opening(f *memFile, opts Options) *Options {
	opts.Open = func(context.Context, string) (File, error) { return f, nil }
	return &opts
}

// A request is everything that Traffic says of one request.
type request struct {
	Row                                          int64
	ID, Prompt, Messages, Expected, Group        string
	Task, Split, Endpoint, Tenant, RTask, RModel string
	Time                                         int64
	Weight, Confidence, Cost, Latency            string
	MaxTokens, EmbeddingCost, Embedding          string
	Chars, Turns                                 int32
	Tools, Schema, Attachment                    bool
	Outcomes                                     map[string]outcome
}

type outcome struct {
	Error, FinishReason, Response string
	Numbers                       [numOutcomeNumbers]string
	Repeats                       []string
}

// number prints a number so that null equals null, and different bits do not.
func number(v float64) string {
	if math.IsNaN(v) {
		return "null"
	}
	return fmt.Sprintf("%x", v)
}

// requestsOf takes a block apart.
func requestsOf(b *Traffic) []request {
	text := func(s *Strings, i int) string {
		v, ok := s.At(i)
		if !ok {
			return "null"
		}
		return "=" + string(v)
	}
	name := func(d *Dict, i int) string {
		v, _ := d.At(i)
		return v
	}
	list := make([]request, b.Len)
	for i := range list {
		r := &list[i]
		*r = request{
			Row: b.Rows[i], ID: text(&b.ID, i), Prompt: text(&b.Prompt, i), Messages: text(&b.Messages, i),
			Expected: text(&b.Expected, i), Group: text(&b.Group, i), Task: name(&b.Task, i), Split: name(&b.Split, i),
			Endpoint: name(&b.Endpoint, i), Tenant: name(&b.Tenant, i), RTask: name(&b.RouterTask, i),
			RModel: name(&b.RouterModel, i), Time: b.TimeUS[i], Weight: number(b.Weight[i]),
			Confidence: number(b.RouterConfidence[i]), Cost: number(b.RouterCostUSD[i]), Latency: number(b.RouterLatencyMS[i]),
			Outcomes: map[string]outcome{},
		}
		r.MaxTokens, r.EmbeddingCost, r.Embedding = number(b.MaxTokens[i]), number(b.EmbeddingCostUSD[i]), "null"
		if b.Chars != nil {
			r.Chars = b.Chars[i]
		}
		if b.MessageCount != nil {
			r.Turns, r.Tools, r.Schema, r.Attachment = b.MessageCount[i], b.Tools[i], b.Schema[i], b.Attachment[i]
		}
		if v, ok := b.Embedding.At(i); ok {
			r.Embedding = fmt.Sprintf("%x", v)
		}
		for m := range b.Outcomes {
			o := &b.Outcomes[m]
			if o.Error[i] == NoOutcome {
				continue
			}
			var x outcome
			if o.Error[i] >= 0 {
				x.Error = o.ErrorNames[o.Error[i]]
			}
			x.FinishReason, x.Response = name(&o.FinishReason, i), text(&o.Response, i)
			for c, column := range o.numbers() {
				x.Numbers[c] = number((*column)[i])
			}
			for _, rep := range o.Repeats {
				if rep.Row == i {
					x.Repeats = append(x.Repeats, fmt.Sprint(number(rep.Quality), rep.FinishReason, rep.Response, rep.HasResponse))
				}
			}
			r.Outcomes[b.Models[m]] = x
		}
	}
	return list
}

// plainly is what requestsOf should give for a row, worked out one outcome at a time.
func plainly(i int, row Row) request {
	null := func(s string) string {
		if s == "" {
			return "null"
		}
		return "=" + s
	}
	opt := func(v *float64) string {
		if v == nil {
			return "null"
		}
		return number(*v)
	}
	r := request{
		Row: int64(i + 1), ID: null(row.ID), Prompt: null(row.Prompt), Messages: null(row.Messages),
		Expected: null(row.Expected), Group: null(row.Group), Task: row.Task, Split: row.Split, Endpoint: row.Endpoint,
		Tenant: row.Tenant, RTask: row.RouterTask, RModel: row.RouterModel, Time: NoTime, Weight: opt(row.Weight),
		Confidence: opt(row.RouterConfidence), Cost: opt(row.RouterCostUSD), Latency: opt(row.RouterLatencyMS),
		Chars: int32(len([]rune(row.Prompt))), Outcomes: map[string]outcome{},
		MaxTokens: "null", EmbeddingCost: opt(row.EmbeddingCostUSD), Embedding: "null",
		Turns:  max(1, int32(strings.Count(row.Messages, `"role"`))),
		Tools:  strings.Contains(row.Tools, "function"),
		Schema: strings.Contains(row.ResponseFormat, "json_schema"), Attachment: strings.Contains(row.Messages, "image_url"),
	}
	if row.MaxTokens != nil {
		r.MaxTokens = number(float64(*row.MaxTokens))
	}
	if row.Embedding != nil {
		r.Embedding = fmt.Sprintf("%x", row.Embedding)
	}
	if row.Time != nil {
		r.Time = row.Time.UnixMicro()
	}
	if row.Messages != "" {
		turn := fmt.Sprintf("turn %d", i)
		r.Chars = int32(1 + len(turn))
		if row.Prompt == "" {
			r.Prompt = "=" + turn
		}
	}
	byModel := map[string][]Outcome{}
	for _, o := range row.Outcomes {
		byModel[o.Model] = append(byModel[o.Model], o)
	}
	for model, all := range byModel {
		answered := slices.DeleteFunc(slices.Clone(all), func(o Outcome) bool { return o.Error != "" })
		if len(answered) > 0 {
			all = answered
		}
		x := outcome{Error: all[0].Error, FinishReason: all[0].FinishReason, Response: "null"}
		if all[0].Response != nil {
			x.Response = "=" + *all[0].Response
		}
		for c := range numOutcomeNumbers {
			sum, n := 0.0, 0
			for _, o := range all {
				if v, ok := o.getNumber(c); ok {
					sum += v
					n++
				}
			}
			x.Numbers[c] = number(sum / float64(n))
		}
		if len(answered) > 0 {
			for _, o := range answered[1:] {
				response, has := "", o.Response != nil
				if has {
					response = *o.Response
				}
				x.Repeats = append(x.Repeats, fmt.Sprint(opt(o.Quality), o.FinishReason, response, has))
			}
		}
		r.Outcomes[model] = x
	}
	return r
}

var everything = Columns{Prompt: true, Chars: true, Expected: true, Response: true, Shape: true, Embedding: true}

// collect reads all of a file in memory.
func collect(t testing.TB, f *memFile, opts Options, cols Columns) ([]request, [2]uint64) {
	t.Helper()
	var list []request
	hash := readAll(t, []string{"f.parquet"}, opening(f, opts), cols, func(b *Traffic) { list = append(list, requestsOf(b)...) })
	return list, hash
}

// same compares requests, and shows the first that differs.
func same(t testing.TB, want, got []request) {
	t.Helper()
	for i := range min(len(want), len(got)) {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Errorf("request %d (-want +got):\n%s", i, cmp.Diff(want[i], got[i]))
			return
		}
	}
	if len(want) != len(got) {
		t.Errorf("got %d requests, want %d", len(got), len(want))
	}
}

func TestRawEqualsRows(t *testing.T) {
	codecs := []parquet.WriterOption{
		parquet.Compression(&parquet.Uncompressed), parquet.Compression(&parquet.Snappy), parquet.Compression(&parquet.Zstd),
		parquet.Compression(&parquet.Gzip), parquet.Compression(&parquet.Brotli),
	}
	for i, n := range []int{1, 2, 63, 64, 65, 1023, 1024, 1025, 9000} {
		for version := 1; version <= 2; version++ {
			t.Run(fmt.Sprintf("%d rows, data page v%d", n, version), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(n), uint64(version)))
				rows := randomRows(r, n)
				f := parquetOf(t, rows, codecs[(i+version)%len(codecs)], parquet.DataPageVersion(version),
					parquet.PageBufferSize(64<<r.IntN(8)), parquet.MaxRowsPerRowGroup(int64(n/(1+r.IntN(3))+1)))
				// The rows as parquet-go's own reader has them.
				again, err := parquet.Read[Row](f.Reader, f.Size())
				if err != nil {
					t.Fatal(err)
				}
				var want []request
				for i := range again {
					want = append(want, plainly(i, again[i]))
				}
				got, hash := collect(t, f, Options{}, everything)
				same(t, want, got)
				block, err := FromRows(rows, everything)
				if err != nil {
					t.Fatal(err)
				}
				same(t, want, requestsOf(block))
				if hash != block.Hash {
					t.Errorf("hash of the file is %x, of its rows %x", hash, block.Hash)
				}
			})
		}
	}
}
