package cache

import (
	"context"
	"errors"
	"time"
)

// ErrMiss is what a Store returns for a key that it does not have.
var ErrMiss = errors.New("not in the cache")

// ErrTooLarge is what a Store returns for a value that is larger than it takes. It is no outage.
var ErrTooLarge = errors.New("larger than the cache takes")

// A Store keeps values for a time. It is safe for concurrent use. Wrap one that can fail or hang in [NewResilient].
type Store interface {
	// Get returns the value of a key, which the caller must not change; ErrMiss if there is none, or none any more.
	Get(ctx context.Context, key string) ([]byte, error)
	// Set keeps a value, which the caller must not change after; a ttl of 0 or less: for good, as far as there is room.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Close ends what the store keeps open.
	Close() error
}

// A Log is a Store that several processes share and that tells each what the others kept: the entries of a semantic cache.
type Log interface {
	Store
	// Append adds a value to the list of that name, which holds the last keep values or so, for ttl after the last one.
	Append(ctx context.Context, name string, value []byte, keep int, ttl time.Duration) error
	// Since returns the values that were added after a place, at most limit, and the place after them. The place before
	// all is "".
	Since(ctx context.Context, name, place string, limit int) (values [][]byte, next string, err error)
}

// An Opener opens the store at an address, such as a URL.
type Opener func(address string) (Store, error)

// A Clock tells the time; nil is time.Now.
type Clock func() time.Time

func (c Clock) now() time.Time {
	if c == nil {
		return time.Now()
	}
	return c()
}
