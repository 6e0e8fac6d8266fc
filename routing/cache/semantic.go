package cache

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/tierwise/tierwise/routing/classify"
	"github.com/tierwise/tierwise/routing/llm"
)

// Why requests are not looked up in a semantic cache, and why a near entry is not taken; see also [Guard].
const (
	SeveralTurns Reason = "turns"     // the chat has more than one turn, and its last does not stand for it
	Empty        Reason = "empty"     // there is no text, or none that the embedder knows
	NoVector     Reason = "no_vector" // the request lacks the embedding that the embedder wants
	NothingNear  Reason = "far"       // nothing is near enough
	Gone         Reason = "gone"      // the answer of the near entry is no longer there
)

// A Query is a request as a semantic cache sees it.
type Query struct {
	Text   string    // the last user turn, white space normalised
	Vector []float32 // of length 1
	space  Key       // what has to be equal
	facts  *Facts
}

// NewQuery returns the query of a request that goes to task, or why it has none. Only the last user turn is compared by
// similarity. All else has to be equal: tenant, task, system prompt, tools, schema, parameters, endpoint, decision hash and
// the embedder. A template that is the same in all requests would otherwise make them all alike.
func NewQuery(f *Fields, task string, e classify.Embedder, embedding []float32) (*Query, Reason) {
	if reason := Opaque(f.Messages); reason != "" {
		return nil, reason
	}
	user, reason := onlyUser(f.Messages)
	if reason != "" {
		return nil, reason
	}
	q := &Query{Text: Normalise(f.Messages[user].Content())}
	if q.Text == "" {
		return nil, Empty
	}
	var err error
	if q.Vector, err = Vector(e, &classify.Input{Text: q.Text, Embedding: embedding}); err != nil {
		return nil, NoVector
	}
	if dot(q.Vector, q.Vector) == 0 {
		return nil, Empty
	}
	b := appendText(nil, keyVersion)
	for _, s := range [...]string{"semantic", f.Tenant, task, f.Endpoint, f.Decision, e.Name()} {
		b = appendText(b, s)
	}
	system := make([]llm.Message, 0, len(f.Messages))
	system = append(append(system, f.Messages[:user]...), f.Messages[user+1:]...)
	b = appendFields(appendMessages(b, system), f.Messages[user].Extra)
	q.space = sha256.Sum256(f.appendRest(b))
	q.facts = FactsOf(q.Text)
	return q, ""
}

// onlyUser returns the place of the one turn of the user, around which only the system may speak.
func onlyUser(messages []llm.Message) (int, Reason) {
	user := -1
	for i := range messages {
		switch messages[i].Role {
		case "system", "developer":
		case "user":
			if user >= 0 {
				return 0, SeveralTurns
			}
			user = i
		default:
			return 0, SeveralTurns
		}
	}
	if user < 0 {
		return 0, Empty
	}
	return user, ""
}

// key is where the answer to the query is kept.
func (q *Query) key() string {
	text := sha256.Sum256([]byte(q.Text))
	return "s/" + q.space.String() + "/" + Key(text).String()
}

// SemanticOptions of a Semantic. The zero value is usable.
type SemanticOptions struct {
	// MaxEntries bounds the entries of one space (tenant, task, system prompt, …) and MaxTotal those of all; 0: 10,000 and
	// 100,000, which is about 120 MB with vectors of 256.
	MaxEntries, MaxTotal int
	// Refresh is how often a space asks a shared store what other processes added; 0: a second.
	Refresh time.Duration
	// Unguarded takes a near entry whatever the guards say: to measure what they are worth.
	Unguarded bool
	Clock     Clock
}

// A Semantic is a cache of answers to requests that are nearly the same. Each process has an index of its own; answers, and
// what others added to theirs, are in the store. It is safe for concurrent use.
type Semantic struct {
	store Store
	log   Log // the store, if it tells of others; else nil
	opts  SemanticOptions

	mu     sync.Mutex // protects what follows
	spaces map[Key]*space
	total  int
	ticks  int64
}

