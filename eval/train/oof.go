package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/tierwise/tierwise/datasets"
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
	byKey    []int32 // into rows, by prompt key, then id
}

// Metadata of the file.
const (
	oofFormat   = "tierwise.oof"
	oofVersion  = "1"
	oofArtifact = "tierwise.artifact"
)

func newOutOfFold(artifact string, rows []Prediction) *OutOfFold {
	o := &OutOfFold{artifact: artifact, rows: rows, byKey: make([]int32, len(rows))}
	for i := range o.byKey {
		o.byKey[i] = int32(i)
	}
	slices.SortFunc(o.byKey, func(i, j int32) int {
		a, b := &rows[i], &rows[j]
		return cmp.Or(cmp.Compare(uint64(a.PromptKey), uint64(b.PromptKey)), cmp.Compare(a.ID, b.ID))
	})
	return o
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
	at, _ := slices.BinarySearchFunc(o.byKey, promptKey, func(i int32, key uint64) int {
		return cmp.Compare(uint64(o.rows[i].PromptKey), key)
	})
	if at == len(o.byKey) || uint64(o.rows[o.byKey[at]].PromptKey) != promptKey {
		return "", 0, false
	}
	p := &o.rows[o.byKey[at]]
	for _, i := range o.byKey[at:] {
		q := &o.rows[i]
		if uint64(q.PromptKey) != promptKey || q.ID > string(id) {
			break
		}
		if q.ID == string(id) {
			p = q
		}
	}
	return p.Task, p.Confidence, true
}

// Write writes the predictions as a Parquet file that belongs to the artifact of that SHA-256, in hex.
func (o *OutOfFold) Write(w io.Writer, artifact string) error {
	out := parquet.NewGenericWriter[Prediction](w, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(122_880),
		parquet.KeyValueMetadata(oofFormat, oofVersion), parquet.KeyValueMetadata(oofArtifact, artifact))
	if _, err := out.Write(o.rows); err != nil {
		return err
	}
	return out.Close()
}

// ReadOutOfFold reads what Write wrote.
func ReadOutOfFold(r io.ReaderAt, size int64) (out *OutOfFold, err error) {
	defer func() {
		if fault := recover(); fault != nil { // of a reader that meets broken pages
			out, err = nil, fmt.Errorf("not a file of out-of-fold predictions: %v", fault)
		}
	}()
	f, err := datasets.OpenParquet(context.Background(), r, size)
	if err != nil {
		return nil, fmt.Errorf("not a file of out-of-fold predictions: %w", err)
	}
	version, ok := f.Lookup(oofFormat)
	switch {
	case !ok:
		return nil, fmt.Errorf("not a file of out-of-fold predictions: its metadata lacks %s", oofFormat)
	case version != oofVersion:
		return nil, fmt.Errorf("out-of-fold predictions of version %s: this program reads version %s", version, oofVersion)
	}
	want := parquet.SchemaOf(Prediction{})
	for _, column := range want.Columns() {
		if _, ok := f.Schema().Lookup(column...); !ok {
			return nil, fmt.Errorf("out-of-fold predictions: there is no column %q", column[0])
		}
	}
	artifact, _ := f.Lookup(oofArtifact)
	rows, err := readPredictions(f)
	if err != nil {
		return nil, fmt.Errorf("out-of-fold predictions: %w", err)
	}
	return newOutOfFold(artifact, rows), nil
}

func readPredictions(f *parquet.File) (rows []Prediction, err error) {
	reader := parquet.NewGenericReader[Prediction](f)
	defer func() { err = errors.Join(err, reader.Close()) }()
	buf := make([]Prediction, 1024)
	for {
		n, err := reader.Read(buf)
		for i := range n {
			if p := &buf[i]; !(p.Confidence >= 0 && p.Confidence <= 1) || p.Task == "" || math.IsNaN(p.Probability) {
				return nil, fmt.Errorf("row %d: confidence %v in task %q: want 0 to 1, and a task", len(rows)+i+1, p.Confidence, p.Task)
			}
		}
		rows = append(rows, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
