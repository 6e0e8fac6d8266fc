package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/tierwise/tierwise/eval"
)

// checkDecisionsHash returns an error if decisions say that they are of other traffic than the results.
func checkDecisionsHash(file io.ReaderAt, size int64, c *eval.Comparison) error {
	hash, err := eval.DecisionsDataHash(file, size)
	if err != nil || hash == "" || c.Data.Hash == "" || hash == c.Data.Hash {
		return err
	}
	return fmt.Errorf("these decisions are of other traffic (hash %s) than the results (hash %s): name those that eval wrote together with them", hash, c.Data.Hash)
}

// A decisionTally counts the decisions of one candidate by task, to compare with the results. Decisions of the same traffic can
// be of another config, and older files do not say which traffic they are of.
type decisionTally map[string]*taskTally

type taskTally struct{ requests, covered, lost int64 }

func (t decisionTally) add(r *eval.Record) {
	if r.Task == "" {
		return
	}
	n := t[r.Task]
	if n == nil {
		n = &taskTally{}
		t[r.Task] = n
	}
	n.requests++
	if r.Covered {
		n.covered++
	}
	if r.Delta < 0 {
		n.lost++
	}
}

// check returns an error unless the decisions are those that the results were made of. Behind caches results are about fewer
// requests than the decisions.
func (t decisionTally) check(c *eval.Comparison, label string) error {
	i := slices.IndexFunc(c.Candidates, func(k eval.CandidateResult) bool { return k.Label == label })
	if i < 0 || c.Candidates[i].Caches != nil {
		return nil
	}
	for k := range c.Candidates[i].Tasks {
		want := &c.Candidates[i].Tasks[k]
		got := t[want.Task]
		if got == nil {
			got = &taskTally{}
		}
		if *got != (taskTally{want.Requests, want.Covered, want.Lost}) {
			return fmt.Errorf("these are the decisions of another evaluation: of task %q they have %d requests, %d graded, %d worse, and the results %d, %d, %d; name those that eval wrote together with the results",
				want.Task, got.requests, got.covered, got.lost, want.Requests, want.Covered, want.Lost)
		}
	}
	return nil
}

// checkTraffic returns an error unless the traffic is that of the results: by its hash, or, where the results have none, by how
// many requests there are.
func (f *reportFlags) checkTraffic(c *eval.Comparison, hash [2]uint64, requests int64) error {
	const advice = "name the traffic that was evaluated, with the same --where, --mapping, --scale and --split-map"
	traffic := fmt.Sprintf("-d %s", f.data.data[0])
	if more := len(f.data.data) - 1; more > 0 {
		traffic += fmt.Sprintf(" and %d more", more)
	}
	switch got := eval.HashText(hash); {
	case c.Data.Hash != "" && got != c.Data.Hash:
		return fmt.Errorf("%s is not the traffic of %s: its data hash is %s, that of the results %s; %s", traffic, f.results, got, c.Data.Hash, advice)
	case c.Data.Hash == "" && requests != c.Data.Requests:
		return fmt.Errorf("%s is not the traffic of %s: it has %d requests, the results are of %d; %s", traffic, f.results, requests, c.Data.Requests, advice)
	}
	return nil
}
