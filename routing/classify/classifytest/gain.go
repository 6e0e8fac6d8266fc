package classifytest

import (
	"math"
	"slices"

	"github.com/tierwise/tierwise/routing/classify"
)

// Gain returns a predictor of gains without training: it predicts intercept for a prompt that has nothing in common with
// the word, 1 more if the prompt is the word, and in between the more of the word it holds. seen are the upper halves of
// the keys that it knows as trained on. It panics if there is no such predictor.
func Gain(word string, intercept float64, seen ...uint32) []byte {
	const bits = 16
	features, _ := classify.NGrams{Bits: bits}.Embed(nil, &classify.Input{Text: word}) // it never fails
	slices.SortFunc(features, func(a, b classify.Feature) int { return int(a.Index) - int(b.Index) })
	m := &classify.GainModel{
		GainHeader: classify.GainHeader{Embedder: classify.NGramsName, Dims: 1 << bits, Intercept: intercept},
		Seen:       slices.Compact(slices.Sorted(slices.Values(seen))),
	}
	squares := 0.0
	for _, f := range features {
		squares += float64(f.Value) * float64(f.Value)
	}
	for _, f := range features {
		m.Features, m.IDF = append(m.Features, f.Index), append(m.IDF, 1)
		m.Weights = append(m.Weights, f.Value/float32(math.Sqrt(squares)))
	}
	g, err := classify.NewGain(m)
	if err != nil {
		panic("classifytest: " + err.Error())
	}
	data, err := g.MarshalBinary()
	if err != nil {
		panic("classifytest: " + err.Error())
	}
	return data
}
