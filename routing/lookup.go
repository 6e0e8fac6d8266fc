package routing

import (
	"context"
	"encoding/hex"

	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/trace"
)

// A Hit says that an answer was given before, to another request.
type Hit struct {
	Kind string // "exact" or "semantic"
	ID   string // of the request that it was given to
	// Similarity is that of the two prompts, in [−1, 1]; 1 for an exact hit.
	Similarity float64
	SavedUSD   float64 // what that request cost; NaN: unknown
}

// The kinds of hits.
const (
	exactHit    = "exact"
	semanticHit = "semantic"
)

// A lookup is what the caches have to do with a request.
type lookup struct {
	*caching
	fields  cache.Fields
	key     cache.Key
	name    string       // of the answer in the store
	query   *cache.Query // of the semantic cache; nil: there is none
	miss    cache.Reason // why no cache answered
	barred  bool         // the request is neither looked up nor kept
	notKept cache.Reason
	kept    *kept // that was kept of the walk; nil: nothing was

	hit        *kept // that answers the request; nil: none does
	kind       string
	similarity float64
}

// absent is the reason of a miss where nobody has asked before.
const absent cache.Reason = "absent"

// newLookup returns the lookup of a request whose messages are asked.
func (c *caching) newLookup(w *walk) *lookup {
	l := &lookup{caching: c, miss: absent, fields: cache.FieldsOf(w.request)}
	l.fields.Tenant, l.fields.Endpoint, l.fields.Task, l.fields.Decision = w.q.Tenant, w.q.Endpoint, w.q.Task, w.serving.hash
	if w.q.NoStore {
		l.bar(cache.NoStore)
	} else if id, ok := w.serving.table.Task(w.q.Task); ok && !c.tasks[id].on {
		l.bar(cache.NoStore)
	} else if reason := cache.Opaque(w.request.Messages); reason != "" {
		l.bar(reason)
	}
	if !l.barred && l.exact {
		l.key = l.fields.Key()
		l.name = exactName(&l.key)
	}
	return l
}

// exactName is where the answer to a request is in the store.
func exactName(key *cache.Key) string {
	var b [2 + 2*len(cache.Key{})]byte
	return string(hex.AppendEncode(append(b[:0], "e/"...), key[:]))
}

func (l *lookup) bar(reason cache.Reason) { l.barred, l.miss, l.notKept = true, reason, reason }

// looksUp reports whether the request may have been answered before to the letter.
func (w *walk) looksUp() bool { return w.lookup != nil && w.lookup.exact && !w.lookup.barred }

func (w *walk) isHit() bool { return w.lookup != nil && w.lookup.hit != nil }

// exactly looks for the answer to the same request.
func (l *lookup) exactly(ctx context.Context) bool {
	data, err := l.store.Get(ctx, l.name)
	if err != nil {
		return false
	}
	var e cache.Entry
	if e.Parse(data) != nil {
		return false
	}
	k, err := keptOf(&e)
	if err != nil {
		return false
	}
	l.take(exactHit, k, 1)
	return true
}

func (l *lookup) take(kind string, k *kept, similarity float64) {
	l.hit, l.kind, l.similarity, l.miss = k, kind, similarity, ""
}

// near looks for the answer to a request of the same task that is nearly the same. The task is known.
func (w *walk) near(ctx context.Context) bool {
	l := w.lookup
	if l == nil || l.barred {
		return false
	}
	task := &l.tasks[w.route.Task]
	if !task.on {
		l.bar(cache.NoStore)
		l.part()
		return false
	}
	if l.embedder == nil {
		return false
	}
	if l.query, l.miss = cache.NewQuery(&l.fields, w.task.name, l.embedder, w.features.Embedding); l.query == nil {
		return false
	}
	found, reason := l.semantic.Lookup(ctx, l.query, task.least)
	if found == nil {
		l.miss = reason
		return false
	}
	k, err := keptOf(&found.Entry)
	if err != nil {
		l.miss = cache.Gone
		return false
	}
	l.take(semanticHit, k, found.Similarity)
	l.part()
	return true
}

// part lets those go who wait for this request's answer, which will not be theirs.
func (l *lookup) part() {
	if l.exact {
		l.flight.Part(l.key)
	}
}

