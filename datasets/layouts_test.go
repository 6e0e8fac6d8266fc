package datasets

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// A pair is a row of the long layout.
type pair struct {
	RequestID  string   `parquet:"request_id"`
	Prompt     string   `parquet:"prompt,optional"`
	Messages   string   `parquet:"messages,optional"`
	Task       string   `parquet:"task,optional,dict"`
	Time       *int64   `parquet:"time,optional,timestamp(microsecond)"`
	Endpoint   string   `parquet:"endpoint,optional"`
	Tenant     string   `parquet:"tenant,optional"`
	Expected   string   `parquet:"expected,optional"`
	Group      string   `parquet:"group,optional"`
	Weight     *float64 `parquet:"weight,optional"`
	Split      string   `parquet:"split,optional"`
	RouterTask string   `parquet:"router_task,optional"`
	RouterConf *float64 `parquet:"router_confidence,optional"`
	RouterMod  string   `parquet:"router_model,optional"`
	RouterCost *float64 `parquet:"router_cost_usd,optional"`
	RouterLat  *float64 `parquet:"router_latency_ms,optional"`

	Tools          string    `parquet:"tools,optional"`
	ResponseFormat string    `parquet:"response_format,optional"`
	MaxTokens      *int64    `parquet:"max_tokens,optional"`
	Embedding      []float32 `parquet:"embedding,optional,list"`
	EmbeddingCost  *float64  `parquet:"embedding_cost_usd,optional"`
	Outcome
}

// pairsOf are the rows of the long layout of rows; rows without outcomes have none.
func pairsOf(rows []Row) []pair {
	var pairs []pair
	for _, r := range rows {
		for _, o := range r.Outcomes {
			p := pair{
				RequestID: r.ID, Prompt: r.Prompt, Messages: r.Messages, Task: r.Task, Endpoint: r.Endpoint, Tenant: r.Tenant,
				Expected: r.Expected, Group: r.Group, Weight: r.Weight, Split: r.Split, RouterTask: r.RouterTask,
				RouterConf: r.RouterConfidence, RouterMod: r.RouterModel, RouterCost: r.RouterCostUSD, RouterLat: r.RouterLatencyMS,
				Tools: r.Tools, ResponseFormat: r.ResponseFormat, MaxTokens: r.MaxTokens, Embedding: r.Embedding,
				EmbeddingCost: r.EmbeddingCostUSD, Outcome: o,
			}
			if r.Time != nil {
				p.Time = new(r.Time.UnixMicro())
			}
			pairs = append(pairs, p)
		}
	}
	return pairs
}

func TestLongEqualsCanonical(t *testing.T) {
	for _, n := range []int{1, 2, 65, 5000} {
		r := rand.New(rand.NewPCG(uint64(n), 3))
		rows := randomRows(r, n)
		rows[0].Outcomes = append(rows[0].Outcomes, Outcome{Model: "m1", Quality: new(0.5)})
		pairs := pairsOf(rows)
		r.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
		// What the metadata says need not be in every row.
		for i := range pairs {
			if slices.ContainsFunc(pairs[:i], func(p pair) bool { return p.RequestID == pairs[i].RequestID }) && r.IntN(2) == 0 {
				pairs[i].Prompt, pairs[i].Messages, pairs[i].Task, pairs[i].Weight, pairs[i].Time = "", "", "", nil, nil
				pairs[i].Tools, pairs[i].ResponseFormat, pairs[i].MaxTokens, pairs[i].Embedding = "", "", nil, nil
			} else if pairs[i].Embedding != nil && r.IntN(4) == 0 && i > 0 {
				if first := slices.IndexFunc(pairs, func(p pair) bool { return p.RequestID == pairs[i].RequestID }); first < i && pairs[first].Embedding != nil {
					pairs[i].Embedding = []float32{7, 7, 7} // the first counts
				}
			}
			if i == 1000 {
				break // quadratic; that is enough of it
			}
		}
		got, hash := collect(t, parquetOf(t, pairs, parquet.MaxRowsPerRowGroup(int64(n))), Options{}, everything)

		// The same rows, in the order in which their first pair appears, with outcomes in the order of the pairs.
		var want []request
		byID := map[string]*Row{}
		for i := range rows {
			byID[rows[i].ID] = &rows[i]
			rows[i].Outcomes = nil
		}
		var order []*Row
		first := map[string]int64{}
		for i := range pairs {
			row := byID[pairs[i].RequestID]
			if len(row.Outcomes) == 0 {
				order = append(order, row)
				first[row.ID] = int64(i + 1)
			}
			row.Outcomes = append(row.Outcomes, pairs[i].Outcome)
		}
		var canonical []Row
		for _, row := range order {
			x := plainly(slices.IndexFunc(rows, func(r Row) bool { return r.ID == row.ID }), *row)
			x.Row = first[row.ID]
			want = append(want, x)
			canonical = append(canonical, *row)
		}
		same(t, want, got)
		block, err := FromRows(canonical, Columns{})
		if err != nil {
			t.Fatal(err)
		}
		if hash != block.Hash {
			t.Errorf("%d rows: hash of the long layout is %x, of the canonical one %x", n, hash, block.Hash)
		}
	}
}

