package tune

import (
	"maps"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// A Split is a task that mixes easy and hard requests and is tuned as two: requests of which the gain of the strong model over
// the weak one is predicted to be small are sent on to a task of their own. The gain is learned on the pilot, and again for
// every table without a fold of the pilot. Whether a task is split, by which weak model and where, is decided on the
// pilot alone: nobody looks at how the unsplit task would do on the labels that certify.
type Split struct {
	Task string // keeps the hard requests
	Easy string // the task that gets the easy ones
	SplitAt
	Strong   string // the baseline
	Artifact string // path of the predictor
	Labels   int    // of the pilot that it was learned from, of all tasks

	// What the pilot promised to certify, each a share of what the task costs on the baseline.
	Unsplit, Promised float64
	EasyShare         float64 // of the task's requests, by weight
	Held              bool    // an earlier look of the search decided on it; then nothing was promised
	// Used says that at least one half is moved. Where none is, the task is not split after all.
	Used bool
	// Nearer is the half that came nearer to being moved, "easy" or "hard", where none is: what is said of the task is of it.
	Nearer string

	belows []float64 // on the whole pilot, and without each fold of it
	share  float64   // of the easy half that was decided on; 0: Below was, by an earlier look
}

// A SplitAt is how a task is split.
type SplitAt struct {
	Weak  string  // the model that the baseline is compared with
	Below float64 // the predicted gain below which requests are easy
}

// Cuts returns how tasks were split, by task: what later looks of the search are held to. It depends on the pilot alone.
func (t *Tuned) Cuts() map[string]SplitAt {
	out := map[string]SplitAt{}
	for i := range t.Splits {
		out[t.Splits[i].Task] = t.Splits[i].SplitAt
	}
	return out
}

// SplitOf returns the split that a task of the result is a half of, nil if it is of none.
func (t *Tuned) SplitOf(task string) *Split {
	for i := range t.Splits {
		if s := &t.Splits[i]; s.Used && (s.Task == task || s.Easy == task) {
			return s
		}
	}
	return nil
}

// keepCommon keeps the options that are judged on enough requests whatever fold the split is learned without.
func (e *Evidence) keepCommon() {
	for _, o := range e.without {
		for j := range e.kept {
			e.kept[j] = e.kept[j] && o.kept[j]
		}
	}
	for _, o := range e.without {
		o.kept = e.kept
	}
}

// settleSplits notes which splits are used, and puts the tasks of the others together again: neither half is moved. What is
// then said of such a task is what became of the half that came nearer to it.
func (t *Tuned) settleSplits(unsplit []searched) {
	for i := range t.Splits {
		s := &t.Splits[i]
		at := func(task string) int {
			return slices.IndexFunc(t.Tasks, func(r TaskResult) bool { return r.Task == task })
		}
		hard, easy := at(s.Task), at(s.Easy)
		if whole := t.Tried[hard].Weight + t.Tried[easy].Weight; whole > 0 {
			s.EasyShare = t.Tried[easy].Weight / whole
		}
		if s.Used = t.Tasks[hard].Option != stays || t.Tasks[easy].Option != stays; s.Used {
			continue
		}
		r, nearer := joined(&t.Tasks[hard], &t.Tasks[easy])
		s.Nearer = nearer
		k := slices.IndexFunc(unsplit, func(u searched) bool { return u.tried.Task == s.Task })
		t.Tasks[hard], t.Tried[hard], t.Ways[hard] = r, *unsplit[k].tried, unsplit[k].ways
		t.Barred[hard] = t.Barred[easy]
		t.Tasks, t.Tried = slices.Delete(t.Tasks, easy, easy+1), slices.Delete(t.Tried, easy, easy+1)
		t.Ways, t.Barred = slices.Delete(t.Ways, easy, easy+1), slices.Delete(t.Barred, easy, easy+1)
		for g := range t.Tables { // other tables may move a half, and then move the task
			options := t.Tables[g].Options
			options[hard] = max(options[hard], options[easy])
			t.Tables[g].Options = slices.Delete(options, easy, easy+1)
		}
		t.unsplit(s)
	}
}

// mixHalves spreads production's share of each task that is split over its halves, hard and easy as they were tried, one after
// the other, as the data is: who says what production asks for does not say how hard it is.
func (t *Tuned) mixHalves(halves []eval.TriedTask) {
	if t.Mix == nil {
		return
	}
	mix := *t.Mix
	shares := maps.Clone(mix.Tasks[0])
	mix.Tasks = []map[string]float64{shares}
	for i := range t.Splits {
		hard, easy := &halves[2*i], &halves[2*i+1]
		if whole := hard.Weight + easy.Weight; whole > 0 {
			share := shares[hard.Task]
			shares[easy.Task] = share * easy.Weight / whole
			shares[hard.Task] = share - shares[easy.Task]
		}
	}
	t.Mix = &mix
}

// joined is the result of a task neither half of which is moved, and which half it speaks of.
func joined(hard, easy *TaskResult) (r TaskResult, nearer string) {
	near, other := easy, hard
	nearer = "easy"
	if rank := []Reason{Inconclusive, WholeFails, TooFew, Fails, NoOption, Unlabeled}; slices.Index(rank, hard.Reason) < slices.Index(rank, easy.Reason) {
		near, other, nearer = hard, easy, "hard"
	}
	r = *near
	r.Task = hard.Task
	r.Share += other.Share
	r.Requests, r.Covered, r.Units = r.Requests+other.Requests, r.Covered+other.Covered, r.Units+other.Units
	r.N, r.Pilot, r.Verify = r.N+other.N, r.Pilot+other.Pilot, r.Verify+other.Verify
	return r, nearer
}

// unsplit takes a split out of the candidate.
func (t *Tuned) unsplit(s *Split) {
	config := *t.Candidate.Config
	config.Tasks = slices.DeleteFunc(slices.Clone(config.Tasks), func(k routing.Task) bool { return k.Name == s.Easy })
	for i := range config.Tasks {
		if config.Tasks[i].Name == s.Task {
			config.Tasks[i].Split = nil
		}
	}
	t.Candidate.Config = &config
	delete(config.Files, s.Artifact) // the search's own map
	delete(t.Candidate.Splits, s.Artifact)
	delete(t.Sidecars, s.Artifact)
	if t.Mix != nil { // a copy of the caller's
		shares := t.Mix.Tasks[0]
		shares[s.Task] += shares[s.Easy]
		delete(shares, s.Easy)
	}
}
