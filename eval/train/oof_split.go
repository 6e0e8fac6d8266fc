package train

import (
	"fmt"
	"io"
)

// A SplitPrediction is what a predictor of gains that was not trained on a request says of it: a row of the file of
// out-of-fold gains that lies beside a split's artifact.
type SplitPrediction struct {
	ID        string  `parquet:"id"`
	PromptKey int64   `parquet:"prompt_key"` // the bits of datasets.PromptKey
	Fold      int32   `parquet:"fold"`
	Gain      float64 `parquet:"gain"` // predicted, in [−1, 1]
}

// SplitOutOfFold are the out-of-fold gains of the requests that a split's artifact was trained on. It implements
// eval.OutOfFoldGains and is safe for concurrent use.
type SplitOutOfFold struct {
	artifact string
	rows     []SplitPrediction
	index    rowIndex
}

// Metadata of the file.
const (
	splitFormat  = "tierwise.split"
	splitVersion = "1"
	splitWhat    = "out-of-fold gains"
)

// NewSplitOutOfFold returns out-of-fold gains for replays and for Write. The slice becomes theirs.
func NewSplitOutOfFold(rows []SplitPrediction) *SplitOutOfFold { return newSplitOutOfFold("", rows) }

func newSplitOutOfFold(artifact string, rows []SplitPrediction) *SplitOutOfFold {
	return &SplitOutOfFold{artifact, rows, indexRows(rows, func(p *SplitPrediction) (uint64, string) { return uint64(p.PromptKey), p.ID })}
}

// Rows returns the predictions. The slice is the receiver's.
func (o *SplitOutOfFold) Rows() []SplitPrediction { return o.rows }

// Artifact is the SHA-256, in hex, of the artifact file that the predictions belong to, "" if they were not read.
func (o *SplitOutOfFold) Artifact() string { return o.artifact }

// Lookup returns what is predicted for the request of that id and prompt key, else for any of that prompt key.
func (o *SplitOutOfFold) Lookup(id []byte, promptKey uint64) (gain float64, ok bool) {
	row, ok := o.index.find(id, promptKey)
	if !ok {
		return 0, false
	}
	return o.rows[row].Gain, true
}

// Write writes the predictions as a Parquet file that belongs to the artifact of that SHA-256, in hex.
func (o *SplitOutOfFold) Write(w io.Writer, artifact string) error {
	return writePredictions(w, o.rows, splitFormat, splitVersion, artifact)
}

// ReadSplitOutOfFold reads what Write wrote.
func ReadSplitOutOfFold(r io.ReaderAt, size int64) (*SplitOutOfFold, error) {
	rows, artifact, err := readPredictions(r, size, splitWhat, splitFormat, splitVersion, func(p *SplitPrediction) error {
		if !(p.Gain >= -1 && p.Gain <= 1) {
			return fmt.Errorf("gain %v: want −1 to 1", p.Gain)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return newSplitOutOfFold(artifact, rows), nil
}
