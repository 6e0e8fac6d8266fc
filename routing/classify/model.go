package classify

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Dense is the number of dimensions of the vectors that stand for requests where sparse ones are unwieldy: in the
// prototypes of a classifier, and in a semantic cache.
const Dense = 256

// Reject is the task of a lane that collects requests that are out of scope.
const Reject = -1

// Limits of a model.
const (
	MaxTasks = 4096
	MaxLanes = 16384
)

// A Model is what training makes; New turns it into a Classifier, with weights in eight bits.
type Model struct {
	Header

	Features []uint32  // indexes of the features that have weights, rising
	IDF      []float32 // inverse document frequency of each feature: what its values are multiplied by
	// Weights are what each feature, at unit value of a request of unit length, adds to each lane: Features × Lanes.
	Weights []float32
	// Prototypes are typical requests of each task, of length 1.
	Prototypes []Prototype
	// Seen are the keys of the prompts and groups that the model was trained on, rising: see Key.
	Seen []uint32
}

// A Lane is a linear score. A task's logit is the greatest of its lanes: one for a logistic head, one per prototype
// for a head of centroids.
type Lane struct {
	Task int     `json:"task"` // or Reject
	Bias float64 `json:"bias"`
}

// A Prototype is a typical request of a task.
type Prototype struct {
	Task   int
	Vector [Dense]float32
}

// A Header is what an artifact says of itself in JSON.
type Header struct {
	Format   string   `json:"format"`
	Version  int      `json:"version"`
	Tool     string   `json:"tool_version,omitempty"`
	Tasks    []string `json:"tasks"`
	Embedder string   `json:"embedder"`
	Dims     int      `json:"dims"`
	Head     string   `json:"head"` // logistic, prototypes or average
	Lanes    []Lane   `json:"lanes"`

	// Temperature is what logits are divided by to become probabilities.
	Temperature float64 `json:"temperature"`
	// Confidence turns the probability of the best task into the probability that it is right.
	Confidence Calibration `json:"confidence"`
	// Novelty has for each task the similarity to the nearest prototype below which a request is taken to be out of
	// scope: the 2nd percentile of the task's own requests.
	Novelty []float64 `json:"novelty"`
	// MinConfidence is what training recommends as threshold, and Why is what for.
	MinConfidence float64 `json:"min_confidence"`
	Why           string  `json:"min_confidence_why,omitempty"`

	Training Training `json:"training"`
}

// A Training says what an artifact was trained on.
type Training struct {
	Requests int     `json:"requests"`
	DataHash string  `json:"data_hash,omitempty"`
	Seed     uint64  `json:"seed"`
	Folds    int     `json:"folds"`
	L2       float64 `json:"l2"`
	Reject   string  `json:"reject_task,omitempty"` // whose requests trained the rejection
}

// A Calibration is a logistic curve: the probability that the best task is right is
// 1/(1+exp(−(Slope·logit(p) + Offset))).
type Calibration struct {
	Slope  float64 `json:"slope"`
	Offset float64 `json:"offset"`
}

// Format and version of artifacts.
const (
	Format  = "tierwise.classifier"
	Version = 1
)

// check returns what is wrong with the model.
func (m *Model) check() error {
	lanes, n := len(m.Lanes), len(m.Features)
	if err := m.checkHeader(); err != nil {
		return err
	}
	if len(m.IDF) != n || len(m.Weights) != n*lanes {
		return fmt.Errorf("%d features, but %d inverse document frequencies and %d weights for %d lanes", n, len(m.IDF), len(m.Weights), lanes)
	}
	for _, x := range m.IDF {
		if !(x >= 0) || !finite(float64(x)) {
			return fmt.Errorf("an inverse document frequency is %v", x)
		}
	}
	for _, x := range m.Weights {
		if !finite(float64(x)) {
			return fmt.Errorf("a weight is %v", x)
		}
	}
	return m.checkParts()
}

func (m *Model) checkHeader() error {
	lanes, n := len(m.Lanes), len(m.Features)
	switch {
	case len(m.Tasks) == 0 || len(m.Tasks) > MaxTasks:
		return fmt.Errorf("%d tasks: want 1 to %d", len(m.Tasks), MaxTasks)
	case lanes == 0 || lanes > MaxLanes:
		return fmt.Errorf("%d lanes: want 1 to %d", lanes, MaxLanes)
	case m.Dims < 1 || m.Dims > maxDims:
		return fmt.Errorf("%d dimensions: want 1 to %d", m.Dims, maxDims)
	case m.Embedder == NGramsName && m.Dims&(m.Dims-1) != 0:
		return fmt.Errorf("%d dimensions: want a power of two", m.Dims)
	case m.Embedder == "":
		return errors.New("no embedder")
	case n == 0 || n > m.Dims:
		return fmt.Errorf("%d features of %d dimensions", n, m.Dims)
	case len(m.Novelty) != len(m.Tasks):
		return fmt.Errorf("%d tasks, but %d limits of novelty", len(m.Tasks), len(m.Novelty))
	case !finite(m.Temperature) || !(m.Temperature > 0):
		return fmt.Errorf("temperature %v: want a positive number", m.Temperature)
	case !finite(m.Confidence.Offset) || !finite(m.Confidence.Slope) || m.Confidence.Slope < 0:
		return fmt.Errorf("calibration %v: want numbers, the slope not negative", m.Confidence)
	case !(m.MinConfidence >= 0 && m.MinConfidence <= 1):
		return fmt.Errorf("min_confidence %v: want 0 to 1", m.MinConfidence)
	}
	return nil
}

const maxDims = 1 << maxBits

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func (m *Model) checkParts() error {
	known := map[string]bool{}
	for _, name := range m.Tasks {
		if name == "" || known[name] {
			return fmt.Errorf("task %q is empty or there twice", name)
		}
		known[name] = true
	}
	laned := make([]bool, len(m.Tasks))
	for i, l := range m.Lanes {
		if l.Task < Reject || l.Task >= len(m.Tasks) || !finite(l.Bias) {
			return fmt.Errorf("lane %d is of task %d of %d, bias %v", i, l.Task, len(m.Tasks), l.Bias)
		}
		if l.Task != Reject {
			laned[l.Task] = true
		}
	}
	if k := slices.Index(laned, false); k >= 0 {
		return fmt.Errorf("task %q has no lane", m.Tasks[k])
	}
	for i, f := range m.Features {
		if int(f) >= m.Dims || i > 0 && f <= m.Features[i-1] {
			return fmt.Errorf("feature %d is out of order or range", f)
		}
	}
	for i, p := range m.Prototypes {
		if p.Task < 0 || p.Task >= len(m.Tasks) {
			return fmt.Errorf("prototype %d is of task %d of %d", i, p.Task, len(m.Tasks))
		}
	}
	for _, x := range m.Novelty {
		if !finite(x) {
			return fmt.Errorf("limit of novelty %v: want a number", x)
		}
	}
	return nil
}
