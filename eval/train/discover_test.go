package train_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/train"
)

// talk is traffic of four topics, some of it twice.
func talk(n int, seed uint64) []datasets.Row {
	rng := rand.New(rand.NewPCG(seed, 1))
	names := []string{"billing", "code", "nonsense", "travel"}
	rows := make([]datasets.Row, n)
	for i := range rows {
		name := names[rng.IntN(len(names))]
		var words []string
		for range 9 {
			from := strings.Fields(topics[map[bool]string{true: name}[rng.IntN(3) > 0]])
			words = append(words, from[rng.IntN(len(from))])
		}
		rows[i] = datasets.Row{ID: fmt.Sprintf("r%04d", i), Prompt: strings.Join(words, " "), Task: name}
		if i%10 == 9 {
			rows[i].Prompt, rows[i].Task = rows[i-1].Prompt, rows[i-1].Task
		}
	}
	return rows
}

func discover(tb testing.TB, d *datasets.Dataset, opts train.DiscoverOptions) *train.Discovery {
	tb.Helper()
	x, err := train.Discover(context.Background(), d, &opts)
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

// rewritten reads traffic as write writes it, by id.
func rewritten(tb testing.TB, write func(*bytes.Buffer) error) map[string]datasets.Row {
	tb.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		tb.Fatal(err)
	}
	open := func(context.Context, string) (datasets.File, error) { return memory{bytes.NewReader(b.Bytes())}, nil }
	d, err := datasets.Open(context.Background(), []string{"out.parquet"}, &datasets.Options{Open: open})
	if err != nil {
		tb.Fatal(err)
	}
	defer d.Close()
	refs := make([]datasets.RowRef, d.NumRows())
	for i := range refs {
		refs[i] = datasets.RowRef{File: "out.parquet", Row: int64(i) + 1}
	}
	rows, err := d.Fetch(context.Background(), refs)
	if err != nil {
		tb.Fatal(err)
	}
	out := map[string]datasets.Row{}
	for _, r := range rows {
		out[r.ID] = r
	}
	return out
}

func labeledBy(tb testing.TB, x *train.Discovery, d *datasets.Dataset) map[string]datasets.Row {
	return rewritten(tb, func(b *bytes.Buffer) error { return x.WriteLabeled(context.Background(), b, d, nil) })
}

func TestDiscoverFindsTopics(t *testing.T) {
	for _, clusters := range []int{4, 0} {
		d := dataset(t, talk(800, 1))
		x := discover(t, d, train.DiscoverOptions{Clusters: clusters, Seed: 3})
		if len(x.Clusters) != 4 || x.Agreement == nil || x.Agreement.ARI < 0.9 {
			t.Fatalf("%d clusters, agreement %+v, tried %v", len(x.Clusters), x.Agreement, x.Tried)
		}
		requests := 0
		for _, c := range x.Clusters {
			requests += c.Requests
			if words := topics[c.GoldTask]; !strings.Contains(words, c.Terms[0]) {
				t.Errorf("cluster %s of task %s has the terms %v", c.Name, c.GoldTask, c.Terms)
			}
			if len(c.Prompts) != 3 || !(c.Cohesion > 0 && c.Cohesion <= 1) || c.Nearest == c.Name || c.Nearest == "" {
				t.Errorf("cluster %+v", c)
			}
		}
		if requests != 800 || x.Unplaced != 0 {
			t.Errorf("%d requests in clusters, %d in none", requests, x.Unplaced)
		}
	}
}

