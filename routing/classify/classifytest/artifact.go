// Package classifytest makes artifacts for tests whose subject is what becomes of a classifier's answers.
package classifytest

import (
	"slices"

	"github.com/tierwise/tierwise/routing/classify"
)

// Artifact returns a classifier without training: it is sure of a task if the prompt is the task's name, and less sure
// the more else the prompt holds. If model is not "", it is trained on embeddings of that name, of as many dimensions as
// there are tasks, and sure of the task whose dimension is the greatest. It panics if there is no such classifier.
func Artifact(minConfidence float64, model string, tasks ...string) []byte {
	const bits = 16
	m := &classify.Model{Header: classify.Header{
		Tasks: tasks, Embedder: classify.NGramsName, Dims: 1 << bits, Head: "logistic", Temperature: 1,
		Confidence: classify.Calibration{Slope: 1}, Novelty: make([]float64, len(tasks)), MinConfidence: minConfidence,
	}}
	weights := map[uint32][]float32{}
	add := func(feature uint32, task int, weight float32) {
		if weights[feature] == nil {
			weights[feature] = make([]float32, len(tasks))
		}
		weights[feature][task] = weight
	}
	if model != "" {
		m.Embedder, m.Dims = model, len(tasks)
	}
	for k, task := range tasks {
		m.Lanes = append(m.Lanes, classify.Lane{Task: k})
		if model != "" {
			add(uint32(k), k, 10)
			continue
		}
		features, _ := classify.NGrams{Bits: bits}.Embed(nil, &classify.Input{Text: task}) // it never fails
		for _, f := range features {
			add(f.Index, k, 1)
		}
	}
	for f := range weights {
		m.Features = append(m.Features, f)
	}
	slices.Sort(m.Features)
	for _, f := range m.Features {
		m.IDF = append(m.IDF, 1)
		m.Weights = append(m.Weights, weights[f]...)
	}
	c, err := classify.New(m)
	if err != nil {
		panic("classifytest: " + err.Error())
	}
	data, err := c.MarshalBinary()
	if err != nil {
		panic("classifytest: " + err.Error())
	}
	return data
}
