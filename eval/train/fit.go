package train

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tierwise/tierwise/routing/classify"
)

// Heads of a classifier.
const (
	Logistic   = "logistic"   // a multinomial logistic head
	Prototypes = "prototypes" // the cosine to the nearest prototype of each task
	Average    = "average"    // the sum of both, the cosine times a factor
)

// A spec says how a model is fitted.
type spec struct {
	head string
	descent
	factor float32 // of cosines
}

// absent is the bias of a lane whose task has no request to fit on, as in the fold of a task that is in that fold only.
const absent = -20

// A problem is what all models of one training have in common.
type problem struct {
	requests *Requests
	embedder classify.Embedder
	v        *vectors
	label    []int // of each of requests.Train: the task; the rejection comes after all tasks
	labels   int   // tasks and the rejection, if any
	rows     []int // all
	opts     *Options
}

func newProblem(r *Requests, v *vectors, e classify.Embedder, opts *Options) *problem {
	p := &problem{requests: r, embedder: e, v: v, labels: len(r.Tasks), opts: opts}
	if r.Reject != "" {
		p.labels++
	}
	for i := range r.Train {
		k := r.Train[i].Task
		if k == classify.Reject {
			k = len(r.Tasks)
		}
		p.label = append(p.label, k)
		p.rows = append(p.rows, i)
	}
	return p
}

// random returns the random numbers of one model: a stream of its own for each, so that the number of workers does not
// matter.
func (p *problem) random(stream int) *rand.Rand {
	return rand.New(rand.NewPCG(p.requests.Seed, uint64(stream)))
}

// prototypesPerTask is how many prototypes a task may have at most as lanes: as many as keep a feature's lanes within 16 bytes.
func (p *problem) prototypesPerTask() int { return max(15/p.labels, 1) }

// epochs returns how often a descent visits each of so many rows: few rows are too few steps if each is visited as often as
// one of many, and many are enough with fewer visits.
func epochs(rows int) int {
	const steps, most = 60_000, 500_000
	return max(min(max(18, steps/max(rows, 1)), 60, most/max(rows, 1)), 6)
}

// fit fits a model on some of the rows. Its calibration is still to come.
func (p *problem) fit(rows []int, s spec, stream int) *classify.Model {
	rng := p.random(stream)
	most := p.prototypesPerTask()
	if s.head == Logistic {
		most = maxPrototypes
	}
	part := newPart(p.v, rows, p.label, p.lanesAtMost(rows, s.head))
	m := &classify.Model{
		Header: classify.Header{
			Tasks: p.requests.Tasks, Embedder: p.embedder.Name(), Dims: p.embedder.Dims(), Head: s.head,
			Temperature: 1, Confidence: classify.Calibration{Slope: 1}, Novelty: make([]float64, len(p.requests.Tasks)),
		},
		Features: part.features, IDF: part.idf,
	}
	var logistic *linear
	if s.head != Prototypes {
		logistic = part.logistic(s.descent, p.labels, rng)
	}
	protos := part.prototypes(p.labels, most, s.head != Logistic, rng)
	for j, k := range protos.label {
		if k < len(p.requests.Tasks) {
			m.Prototypes = append(m.Prototypes, classify.Prototype{Task: k, Vector: protos.dense[j]})
		}
	}
	if s.head == Logistic {
		m.Weights = logistic.weights
		for k := range p.labels {
			m.Lanes = append(m.Lanes, p.lane(k, logistic))
		}
	} else {
		p.addLanes(m, protos, logistic, s.factor)
	}
	p.closeLanes(m, rows)
	return m
}

// lanesAtMost returns how many lanes a head on the given rows has at most.
func (p *problem) lanesAtMost(rows []int, head string) int {
	if head == Logistic {
		return p.labels
	}
	return p.labels * prototypesOf(len(rows), p.prototypesPerTask())
}

func (p *problem) lane(label int, logistic *linear) classify.Lane {
	l := classify.Lane{Task: label}
	if label == len(p.requests.Tasks) {
		l.Task = classify.Reject
	}
	if logistic != nil {
		l.Bias = float64(logistic.bias[label])
	}
	return l
}

// addLanes gives the model a lane for each prototype: its weights times factor, and those of the logistic head if there
// is one.
func (p *problem) addLanes(m *classify.Model, protos *prototypes, logistic *linear, factor float32) {
	for _, k := range protos.label {
		m.Lanes = append(m.Lanes, p.lane(k, logistic))
	}
	n := len(protos.label)
	m.Weights = make([]float32, len(protos.weights))
	for i, w := range protos.weights {
		m.Weights[i] = w * factor
		if logistic != nil {
			m.Weights[i] += logistic.weights[i/n*logistic.lanes+protos.label[i%n]]
		}
	}
}

// closeLanes lets no request into the lanes of tasks that none of the rows has.
func (p *problem) closeLanes(m *classify.Model, rows []int) {
	has := make([]bool, p.labels)
	for _, i := range rows {
		has[p.label[i]] = true
	}
	for i := range m.Lanes {
		k := m.Lanes[i].Task
		if k == classify.Reject {
			k = len(p.requests.Tasks)
		}
		if !has[k] {
			m.Lanes[i].Bias = absent
		}
	}
}

// seen returns the keys that the artifact lists of the requests it was trained on.
func seen(requests []Request) []uint32 {
	var keys []uint32
	for i := range requests {
		r := &requests[i]
		keys = append(keys, uint32(r.PromptKey>>32))
		if r.Grouped {
			keys = append(keys, uint32(r.GroupKey>>32))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// classifierOf makes a classifier of a model that training made, whose faults are the training's.
func classifierOf(m *classify.Model) (*classify.Classifier, error) {
	c, err := classify.New(m)
	if err != nil {
		return nil, fmt.Errorf("the model that was fitted: %w", err)
	}
	return c, nil
}
