package routing

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing/classify"
)

// A tableClassifier is layer 2 of a table.
type tableClassifier struct {
	*classify.Classifier
	min float64
}

// decodeClassifier reads the artifact of an embedding router and checks that it is for these tasks and that embedder.
func decodeClassifier(e *EmbeddingRouter, data []byte, tasks []string) (*classify.Classifier, error) {
	c, err := classify.Decode(data)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, task := range c.Tasks() {
		if !slices.Contains(tasks, task) {
			missing = append(missing, task)
		}
	}
	if len(missing) > 0 {
		more := ""
		if len(missing) > 1 {
			more = fmt.Sprintf(" and %d more", len(missing)-1)
		}
		return nil, fmt.Errorf("tells apart tasks that the config lacks: %q%s%s: add them, or train on requests of the config's tasks",
			missing[0], more, suggest(missing[0], tasks))
	}
	return c, checkEmbedder(e, c)
}

// checkEmbedder makes sure that whoever wrote the config and the classifier mean the same vectors.
func checkEmbedder(e *EmbeddingRouter, c *classify.Classifier) error {
	has, want := c.Embedder().Name(), firstSet(e.Embedder, builtinEmbedder)
	if has == classify.NGramsName {
		has = builtinEmbedder
	} else if strings.HasPrefix(has, builtinEmbedder+"/") {
		return fmt.Errorf("was trained on %s, which this program does not make (it makes %s): train it anew", has, classify.NGramsName)
	}
	switch {
	case has == want:
		return nil
	case e.Embedder == "":
		return fmt.Errorf("was trained on embeddings of %q: say embedder = %q if requests come with those", has, has)
	}
	return fmt.Errorf("was trained on embeddings of %q, not of %q: vectors of two embedders cannot be compared", has, want)
}

func (t *Table) compileClassifier(c *Config) error {
	e := c.Router.Embedding
	data, ok := c.Files[e.Artifact]
	if !ok {
		return fmt.Errorf("artifact %q was not read", e.Artifact)
	}
	names := make([]string, len(t.tasks))
	for i := range t.tasks {
		names[i] = t.tasks[i].name
	}
	classifier, err := decodeClassifier(e, data, names)
	if err != nil {
		return fmt.Errorf("%q: %w", e.Artifact, err)
	}
	out := &tableClassifier{Classifier: classifier, min: classifier.Header().MinConfidence}
	if e.MinConfidence != nil {
		out.min = *e.MinConfidence
	}
	t.router.classifier = out
	return nil
}

// Classifier returns the classifier of layer 2, nil if the table has none.
func (t *Table) Classifier() *classify.Classifier {
	if t.router.classifier == nil {
		return nil
	}
	return t.router.classifier.Classifier
}

var errNoClassifier = errors.New("the table has no classifier")

// Predict asks the table's classifier for the task of a request: what a Classifier answers for LayerEmbedding. It fails
// if there is none, or if the request lacks the embedding that it wants.
func (t *Table) Predict(f *Features) (task string, confidence float64, err error) {
	if t.router.classifier == nil {
		return "", 0, errNoClassifier
	}
	p, err := t.router.classifier.Predict(f.input())
	if err != nil {
		return "", 0, err
	}
	return t.router.classifier.Tasks()[p.Task], p.Confidence, nil
}

// input returns what trained models look at.
func (f *Features) input() *classify.Input {
	return &classify.Input{
		Text: f.Prompt, Messages: f.Messages, Tools: f.Tools, Schema: f.Schema, Attachment: f.Attachment, Embedding: f.Embedding,
	}
}
