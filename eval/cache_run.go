package eval

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/classify"
)

// The kinds of hits.
const (
	exactHit    = "exact"
	semanticHit = "semantic"
)

// A CacheResult is what a candidate's caches did, as a sequential server without any bound on its memory would have seen it.
type CacheResult struct {
	Requests int64       `json:"requests"` // that were looked up
	Exact    CacheHits   `json:"exact"`
	Semantic CacheHits   `json:"semantic"`
	Tasks    []CacheTask `json:"tasks"` // with hits, in the order of the config
	// MinSimilarity is the semantic cache's; nil: there is none.
	MinSimilarity *float64 `json:"min_similarity,omitempty"`
	Embedder      string   `json:"embedder,omitempty"`
	// Guarded are requests with an entry near enough that a guard turned away, by reason.
	Guarded map[string]int64 `json:"guarded,omitempty"`
	// FalseHits are pairs to read: those that are proven to be false first, then by similarity, most alike first.
	FalseHits []FalseHit `json:"false_hits,omitempty"`
}

// CacheSums are what caches came to. They are no sums: caches tie all requests together, so parts of a run have none.
type CacheSums struct {
	Off        string         // why they are off, "" if they are not
	Candidates []*CacheResult // nil where a candidate has none
}

// CacheHits are the hits of one cache.
type CacheHits struct {
	Hits       int64  `json:"hits"`
	Share      Number `json:"share"`       // of the requests
	SavedUSD   Number `json:"saved_usd"`   // what the walks would have cost, less what finding the task cost all the same
	SavedKnown int64  `json:"saved_known"` // hits of known cost, that SavedUSD is about
	// False are semantic hits whose request has not the same right answer as its source, as far as groups and expected answers
	// prove; Unproven are those of them of which neither is known. They count as quality 0.
	False    int64 `json:"false,omitempty"`
	Unproven int64 `json:"unproven,omitempty"`
	// FalseRate is False ÷ Hits, FalseUpper its exact upper bound (Clopper and Pearson) at the level of the settings.
	FalseRate  Number `json:"false_rate"`
	FalseUpper Number `json:"false_upper"`

	saved float64
}

// A CacheTask is what the caches did for a task.
type CacheTask struct {
	Task     string    `json:"task"`
	Exact    CacheHits `json:"exact"`
	Semantic CacheHits `json:"semantic"`
}

// A FalseHit is a semantic hit that nothing proves right.
type FalseHit struct {
	ID         string  `json:"id"`
	Source     string  `json:"source"` // the request whose answer it got
	Task       string  `json:"task"`
	Similarity float64 `json:"similarity"`
	Proven     bool    `json:"proven"` // groups or expected answers differ; else neither is known
	Text       string  `json:"text,omitempty"`
	SourceText string  `json:"source_text,omitempty"`
}

// maxFalseHits is how many false hits are kept to be read, and maxFalseText how many bytes of their texts.
const (
	maxFalseHits = 20
	maxFalseText = 300
)

// A cacheRun replays the caches of one candidate over all requests, in order.
type cacheRun struct {
	t        *CacheTraffic
	v        int
	exact    map[cache.Key]int // nil: there is none
	exactTTL int64             // µs; 0: for good
	semantic *cache.Semantic   // nil: there is none
	config   *routing.SemanticCache
	least    *float64 // in place of the config's; nil: as it is
	embedder classify.Embedder
	now      int64 // µs

	hits   map[place]*hit
	result CacheResult
	tasks  []CacheTask // by task id
}

// newRun returns a run over the caches of candidate v. least takes the place of its least similarity; nil: as it is.
func (t *CacheTraffic) newRun(v int, least *float64) *cacheRun {
	j := t.job
	config := &j.candidates[v].Config.Cache
	run := &cacheRun{t: t, v: v, hits: map[place]*hit{}, tasks: make([]CacheTask, j.tables[v].table.NumTasks())}
	if e := config.Exact; e != nil {
		run.exact, run.exactTTL = map[cache.Key]int{}, e.TTL.Microseconds()
	}
	if s := config.Semantic; s != nil {
		run.config, run.least, run.embedder = s, least, j.embedder(v)
		clock := func() time.Time { return time.UnixMicro(run.now) }
		run.semantic = cache.NewSemantic(mapStore{}, &cache.SemanticOptions{
			MaxEntries: max(len(t.rows), 1), MaxTotal: max(len(t.rows), 1), Clock: clock,
		})
		run.result.MinSimilarity, run.result.Embedder = cmp.Or(least, &s.MinSimilarity), run.embedder.Name()
		run.result.Guarded = map[string]int64{}
	}
	return run
}

