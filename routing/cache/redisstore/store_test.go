package redisstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/cache/redisstore"
	"github.com/tierwise/tierwise/routing/llm"
)

// A server is Debian's redis-server on a free port.
type server struct {
	port int
	cmd  *exec.Cmd
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *server) url() string { return fmt.Sprintf("redis://127.0.0.1:%d/0", s.port) }

// patiently repeats what may run out of time on a busy machine: the store's patience ends after 100 ms.
func patiently(t *testing.T, op func() error) {
	t.Helper()
	var err error
	for range 20 {
		if err = op(); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal(err)
}

// start starts the server and waits until it answers.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command("redis-server", "--port", fmt.Sprint(s.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	for range 500 {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port)); err == nil {
			c.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("redis-server does not answer")
}

func (s *server) kill() {
	if s.cmd != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		s.cmd = nil
	}
}

func startServer(t *testing.T) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("no redis-server: install Debian's package to test against the real thing")
	}
	s := &server{port: freePort(t)}
	s.start(t)
	return s
}

func open(t *testing.T, url string, opts *redisstore.Options) *redisstore.Store {
	t.Helper()
	s, err := redisstore.OpenWith(url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	srv, ctx := startServer(t), t.Context()
	one, two := open(t, srv.url(), &redisstore.Options{MaxValue: 100, Jitter: -1}), open(t, srv.url(), nil)
	patiently(t, func() error {
		if _, err := one.Get(ctx, "k"); !errors.Is(err, cache.ErrMiss) {
			return fmt.Errorf("get of nothing: %w, want a miss", err)
		}
		return nil
	})
	patiently(t, func() error { return one.Set(ctx, "k", []byte("v"), time.Hour) })
	patiently(t, func() error {
		data, err := two.Get(ctx, "k")
		if err == nil && string(data) != "v" {
			t.Errorf("the other store got %q", data)
		}
		return err
	})
	if err := one.Set(ctx, "large", make([]byte, 101), 0); !errors.Is(err, cache.ErrTooLarge) {
		t.Errorf("a value over the bound: %v", err)
	}
	patiently(t, func() error { return one.Set(ctx, "short", []byte("v"), 30*time.Millisecond) })
	gone := func() bool { _, err := one.Get(ctx, "short"); return errors.Is(err, cache.ErrMiss) }
	for range 200 {
		if gone() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !gone() {
		t.Error("an entry outlives its time")
	}
}

func TestLog(t *testing.T) {
	srv, ctx := startServer(t), t.Context()
	s := open(t, srv.url(), nil)
	attempt := 0
	list := func() string { return fmt.Sprint("list", attempt) }
	patiently(t, func() error {
		attempt++ // a write that ran out of time may have been made
		for i := range 5 {
			if err := s.Append(ctx, list(), fmt.Appendf(nil, "v%d", i), 1000, time.Hour); err != nil {
				return err
			}
		}
		return nil
	})
	var got []string
	place := ""
	for {
		var values [][]byte
		var next string
		patiently(t, func() (err error) {
			values, next, err = s.Since(ctx, list(), place, 2)
			return err
		})
		if len(values) == 0 {
			break
		}
		for _, v := range values {
			got = append(got, string(v))
		}
		place = next
	}
	if s := strings.Join(got, " "); s != "v0 v1 v2 v3 v4" {
		t.Errorf("read %s", s)
	}
}

// TestOutage kills the server while requests ask, and brings it back: asking never fails nor waits long, each change of
// state is logged once, and hits return.
func TestOutage(t *testing.T) {
	srv, ctx := startServer(t), t.Context()
	var log syncBuffer
	const pause = 200 * time.Millisecond
	store := cache.NewResilient(open(t, srv.url(), nil), &cache.ResilientOptions{
		Pause: pause, Name: "redis", Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	hit := func() bool { _, err := store.Get(ctx, "k"); return err == nil }
	patiently(t, func() error {
		store.Set(ctx, "k", []byte("v"), time.Hour)
		if !hit() {
			return errors.New("no hit while the server runs")
		}
		return nil
	})
	srv.kill()
	start := time.Now()
	for range 1000 {
		if err := store.Set(ctx, "other", []byte("v"), time.Hour); err != nil || hit() {
			t.Fatalf("in an outage: %v, want misses and no error", err)
		}
	}
	t.Logf("2,000 operations in the outage took %v", time.Since(start))
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("2,000 operations in an outage took %v", d)
	}
	srv.start(t)
	for range 100 {
		store.Set(ctx, "k", []byte("v"), time.Hour)
		if hit() {
			break
		}
		time.Sleep(pause / 4)
	}
	if !hit() {
		t.Error("no hit after the server came back")
	}
	lines := log.String()
	if strings.Count(lines, "cache is out") != 1 || strings.Count(lines, "cache is back") != 1 {
		t.Errorf("log, want one line for each change:\n%s", lines)
	}
}

// TestFrozen: a server that takes connections and says nothing costs its time-out a few times, and then nothing.
func TestFrozen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	store := cache.NewResilient(open(t, "redis://"+l.Addr().String(), nil), &cache.ResilientOptions{Timeout: 50 * time.Millisecond})
	start := time.Now()
	for range 500 {
		if _, err := store.Get(t.Context(), "k"); !errors.Is(err, cache.ErrMiss) {
			t.Fatal(err)
		}
	}
	if d := time.Since(start); d > 3*time.Second || !store.Out() {
		t.Errorf("500 look-ups took %v; left alone: %v", d, store.Out())
	}
}

// TestSharedSemantic: what one process keeps, another finds, though each has an index of its own.
func TestSharedSemantic(t *testing.T) {
	srv, ctx := startServer(t), t.Context()
	process := func() *cache.Semantic {
		store := cache.NewResilient(open(t, srv.url(), nil), nil)
		return cache.NewSemantic(store, &cache.SemanticOptions{Refresh: time.Nanosecond})
	}
	one, two := process(), process()
	query := func(tenant, text string) *cache.Query {
		f := cache.Fields{Tenant: tenant, Messages: []llm.Message{{Role: "user", Text: text}}}
		q, reason := cache.NewQuery(&f, "reply", cache.Builtin(), nil)
		if reason != "" {
			t.Fatal(reason)
		}
		return q
	}
	if _, reason := two.Lookup(ctx, query("a", "How do I reset my password?"), 0.9); reason != cache.NothingNear {
		t.Fatalf("before: %q", reason)
	}
	err := one.Add(ctx, query("a", "How do I reset my password?"), &cache.Entry{Request: "r1", Answer: []byte("so")}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*cache.Semantic{one, two} {
		patiently(t, func() error {
			hit, reason := s.Lookup(ctx, query("a", "How do I reset my password"), 0.8)
			if reason != "" || hit.Entry.Request != "r1" || string(hit.Entry.Answer) != "so" {
				return fmt.Errorf("%+v, %q", hit, reason)
			}
			return nil
		})
		if _, reason := s.Lookup(ctx, query("b", "How do I reset my password?"), 0.9); reason != cache.NothingNear {
			t.Errorf("another tenant: %q", reason)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	_, err := redisstore.Open("http://user:secret@host")
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v: want an error without the password", err)
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var _ cache.Log = (*redisstore.Store)(nil)
