package eval_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/price"
	"github.com/tierwise/tierwise/routing/trace"
)

// A server is a live router in front of recorded outcomes, with a clock that shows the time of the request.
type server struct {
	router   *routing.Router
	provider *recordedProvider
	judge    *recordedJudge
	sink     memorySink
	now      time.Time
}

func newServer(t *testing.T, config string) *server {
	t.Helper()
	s := &server{provider: new(recordedProvider), judge: new(recordedJudge)}
	var err error
	s.router, err = routing.New(fstest.MapFS{"dispatch.toml": {Data: []byte(config)}}, "dispatch.toml", &routing.Options{
		Clients: map[string]llm.Client{"p": s.provider}, Judge: s.judge, Trace: &s.sink, Now: func() time.Time { return s.now },
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, config)
	}
	return s
}

// serve sends the request that left the row behind, in one piece or streamed.
func (s *server) serve(t *testing.T, row *datasets.Row, named, stream bool) (*routing.Answer, *trace.Record) {
	t.Helper()
	s.provider.row, s.judge.row, s.now = row, row, *row.Time
	q := sent(t, row, named)
	q.ID = row.ID
	var answer *routing.Answer
	if stream {
		for ev, err := range s.router.Stream(context.Background(), q) {
			if err == nil {
				answer = ev.Answer
			}
		}
	} else {
		answer, _ = s.router.Do(context.Background(), q)
	}
	r := s.sink.last
	if r.ID != row.ID {
		t.Fatalf("the last record is of %s, want %s", r.ID, row.ID)
	}
	return answer, &r
}

// A cached request is what a replay and a live router must agree on where answers come from caches.
type cached struct {
	Cache, Source, Task, Layer, Rule, Ended, Answer, Tier string

	Attempts      []string
	Cost, Quality float64
}

func cachedReplay(r *eval.Record) cached {
	out := cached{
		Cache: r.Cache, Source: r.Source, Task: r.Task, Layer: r.Layer, Rule: r.Rule, Ended: r.Ended, Answer: r.Answer, Tier: r.Tier,
		Cost: float64(r.CostUSD), Quality: float64(r.Quality),
	}
	for _, a := range r.Attempts {
		out.Attempts = append(out.Attempts, a.Model+" "+a.Error)
	}
	return out
}

// cachedLive is what a live request came to. The quality is that of the answer of the row which it was given to, and 0 for
// a semantic hit that the group does not prove.
func cachedLive(rows []datasets.Row, row *datasets.Row, r *trace.Record) cached {
	out := cached{
		Task: r.Task, Layer: r.Layer, Rule: r.Rule, Ended: r.Ended, Answer: r.Model, Tier: r.Tier, Cost: r.CostUSD.Float(),
	}
	from := row
	if r.Cache != nil {
		out.Cache, out.Source, out.Ended = r.Cache.Kind, r.Cache.ID, "accepted"
		from = &rows[slices.IndexFunc(rows, func(o datasets.Row) bool { return o.ID == r.Cache.ID })]
	}
	if r.Ended == routing.Aborted.String() {
		out.Ended = r.Error
	}
	for _, a := range r.Attempts {
		out.Attempts = append(out.Attempts, a.Model+" "+a.Error)
	}
	for i := range from.Outcomes {
		if o := &from.Outcomes[i]; o.Model == r.Model && r.Model != "" && (out.Cache != "semantic" || from.Group == row.Group) {
			out.Quality = orNaN(o.Quality)
		}
	}
	return out
}

const liveCachedConfig = `
version = 1
baseline = "L"
[models.R]
[tiers]
small = "S"
large = "L"
[tasks.a]
chain = ["small", "large"]
accept = [{ check = "logprob_mean", min = -1 }]
[tasks.b]
chain = ["large"]
cache = false
[tasks.c]
chain = ["small"]
accept = [{ check = "chars", min = 3 }]
[router]
default = "a"
[[router.rules]]
name = "bees"
task = "b"
keywords = ["bee"]
[router.llm]
model = "R"
min_confidence = 0.5
`

// cacheTables are the caches of a config, in the ways in which it can have them.
var cacheTables = []string{
	"[cache.exact]\nttl = \"10m\"\n",
	"[cache.semantic]\nmin_similarity = 0.6\nttl = \"20m\"\n",
	"[cache.exact]\nttl = \"10m\"\n[cache.semantic]\nmin_similarity = 0.6\nttl = \"20m\"\n[cache.semantic.tasks.c]\nmin_similarity = 0.95\nttl = \"5m\"\n",
	"[cache.exact]\n[cache.semantic]\nmin_similarity = 0.7\n",
}