// A space is the entries that can answer each other's requests.
type space struct {
	key  Key
	used int64 // when it was used last, in ticks; of Semantic.mu
	size int   // of the index, as far as Semantic knows; of Semantic.mu

	mu        sync.RWMutex // protects what follows
	index     *Index
	place     string // in the log
	refreshed time.Time
}

// NewSemantic returns a cache with an empty index.
func NewSemantic(store Store, opts *SemanticOptions) *Semantic {
	s := &Semantic{store: store, spaces: map[Key]*space{}}
	if opts != nil {
		s.opts = *opts
	}
	s.log, _ = store.(Log)
	if r, ok := store.(*Resilient); ok && !r.shares() {
		s.log = nil
	}
	if s.opts.MaxEntries <= 0 {
		s.opts.MaxEntries = 10_000
	}
	if s.opts.MaxTotal <= 0 {
		s.opts.MaxTotal = 100_000
	}
	s.opts.Refresh = orDefault(s.opts.Refresh, time.Second)
	return s
}

// A Hit is an answer to another request that is taken for this one's.
type Hit struct {
	Entry      Entry
	Similarity float64 // of the two texts, rounded to 5 digits
}

// Lookup returns the nearest entry that is at least as similar as least and that no guard turns away, or why there is none:
// if entries are near enough, what is said of the nearest.
func (s *Semantic) Lookup(ctx context.Context, q *Query, least float64) (*Hit, Reason) {
	sp := s.space(q, false)
	if sp == nil {
		if s.log == nil {
			return nil, NothingNear
		}
		sp = s.space(q, true)
	}
	s.refresh(ctx, q, sp)
	var buffer [4 * maxFound]found
	sp.mu.RLock()
	near := sp.index.nearest(buffer[:0], q.Vector, least, s.opts.Clock.now().UnixNano())
	items := make([]item, len(near)) // the index may move its own
	for i := range near {
		items[i] = *near[i].item
	}
	sp.mu.RUnlock()
	why := NothingNear
	for i := range items {
		reason := Reason("")
		if !s.opts.Unguarded {
			reason = Guard(q.facts, items[i].facts)
		}
		if reason == "" {
			data, err := s.store.Get(ctx, items[i].key)
			hit := &Hit{Similarity: near[i].similarity}
			if err == nil && hit.Entry.Parse(data) == nil {
				return hit, ""
			}
			reason = Gone
		}
		if i == 0 {
			why = reason
		}
	}
	return nil, why
}

// Add keeps the answer to a query for ttl; 0: for good. What cannot be kept is left.
func (s *Semantic) Add(ctx context.Context, q *Query, e *Entry, ttl time.Duration) error {
	kept := *e
	kept.Text, kept.Stored = q.Text, s.opts.Clock.now()
	if err := s.store.Set(ctx, q.key(), kept.Append(nil), ttl); err != nil {
		return err
	}
	expires := int64(math.MaxInt64)
	if ttl > 0 {
		expires = kept.Stored.Add(ttl).UnixNano()
	}
	if s.log != nil {
		sp := s.space(q, true)
		err := s.log.Append(ctx, q.logName(), appendShared(nil, q, expires), s.opts.MaxEntries, ttl)
		sp.mu.Lock()
		sp.refreshed = time.Time{} // what this process added is found at once
		sp.mu.Unlock()
		return err
	}
	s.insert(s.space(q, true), q.Vector, item{q.key(), q.facts, q.Text, expires})
	return nil
}

// space returns the space of a query, if it is there or to be made.
func (s *Semantic) space(q *Query, create bool) *space {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.spaces[q.space]
	if sp == nil {
		if !create {
			return nil
		}
		sp = &space{key: q.space, index: NewIndex(len(q.Vector), s.opts.MaxEntries)}
		s.spaces[q.space] = sp
	}
	s.ticks++
	sp.used = s.ticks
	return sp
}

