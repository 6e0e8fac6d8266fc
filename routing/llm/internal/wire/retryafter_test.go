package wire_test

import (
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	for _, tt := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "", 0},
		{"Retry-After", "2", 2 * time.Second},
		{"Retry-After", " 2 ", 2 * time.Second},
		{"Retry-After", "0.25", 250 * time.Millisecond},
		{"Retry-After", "0", 0},
		{"Retry-After", "-1", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "1e300", math.MaxInt64},
		{"Retry-After", "Sun, 29 Nov 2026 12:00:30 GMT", 30 * time.Second},
		{"Retry-After", "Sun, 29 Nov 2026 11:00:00 GMT", 0},
		{"Retry-After", "Sunday, 29-Nov-26 12:01:00 GMT", time.Minute},
		{"Retry-After-Ms", "1500", 1500 * time.Millisecond},
		{"X-Ms-Retry-After-Ms", "20", 20 * time.Millisecond},
	} {
		h := http.Header{}
		h.Set(tt.name, tt.value)
		if got := wire.RetryAfter(h, noon); got != tt.want {
			t.Errorf("%s: %s: %v, want %v", tt.name, tt.value, got, tt.want)
		}
	}
	h := http.Header{"Retry-After": {"9"}, "Retry-After-Ms": {"x"}, "X-Ms-Retry-After-Ms": {"7"}}
	if got := wire.RetryAfter(h, noon); got != 7*time.Millisecond {
		t.Errorf("milliseconds come first: %v", got)
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("1.5", "")
	f.Add("Sun, 29 Nov 2026 12:00:30 GMT", "20")
	f.Fuzz(func(t *testing.T, after, ms string) {
		if d := wire.RetryAfter(http.Header{"Retry-After": {after}, "Retry-After-Ms": {ms}}, noon); d < 0 {
			t.Errorf("%q, %q: %v", after, ms, d)
		}
	})
}