// liveRows are requests within an hour that often repeat each other.
func liveRows(r *rand.Rand, c *routing.Config) []datasets.Row {
	texts := []string{
		"how do I get there", "how do I get  there", "how do I get there?", "where is the bee", "tell me 5 things", "tell me 6 things", "tell me 5 things!",
		"please write to the landlord", "please write to the landlords", "please do not write to the landlord",
	}
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	var judge float64
	for _, m := range c.Models {
		if m.Name == "R" {
			judge = m.Price.USD(price.Usage{Input: 11, CachedInput: math.NaN(), Output: 3, Reasoning: math.NaN()})
		}
	}
	zero := 0.0
	var rows []datasets.Row
	for i := range 150 {
		at := time.Unix(1_790_000_000+60*int64(r.IntN(60)), 0).UTC()
		text := texts[r.IntN(len(texts))]
		row := datasets.Row{
			ID: fmt.Sprintf("r%03d", i), Prompt: text, Time: &at, Tenant: pick("x", "y"), Group: text[:9], Task: pick("a", "b", "c"),
			RouterModel: "R", RouterCostUSD: &judge, RouterLatencyMS: &zero,
		}
		if strings.HasPrefix(text, "please") {
			sure := 0.9
			row.RouterTask, row.RouterConfidence = "c", &sure
		}
		switch r.IntN(10) {
		case 0:
			limit := int64(50 + r.IntN(2))
			row.MaxTokens = &limit
		case 1:
			row.Tools = `[{"type":"function","function":{"name":"f"}}]`
		case 2:
			row.Messages = marshal([]llm.Message{{Role: "system", Text: pick("be brief", "be  brief", "be long")}, {Role: "user", Text: text}})
		case 3:
			row.Messages = marshal([]llm.Message{{Role: "user", Text: text}, {Role: "tool", ToolCallID: "c", Text: "5"}, {Role: "user", Text: text}})
		case 4:
			row.Messages = marshal([]llm.Message{{Role: "user", Parts: []llm.Part{{Text: text}, {Type: "image_url", Raw: json.RawMessage(`{"type":"image_url"}`)}}}})
		}
		for _, model := range []string{"S", "L"} {
			quality, tokens, none, logprob := float64(r.IntN(5))/4, int64(1+r.IntN(1000)), int64(0), -float64(r.IntN(9))/6
			answer := pick("no", "fine", "fine, thanks")
			o := datasets.Outcome{
				Model: model, Quality: &quality, InputTokens: &tokens, OutputTokens: &tokens, CachedInputTokens: &none, ReasoningTokens: &none, LatencyMS: &zero,
				Response: &answer, LogprobMean: &logprob, LogprobMin: &logprob, FinishReason: pick("", "stop", "stop", "stop", "length", "content_filter", "tool_calls"),
			}
			if r.IntN(8) == 0 {
				o = datasets.Outcome{Model: model, Error: pick("context_length", "bad_request"), LatencyMS: &zero}
			}
			row.Outcomes = append(row.Outcomes, o)
		}
		rows = append(rows, row)
	}
	return rows
}

func marshal(messages []llm.Message) string {
	data, err := json.Marshal(messages)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// inOrder sorts rows as they came.
func inOrder(rows []datasets.Row) {
	slices.SortFunc(rows, func(a, b datasets.Row) int { return cmp.Or(a.Time.Compare(*b.Time), cmp.Compare(a.ID, b.ID)) })
}

// replayCached replays rows with caches.
func replayCached(t *testing.T, config *routing.Config, rows []datasets.Row, named bool) (*eval.Comparison, map[string]*eval.Record) {
	t.Helper()
	job, err := eval.NewJob([]eval.Candidate{{Label: "c", Config: config}}, &eval.Options{Caches: true, GoldTasks: named})
	if err != nil {
		t.Fatal(err)
	}
	traffic, err := datasets.FromRows(rows, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	collector := job.NewCacheCollector()
	collector.Add(t.Context(), traffic)
	plan, err := job.CacheTraffic(collector).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := job.NewReplayer()
	r.UseCaches(plan)
	r.Replay(t.Context(), traffic)
	c := job.Finish(r.Sums())
	r = job.NewReplayer()
	r.UseCaches(plan)
	records := map[string]*eval.Record{}
	if err := r.Records(t.Context(), traffic, func(rec *eval.Record) error { records[rec.ID] = rec; return nil }); err != nil {
		t.Fatal(err)
	}
	return c, records
}

// TestCachesAreReplay: the caches of a live router answer which requests a replay says that they answer, with whose answers,
// at which cost: exact and semantic, in tasks that have none, after times to live, over errors, refusals, cut answers, tools
// and attachments, in one piece and streamed.
func TestCachesAreReplay(t *testing.T) {
	met := map[string]int{}
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) { compareCaches(t, seed, met) })
	}
	for _, what := range []string{
		"exact", "semantic", "not kept: unaccepted", "not kept: error", "not kept: length", "not kept: refused", "not kept: tool_call", "not kept: attachment",
		"not kept: tool_turn", "not kept: no_store", "miss: absent", "miss: far", "miss: number", "miss: negation",
	} {
		if met[what] < 20 {
			t.Errorf("%q was met %d times: too few to show anything; %v", what, met[what], met)
		}
	}
}

