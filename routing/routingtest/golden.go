package routingtest

import (
	"bytes"
	"io/fs"
	"testing"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/golden"
)

// maxDifferences is how many differences a test shows.
const maxDifferences = 50

// Golden tests that a router decides as an evaluation did, on the requests in the golden file of that name. Each
// difference is reported with the request's id, the field, and what it is and was.
func Golden(t testing.TB, router *routing.Router, fsys fs.FS, name string) {
	t.Helper()
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := golden.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(f.Requests) == 0 {
		t.Fatalf("%s: has no requests, so it shows nothing", name)
	}
	differences, err := golden.Check(t.Context(), router, f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i, d := range differences {
		if i == maxDifferences {
			t.Errorf("%s: and %d more differences", name, len(differences)-i)
			break
		}
		t.Errorf("%s: %s", name, d)
		if d.Field == "decision_hash" {
			t.Errorf("the config was changed since it was evaluated: evaluate it again (tierwise check), or undo the change")
		}
	}
}
