package eval_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

const cachedConfig = `
version = 1
baseline = "L"
[tiers]
small = "S"
large = "L"
[tasks.a]
chain = ["small", "large"]
accept = [{ check = "logprob_mean", min = -1 }]
[tasks.b]
chain = ["large"]
cache = false
[router]
default = "a"
[[router.rules]]
task = "b"
keywords = ["bee"]
[cache.exact]
ttl = "10m"
[cache.semantic]
min_similarity = 0.6
ttl = "20m"
`

func cachedRows(seed uint64) []datasets.Row {
	r := rand.New(rand.NewPCG(seed, 1))
	texts := []string{"how do I get there", "how do I get  there", "how do I get there?", "where is the bee", "tell me 5 things", "tell me 6 things", "tell me 5 things!"}
	var rows []datasets.Row
	for i := range 200 {
		at := time.Unix(1_790_000_000+60*int64(r.IntN(60)), 0).UTC()
		text := texts[r.IntN(len(texts))]
		cost, dear, quality, logprob := 0.001*float64(1+r.IntN(9)), 0.01, float64(r.IntN(2)), -2*r.Float64()
		one := 1.0
		rows = append(rows, datasets.Row{
			ID: fmt.Sprintf("r%03d", i), Prompt: text, Time: &at, Tenant: []string{"x", "y"}[r.IntN(2)], Group: text[:9],
			Outcomes: []datasets.Outcome{
				{Model: "S", Quality: &quality, CostUSD: &cost, LogprobMean: &logprob}, {Model: "L", Quality: &one, CostUSD: &dear},
			},
		})
	}
	return rows
}

// cachedRun replays rows in blocks, each with a worker of its own, and returns results and records as JSON.
func cachedRun(t *testing.T, rows []datasets.Row, blocks int) (*eval.Comparison, map[string]*eval.Record, []byte) {
	t.Helper()
	config, err := routing.ParseConfig("config.toml", []byte(cachedConfig), nil)
	if err != nil {
		t.Fatal(err)
	}
	job, err := eval.NewJob([]eval.Candidate{{Label: "cached", Config: config}}, &eval.Options{Caches: true})
	if err != nil {
		t.Fatal(err)
	}
	var traffic []*datasets.Traffic
	var collectors []*eval.CacheCollector
	row := int64(0)
	for part := range slices.Chunk(rows, (len(rows)+blocks-1)/blocks) {
		block, err := datasets.FromRows(part, job.Columns())
		if err != nil {
			t.Fatal(err)
		}
		for i := range block.Rows { // as of one file
			row++
			block.Rows[i] = row
		}
		traffic = append(traffic, block)
		c := job.NewCacheCollector()
		c.Add(t.Context(), block)
		collectors = append(collectors, c)
	}
	plan, err := job.CacheTraffic(collectors...).Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	records := map[string]*eval.Record{}
	var total *eval.Sums
	for _, block := range traffic {
		r := job.NewReplayer()
		r.UseCaches(plan)
		r.Replay(t.Context(), block)
		if total == nil {
			total = r.Sums()
		} else {
			total.Merge(r.Sums())
		}
		r = job.NewReplayer()
		r.UseCaches(plan)
		err := r.Records(t.Context(), block, func(rec *eval.Record) error { records[rec.ID] = rec; return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	c := job.Finish(total)
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return c, records, data
}

// TestCachesEqualServer compares the replay with a sequential server that is written down here, and the sums with the records.
func TestCachesEqualServer(t *testing.T) {
	type kept struct {
		at   time.Time
		id   string
		text string
	}
	for seed := range uint64(10) {
		rows := cachedRows(seed)
		c, records, data := cachedRun(t, rows, 1)
		slices.SortFunc(rows, func(a, b datasets.Row) int { return cmp.Or(a.Time.Compare(*b.Time), cmp.Compare(a.ID, b.ID)) })
		exact := map[string]kept{}
		hits, cost := 0, 0.0
		for _, row := range rows {
			rec := records[row.ID]
			cost += float64(rec.CostUSD)
			text := row.Prompt
			if text == "how do I get  there" {
				text = "how do I get there"
			}
			key := row.Tenant + text
			from, ok := exact[key]
			if ok = ok && row.Time.Sub(from.at) < 10*time.Minute; ok {
				hits++
				source := records[from.id]
				if rec.Cache != "exact" || rec.Source != from.id || rec.CostUSD != 0 || rec.Quality != source.Quality || !rec.Changed {
					t.Fatalf("seed %d, %s: %+v, want an exact hit on %s", seed, row.ID, rec, from.id)
				}
				continue
			}
			if rec.Cache == "exact" {
				t.Fatalf("seed %d, %s: an exact hit on %s, want none", seed, row.ID, rec.Source)
			}
			if rec.Cache == "semantic" {
				source := records[rec.Source]
				if rec.Task == "b" || source == nil || source.Cache != "" || row.Tenant != tenantOf(rows, rec.Source) {
					t.Fatalf("seed %d, %s: %+v", seed, row.ID, rec)
				}
				continue
			}
			if rec.Ended == "accepted" && rec.Task == "a" {
				exact[key] = kept{*row.Time, row.ID, text}
			}
		}
		k := &c.Candidates[0]
		if int64(hits) != k.Caches.Exact.Hits || hits == 0 || k.Caches.Semantic.Hits == 0 {
			t.Errorf("seed %d: %d exact hits, want %d; %d semantic ones", seed, k.Caches.Exact.Hits, hits, k.Caches.Semantic.Hits)
		}
		if diff := cost - float64(k.Whole.CostUSD); diff > 1e-9 || diff < -1e-9 {
			t.Errorf("seed %d: records cost %v, the whole %v", seed, cost, k.Whole.CostUSD)
		}
		if k.Caches.Guarded["number"] == 0 {
			t.Errorf("seed %d: no guard told 5 things from 6", seed)
		}
		for _, blocks := range []int{2, 7} {
			if _, _, again := cachedRun(t, cachedRows(seed), blocks); string(again) != string(data) {
				t.Errorf("seed %d: %d blocks give another result", seed, blocks)
			}
		}
	}
}

func tenantOf(rows []datasets.Row, id string) string {
	return rows[slices.IndexFunc(rows, func(r datasets.Row) bool { return r.ID == id })].Tenant
}
