package routing

import (
	"testing"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

func TestRetrier(t *testing.T) {
	for _, test := range []struct {
		name        string
		error       llm.Error
		left        int
		again       int // how often the same error is worth another call
		least, most time.Duration
	}{
		{"rate limit", llm.Error{Cause: llm.RateLimit, Unbilled: true}, 2, 2, firstWait / 2, 3 * firstWait},
		{"rate limit that says how long", llm.Error{Cause: llm.RateLimit, Unbilled: true, RetryAfter: 3 * time.Second}, 2, 2, 3 * time.Second, 3300 * time.Millisecond},
		{"a long wait", llm.Error{Cause: llm.RateLimit, Unbilled: true, RetryAfter: time.Hour}, 1, 1, time.Hour, time.Hour + time.Second},
		{"503", llm.Error{Cause: llm.Server, Status: 503, Unbilled: true}, 3, 3, firstWait / 2, 6 * firstWait},
		{"backoffs are bounded", llm.Error{Cause: llm.Server, Unbilled: true}, 10, 10, firstWait / 2, longestWait * 3 / 2},
		{"500 may have been billed", llm.Error{Cause: llm.Server, Status: 500}, 5, maxBilled, firstWait / 2, 2 * firstWait},
		{"reset", llm.Error{Cause: llm.Connection}, 5, maxBilled, firstWait / 2, 2 * firstWait},
		{"stale, then the same", llm.Error{Cause: llm.Connection, Stale: true}, 0, maxStale, 0, 0},
		{"no retries", llm.Error{Cause: llm.RateLimit, Unbilled: true}, 0, 0, 0, 0},
		{"quota", llm.Error{Cause: llm.Quota, Unbilled: true, RetryAfter: time.Second}, 5, 0, 0, 0},
		{"time-out", llm.Error{Cause: llm.Timeout}, 5, 0, 0, 0},
		{"key", llm.Error{Cause: llm.Auth, Unbilled: true}, 5, 0, 0, 0},
		{"context length", llm.Error{Cause: llm.ContextLength, Unbilled: true}, 5, 0, 0, 0},
		{"content filter", llm.Error{Cause: llm.ContentFilter, Unbilled: true}, 5, 0, 0, 0},
		{"bad request", llm.Error{Cause: llm.BadRequest, Unbilled: true}, 5, 0, 0, 0},
		{"canceled", llm.Error{Cause: llm.Canceled}, 5, 0, 0, 0},
		{"other", llm.Error{Cause: llm.Other, Status: 404, Unbilled: true}, 5, 0, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := retrier{left: test.left}
			for i := range test.again + 1 {
				wait, again := r.again(&test.error)
				if again != (i < test.again) {
					t.Fatalf("call %d: again %v", i, again)
				}
				if again && (wait < test.least || wait > test.most) {
					t.Errorf("call %d: wait %v, want %v to %v", i, wait, test.least, test.most)
				}
			}
		})
	}
}

func TestPace(t *testing.T) {
	var p pace
	for i := range paceKnown {
		if _, _, ok := p.typical(); ok {
			t.Fatalf("known after %d answers", i)
		}
		p.add(time.Duration(i+1)*time.Second, 100)
	}
	if median, least, ok := p.typical(); !ok || median != 3*time.Second || least != time.Second || p.answerTokens() != 100 {
		t.Errorf("median %v, least %v, known %v, %v tokens", median, least, ok, p.answerTokens())
	}
	for range paceSize {
		p.add(time.Minute, 0) // of unknown tokens
	}
	if median, least, _ := p.typical(); median != time.Minute || least != time.Minute || p.answerTokens() != 100 {
		t.Errorf("median %v, least %v, %v tokens: the old ones still count", median, least, p.answerTokens())
	}
	var unknown pace
	if unknown.answerTokens() != defaultOutput {
		t.Errorf("%v tokens", unknown.answerTokens())
	}
}
