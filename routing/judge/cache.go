package judge

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"sync"
)

// A Cache remembers the labels of requests that were asked about before, the latest ones. It is safe for concurrent use.
type Cache struct {
	size int

	mu      sync.Mutex // protects the following fields
	entries map[Key]*list.Element
	recent  *list.List // of *entry, the latest first
}

// A Key is a question of a tenant: tenants share no label, so that none learns from the speed of an answer what another
// asked.
type Key [sha256.Size]byte

// A Label is what Labeler.Read returned.
type Label struct {
	Task       string
	Confidence float64 // NaN: unknown
}

type entry struct {
	key   Key
	label Label
}

// NewCache returns a cache of up to size labels.
func NewCache(size int) *Cache {
	return &Cache{size: size, entries: make(map[Key]*list.Element), recent: list.New()}
}

// Key returns the key of a question about the prompt to that model. The whole prompt counts, also what the question leaves
// out of it.
func (l *Labeler) Key(tenant, model, prompt string) (k Key) {
	h := sha256.New()
	for _, part := range []string{tenant, model, l.system, prompt} {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	h.Sum(k[:0])
	return k
}

// Get returns the label, false if it is not known.
func (c *Cache) Get(k Key) (l Label, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[k]
	if !ok {
		return l, false
	}
	c.recent.MoveToFront(e)
	return e.Value.(*entry).label, true
}

// Put keeps the label.
func (c *Cache) Put(k Key, l Label) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.entries[k]; ok {
		e.Value.(*entry).label = l
		return
	}
	c.entries[k] = c.recent.PushFront(&entry{k, l})
	if len(c.entries) > c.size {
		oldest := c.recent.Remove(c.recent.Back()).(*entry)
		delete(c.entries, oldest.key)
	}
}