// A broad row is one of RouterBench's layout, with a column that is not.
type broad struct {
	SampleID  string   `parquet:"sample_id"`
	Prompt    string   `parquet:"prompt"`
	EvalName  string   `parquet:"eval_name"`
	A         *float64 `parquet:"a/small,optional"`
	B         *float64 `parquet:"b,optional"`
	AResponse *string  `parquet:"a/small|model_response,optional"`
	BResponse *string  `parquet:"b|model_response,optional"`
	ACost     *float64 `parquet:"a/small|total_cost,optional"`
	BCost     *float64 `parquet:"b|total_cost,optional"`
	BError    *string  `parquet:"b|error,optional"`
	Oracle    string   `parquet:"oracle_model_to_route_to"`

	Tools     string    `parquet:"tools,optional"`
	MaxTokens *int32    `parquet:"max_tokens,optional"`
	Embedding []float64 `parquet:"embedding,list"`
}

func TestWideEqualsCanonical(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	maybe := func() *float64 {
		if r.IntN(3) == 0 {
			return nil
		}
		return new(r.Float64())
	}
	var wide []broad
	var rows []Row
	for i := range 3000 {
		w := broad{SampleID: "s" + strings.Repeat("x", i%7) + string(rune('0'+i%10)) + string(rune(1000+i)), Prompt: "p", EvalName: "e",
			A: maybe(), B: maybe(), ACost: maybe(), BCost: maybe()}
		row := Row{ID: w.SampleID, Prompt: "p", Task: "e"}
		if i%3 == 0 {
			w.Tools, w.MaxTokens, w.Embedding = "[1]", new(int32(i)), []float64{float64(i), 0.25}
			row.Tools, row.MaxTokens, row.Embedding = w.Tools, new(int64(i)), []float32{float32(i), 0.25}
		}
		if r.IntN(4) > 0 {
			w.AResponse = new("r")
		}
		if r.IntN(4) == 0 {
			w.BError = new("server")
		}
		if w.A != nil || w.ACost != nil {
			row.Outcomes = append(row.Outcomes, Outcome{Model: "a/small", Quality: w.A, CostUSD: w.ACost, Response: w.AResponse})
		}
		if w.B != nil || w.BCost != nil || w.BError != nil {
			o := Outcome{Model: "b", Quality: w.B, CostUSD: w.BCost, Response: w.BResponse}
			if w.BError != nil {
				o.Error = *w.BError
			}
			row.Outcomes = append(row.Outcomes, o)
		}
		wide, rows = append(wide, w), append(rows, row)
	}
	f := parquetOf(t, wide, parquet.PageBufferSize(1000), parquet.MaxRowsPerRowGroup(1700))
	got, hash := collect(t, f, Options{}, everything)
	block, err := FromRows(rows, everything)
	if err != nil {
		t.Fatal(err)
	}
	same(t, requestsOf(block), got)
	if hash != block.Hash {
		t.Errorf("hash of the wide layout is %x, of the canonical one %x", hash, block.Hash)
	}
	if _, without := collect(t, f, Options{}, Columns{Models: []string{"b"}}); without != hash {
		t.Errorf("hash without texts and of one model is %x, else %x", without, hash)
	}
}

