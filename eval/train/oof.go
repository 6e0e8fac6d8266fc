package train

import (
	"fmt"
	"io"
	"math"
)

// A Prediction is what a model that was not trained on a request says of it: a row of the file of out-of-fold predictions.
type Prediction struct {
	ID          string  `parquet:"id"`
	PromptKey   int64   `parquet:"prompt_key"` // the bits of datasets.PromptKey
	Fold        int32   `parquet:"fold"`
	Gold        string  `parquet:"gold,dict"`
	Task        string  `parquet:"task,dict"` // predicted
	Confidence  float64 `parquet:"confidence"`
	Probability float64 `parquet:"probability"`
	Similarity  float64 `parquet:"similarity"`
}

// OutOfFold are the out-of-fold predictions of the requests that an artifact was trained on. It is safe for concurrent use.
type OutOfFold struct {
	artifact string
	rows     []Prediction
	index    rowIndex
}

// Metadata of the file.
const (
	oofFormat  = "tierwise.oof"
	oofVersion = "1"
	oofWhat    = "out-of-fold predictions"
)

func newOutOfFold(artifact string, rows []Prediction) *OutOfFold {
	return &OutOfFold{artifact, rows, indexRows(rows, func(p *Prediction) (uint64, string) { return uint64(p.PromptKey), p.ID })}
}

func (p *problem) predictions(h *held, opinions []opinion) *OutOfFold {
	rows := make([]Prediction, len(h.requests))
	for i := range rows {
		r := &h.requests[i]
		rows[i] = Prediction{
			ID: r.ID, PromptKey: int64(r.PromptKey), Fold: int32(r.Fold), Gold: p.requests.taskName(r.Task), Task: p.requests.Tasks[h.best[i]],
			Confidence: opinions[i].confidence, Probability: opinions[i].probability, Similarity: h.similarity[i],
		}
	}
	return newOutOfFold("", rows)
}

// Rows returns the predictions in the order of the training requests. The slice is the receiver's.
func (o *OutOfFold) Rows() []Prediction { return o.rows }

// Artifact is the SHA-256, in hex, of the artifact file that the predictions belong to.
func (o *OutOfFold) Artifact() string { return o.artifact }

// Lookup returns what is predicted for the request of that id and prompt key, else for any of that prompt key.
func (o *OutOfFold) Lookup(id []byte, promptKey uint64) (task string, confidence float64, ok bool) {
	row, ok := o.index.find(id, promptKey)
	if !ok {
		return "", 0, false
	}
	return o.rows[row].Task, o.rows[row].Confidence, true
}

// Write writes the predictions as a Parquet file that belongs to the artifact of that SHA-256, in hex.
func (o *OutOfFold) Write(w io.Writer, artifact string) error {
	return writePredictions(w, o.rows, oofFormat, oofVersion, artifact)
}

// ReadOutOfFold reads what Write wrote.
func ReadOutOfFold(r io.ReaderAt, size int64) (*OutOfFold, error) {
	rows, artifact, err := readPredictions(r, size, oofWhat, oofFormat, oofVersion, func(p *Prediction) error {
		if !(p.Confidence >= 0 && p.Confidence <= 1) || p.Task == "" || math.IsNaN(p.Probability) {
			return fmt.Errorf("confidence %v in task %q: want 0 to 1, and a task", p.Confidence, p.Task)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return newOutOfFold(artifact, rows), nil
}
