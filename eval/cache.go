package eval

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/classify"
	"github.com/tierwise/tierwise/routing/llm"
)

// Why caches that were asked for are not replayed.
const (
	cachesNoTime  = "no time"         // the order of some request is not known
	cachesWeights = "unequal weights" // a request that stands for many would hit itself
)

// hasCaches reports whether candidate v has a cache that is to be replayed.
func (j *Job) hasCaches(v int) bool {
	c := &j.candidates[v].Config.Cache
	return j.opts.Caches && (c.Exact != nil || c.Semantic != nil)
}

// anyCaches reports whether a candidate has.
func (j *Job) anyCaches() bool {
	for v := range j.candidates {
		if j.hasCaches(v) {
			return true
		}
	}
	return false
}

// addCacheColumns adds what keys and the truth of hits need.
func (j *Job) addCacheColumns(c *datasets.Columns) {
	for v := range j.candidates {
		if j.hasCaches(v) {
			c.Prompt, c.Shape = true, true
			if j.candidates[v].Config.Cache.Semantic != nil {
				c.Expected = true
				c.Embedding = c.Embedding || j.embedder(v).Name() != classify.NGramsName
			}
		}
	}
}

// embedder returns what compares prompts in the semantic cache of candidate v.
func (j *Job) embedder(v int) classify.Embedder {
	return j.tables[v].table.CacheEmbedder()
}

// A place is where a request stands in the traffic.
type place struct {
	shard int
	row   int64
}

// A cacheRow is what a cache sees of a request, and its walks without any cache, by candidate.
type cacheRow struct {
	place
	timeUS    int64
	id        string
	fields    cache.Fields
	embedding []float32
	opaque    bool // it has no key
	key       cache.Key
	group     uint64 // hash; 0: none
	expected  uint64 // hash; 0: none
	walks     []cacheWalk
}

// A cacheWalk is a walk without caches.
type cacheWalk struct {
	route    routed
	storable bool
	answer   int8    // place in the chain
	quality  float64 // NaN: unknown
	cost     float64 // NaN: unknown
}

// A CachePlan says which requests the caches of the candidates answer, and from which others.
type CachePlan struct {
	off     string
	hits    []map[place]*hit // by router; nil: it has no caches
	results []*CacheResult   // by candidate; nil: it has no caches
}

// A hit is an answer from a cache.
type hit struct {
	kind    string // "exact" or "semantic"
	source  string // the id of the request that was answered
	route   routed // of the exact hit: its source's, at no cost
	answer  int8   // place in the chain of the task
	quality float64
}

// A CacheCollector gathers what caches need to know of all requests. It is not safe for concurrent use: every worker has its
// own.
type CacheCollector struct {
	r        *Replayer
	rows     []cacheRow
	noTime   bool
	weight   float64 // of the requests so far; 0: there are none
	unequal  bool
	needText bool
}

// NewCacheCollector returns an empty one.
func (j *Job) NewCacheCollector() *CacheCollector {
	c := &CacheCollector{r: j.NewReplayer()}
	for v := range j.candidates {
		c.needText = c.needText || j.hasCaches(v) && j.candidates[v].Config.Cache.Semantic != nil
	}
	return c
}

// Add walks the requests of a block without caches.
func (c *CacheCollector) Add(ctx context.Context, t *datasets.Traffic) {
	if t.Len == 0 {
		return
	}
	r := c.r
	r.prepare(ctx, t)
	first := len(c.rows)
	for i := range t.Len {
		w := r.block.weight(i)
		c.unequal = c.unequal || c.weight != 0 && c.weight != w
		c.weight = w
		c.noTime = c.noTime || t.TimeUS == nil || t.TimeUS[i] == datasets.NoTime
		c.rows = append(c.rows, c.row(t, i))
	}
	for v := range r.job.candidates {
		if r.job.hasCaches(v) {
			c.walk(ctx, v, c.rows[first:])
		}
	}
}