// all replays all requests.
func (r *cacheRun) all(ctx context.Context) error {
	for i := range r.t.rows {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.request(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// request looks one request up and keeps its answer if it was none of a cache. Requests that the candidate is not judged on
// are neither looked up nor kept.
func (r *cacheRun) request(ctx context.Context, i int) error {
	row := &r.t.rows[i]
	walk := &row.walks[r.v]
	if walk.route.Task == leftOut {
		return nil
	}
	r.now = row.timeUS
	r.result.Requests++
	if r.exact != nil && !row.opaque {
		if from, ok := r.exact[row.key]; ok && r.alive(r.t.rows[from].timeUS) {
			r.hitExactly(row, &r.t.rows[from])
			return nil
		}
	}
	var query *cache.Query
	var least float64
	var ttl time.Duration
	if r.semantic != nil && r.t.job.taskCached(r.v, walk.route.Task) {
		name := r.t.job.tables[r.v].table.TaskName(walk.route.Task)
		query, _ = cache.NewQuery(&row.fields, name, r.embedder, row.embedding)
		if least, ttl = r.config.For(name); r.least != nil {
			least = *r.least
		}
	}
	if query != nil {
		found, reason := r.semantic.Lookup(ctx, query, least)
		if found != nil {
			from, err := strconv.Atoi(found.Entry.Request)
			if err != nil {
				return err
			}
			r.hitNearly(row, &r.t.rows[from], query.Text, found)
			return nil
		}
		if slices.Contains(cache.Guards(), reason) {
			r.result.Guarded[string(reason)]++
		}
	}
	if !walk.storable {
		return nil
	}
	if r.exact != nil {
		r.exact[row.key] = i
	}
	if query != nil {
		return r.semantic.Add(ctx, query, &cache.Entry{Request: strconv.Itoa(i)}, ttl)
	}
	return nil
}

// alive reports whether what was kept at a time still is.
func (r *cacheRun) alive(storedUS int64) bool { return r.exactTTL == 0 || r.now-storedUS < r.exactTTL }

// hitExactly counts an exact hit under its source's task.
func (r *cacheRun) hitExactly(row, from *cacheRow) {
	source := &from.walks[r.v]
	route := source.route
	route.cost, route.latency, route.unpriced, route.llm = 0, 0, false, spent{}
	r.hits[row.place] = &hit{exactHit, from.id, route, source.answer, source.quality}
	for _, h := range []*CacheHits{&r.result.Exact, &r.tasks[route.Task].Exact} {
		h.add(row.walks[r.v].cost)
	}
}

// hitNearly counts a semantic hit. It is right only where the same group, or the same expected answer, proves it.
func (r *cacheRun) hitNearly(row, from *cacheRow, text string, found *cache.Hit) {
	walk, source := &row.walks[r.v], &from.walks[r.v]
	right, known := row.expected != 0 && row.expected == from.expected, row.expected != 0 && from.expected != 0
	if row.group != 0 && from.group != 0 {
		right, known = row.group == from.group, true
	}
	quality := 0.0
	if right {
		quality = source.quality
	}
	r.hits[row.place] = &hit{semanticHit, from.id, walk.route, source.answer, quality}
	for _, h := range []*CacheHits{&r.result.Semantic, &r.tasks[walk.route.Task].Semantic} {
		h.add(walk.cost - walk.route.cost)
		if !right {
			h.False++
		}
		if !known {
			h.Unproven++
		}
	}
	if !right {
		r.result.FalseHits = append(r.result.FalseHits, FalseHit{
			ID: row.id, Source: from.id, Task: r.t.job.tables[r.v].table.TaskName(walk.route.Task), Similarity: found.Similarity,
			Proven: known, Text: shorten(text), SourceText: shorten(found.Entry.Text),
		})
	}
}

// shorten cuts a text that is long.
func shorten(s string) string {
	if len(s) <= maxFalseText {
		return s
	}
	end := maxFalseText
	for end > 0 && s[end]&0xc0 == 0x80 {
		end--
	}
	return s[:end] + "…"
}

func (h *CacheHits) add(saved float64) {
	h.Hits++
	if saved == saved {
		h.SavedKnown++
		h.saved += saved
	}
}

func (h *CacheHits) finish(requests int64, semantic bool, alpha float64) {
	h.Share = Number(float64(h.Hits) / float64(requests))
	h.SavedUSD, h.FalseRate, h.FalseUpper = Unknown, Unknown, Unknown
	if h.SavedKnown > 0 || h.Hits == 0 {
		h.SavedUSD = Number(h.saved)
	}
	if semantic && h.Hits > 0 {
		h.FalseRate = Number(float64(h.False) / float64(h.Hits))
		h.FalseUpper = Number(stats.UpperShare(float64(h.False), float64(h.Hits), alpha))
	}
}

// finish returns what the run came to.
func (r *cacheRun) finish(alpha float64) *CacheResult {
	out := r.result
	out.Exact.finish(out.Requests, false, alpha)
	out.Semantic.finish(out.Requests, true, alpha)
	out.Tasks = []CacheTask{}
	for k := range r.tasks {
		task := r.tasks[k]
		if task.Exact.Hits+task.Semantic.Hits == 0 {
			continue
		}
		task.Task = r.t.job.tables[r.v].table.TaskName(routing.TaskID(k))
		task.Exact.finish(out.Requests, false, alpha)
		task.Semantic.finish(out.Requests, true, alpha)
		out.Tasks = append(out.Tasks, task)
	}
	slices.SortStableFunc(out.FalseHits, compareFalseHits)
	out.FalseHits = out.FalseHits[:min(len(out.FalseHits), maxFalseHits)]
	return &out
}

func compareFalseHits(a, b FalseHit) int {
	switch {
	case a.Proven != b.Proven && a.Proven:
		return -1
	case a.Proven != b.Proven:
		return 1
	case a.Similarity != b.Similarity:
		if a.Similarity > b.Similarity {
			return -1
		}
		return 1
	}
	return 0
}

// mapStore is a cache.Store without bounds: what it forgets is for the index to say.
type mapStore map[string][]byte

func (m mapStore) Get(_ context.Context, key string) ([]byte, error) {
	if v, ok := m[key]; ok {
		return v, nil
	}
	return nil, cache.ErrMiss
}

func (m mapStore) Set(_ context.Context, key string, value []byte, _ time.Duration) error {
	m[key] = value
	return nil
}

func (mapStore) Close() error { return nil }

// dropTexts leaves out the texts of false hits.
func dropTexts(hits []FalseHit) {
	for i := range hits {
		hits[i].Text, hits[i].SourceText = "", ""
	}
}

// DropCacheTexts leaves the texts of false hits out.
func (c *Comparison) DropCacheTexts() {
	for i := range c.Candidates {
		if r := c.Candidates[i].Caches; r != nil {
			dropTexts(r.FalseHits)
		}
	}
}
