package routing

import (
	"cmp"
	"fmt"
	"time"

	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/classify"
)

// An answerCache is where answers are kept for the next request. It outlives the config that named it, as long as the next
// one names the same place: keys say by which decisions an answer came about.
type answerCache struct {
	id       answerCacheID
	err      error       // why there is no store
	store    cache.Store // nil: see err
	semantic *cache.Semantic
	flight   cache.Flight[landed]
}

// An answerCacheID is what makes two caches the same.
type answerCacheID struct {
	backend string
	address string // may hold a password; only compared
}

// memoryBackend is the backend that needs no Opener.
const memoryBackend = "memory"

// storeImports are what a service imports to supply a backend.
var storeImports = map[string][2]string{
	"redis": {"github.com/tierwise/tierwise/routing/cache/redisstore", "redisstore.Open"},
}

// answerCacheOf returns the cache of a config, old if it is the same; nil: the config has none.
func answerCacheOf(c *Config, opts *Options, old *answerCache) (*answerCache, error) {
	if c.Cache.Exact == nil && c.Cache.Semantic == nil {
		return nil, nil
	}
	id, env := answerCacheID{backend: memoryBackend}, ""
	if e := c.Cache.Exact; e != nil {
		id.backend = cmp.Or(e.Backend, memoryBackend)
		if e.URLEnv != "" {
			env, id.address = e.URLEnv, opts.Getenv(e.URLEnv)
		}
	}
	open, supplied := opts.Stores[id.backend]
	if !supplied && id.backend != memoryBackend {
		return nil, errNoStore(id.backend)
	}
	if old != nil && old.id == id {
		return old, nil
	}
	a := &answerCache{id: id}
	switch {
	case env != "" && id.address == "":
		a.err = fmt.Errorf("cache.exact: set the environment variable %s to the address of the %s server", env, id.backend)
	case supplied:
		if store, err := open(id.address); err != nil {
			a.err = fmt.Errorf("cache.exact: %w", err)
		} else {
			a.store = cache.NewResilient(store, &cache.ResilientOptions{Logger: opts.Logger, Name: id.backend})
		}
	default:
		store, err := cache.NewMemory(&cache.MemoryOptions{MaxBytes: opts.CacheBytes, Clock: opts.Now})
		if err != nil {
			return nil, err
		}
		a.store = store
	}
	if a.store != nil {
		a.semantic = cache.NewSemantic(a.store, &cache.SemanticOptions{Clock: opts.Now})
	}
	return a, nil
}

func errNoStore(backend string) error {
	if from, ok := storeImports[backend]; ok {
		return fmt.Errorf("cache.exact: backend %q has to be supplied: import %q and set routing.Options{Stores: map[string]cache.Opener{%q: %s}}", backend, from[0], backend, from[1])
	}
	return fmt.Errorf("cache.exact: backend %q has to be supplied in routing.Options.Stores", backend)
}

func (a *answerCache) close() error {
	if a == nil || a.store == nil {
		return nil
	}
	return a.store.Close()
}

// A caching is what a config has its caches do.
type caching struct {
	*answerCache
	exact    bool
	ttl      time.Duration     // of exact entries; 0: for good
	embedder classify.Embedder // of the semantic cache; nil: there is none
	tasks    []cachedTask      // by TaskID
}

type cachedTask struct {
	on    bool
	least float64 // similarity of a semantic hit
	ttl   time.Duration
}

// cachingOf returns what a config has the cache do, nil if there is none that works.
func cachingOf(c *Config, t *Table, a *answerCache) *caching {
	if a == nil || a.store == nil {
		return nil
	}
	out := &caching{answerCache: a, tasks: make([]cachedTask, t.NumTasks())}
	if e := c.Cache.Exact; e != nil {
		out.exact, out.ttl = true, e.TTL
	}
	if c.Cache.Semantic != nil {
		out.embedder = t.CacheEmbedder()
	}
	for i := range c.Tasks {
		k := &c.Tasks[i]
		id := t.taskIDs[k.Name]
		out.tasks[id].on = k.Cache == nil || *k.Cache
		if s := c.Cache.Semantic; s != nil {
			out.tasks[id].least, out.tasks[id].ttl = s.For(k.Name)
		}
	}
	return out
}

// CacheEmbedder returns what compares prompts in a semantic cache: the embedder of the table's classifier if this wants
// embeddings of the requests' own, else the built-in one.
func (t *Table) CacheEmbedder() classify.Embedder {
	if c := t.Classifier(); c != nil && c.Embedder().Name() != classify.NGramsName {
		return c.Embedder()
	}
	return cache.Builtin()
}

// readyErr returns why the cache does not work, nil if it does or there is none.
func (a *answerCache) readyErr() error {
	if a == nil {
		return nil
	}
	return a.err
}
