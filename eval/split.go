package eval

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify"
)

// OutOfFoldGains are what predictors that had not seen them say of the requests that a split's artifact was trained on. It
// is safe for concurrent use.
type OutOfFoldGains interface {
	// Lookup returns the predicted gain on a request by its id and datasets.PromptKey, false if there is none.
	Lookup(id []byte, promptKey uint64) (gain float64, ok bool)
}

// SplitGains are the out-of-fold gains of one artifact, and what identifies them: the SHA-256, in hex, of the file that
// they come from.
type SplitGains struct {
	Gains OutOfFoldGains
	Sum   string
}

// A splitter predicts for splits of one or more candidates: those with the same artifact and out-of-fold gains.
type splitter struct {
	*classify.Gain
	artifact  [sha256.Size]byte
	outOfFold OutOfFoldGains // nil: none
	sum       string         // of outOfFold
}

// internSplits returns the splitters of a candidate's tasks, by task id, −1 for a task without a split; nil if no task has
// one. Callers who name their task are split too, so the replay by gold tasks needs them.
func (j *Job) internSplits(c *Candidate, t *routing.Table) ([]int, error) {
	for path, g := range c.Splits {
		if g.Gains != nil && g.Sum == "" {
			return nil, fmt.Errorf("%s: %w", path, errNoSum)
		}
	}
	if !t.HasSplits() {
		return nil, nil
	}
	out := make([]int, t.NumTasks())
	for k := range out {
		gain, _, _, ok := t.Split(routing.TaskID(k))
		if !ok {
			out[k] = -1
			continue
		}
		path := c.Config.Tasks[k].Split.Artifact
		own := splitter{gain, sha256.Sum256(c.Config.Files[path]), c.Splits[path].Gains, c.Splits[path].Sum}
		out[k] = slices.IndexFunc(j.splitters, func(o splitter) bool { return o.artifact == own.artifact && o.sum == own.sum })
		if out[k] < 0 {
			out[k] = len(j.splitters)
			j.splitters = append(j.splitters, own)
		}
	}
	return out, nil
}

// splitKey spells out the splits of a view, for tables that share the routing.
func (v *tableView) splitKey() [][3]any {
	var out [][3]any
	for k, s := range v.splits {
		if s >= 0 {
			_, below, task, _ := v.table.Split(routing.TaskID(k))
			out = append(out, [3]any{[2]int{k, s}, below, task})
		}
	}
	return out
}

// sameOutOfFold reports whether two candidates are replayed with the same out-of-fold predictions.
func sameOutOfFold(a, b *Candidate) bool {
	if a.OutOfFoldSum != b.OutOfFoldSum || len(a.Splits) != len(b.Splits) {
		return false
	}
	for path, g := range a.Splits {
		if b.Splits[path].Sum != g.Sum {
			return false
		}
	}
	return true
}

// gainPredictions are what one splitter says of the requests of a block: of each, when the first table asks, and of those that it
// was trained on, what others say.
type gainPredictions struct {
	state []predicted
	gain  []float64
}

// load starts on a block: requests that the splitter was trained on get their out-of-fold gains.
func (g *gainPredictions) load(s *splitter, t *datasets.Traffic) {
	g.state, g.gain = resize(g.state, t.Len), resize(g.gain, t.Len)
	clear(g.state)
	for i := range g.state {
		key, seen := trainedOn(s.Seen, t, i)
		if !seen {
			continue
		}
		g.state[i] = trainedOnAlone
		if s.outOfFold == nil {
			continue
		}
		id, _ := t.ID.At(i)
		if gain, ok := s.outOfFold.Lookup(id, key); ok && gain >= -1 && gain <= 1 {
			g.state[i], g.gain[i] = byOutOfFold, gain
		}
	}
}

// of returns the gain on request i that the split of a task predicts.
func (g *gainPredictions) of(i int, t *datasets.Traffic, table *routing.Table, task routing.TaskID) float64 {
	switch g.state[i] {
	case notAsked:
		var f routing.Features
		setFeatures(&f, t, i)
		g.state[i], g.gain[i] = byClassifier, table.PredictGain(task, &f)
	case trainedOnAlone: // the request is left out
		return nan
	case byClassifier, byOutOfFold, noEmbedding:
	}
	return g.gain[i]
}

// gain returns what the split of a task predicts of request i.
func (w *world) gain(view *tableView, task routing.TaskID, i int) float64 {
	return w.gains[view.splits[task]].of(i, w.block.traffic, view.table, task)
}

// served returns the task that request i is served as if it is found to be of a task.
func (w *world) served(view *tableView, task routing.TaskID, i int) routing.TaskID {
	if _, below, easy, ok := view.table.Split(task); ok && w.gain(view, task, i) < below {
		return easy
	}
	return task
}

// leavesOut reports whether a candidate is not judged on request i: what it predicts by was trained on it, and nobody else
// says what it would have predicted.
func (w *world) leavesOut(view *tableView, i int) bool {
	if w.predictions != nil && w.predictions.state[i] == trainedOnAlone {
		return true
	}
	for _, s := range view.splits {
		if s >= 0 && w.gains[s].state[i] == trainedOnAlone {
			return true
		}
	}
	return false
}

// SplitSums count what the split of a task did.
type SplitSums struct {
	Asked, Sent Count // requests of the task, and those that were sent on
}

func (s *SplitSums) add(r *routed, weight float64) {
	s.Asked.add(weight)
	if r.Split {
		s.Sent.add(weight)
	}
}

func (s *SplitSums) merge(o *SplitSums) {
	s.Asked.merge(&o.Asked)
	s.Sent.merge(&o.Sent)
}

// A SplitResult is what the split of a task did.
type SplitResult struct {
	Task     string  `json:"task"`     // that was found
	To       string  `json:"to"`       // where its easy requests went
	Below    float64 `json:"below"`    // the predicted gain below which they did
	Requests int64   `json:"requests"` // found to be of the task
	Sent     int64   `json:"sent"`
	Share    Number  `json:"share"` // of the requests, by weight
}

// finishSplits returns what the splits of a candidate did, in the order of its tasks.
func (j *Job) finishSplits(v int, r *RouterSums) []SplitResult {
	var out []SplitResult
	table := j.tables[v].table
	for k := range routing.TaskID(table.NumTasks()) {
		_, below, easy, ok := table.Split(k)
		if !ok {
			continue
		}
		sums := r.Splits[table.TaskName(k)]
		out = append(out, SplitResult{
			Task: table.TaskName(k), To: table.TaskName(easy), Below: below,
			Requests: sums.Asked.N, Sent: sums.Sent.N, Share: Number(sums.Sent.share(&sums.Asked)),
		})
	}
	return out
}