func TestMappings(t *testing.T) {
	type nested struct {
		Key     string `parquet:"key"`
		Input   string `parquet:"input"`
		Results []struct {
			LLM   string  `parquet:"llm"`
			Score float32 `parquet:"score"`
		} `parquet:"results,list"`
	}
	type long struct {
		Key   string  `parquet:"key"`
		Input string  `parquet:"input"`
		LLM   string  `parquet:"llm"`
		Score float32 `parquet:"score"`
	}
	type wide struct {
		Key   string  `parquet:"key"`
		Input string  `parquet:"input"`
		A     float32 `parquet:"score_a"`
		B     float32 `parquet:"score_b"`
	}
	var n nested
	n.Key, n.Input = "k", "i"
	n.Results = make([]struct {
		LLM   string  `parquet:"llm"`
		Score float32 `parquet:"score"`
	}, 2)
	n.Results[0].LLM, n.Results[0].Score, n.Results[1].LLM, n.Results[1].Score = "a", 0.5, "b", 1
	const columns = "[columns]\nid = \"key\"\nprompt = \"input\"\n"
	tests := []struct {
		name, mapping string
		file          *memFile
		layout        Layout
	}{
		{"canonical", columns + "outcomes = \"results\"\nmodel = \"llm\"\nquality = \"score\"", parquetOf(t, []nested{n}), Canonical},
		{"long", columns + "model = \"llm\"\nquality = \"score\"", parquetOf(t, []long{{"k", "i", "a", 0.5}, {"k", "i", "b", 1}}), Long},
		{"wide", "layout = \"wide\"\n" + columns + "quality = \"score_{model}\"", parquetOf(t, []wide{{"k", "i", 0.5, 1}}), Wide},
		{"wide found out", columns + "quality = \"score_{model}\"", parquetOf(t, []wide{{"k", "i", 0.5, 1}}), Wide},
		{"models", "models = [\"score_a\", \"score_b\"]\n" + columns, parquetOf(t, []wide{{"k", "i", 0.5, 1}}), Wide},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := ParseMapping("m.toml", []byte(tt.mapping))
			if err != nil {
				t.Fatal(err)
			}
			d, err := Open(context.Background(), []string{"f"}, opening(tt.file, Options{Mapping: m}))
			if err != nil {
				t.Fatal(err)
			}
			if d.Layout() != tt.layout {
				t.Errorf("layout is %v, want %v", d.Layout(), tt.layout)
			}
			got, _ := collect(t, tt.file, Options{Mapping: m}, everything)
			if len(got) != 1 || got[0].ID != "=k" || got[0].Prompt != "=i" || len(got[0].Outcomes) != 2 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestLayoutProblems(t *testing.T) {
	type other struct {
		Idd    string `parquet:"idd"`
		Prompt string `parquet:"prompt"`
	}
	type noPrompt struct {
		ID       string `parquet:"id"`
		Question string `parquet:"question"`
	}
	type flat struct {
		ID       string `parquet:"id"`
		Prompt   string `parquet:"prompt"`
		Outcomes []int  `parquet:"outcomes,list"`
	}
	mapping := func(s string) *Mapping {
		m, err := ParseMapping("m", []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	tests := []struct {
		name string
		file *memFile
		opts Options
		want string
	}{
		{"id", parquetOf(t, []other{{}}), Options{}, `f: there is no column "id": every request needs one; found "idd", "prompt"; perhaps "idd" is meant; a --mapping file can say which column holds what`},
		{"prompt", parquetOf(t, []noPrompt{{}}), Options{}, `f: there is no column "prompt": every request needs a prompt, or messages; found "id", "question"; a --mapping file can say which column holds what`},
		{"no list", parquetOf(t, []flat{{}}), Options{}, `f: there is no column "model": every outcome needs one; found "element"; a --mapping file can say which column holds what`},
		{"mapped", parquetOf(t, []noPrompt{{}}), Options{Mapping: mapping("columns.prompt = \"questions\"")}, `f: there is no column "questions": the mapping names it as prompt; found "id", "question"; perhaps "question" is meant; a --mapping file can say which column holds what`},
		{"mapped outcome", parquetOf(t, randomRows(rand.New(rand.NewPCG(1, 1)), 1)), Options{Mapping: mapping("columns.quality = \"score\"")}, `f: there is no column "score": the mapping names it as quality of outcomes; found "model", "quality", "cost_usd", "input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens", "latency_ms", "error", "finish_reason", "logprob_mean", "logprob_min", "self_check", "self_check_cost_usd", "self_check_latency_ms", "response"; a --mapping file can say which column holds what`},
		{"long", parquetOf(t, []noPrompt{{}}), Options{Mapping: mapping("layout = \"long\"\ncolumns.prompt = \"question\"")}, `f: there is no column "model": every outcome needs one; found "id", "question"; a --mapping file can say which column holds what`},
		{"wide", parquetOf(t, []noPrompt{{}}), Options{Mapping: mapping("layout = \"wide\"\ncolumns.prompt = \"question\"")}, `f: there is no column "MODEL|total_cost": the wide layout has such a column for every model, or a mapping with models = ["…"]; found "id", "question"; a --mapping file can say which column holds what`},
		{"where", parquetOf(t, []noPrompt{{}}), Options{Mapping: mapping("columns.prompt = \"question\""), Where: []Condition{{Column: "lang", Value: "de"}}}, `f: there is no column "lang": condition lang=de needs it; found "id", "question"; a --mapping file can say which column holds what`},
		{"where list", parquetOf(t, randomRows(rand.New(rand.NewPCG(1, 1)), 1)), Options{Where: []Condition{{Column: "outcomes", Value: "de"}}}, `f: condition outcomes=de: column "outcomes" is not one value per row`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(context.Background(), []string{"f"}, opening(tt.file, tt.opts))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if _, ok := errors.AsType[*Problems](err); !ok {
				t.Errorf("%T is not Problems", err)
			}
		})
	}
}

func TestLongContradictions(t *testing.T) {
	pairs := []pair{
		{RequestID: "a", Prompt: "p", Task: "x", Outcome: Outcome{Model: "m", Quality: new(1.0)}},
		{RequestID: "b", Prompt: "p", Outcome: Outcome{Model: "m", Quality: new(7.0)}},
		{RequestID: "a", Prompt: "q", Task: "y", Weight: new(1.0), Outcome: Outcome{Model: "n", Quality: new(1.0)}},
		{RequestID: "a", Prompt: "p", Weight: new(2.0), Outcome: Outcome{Model: "", Quality: new(1.0)}},
	}
	err := readError(t, parquetOf(t, pairs), Options{}, everything)
	want := []string{
		`f: row 2, column "quality": 7 is outside [0, 1] (model "m"); scores on another scale need --scale, perhaps --scale 0:10`,
		`f: row 3, column "task": differs from an earlier row of id "a"; what is of the request must be the same in all its rows`,
		`f: row 3, column "prompt": differs from an earlier row of id "a"; what is of the request must be the same in all its rows`,
		`f: row 4, column "weight": differs from an earlier row of id "a"; what is of the request must be the same in all its rows`,
		`f: row 4, column "model": is empty; every outcome needs the name of its model`,
	}
	if got := strings.Split(err.Error(), "\n"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", err, strings.Join(want, "\n"))
	}
}

// readError reads a file in memory and returns the error that it must give.
func readError(t testing.TB, f *memFile, opts Options, cols Columns) error {
	t.Helper()
	d, err := Open(context.Background(), []string{"f"}, opening(f, opts))
	if err != nil {
		return err
	}
	r := d.NewReader(cols)
	for _, s := range d.Shards() {
		for _, err := range r.Read(context.Background(), s) {
			if err != nil {
				return err
			}
		}
	}
	t.Fatal("there was no error")
	return nil
}