// Neither the order of the requests nor the number of workers matters.
func TestDiscoverDependsOnRequestsAlone(t *testing.T) {
	rows := talk(500, 2)
	var want *train.Discovery
	var tasks map[string]datasets.Row
	for trial := range 4 {
		d := dataset(t, rows)
		x := discover(t, d, train.DiscoverOptions{Seed: 3, Workers: 1 + 3*(trial%2)})
		got := labeledBy(t, x, d)
		if trial == 0 {
			want, tasks = x, got
		}
		if diff := gocmp.Diff(want, x, cmpopts.IgnoreUnexported(train.Discovery{})); diff != "" {
			t.Fatalf("trial %d (-want +got)\n%s", trial, diff)
		}
		if diff := gocmp.Diff(tasks, got); diff != "" {
			t.Fatalf("trial %d (-want +got)\n%s", trial, diff)
		}
		rand.New(rand.NewPCG(uint64(trial), 9)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
}

// Requests that are the same count once for what clusters there are, and each for how many it has.
func TestDiscoverRepeats(t *testing.T) {
	rows := talk(300, 4)
	once := discover(t, dataset(t, rows), train.DiscoverOptions{Clusters: 4})
	for i := range 500 {
		again := rows[0]
		again.ID = fmt.Sprint("again", i)
		rows = append(rows, again)
	}
	x := discover(t, dataset(t, rows), train.DiscoverOptions{Clusters: 4})
	if x.Data.Distinct != once.Data.Distinct {
		t.Errorf("%d different ones, want %d", x.Data.Distinct, once.Data.Distinct)
	}
	names := func(x *train.Discovery) map[string]int {
		out := map[string]int{}
		for _, c := range x.Clusters {
			out[strings.Join(slices.Sorted(slices.Values(c.Terms)), " ")] = c.Requests
		}
		return out
	}
	before, more := names(once), 0
	for terms, n := range names(x) {
		if was, ok := before[terms]; !ok {
			t.Errorf("other terms: %s", terms)
		} else if n != was {
			more += n - was
		}
	}
	if more != 500 {
		t.Errorf("%d requests more", more)
	}
}

// What the requests to verify on say must not move the clusters.
func TestDiscoverLearnsFromTune(t *testing.T) {
	rows := talk(400, 5)
	for i := range rows {
		rows[i].Split = []string{"tune", "tune", "verify"}[i%3]
	}
	tune := func() map[string]string {
		d := dataset(t, rows)
		x := discover(t, d, train.DiscoverOptions{Clusters: 4})
		if !x.Data.Split {
			t.Error("no split was seen")
		}
		out := map[string]string{}
		for id, row := range labeledBy(t, x, d) {
			if row.Split == "tune" {
				out[id] = row.Task
			}
		}
		return out
	}
	before := tune()
	for i := range rows {
		if rows[i].Split == "verify" {
			rows[i].Prompt = fmt.Sprintf("xyzzy %d plugh", i)
		}
	}
	if diff := gocmp.Diff(before, tune()); diff != "" {
		t.Error(diff)
	}
}

func TestDiscoverEmbeddings(t *testing.T) {
	rows := talk(200, 6)
	rng := rand.New(rand.NewPCG(1, 1))
	axis := map[string]int{"billing": 0, "code": 1, "nonsense": 2, "travel": 3}
	for i := range rows {
		if i == 7 {
			continue
		}
		rows[i].Embedding = make([]float32, 8)
		for k := range rows[i].Embedding {
			rows[i].Embedding[k] = float32(0.1 * rng.NormFloat64())
		}
		rows[i].Embedding[axis[rows[i].Task]]++
	}
	d := dataset(t, rows)
	x := discover(t, d, train.DiscoverOptions{Embedder: "some-model"})
	if len(x.Clusters) != 4 || x.Agreement.ARI != 1 || x.Unplaced != 1 {
		t.Errorf("%d clusters, %+v, %d in none, tried %v", len(x.Clusters), x.Agreement, x.Unplaced, x.Tried)
	}
	if got := labeledBy(t, x, d)["r0007"].Task; got != "" {
		t.Errorf("a request without embedding has the task %q", got)
	}
}

// Only the task changes.
func TestWriteLabeled(t *testing.T) {
	rows := talk(100, 7)
	for i := range rows {
		quality, cost := float64(i%2), 0.001*float64(i)
		answer := fmt.Sprint("answer ", i)
		rows[i].Outcomes = []datasets.Outcome{{Model: "small", Quality: &quality, CostUSD: &cost, Response: &answer}, {Model: "large", Error: "timeout"}}
		rows[i].Tools, rows[i].Tenant, rows[i].Group = `[{}]`, fmt.Sprint("t", i%3), fmt.Sprint("g", i/2)
	}
	d := dataset(t, rows)
	x := discover(t, d, train.DiscoverOptions{Clusters: 4})
	got := labeledBy(t, x, d)
	if len(got) != len(rows) {
		t.Fatalf("%d requests, want %d", len(got), len(rows))
	}
	known := map[string]int{}
	for _, want := range rows {
		row := got[want.ID]
		known[row.Task]++
		row.Task = want.Task
		if diff := gocmp.Diff(want, row, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	}
	for _, c := range x.Clusters {
		if known[c.Name] != c.Requests {
			t.Errorf("%d requests have the task %s, want %d", known[c.Name], c.Name, c.Requests)
		}
	}
}

func TestWriteRelabeled(t *testing.T) {
	d := dataset(t, talk(100, 8))
	var x *train.Relabeling
	names := map[string]string{"billing": "support", "travel": "support", "nonsense": "", "code": "code"}
	got := rewritten(t, func(b *bytes.Buffer) (err error) {
		x, err = train.WriteRelabeled(context.Background(), b, d, names, nil)
		return err
	})
	sizes := map[string]int{}
	for _, row := range talk(100, 8) {
		if want := names[row.Task]; got[row.ID].Task != want {
			t.Errorf("%s: task %q, want %q", row.ID, got[row.ID].Task, want)
		}
		sizes[names[row.Task]]++
	}
	want := &train.Relabeling{Requests: 100, NoTask: sizes[""], Tasks: []train.RelabeledTask{
		{Name: "support", Requests: sizes["support"], From: []string{"billing", "travel"}}, {Name: "code", Requests: sizes["code"], From: []string{"code"}},
	}}
	slices.SortFunc(want.Tasks, func(a, b train.RelabeledTask) int { return cmp.Compare(b.Requests, a.Requests) })
	if diff := gocmp.Diff(want, x); diff != "" {
		t.Error(diff)
	}
	_, err := train.WriteRelabeled(context.Background(), &bytes.Buffer{}, d, map[string]string{"bilings": "x"}, nil)
	if err == nil || !strings.Contains(err.Error(), `no request has the task "bilings": headings are the names in the traffic, billing, code, nonsense, travel`) {
		t.Errorf("error %v", err)
	}
}

func TestDiscoverFails(t *testing.T) {
	same := make([]datasets.Row, 5)
	for i := range same {
		same[i] = datasets.Row{ID: fmt.Sprint(i), Prompt: "hello"}
	}
	for _, tt := range []struct {
		rows []datasets.Row
		opts train.DiscoverOptions
		want string
	}{
		{talk(20, 1), train.DiscoverOptions{Clusters: 1}, "want 2 to 200"},
		{talk(20, 1), train.DiscoverOptions{Clusters: 201}, "want 2 to 200"},
		{talk(20, 1), train.DiscoverOptions{Clusters: 50}, "50 clusters: there are only 18 different requests"},
		{same, train.DiscoverOptions{}, "nothing to cluster: 1 different request"},
		{talk(20, 1), train.DiscoverOptions{Embedder: "m"}, "no embedding column"},
	} {
		_, err := train.Discover(context.Background(), dataset(t, tt.rows), &tt.opts)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.opts, err, tt.want)
		}
	}
}

// Any bytes are a prompt.
func TestDiscoverOddPrompts(t *testing.T) {
	prompts := []string{"\xff\xfe", "\x00", "a", "A", "é", "e\u0301", strings.Repeat("x ", 20_000), "退款", "\u202e", "!!!", "42", strings.Repeat("\xff", 100)}
	rows := make([]datasets.Row, len(prompts))
	for i, p := range prompts {
		rows[i] = datasets.Row{ID: fmt.Sprint(i), Prompt: p}
	}
	d := dataset(t, rows)
	for _, k := range []int{0, 2, 7} {
		x := discover(t, d, train.DiscoverOptions{Clusters: k})
		if k > 0 && len(x.Clusters) != k {
			t.Errorf("%d clusters, want %d", len(x.Clusters), k)
		}
		if _, err := train.ParseTaskNames("t", x.TaskNames()); err != nil {
			t.Error(err)
		}
	}
}

// Clusters know something of the 150 intents of CLINC150.
func TestDiscoverCLINC150(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	d := realData(t, "clinc150.parquet", &datasets.Options{SplitMap: map[string]string{"train": "tune", "val": "tune", "test": "verify"}})
	x := discover(t, d, train.DiscoverOptions{Clusters: 150, Seed: 1, Workers: 2})
	t.Logf("ARI %.3f, purity %.3f, %d fit nowhere", x.Agreement.ARI, x.Agreement.Purity, x.Unlike)
	if x.Agreement.ARI < 0.30 || x.Agreement.Purity < 0.50 {
		t.Errorf("agreement %+v", x.Agreement)
	}
}

// 100,000 prompts of about 300 bytes.
func BenchmarkDiscover(b *testing.B) {
	rows := talk(100_000, 1)
	for i := range rows {
		var text strings.Builder
		for k := range 5 {
			text.WriteString(rows[(i+k*4021)%len(rows)].Prompt + ". ")
		}
		rows[i].Prompt = text.String()
	}
	d := dataset(b, rows)
	for b.Loop() {
		discover(b, d, train.DiscoverOptions{Clusters: 20, Workers: 2})
	}
	b.ReportMetric(float64(len(rows)*b.N)/b.Elapsed().Seconds(), "rows/s")
}
