package llm_test

import (
	"testing"

	"github.com/tierwise/tierwise/routing/llm"
)

func TestCauses(t *testing.T) {
	ends := map[llm.Cause]bool{llm.BadRequest: true, llm.Canceled: true, llm.ContentFilter: true}
	for c := range llm.Unrecorded {
		if got := llm.ParseCause(c.String()); got != c {
			t.Errorf("ParseCause(%q) = %v", c, got)
		}
		if c.Ends() != ends[c] {
			t.Errorf("%v.Ends() = %v", c, c.Ends())
		}
	}
	for _, foreign := range []string{"HTTP 418", "unrecorded", "Rate_Limit"} {
		if got := llm.ParseCause(foreign); got != llm.Other {
			t.Errorf("ParseCause(%q) = %v, want other: an error is an error", foreign, got)
		}
	}
}
