package eval

import (
	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// predictions are what one classifier says of the requests of a block. Each request is put to it once, when the first
// table asks. Requests that it was trained on are not put to it at all: no figure rests on what it remembers.
type predictions struct {
	state      []predicted
	task       []string
	confidence []float64
}

// predicted says where a prediction came from.
type predicted uint8

const (
	notAsked       predicted = iota
	byClassifier             // which had not seen the request
	byOutOfFold              // it was trained on the request; this is what others said that were not
	noEmbedding              // the request lacks the embedding that the classifier wants
	trainedOnAlone           // trained on, and there is no out-of-fold prediction: the request is left out
)

// load starts on a block: requests that the classifier was trained on get their out-of-fold predictions.
func (p *predictions) load(c *classifier, t *datasets.Traffic, m *Memo) {
	if m.recall(c, t, p) {
		return
	}
	p.state, p.task, p.confidence = resize(p.state, t.Len), resize(p.task, t.Len), resize(p.confidence, t.Len)
	clear(p.state)
	for i := range p.state {
		if key, seen := trainedOn(c.Seen, t, i); seen {
			p.lookUp(c, t, i, key)
		}
	}
}

// trainedOn returns the prompt key of request i, and whether an artifact has seen that, or the request's group.
func trainedOn(saw func(key uint64) bool, t *datasets.Traffic, i int) (key uint64, seen bool) {
	prompt, _ := t.Prompt.At(i)
	key = datasets.PromptKey(prompt)
	seen = saw(key)
	if group, ok := t.Group.At(i); ok && !seen {
		seen = saw(datasets.GroupKey(group))
	}
	return key, seen
}

// lookUp finds the out-of-fold prediction of request i. One that is none of the classifier's answers serves as little as
// one that is missing.
func (p *predictions) lookUp(c *classifier, t *datasets.Traffic, i int, key uint64) {
	p.state[i] = trainedOnAlone
	if c.outOfFold == nil {
		return
	}
	id, _ := t.ID.At(i)
	task, confidence, ok := c.outOfFold.Lookup(id, key)
	if ok && c.tasks[task] && confidence >= 0 && confidence <= 1 {
		p.state[i], p.task[i], p.confidence[i] = byOutOfFold, task, confidence
	}
}

// of returns the prediction for request i, whose features are f, under a table of the classifier.
func (p *predictions) of(i int, table *routing.Table, f *routing.Features) (task string, confidence float64, ok bool) {
	if p.state[i] == notAsked {
		task, confidence, err := table.Predict(f)
		p.state[i], p.task[i], p.confidence[i] = byClassifier, task, confidence
		if err != nil {
			p.state[i] = noEmbedding
		}
	}
	return p.task[i], p.confidence[i], p.state[i] == byClassifier || p.state[i] == byOutOfFold
}
