package cache

import (
	"context"
	"math"
	"time"

	"github.com/maypok86/otter/v2"
)

// Defaults of a Memory.
const (
	DefaultMaxBytes = 256 << 20
	// overhead is what an entry takes besides key and value, about: a node of otter's, its place in the table, two headers.
	overhead = 160
)

// MemoryOptions of a Memory. The zero value is usable.
type MemoryOptions struct {
	MaxBytes int64 // of all entries, keys and overhead included; 0: DefaultMaxBytes
	Clock    Clock
}

// A Memory is a Store in the memory of the process, within a bound of bytes. What is used least goes first (W-TinyLFU).
type Memory struct {
	entries *otter.Cache[string, memoryValue]
	max     int64
	clock   Clock
}

type memoryValue struct {
	data []byte
	ttl  time.Duration
}

// NewMemory returns an empty store.
func NewMemory(opts *MemoryOptions) (*Memory, error) {
	if opts == nil {
		opts = &MemoryOptions{}
	}
	m := &Memory{max: opts.MaxBytes, clock: opts.Clock}
	if m.max <= 0 {
		m.max = DefaultMaxBytes
	}
	var err error
	m.entries, err = otter.New(&otter.Options[string, memoryValue]{
		MaximumWeight: uint64(m.max),
		Weigher:       func(key string, v memoryValue) uint32 { return uint32(min(entryBytes(key, v.data), math.MaxUint32)) },
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, memoryValue]) time.Duration {
			return e.Value.ttl
		}),
		Clock: otterClock{opts.Clock},
		// Evicting at once, by the writer, keeps the bound at every moment and leaves no goroutine behind.
		Executor: func(fn func()) { fn() },
	})
	return m, err
}

// OpenMemory is an Opener of a Memory with the defaults, whatever the address: for tests of a config that names another
// store.
func OpenMemory(string) (Store, error) { return NewMemory(nil) }

func entryBytes(key string, data []byte) int64 { return int64(len(key)) + int64(len(data)) + overhead }

// Get implements Store.
func (m *Memory) Get(_ context.Context, key string) ([]byte, error) {
	v, ok := m.entries.GetIfPresent(key)
	if !ok {
		return nil, ErrMiss
	}
	return v.data, nil
}

// Set implements Store.
func (m *Memory) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	if n := entryBytes(key, value); n > m.max || n > math.MaxUint32 {
		return ErrTooLarge
	}
	if ttl <= 0 {
		ttl = math.MaxInt64
	}
	m.entries.Set(key, memoryValue{value, ttl})
	return nil
}

// Bytes returns what the entries take now, about.
func (m *Memory) Bytes() int64 { return int64(m.entries.WeightedSize()) }

// Close implements Store.
func (m *Memory) Close() error {
	m.entries.StopAllGoroutines()
	m.entries.InvalidateAll()
	return nil
}

// otterClock is a Clock for otter. It does not tick: what is expired goes when it is looked at, or when there is no room.
type otterClock struct{ clock Clock }

// NowNano implements otter.Clock.
func (c otterClock) NowNano() int64 { return c.clock.now().UnixNano() }

// Tick implements otter.Clock.
func (otterClock) Tick(time.Duration) <-chan time.Time { return nil }