// row reads what is the same for all candidates.
func (c *CacheCollector) row(t *datasets.Traffic, i int) cacheRow {
	id, _ := t.ID.At(i)
	row := cacheRow{place: place{t.Index, t.Rows[i]}, id: string(id), walks: make([]cacheWalk, len(c.r.job.candidates))}
	if t.TimeUS != nil {
		row.timeUS = t.TimeUS[i]
	}
	f := &row.fields
	f.Tenant, _ = t.Tenant.At(i)
	f.Endpoint, _ = t.Endpoint.At(i)
	if c.r.job.opts.GoldTasks {
		f.Task, _ = t.Task.At(i)
	}
	f.Messages = messagesOf(t, i)
	if t.Tools != nil && t.Tools[i] { // which tools the traffic has as text alone; that there are some must do
		f.Tools = json.RawMessage("true")
	}
	if t.Schema != nil && t.Schema[i] {
		f.Schema = json.RawMessage("true")
	}
	if t.MaxTokens != nil && t.MaxTokens[i] > 0 {
		f.Sampling = &llm.Request{MaxTokens: int(t.MaxTokens[i])}
	}
	row.opaque = cache.Opaque(f.Messages) != "" || t.Attachment != nil && t.Attachment[i]
	if !row.opaque {
		row.key = f.Key()
	}
	if len(c.r.groups) > 0 {
		row.group = c.r.groups[i]
	}
	if text, ok := t.Expected.At(i); ok && len(text) > 0 {
		row.expected = hashBytes(text) | 1
	}
	if c.needText {
		embedding, _ := t.Embedding.At(i)
		row.embedding = slices.Clone(embedding)
	} else {
		f.Messages = nil
	}
	return row
}

// messagesOf returns the chat of request i: its prompt, if there is nothing else.
func messagesOf(t *datasets.Traffic, i int) []llm.Message {
	if data, ok := t.Messages.At(i); ok {
		if messages, err := llm.ParseMessages(data); err == nil && len(messages) > 0 {
			return messages
		}
	}
	prompt, _ := t.Prompt.At(i)
	return []llm.Message{{Role: "user", Text: string(prompt)}}
}

// walk walks the block of the rows under candidate v.
func (c *CacheCollector) walk(ctx context.Context, v int, rows []cacheRow) {
	r, j := c.r, c.r.job
	routes := r.routes[j.cells[j.plan[v][0]].router]
	table := j.tables[v].table
	r.bucket(table.NumTasks(), len(routes), func(i int) int { return int(routes[i].Task) })
	for i := range rows {
		rows[i].walks[v].route = routes[i]
	}
	var result result
	for task := range routing.TaskID(table.NumTasks()) {
		w := r.walker(j.cells[j.plan[v][task]].policy)
		kept := j.taskCached(v, task)
		for _, i := range r.byTask[task].rows {
			w.walk(ctx, int(i), &routes[i], &result)
			out := &rows[i].walks[v]
			out.answer, out.quality, out.cost = int8(result.Answer), result.quality, result.cost
			finish := ""
			if result.Returned() {
				if o := r.block.outcomes(result.model); o != nil {
					finish, _ = o.FinishReason.At(int(i))
				}
			}
			out.storable = !rows[i].opaque && cache.Unstorable(&cache.Answer{
				NoStore: !kept, Failed: !result.Returned(), Accepted: result.Ended == routing.Accepted, Finish: finish,
			}) == ""
		}
	}
}

// taskCached reports whether answers of a task may be kept.
func (j *Job) taskCached(v int, task routing.TaskID) bool {
	name := j.tables[v].table.TaskName(task)
	for i := range j.candidates[v].Config.Tasks {
		if t := &j.candidates[v].Config.Tasks[i]; t.Name == name {
			return t.Cache == nil || *t.Cache
		}
	}
	return true
}

// A CacheTraffic is all requests as caches see them, in the order of time, then id.
type CacheTraffic struct {
	job  *Job
	rows []cacheRow
	off  string
}

