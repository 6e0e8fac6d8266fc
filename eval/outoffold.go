package eval

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify"
)

// OutOfFold is what classifiers that had not seen them say of the requests that a candidate's classifier was trained on.
// It is safe for concurrent use.
type OutOfFold interface {
	// Lookup returns the prediction for a request by its id and datasets.PromptKey, false if there is none.
	Lookup(id []byte, promptKey uint64) (task string, confidence float64, ok bool)
}

// OutOfFoldPath returns where the out-of-fold predictions of an artifact are looked for: classifier.oof.parquet beside
// classifier.bin. Of any other name all is kept, classifier.v2.oof.parquet beside classifier.v2, so that no two artifacts but
// NAME and NAME.bin share them.
func OutOfFoldPath(artifact string) string {
	name, ok := strings.CutSuffix(artifact, ".bin")
	if !ok || name == "" || strings.ContainsRune(`/\`, rune(name[len(name)-1])) {
		name = artifact // a file that is called .bin, and nothing else
	}
	return name + ".oof.parquet"
}

// A classifier is layer 2 of one or more candidates: those with the same artifact and out-of-fold predictions.
type classifier struct {
	*classify.Classifier
	artifact  [sha256.Size]byte
	outOfFold OutOfFold // nil: none
	sum       string    // of outOfFold
	tasks     map[string]bool
	external  bool // it wants the request's own embedding
}

var errNoSum = errors.New("out-of-fold predictions without their sum")

// internClassifier returns the classifier that a candidate's table asks in a replay, −1 if it asks none.
func (j *Job) internClassifier(c *Candidate, t *routing.Table) (int, error) {
	if c.OutOfFold != nil && c.OutOfFoldSum == "" {
		return -1, errNoSum
	}
	if t.Classifier() == nil || j.opts.GoldTasks {
		return -1, nil
	}
	artifact := sha256.Sum256(c.Config.Files[c.Config.Router.Embedding.Artifact])
	same := func(o classifier) bool { return o.artifact == artifact && o.sum == c.OutOfFoldSum }
	if i := slices.IndexFunc(j.classifiers, same); i >= 0 {
		return i, nil
	}
	out := classifier{
		Classifier: t.Classifier(), artifact: artifact, outOfFold: c.OutOfFold, sum: c.OutOfFoldSum,
		tasks: map[string]bool{}, external: t.Classifier().Embedder().Name() != classify.NGramsName,
	}
	for _, name := range t.Classifier().Tasks() {
		out.tasks[name] = true
	}
	j.classifiers = append(j.classifiers, out)
	return len(j.classifiers) - 1, nil
}
