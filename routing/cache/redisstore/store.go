// Package redisstore keeps a cache's entries in Redis, so that several processes share their hits. It is the only package
// that imports a Redis client.
//
// A router takes it as routing.Options{Stores: map[string]cache.Opener{"redis": redisstore.Open}}, and its config names the
// variable that holds the address.
//
// Entries are strings that expire, with a little jitter, so that what was kept together does not vanish together. The lists
// of a semantic cache are streams. The store tries once and for a short time only: wrap it in cache.NewResilient, which
// makes an outage a miss and logs each change of state once. The client logs failed connections to stderr besides, unless
// the service tells it otherwise (redis.SetLogger).
package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/tierwise/tierwise/routing/cache"
)

// Defaults of a Store.
const (
	DefaultPrefix   = "tierwise:1:"
	DefaultMaxValue = 1 << 20
	DefaultTimeout  = 100 * time.Millisecond
)

// Options of a Store. The zero value is usable.
type Options struct {
	Prefix   string        // of all keys; "": DefaultPrefix, whose number is the version of what is kept
	MaxValue int           // bytes of a value; larger ones are not kept; 0: DefaultMaxValue
	Timeout  time.Duration // of a connection, a read and a write, at most 100 ms; 0: DefaultTimeout
	// Jitter is the share of its time by which an entry may expire early, drawn at random; 0: 0.1, negative: none.
	Jitter float64
}

// A Store is a cache.Log in Redis. It is safe for concurrent use.
type Store struct {
	client *redis.Client
	opts   Options
}

// Open returns the store at a URL: redis://[[user]:password@]host[:port][/database], or rediss:// for TLS. It does not
// connect: a service starts without its cache. It is a cache.Opener. An error does not repeat the URL, which may hold a
// password.
func Open(url string) (cache.Store, error) { return OpenWith(url, nil) }

// OpenWith is Open with options.
func OpenWith(url string, opts *Options) (*Store, error) {
	s := &Store{}
	if opts != nil {
		s.opts = *opts
	}
	if s.opts.Prefix == "" {
		s.opts.Prefix = DefaultPrefix
	}
	if s.opts.MaxValue <= 0 {
		s.opts.MaxValue = DefaultMaxValue
	}
	if s.opts.Timeout <= 0 || s.opts.Timeout > DefaultTimeout {
		s.opts.Timeout = DefaultTimeout
	}
	if s.opts.Jitter == 0 {
		s.opts.Jitter = 0.1
	}
	client, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("redis: want a URL such as redis://host:6379/0, or rediss:// for TLS")
	}
	client.DialTimeout, client.ReadTimeout, client.WriteTimeout = s.opts.Timeout, s.opts.Timeout, s.opts.Timeout
	client.PoolTimeout = s.opts.Timeout
	client.ContextTimeoutEnabled = true
	client.MaxRetries, client.DialerRetries = -1, 1 // the next tier is a better second try
	client.DisableIdentity = true
	client.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	s.client = redis.NewClient(client)
	return s, nil
}

// Get implements cache.Store.
func (s *Store) Get(ctx context.Context, key string) ([]byte, error) {
	data, err := s.client.Get(ctx, s.opts.Prefix+key).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, cache.ErrMiss
	}
	return data, err
}

// Set implements cache.Store.
func (s *Store) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if len(value) > s.opts.MaxValue {
		return cache.ErrTooLarge
	}
	return s.client.Set(ctx, s.opts.Prefix+key, value, s.jittered(ttl)).Err()
}

// jittered returns a ttl that is shorter by a random part of the jitter; 0: for good.
func (s *Store) jittered(ttl time.Duration) time.Duration {
	if ttl <= 0 {
		return 0
	}
	if s.opts.Jitter > 0 {
		ttl -= time.Duration(rand.Float64() * min(s.opts.Jitter, 1) * float64(ttl))
	}
	return max(ttl, time.Millisecond)
}

// field is the only field of a stream's entries.
const field = "v"

// Append implements cache.Log: a stream, trimmed about to keep.
func (s *Store) Append(ctx context.Context, name string, value []byte, keep int, ttl time.Duration) error {
	if len(value) > s.opts.MaxValue {
		return cache.ErrTooLarge
	}
	key := s.opts.Prefix + name
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XAdd(ctx, &redis.XAddArgs{Stream: key, MaxLen: int64(keep), Approx: true, Values: []any{field, value}})
		if ttl > 0 {
			p.PExpire(ctx, key, ttl)
		}
		return nil
	})
	return err
}

// Since implements cache.Log. A place is the id of a stream's entry.
func (s *Store) Since(ctx context.Context, name, place string, limit int) (values [][]byte, next string, err error) {
	from := "-"
	if place != "" {
		from = "(" + place
	}
	entries, err := s.client.XRangeN(ctx, s.opts.Prefix+name, from, "+", int64(limit)).Result()
	if err != nil {
		return nil, place, err
	}
	for _, e := range entries {
		text, ok := e.Values[field].(string)
		if !ok {
			return nil, place, fmt.Errorf("redis: the stream of %s holds something else", name)
		}
		values, place = append(values, []byte(text)), e.ID
	}
	return values, place, nil
}

// Close implements cache.Store.
func (s *Store) Close() error { return s.client.Close() }
