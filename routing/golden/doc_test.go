package golden_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/golden"
)

// The example of GOLDEN.md holds.
func TestDocument(t *testing.T) {
	doc, err := os.ReadFile("GOLDEN.md")
	if err != nil {
		t.Fatal(err)
	}
	fence := func(kind string) string {
		m := regexp.MustCompile("(?s)```" + kind + "\n(.*?)```").FindSubmatch(doc)
		if m == nil {
			t.Fatalf("GOLDEN.md has no %s", kind)
		}
		return string(m[1])
	}
	router, err := routing.New(fstest.MapFS{"dispatch.toml": {Data: []byte(fence("toml"))}}, "dispatch.toml", nil)
	if err != nil {
		t.Fatal(err)
	}
	f, err := golden.Read(strings.NewReader(fence("json")))
	if err != nil {
		t.Fatal(err)
	}
	differences, err := golden.Check(t.Context(), router, f)
	if err != nil || len(differences) > 0 || len(f.Requests) != 2 {
		t.Errorf("%d requests, %v, %v", len(f.Requests), differences, err)
	}
}
