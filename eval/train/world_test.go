package train_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/train"
)

// memory is a file in memory.
type memory struct{ *bytes.Reader }

func (memory) Close() error    { return nil }
func (memory) Version() string { return "1" }

// dataset is traffic in memory.
func dataset(tb testing.TB, rows []datasets.Row) *datasets.Dataset {
	tb.Helper()
	var b bytes.Buffer
	w := datasets.NewWriter(&b)
	if err := w.Write(rows...); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	open := func(context.Context, string) (datasets.File, error) { return memory{bytes.NewReader(b.Bytes())}, nil }
	d, err := datasets.Open(context.Background(), []string{"traffic.parquet"}, &datasets.Options{Open: open})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { d.Close() })
	return d
}

// topics are words that go with tasks; some go with none.
var topics = map[string]string{
	"billing":  "invoice refund charge payment card money fee",
	"travel":   "flight hotel ticket airport luggage city trip",
	"code":     "function compile error variable loop pointer test",
	"nonsense": "moon turnip xylophone quark lantern violet gong",
	"":         "please the a my can you help with today i want need thanks",
}

// prompt draws words of a topic and of none.
func prompt(rng *rand.Rand, topic string) string {
	var words []string
	for range 8 {
		from := topic
		if rng.IntN(3) > 0 {
			from = ""
		}
		all := strings.Fields(topics[from])
		words = append(words, all[rng.IntN(len(all))])
	}
	return strings.Join(words, " ")
}

// traffic is n requests of each of three tasks.
func traffic(n int, seed uint64) []datasets.Row {
	rng := rand.New(rand.NewPCG(seed, 1))
	var rows []datasets.Row
	for i := range n {
		for _, task := range []string{"billing", "code", "travel"} {
			rows = append(rows, datasets.Row{ID: fmt.Sprintf("%s-%03d", task, i), Task: task, Prompt: prompt(rng, task)})
		}
	}
	return rows
}

// read reads requests of rows.
func read(tb testing.TB, rows []datasets.Row, opts *train.ReadOptions) *train.Requests {
	tb.Helper()
	r, err := train.Read(context.Background(), dataset(tb, rows), opts)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// fit trains on requests.
func fit(tb testing.TB, r *train.Requests, opts *train.Options) *train.Result {
	tb.Helper()
	result, err := train.Train(context.Background(), r, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return result
}
