package routing

import (
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing/classify/classifytest"
)

// artifact returns a classifier of the tasks that are the name of its file, as in "extraction+reply.bin". One that ends
// with "@e5.bin" takes vectors of the embedder e5.
func artifact(t testing.TB, file string) []byte {
	t.Helper()
	names, embedder, _ := strings.Cut(strings.TrimSuffix(file, ".bin"), "@")
	return classifytest.Artifact(0.5, embedder, strings.Split(names, "+")...)
}