// compareCaches sends the traffic of a seed through both worlds.
func compareCaches(t *testing.T, seed uint64, met map[string]int) {
	r := rand.New(rand.NewPCG(seed, 5))
	text := liveCachedConfig + cacheTables[seed%4]
	plain, err := routing.ParseConfig("dispatch.toml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	text = liveConfig(plain)
	config, err := routing.ParseConfig("dispatch.toml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	named := seed%3 == 2
	rows := liveRows(r, config)
	c, records := replayCached(t, config, rows, named)
	if c.CachesOff != "" {
		t.Fatal(c.CachesOff)
	}
	inOrder(rows)
	s := newServer(t, text)
	hits := map[string]int64{}
	for i := range rows {
		row := &rows[i]
		answer, record := s.serve(t, row, named, r.IntN(2) == 0)
		got, want := cachedLive(rows, row, record), cachedReplay(records[row.ID])
		if diff := gocmp.Diff(want, got, gocmp.Comparer(sameFloat)); diff != "" {
			t.Fatalf("seed %d, %s at %v (-replayed +live):\n%s\n%+v\n%s", seed, row.ID, row.Time, diff, row, text)
		}
		if got.Cache != "" {
			source := rows[slices.IndexFunc(rows, func(o datasets.Row) bool { return o.ID == got.Source })]
			j := slices.IndexFunc(source.Outcomes, func(o datasets.Outcome) bool { return o.Model == got.Answer })
			if answer == nil || answer.Text != *source.Outcomes[j].Response || answer.Hit == nil || answer.Hit.ID != source.ID || answer.CostUSD != got.Cost {
				t.Fatalf("seed %d, %s: answer %+v, want that of %+v", seed, row.ID, answer, source)
			}
		}
		hits[got.Cache]++
		met[got.Cache]++
		met["not kept: "+record.NotKept]++
		met["miss: "+record.CacheMiss]++
	}
	k := c.Candidates[0].Caches
	if k.Exact.Hits != hits["exact"] || k.Semantic.Hits != hits["semantic"] {
		t.Errorf("seed %d: %v hits live, replayed %d and %d", seed, hits, k.Exact.Hits, k.Semantic.Hits)
	}
	if err := s.router.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestWorkedCacheCase runs the worked example of the exact cache through a live router. Those of caches that are off are about
// what traffic does not say, and a live router always knows.
func TestWorkedCacheCase(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(sharedDir(), "cases", "15-exact-cache.txtar"))
	if os.IsNotExist(err) {
		t.Skip("no worked cases: they are expected in ../shared/cases, or beside the folder that TIERWISE_DATA names")
	} else if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range txtar.Parse(data).Files {
		files[f.Name] = string(f.Data)
	}
	config := files["config.toml"] + "[providers.p]\nkind = \"openai\"\n"
	for _, model := range []string{"S", "L"} { // a million tokens cost what was recorded
		config += "[models." + model + "]\nprovider = \"p\"\nprice = { input = 1, output = 0 }\n"
	}
	rows := readRows(t, []byte(files["traffic.jsonl"]))
	for i := range rows {
		for j := range rows[i].Outcomes {
			o := &rows[i].Outcomes[j]
			millions, none := int64(1e6**o.CostUSD), int64(0)
			o.InputTokens, o.OutputTokens, o.LatencyMS = &millions, &none, nil
		}
	}
	inOrder(rows)
	s := newServer(t, config)
	got := map[string]cached{}
	for i := range rows {
		_, record := s.serve(t, &rows[i], false, i%2 == 0)
		got[rows[i].ID] = cachedLive(rows, &rows[i], record)
	}
	checked := 0
	for line := range strings.Lines(files["expected.jsonl"]) {
		var want struct {
			ID, Cache, Source, Ended, Answer string
			Quality, Cost                    *float64
		}
		if strings.HasPrefix(line, "#") || !strings.Contains(line, `"id"`) {
			continue
		}
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatal(err)
		}
		g := got[want.ID]
		if g.Cache != want.Cache || g.Source != want.Source || want.Ended != "" && g.Ended != want.Ended || want.Answer != "" && g.Answer != want.Answer ||
			want.Quality != nil && g.Quality != *want.Quality || want.Cost != nil && g.Cost != *want.Cost {
			t.Errorf("got %+v, want %s", g, line)
		}
		checked++
	}
	if checked != 7 {
		t.Errorf("%d requests checked, want 7", checked)
	}
}