// CacheTraffic orders what the collectors gathered.
func (j *Job) CacheTraffic(collectors ...*CacheCollector) *CacheTraffic {
	out := &CacheTraffic{job: j}
	weight := 0.0
	for _, c := range collectors {
		out.rows = append(out.rows, c.rows...)
		switch {
		case c.noTime:
			out.off = cachesNoTime
		case out.off == "" && (c.unequal || weight != 0 && c.weight != 0 && weight != c.weight):
			out.off = cachesWeights
		}
		if c.weight != 0 {
			weight = c.weight
		}
	}
	slices.SortFunc(out.rows, func(a, b cacheRow) int {
		return cmp.Or(cmp.Compare(a.timeUS, b.timeUS), cmp.Compare(a.id, b.id), cmp.Compare(a.shard, b.shard), cmp.Compare(a.row, b.row))
	})
	return out
}

// Plan replays the caches of every candidate that has any.
func (t *CacheTraffic) Plan(ctx context.Context) (*CachePlan, error) {
	j := t.job
	p := &CachePlan{off: t.off, hits: make([]map[place]*hit, len(j.routers)), results: make([]*CacheResult, len(j.candidates))}
	if t.off != "" {
		return p, nil
	}
	for v := range j.candidates {
		if !j.hasCaches(v) {
			continue
		}
		run := t.newRun(v, nil)
		if err := run.all(ctx); err != nil {
			return nil, err
		}
		p.hits[j.cells[j.plan[v][0]].router] = run.hits
		p.results[v] = run.finish(j.opts.Alpha)
	}
	return p, nil
}

// UseCaches makes the replayer take the answers of a plan where it has any.
func (r *Replayer) UseCaches(p *CachePlan) {
	r.plan = p
	r.sums.Caches = &CacheSums{p.off, p.results}
}

// planCaches is the first pass over the data of a job with caches.
func (j *Job) planCaches(ctx context.Context, d *datasets.Dataset, shards []datasets.Shard, opts *RunOptions) (*CachePlan, error) {
	t, err := j.collectCaches(ctx, d, shards, opts)
	if err != nil {
		return nil, err
	}
	return t.Plan(ctx)
}

// collectCaches walks all requests without caches, in parallel.
func (j *Job) collectCaches(ctx context.Context, d *datasets.Dataset, shards []datasets.Shard, opts *RunOptions) (*CacheTraffic, error) {
	collectors, err := pass(ctx, d, shards, j.Columns(), &RunOptions{Workers: opts.workers()}, func() (func(*datasets.Traffic), func() *CacheCollector) {
		c := j.NewCacheCollector()
		return func(t *datasets.Traffic) { c.Add(ctx, t) }, func() *CacheCollector { return c }
	})
	if err != nil {
		return nil, err
	}
	return j.CacheTraffic(collectors...), nil
}

// hitsOf returns the hits of a router, nil if it has no caches.
func (r *Replayer) hitsOf(router int) map[place]*hit {
	if r.plan == nil || router >= len(r.plan.hits) {
		return nil
	}
	return r.plan.hits[router]
}

// hit returns the cache's answer to request i, nil if there is none.
func (r *Replayer) hit(hits map[place]*hit, i int) *hit {
	if len(hits) == 0 {
		return nil
	}
	return hits[place{r.block.traffic.Index, r.block.traffic.Rows[i]}]
}

// routeHits gives exact hits the route of their source: they were not routed.
func (r *Replayer) routeHits(router int) {
	hits := r.hitsOf(router)
	if len(hits) == 0 {
		return
	}
	for i := range r.routes[router] {
		if h := r.hit(hits, i); h != nil && h.kind == exactHit {
			r.routes[router][i] = h.route
		}
	}
}

// fromCache is the model of an answer from a cache, which nobody gave this time.
const fromCache = -2

// take fills in out with a cache's answer to request i.
func (w *walker) take(i int, route *routed, h *hit, out *result) {
	w.world.begin(i)
	*out = result{route: route, quality: h.quality, cost: route.cost, latency: route.latency, model: fromCache}
	out.Ended, out.Answer = routing.Accepted, h.answer
	if h.quality != h.quality {
		w.covered[i] &^= judgeable
	}
}