// insert adds to the index of a space and keeps the bound of all.
func (s *Semantic) insert(sp *space, v []float32, it item) {
	sp.mu.Lock()
	sp.index.add(v, it, s.opts.Clock.now().UnixNano())
	size := sp.index.Len()
	sp.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spaces[sp.key] != sp { // forgotten in the meantime
		return
	}
	s.total += size - sp.size
	sp.size = size
	for s.total > s.opts.MaxTotal && len(s.spaces) > 1 {
		s.dropLeastUsed()
	}
}

// dropLeastUsed forgets the space that was not used for longest.
func (s *Semantic) dropLeastUsed() {
	var oldest Key
	least := int64(math.MaxInt64)
	for key, sp := range s.spaces {
		if sp.used < least {
			oldest, least = key, sp.used
		}
	}
	s.total -= s.spaces[oldest].size
	delete(s.spaces, oldest)
}

// logName is the name of the list in which a space's entries are shared.
func (q *Query) logName() string { return "l/" + q.space.String() }

// refreshBatch is how many entries of others are read at once.
const refreshBatch = 1000

// refresh adds what others, and this process, appended to the log of the space.
func (s *Semantic) refresh(ctx context.Context, q *Query, sp *space) {
	if s.log == nil {
		return
	}
	sp.mu.Lock()
	now := s.opts.Clock.now()
	if !sp.refreshed.IsZero() && now.Sub(sp.refreshed) < s.opts.Refresh {
		sp.mu.Unlock()
		return
	}
	sp.refreshed = now
	place := sp.place
	sp.mu.Unlock()
	for {
		values, next, err := s.log.Since(ctx, q.logName(), place, refreshBatch)
		if err != nil || len(values) == 0 {
			return
		}
		sp.mu.Lock()
		raced := sp.place != place // another request reads the same
		sp.place = next
		sp.mu.Unlock()
		if raced {
			return
		}
		for _, value := range values {
			if v, it, err := parseShared(value, q); err == nil {
				s.insert(sp, v, it)
			}
		}
		place = next
	}
}

// A shared entry is a version, when it expires, the vector and the text.
const sharedVersion = 1

func appendShared(b []byte, q *Query, expires int64) []byte {
	b = append(b, sharedVersion)
	b = binary.LittleEndian.AppendUint64(b, uint64(expires))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(q.Vector)))
	for _, x := range q.Vector {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return append(b, q.Text...)
}

var errShared = errors.New("not a shared entry of this version and embedder")

// parseShared returns the entry that another process appended to the space of q.
func parseShared(b []byte, q *Query) ([]float32, item, error) {
	const header = 1 + 8 + 4
	if len(b) < header || b[0] != sharedVersion {
		return nil, item{}, errShared
	}
	expires := int64(binary.LittleEndian.Uint64(b[1:]))
	dims := int(binary.LittleEndian.Uint32(b[9:]))
	if b = b[header:]; dims != len(q.Vector) || len(b) < 4*dims {
		return nil, item{}, errShared
	}
	v := make([]float32, dims)
	sum := 0.0
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		sum += float64(v[i]) * float64(v[i])
	}
	if !(math.Abs(sum-1) < 1e-3) {
		return nil, item{}, errShared
	}
	other := &Query{Text: string(b[4*dims:]), space: q.space}
	return v, item{other.key(), FactsOf(other.Text), other.Text, expires}, nil
}

// Compare returns how similar two queries are and what the guards say of them; −1 if they are of different spaces.
func (q *Query) Compare(other *Query) (similarity float64, reason Reason) {
	if q.space != other.space || len(q.Vector) != len(other.Vector) {
		return -1, ""
	}
	return round(dot(q.Vector, other.Vector)), Guard(q.facts, other.facts)
}