// keep keeps the answer that the walk came to, if it is one to be kept.
func (w *walk) keep(ctx context.Context) {
	l := w.lookup
	if l == nil || l.barred {
		return
	}
	a := cache.Answer{Messages: w.request.Messages, Failed: !w.decision.Returned(), Accepted: w.decision.Ended == Accepted}
	if !a.Failed {
		a.Finish, a.ToolCall, a.Refusal = w.answer.FinishReason, len(w.answer.ToolCalls) > 0, w.answer.Refusal != ""
	}
	if l.notKept = cache.Unstorable(&a); l.notKept != "" {
		return
	}
	l.kept = w.keepable()
	e := l.kept.entry()
	e.Stored = w.router.opts.Now()
	// The answer is paid: who has left does not make it worth less.
	ctx = context.WithoutCancel(ctx)
	if l.exact {
		l.failed(l.store.Set(ctx, l.name, e.Append(nil), l.ttl))
	}
	if l.query != nil {
		l.failed(l.semantic.Add(ctx, l.query, e, l.tasks[w.route.Task].ttl))
	}
}

// notRoom is the reason that a store gives by not taking an answer.
const notRoom cache.Reason = "room"

func (l *lookup) failed(err error) {
	if err != nil {
		l.notKept = notRoom
	}
}

// keepable returns the walk's answer as it is kept.
func (w *walk) keepable() *kept {
	t, s := w.serving.table, &w.task.chain[w.decision.Answer]
	response := copyOf(w.answer)
	if !w.request.Logprobs { // a check wanted to see them
		response.Logprobs = nil
	}
	k := &kept{
		id: w.record.ID, task: w.task.name, tier: t.TierName(s.Tier), model: t.ModelName(s.Model), layer: w.route.Layer, confidence: w.route.Confidence,
		costUSD: w.routerCost + w.cost, response: response,
	}
	if w.route.Rule >= 0 {
		k.rule = t.RuleName(w.route.Rule)
	}
	if w.route.Split {
		k.split = t.TaskName(w.route.From)
	}
	return k
}

// cachedAnswer returns the answer of a hit.
func (w *walk) cachedAnswer() *Answer {
	l := w.lookup
	k := l.hit
	a := &Answer{
		Response: k.response, ID: w.record.ID, Task: k.task, Layer: k.layer, Tier: k.tier, ByModel: k.model, CostUSD: w.routerCost, Latency: w.took,
		Hit: &Hit{Kind: l.kind, ID: k.id, Similarity: l.similarity, SavedUSD: k.costUSD},
	}
	if l.kind == semanticHit {
		a.Layer = w.route.Layer
	}
	return a
}

// record notes what the caches did.
func (l *lookup) record(r *trace.Record) {
	if l == nil {
		return
	}
	if l.hit == nil {
		r.CacheMiss, r.NotKept = string(l.miss), string(l.notKept)
		return
	}
	r.Cache = &trace.Cache{Kind: l.kind, ID: l.hit.id, SavedUSD: trace.Known(l.hit.costUSD)}
	if l.kind == semanticHit {
		r.Cache.Similarity = trace.Known(l.similarity)
		return
	}
	r.Task, r.Layer, r.Confidence, r.Rule, r.Split = l.hit.task, l.hit.layer.String(), l.hit.confidence, l.hit.rule, l.hit.split
}

// A landed request is what those share who asked the same at the same time.
type landed struct {
	over   bool // the request came to its end
	answer *Answer
	last   *llm.Event // of the stream, if the answer was passed through
	kept   *kept      // nil: nobody shares it
}

// fly answers the request, for all who ask the same now.
func (w *walk) fly(ctx context.Context) (landed, bool, error) {
	if !w.lookup.exactly(ctx) { // nobody has answered it since it was looked up
		w.run(ctx)
	}
	answer, err := w.finish()
	out := landed{over: true, answer: answer, kept: w.lookup.kept}
	if h := w.lookup.hit; h != nil && w.lookup.kind == exactHit {
		out.kept = h.copy()
	}
	if w.out != nil && err == nil {
		out.last = w.out.tail(answer)
	}
	return out, out.kept != nil, err
}

// land makes the caller's answer of what a flight came to.
func (w *walk) land(ctx context.Context, f *landed, shared bool, err error) (*Answer, error) {
	switch {
	case f.over && !shared:
		return f.answer, err
	case err == nil:
		w.lookup.take(exactHit, f.kept.copy(), 1)
		return w.finish()
	case !shared: // the walk goes on for others, or ends soon, and writes the record
		return nil, doneError(ctx)
	}
	e := doneError(ctx)
	w.errs, w.left = append(w.errs, e), true
	return w.finish()
}

// doCached is Do where the request may have been answered before to the letter.
func (w *walk) doCached(ctx context.Context) (*Answer, error) {
	if w.lookup.exactly(ctx) {
		return w.finish()
	}
	f, shared, err := w.lookup.flight.Do(ctx, w.lookup.key, w.fly)
	return w.land(ctx, &f, shared, err)
}
