// Package demo makes labeled traffic from a seed: requests of five task classes with the outcomes of four models,
// so that everything can be tried without a single API key. All of it is synthetic: the models, the providers, the
// people and the companies are invented, and no figure says anything about a real model.
//
// What makes the traffic worth evaluating is put in on purpose. Every request has a difficulty that all models
// share, and every model a strength per task, so that a cheap model is wrong mostly where the dear one struggles
// too, and acceptance checks pay:
//
//   - classification, extraction and reply can be served by cheaper models at about the same quality;
//   - reasoning cannot: every cheaper model loses more than 6 points, and no signal tells where;
//   - long-context probably can (gpt-mid loses about a point), but has too few labels to prove it;
//   - log-probabilities tell good answers from bad with an AUC between 0.75 and 0.8, except those of gpt-mid,
//     which tell nothing, and those in reasoning, where a wrong derivation reads as fluently as a right one.
package demo

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/tierwise/tierwise/datasets"
)

// Options of Rows; the zero value asks for 12,500 requests, 1,300 of them graded, from seed 0.
type Options struct {
	Seed    uint64
	PerTask int // requests of each of the five tasks; 0: 2,500
	Graded  int // of them with quality and expected answer; 0: 300
	// GradedLongContext is Graded for long-context, the task that lacks labels; 0: 100.
	GradedLongContext int
}

// Rows returns traffic over two weeks, in the order of time, with a gold task on every row and an outcome of every
// model. The same options give the same rows.
func Rows(opts *Options) []datasets.Row {
	samples := generate(opts)
	rows := make([]datasets.Row, len(samples))
	for i := range samples {
		rows[i] = samples[i].row
	}
	return rows
}

// A sample is a row and what a grader would have said of it, had anybody asked.
type sample struct {
	row datasets.Row
	// truth holds the quality of each model's answer, by index in models; that of a failed call is NaN.
	truth [numModels]float64
}

// generate makes all tasks, each from its own stream of random numbers, so that a change of one leaves the others
// as they are.
func generate(opts *Options) []sample {
	if opts == nil {
		opts = &Options{}
	}
	n := cmp.Or(max(opts.PerTask, 0), 2500)
	var samples []sample
	for i, t := range tasks() {
		graded := cmp.Or(max(opts.Graded, 0), 300)
		if t.name == longContext {
			graded = cmp.Or(max(opts.GradedLongContext, 0), 100)
		}
		r := rand.New(rand.NewPCG(opts.Seed, uint64(i+1)))
		samples = append(samples, t.samples(r, n, graded)...)
	}
	slices.SortStableFunc(samples, func(a, b sample) int { return a.row.Time.Compare(*b.row.Time) })
	for i := range samples {
		samples[i].row.ID = fmt.Sprintf("r-%06d", i+1)
	}
	return samples
}
