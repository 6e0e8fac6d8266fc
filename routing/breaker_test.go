package routing

import (
	"testing"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// A breakerStep is something that happens to a breaker, so long after the step before.
type breakerStep struct {
	after time.Duration
	do    string // enter, refused, works, fails, silent, trip, hold
	times int
}

func TestBreaker(t *testing.T) {
	for _, test := range []struct {
		name  string
		steps []breakerStep
	}{
		{"stays closed below the least number of failures", []breakerStep{{0, "fails", breakerLeast - 1}, {0, "enter", 1}}},
		{"opens on failures", []breakerStep{{0, "fails", breakerLeast}, {0, "refused", 1}, {breakerPause - 1, "refused", 1}, {1, "enter", 1}}},
		{"half of the calls is enough, less is not", []breakerStep{
			{0, "works", 5}, {0, "fails", 3}, {0, "works", 1}, {0, "fails", 2}, {0, "enter", 1}, {0, "fails", 1}, {0, "refused", 1},
		}},
		{"old calls do not count", []breakerStep{{0, "fails", 4}, {0, "works", 1}, {breakerWindow, "fails", 4}, {0, "enter", 1}}},
		{"calls of the half window before count", []breakerStep{{0, "fails", 4}, {0, "works", 1}, {breakerWindow / 2, "fails", 1}, {0, "refused", 1}}},
		{"a row of failures does, however old", []breakerStep{{0, "fails", 4}, {time.Hour, "enter", 1}, {0, "fails", 1}, {0, "refused", 1}}},
		{"one probe at a time", []breakerStep{{0, "fails", 5}, {breakerPause, "enter", 1}, {0, "refused", 3}, {0, "silent", 1}, {0, "enter", 1}}},
		{"a success closes it", []breakerStep{{0, "fails", 5}, {breakerPause, "enter", 1}, {0, "works", 1}, {0, "enter", 10}, {0, "fails", 4}, {0, "enter", 1}}},
		{"a failed probe opens it for twice as long", []breakerStep{
			{0, "fails", 5}, {breakerPause, "enter", 1}, {0, "fails", 1}, {2*breakerPause - 1, "refused", 1}, {1, "enter", 1},
		}},
		{"never longer than the longest pause", []breakerStep{
			{0, "fails", 5}, {5 * time.Second, "fails", 1}, {10 * time.Second, "fails", 1}, {20 * time.Second, "fails", 1}, {20 * time.Second, "fails", 1}, {20*time.Second - 1, "refused", 1}, {1, "enter", 1},
		}},
		{"late failures of calls that began before do not count", []breakerStep{{0, "fails", 50}, {breakerPause, "enter", 1}}},
		{"a trip opens it for as long as it says", []breakerStep{{0, "trip", 1}, {time.Minute - 1, "refused", 1}, {1, "enter", 1}, {0, "fails", 1}, {time.Minute - 1, "refused", 1}, {1, "enter", 1}}},
		{"what the provider asks for is no failure", []breakerStep{{0, "hold", 1}, {time.Second - 1, "refused", 5}, {1, "enter", 5}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b breaker
			now := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
			for i, s := range test.steps {
				now = now.Add(s.after)
				for range s.times {
					switch s.do {
					case "enter", "refused":
						if wait, cause := b.enter(now); (cause == llm.OK) != (s.do == "enter") || (wait > 0) != (s.do == "refused") {
							t.Fatalf("step %d: wait %v, cause %v, want %s", i, wait, cause, s.do)
						}
					case "works":
						b.leave(now, works, llm.OK)
					case "fails":
						b.leave(now, fails, llm.Server)
					case "silent":
						b.leave(now, silent, llm.OK)
					case "trip":
						b.trip(now, time.Minute, llm.Quota)
					case "hold":
						b.hold(now, time.Second)
					}
				}
			}
		})
	}
}

// TestBreakerHoldIsBounded: a provider that asks for a day gets a minute.
func TestBreakerHoldIsBounded(t *testing.T) {
	var b breaker
	now := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	b.hold(now, 24*time.Hour)
	if wait, cause := b.enter(now); wait != maxHeld || cause != llm.RateLimit {
		t.Errorf("wait %v, cause %v", wait, cause)
	}
	if _, cause := b.enter(now.Add(maxHeld)); cause != llm.OK {
		t.Errorf("cause %v after a minute", cause)
	}
}
