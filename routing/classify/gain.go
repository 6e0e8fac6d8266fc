package classify

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// A Gain predicts what a stronger model would gain on a request over a weaker one: the difference of their qualities, in
// [−1, 1]. It is linear in the classifier's features. It is immutable and safe for concurrent use.
type Gain struct {
	header GainHeader
	sum    *Classifier // of one task and one lane, whose score is the gain
}

// A GainModel is what training makes; NewGain turns it into a Gain, with weights in eight bits.
type GainModel struct {
	GainHeader

	Features []uint32  // indexes of the features that have weights, rising; at least one
	IDF      []float32 // what the values of each feature are multiplied by
	// Weights are what each feature, at unit value of a request of unit length, adds to the gain.
	Weights []float32
	// Seen are the upper halves of the keys of the prompts and groups that the model was trained on, rising.
	Seen []uint32
}

// A GainHeader is what the artifact of a Gain says of itself in JSON.
type GainHeader struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Tool    string `json:"tool_version,omitempty"`

	Task   string `json:"task,omitempty"`   // whose requests it was trained on
	Weak   string `json:"weak,omitempty"`   // the model that is gained on
	Strong string `json:"strong,omitempty"` // the model that gains

	Embedder  string   `json:"embedder"` // NGramsName: a gain is predicted from the prompt
	Dims      int      `json:"dims"`
	Intercept float64  `json:"intercept"` // the gain on a request without any known feature
	Training  Training `json:"training"`
}

// Format and version of the artifacts of gains.
const (
	GainFormat  = "tierwise.gain"
	GainVersion = 1
)

// gainMagic begins every artifact of a gain.
const gainMagic = "tierwise\x00gai"

var errNoPrompt = fmt.Errorf("looks at embeddings: want %s, features of the prompt", NGramsName)

// model returns the model of one lane that scores what this one predicts.
func (h *GainHeader) model() Model {
	return Model{Header: Header{
		Tasks: []string{"gain"}, Embedder: h.Embedder, Dims: h.Dims, Head: "linear", Lanes: []Lane{{Bias: h.Intercept}},
		Temperature: 1, Confidence: Calibration{Slope: 1}, Novelty: []float64{0},
	}}
}

// NewGain makes a Gain of a model.
func NewGain(m *GainModel) (*Gain, error) {
	if m.Embedder != NGramsName {
		return nil, errNoPrompt
	}
	lane := m.model()
	lane.Features, lane.IDF, lane.Weights, lane.Seen = m.Features, m.IDF, m.Weights, m.Seen
	c, err := New(&lane)
	if err != nil {
		return nil, err
	}
	g := &Gain{header: m.GainHeader, sum: c}
	g.header.Format, g.header.Version = GainFormat, GainVersion
	return g, nil
}

// Predict returns the predicted gain on a request, in [−1, 1].
func (g *Gain) Predict(in *Input) float64 {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	_, _ = g.sum.score(s, in) // it fails for embedders other than n-grams only
	gain := float64(s.sums[0])
	if math.IsNaN(gain) { // weights so great that their sum is no number
		gain = g.header.Intercept
	}
	return min(max(gain, -1), 1)
}

// Seen reports whether a prompt or group of that key was trained on; see [Classifier.Seen].
func (g *Gain) Seen(key uint64) bool { return g.sum.Seen(key) }

// Header returns what the artifact says of itself.
func (g *Gain) Header() *GainHeader { return &g.header }

// MarshalBinary returns the artifact. ARTIFACT.md describes it.
func (g *Gain) MarshalBinary() ([]byte, error) { return seal(gainMagic, &g.header, g.sum.body()) }

// DecodeGain reads the artifact of a gain. It refuses one that is damaged, of another format, or of a later major version.
func DecodeGain(data []byte) (*Gain, error) {
	header, rest, err := unseal(gainMagic, data, "no predictor of gains: tierwise tune writes one where it splits a task")
	if err != nil {
		return nil, err
	}
	g := &Gain{}
	if err := json.Unmarshal(header, &g.header); err != nil {
		return nil, fmt.Errorf("its header is not as expected: %w", err)
	}
	if h := &g.header; h.Format != GainFormat || h.Version != GainVersion {
		return nil, fmt.Errorf("is %s version %d: this program reads %s version %d; tune anew", h.Format, h.Version, GainFormat, GainVersion)
	}
	if g.header.Embedder != NGramsName {
		return nil, errNoPrompt
	}
	body, err := inflate(rest)
	if err != nil {
		return nil, err
	}
	lane := g.header.model()
	if g.sum, err = decodeBody(&lane.Header, body); err != nil {
		return nil, err
	}
	if len(g.sum.protos) > 0 {
		return nil, errors.New("has prototypes, which a gain has none of")
	}
	return g, nil
}
