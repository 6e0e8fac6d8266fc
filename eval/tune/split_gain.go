package tune

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/routing/classify"
)

// maxLesson is how many requests of the pilot gains are learned from: time grows faster than their number, and a threshold
// needs no more.
const maxLesson = 3000

// lessonFolds is how many parts the requests that gains are learned from are cut into for out-of-fold gains.
const lessonFolds = 4

// A lesson is the requests of the pilot, of all tasks, to learn gains from.
type lesson struct {
	splitting *splitting
	rows      []lessonRow
	probes    map[int][]lessonRow // by task, requests that are not of the pilot: they say how predictions lie
	learned   map[learnedKey]*gains
}

// A learnedKey is a weak model, and the fold that was left out or whole.
type learnedKey struct {
	weak    string
	without int
}

// A lessonRow is a request of the pilot.
type lessonRow struct {
	task, at  int // in splitting.tasks, and in the rows of its pilot
	cluster   datasets.Cluster
	fold      int // of the search; Searched
	input     classify.Input
	promptKey uint64
}

// gains are what was learned of one weak model.
type gains struct {
	model *train.GainModel
	rows  []int // of the lesson
	// outOfFold is by entry of rows.
	outOfFold []float64
	actual    []float64
	folds     []int
	lesson    *lesson
}

// maxProbes is how many requests of a task say how predictions lie.
const maxProbes = 1000

// read takes prompts out of the data: those of the pilot, and of the tasks that could be split probes.
func (s *splitting) read(ctx context.Context, d *datasets.Dataset, mixed []int) (*lesson, error) {
	l := &lesson{splitting: s, probes: map[int][]lessonRow{}, learned: map[learnedKey]*gains{}}
	at := map[string]*lessonRow{}
	for k := range s.tasks {
		pilot := map[int]bool{}
		for at, i := range s.pilots[k].rows {
			pilot[i] = true
			l.rows = append(l.rows, lessonRow{task: k, at: at, cluster: s.tasks[k].tried.Labeled[i].Cluster, fold: s.tasks[k].folds[i]})
		}
		if !slices.Contains(mixed, k) {
			continue
		}
		var probes []lessonRow
		for i := range s.tasks[k].tried.Labeled {
			if !pilot[i] {
				probes = append(probes, lessonRow{task: k, cluster: s.tasks[k].tried.Labeled[i].Cluster})
			}
		}
		l.probes[k] = someOf(probes, maxProbes)
		for i := range l.probes[k] {
			at[l.probes[k][i].cluster.ID] = &l.probes[k][i]
		}
	}
	l.rows = someOf(l.rows, maxLesson)
	for i := range l.rows {
		at[l.rows[i].cluster.ID] = &l.rows[i]
	}
	reader := d.NewReader(datasets.Columns{Prompt: true, Shape: true, Models: []string{}, Bare: true})
	for _, shard := range d.Shards() {
		for t, err := range reader.Read(ctx, shard) {
			if err != nil {
				return nil, err
			}
			for i := range t.Len {
				id, _ := t.ID.At(i)
				r := at[string(id)]
				if r == nil {
					continue
				}
				prompt, _ := t.Prompt.At(i)
				r.promptKey, r.input = datasets.PromptKey(prompt), classify.Input{Text: string(prompt)}
				if t.MessageCount != nil {
					r.input.Messages, r.input.Tools, r.input.Schema, r.input.Attachment = int(t.MessageCount[i]), t.Tools[i], t.Schema[i], t.Attachment[i]
				}
			}
		}
	}
	return l, nil
}

// someOf returns at most so many of the rows, whatever their order: keys are hashes, so that which come first is chance.
func someOf(rows []lessonRow, most int) []lessonRow {
	slices.SortFunc(rows, func(a, b lessonRow) int {
		return cmp.Or(cmp.Compare(a.cluster.Key, b.cluster.Key), cmp.Compare(a.cluster.ID, b.cluster.ID))
	})
	return rows[:min(len(rows), most)]
}

// gains learns the gain over a weak model without a fold, once.
func (l *lesson) gains(ctx context.Context, weak string, without, workers int) (*gains, error) {
	key := learnedKey{weak, without}
	if g := l.learned[key]; g != nil {
		return g, nil
	}
	g, err := l.learn(ctx, weak, without, workers)
	l.learned[key] = g
	return g, err
}

// learn learns the gain over a weak model without a fold. What a model is worth beside the baseline is what it is worth where
// a failed call of it goes on to the baseline.
func (l *lesson) learn(ctx context.Context, weak string, without, workers int) (*gains, error) {
	g := &gains{lesson: l}
	alone := map[int]*Way{}
	for k := range l.splitting.tasks {
		alone[k] = l.splitting.alone(k, weak)
	}
	var rows []train.GainRow
	var clusters []datasets.Cluster
	for i := range l.rows {
		r := &l.rows[i]
		way := alone[r.task]
		if way == nil || without != whole && r.fold == without {
			continue
		}
		deltas := l.splitting.pilots[r.task].task.Delta[way.Option]
		if deltas == nil || math.IsNaN(deltas[r.at]) {
			continue
		}
		gain := -deltas[r.at]
		g.rows, g.actual = append(g.rows, i), append(g.actual, gain)
		rows = append(rows, train.GainRow{
			ID: r.cluster.ID, Input: r.input, Task: l.splitting.tasks[r.task].tried.Task, Weak: max(-gain, 0), Strong: max(gain, 0),
		})
		clusters = append(clusters, r.cluster)
	}
	if len(rows) == 0 {
		return g, nil
	}
	g.folds = datasets.Folds(clusters, lessonFolds, datasets.FoldSalt(l.splitting.Options.Seed))
	for i := range rows {
		rows[i].Fold = g.folds[i]
	}
	var err error
	if g.model, err = train.TrainGain(ctx, rows, &train.GainOptions{OutOfFold: true, Workers: max(workers, 1)}); err != nil {
		return nil, err
	}
	g.outOfFold = g.model.OutOfFold
	return g, nil
}

// halve returns the requests of a task's pilot that are easy, so great a share of each part that is predicted out of fold, and
// the others. Each part has a model of its own, and what two of them predict differs by more than the requests do.
func (g *gains) halve(task int, share float64) (easy, hard []int) {
	var parts [lessonFolds][]int
	for i, row := range g.rows {
		if g.lesson.rows[row].task == task {
			parts[g.folds[i]] = append(parts[g.folds[i]], i)
		}
	}
	for _, part := range parts {
		slices.SortStableFunc(part, func(a, b int) int { return cmp.Compare(g.outOfFold[a], g.outOfFold[b]) })
		n := int(math.Round(share * float64(len(part))))
		for rank, i := range part {
			at := g.lesson.rows[g.rows[i]].at
			if rank < n {
				easy = append(easy, at)
			} else {
				hard = append(hard, at)
			}
		}
	}
	return easy, hard
}

// tells returns how surely predicted gains tell actual ones among a task's pilot, in standard errors: their correlation within
// the parts that are predicted out of fold, times the root of how many requests there are. It is 0 where there is nothing to tell.
func (g *gains) tells(task int) float64 {
	var n [lessonFolds]float64
	var mean [lessonFolds][2]float64
	each := func(see func(part int, predicted, actual float64)) {
		for i, row := range g.rows {
			if g.lesson.rows[row].task == task {
				see(g.folds[i], g.outOfFold[i], g.actual[i])
			}
		}
	}
	each(func(part int, predicted, actual float64) {
		n[part]++
		mean[part][0] += predicted
		mean[part][1] += actual
	})
	var xx, yy, xy, free float64
	for part := range n {
		free += max(n[part]-1, 0)
	}
	each(func(part int, predicted, actual float64) {
		x, y := predicted-mean[part][0]/n[part], actual-mean[part][1]/n[part]
		xx, yy, xy = xx+float64(x*x), yy+float64(y*y), xy+float64(x*y)
	})
	if !(xx > 0 && yy > 0) {
		return 0
	}
	return xy / math.Sqrt(xx*yy) * math.Sqrt(free)
}

// maxMissed is how far the share of the easy half may be from what was decided, for want of different predictions.
const maxMissed = 0.15

// below returns the gain below which so great a share of a task's requests is predicted to be, by requests that nothing was
// learned from; false if predictions do not differ enough to tell. It never looks at quality.
func (g *gains) below(task int, share float64) (below float64, ok bool) {
	var predicted []float64
	name := g.lesson.splitting.tasks[task].tried.Task
	for i := range g.lesson.probes[task] {
		gain, err := g.model.Predict(name, &g.lesson.probes[task][i].input)
		if err != nil {
			return 0, false
		}
		predicted = append(predicted, gain)
	}
	if len(predicted) == 0 {
		return 0, false
	}
	slices.Sort(predicted)
	below = math.Round(1e4*predicted[int(share*float64(len(predicted)))]) / 1e4 // a person reads it
	got, _ := slices.BinarySearch(predicted, below)
	return below, below > -1 && below <= 1 && math.Abs(float64(got)/float64(len(predicted))-share) <= maxMissed
}

// usable reports whether an artifact can be made of what was learned: it knows some feature, and out of fold says something of
// every request.
func (g *gains) usable() bool {
	return g.model != nil && len(g.model.Features) > 0 && !slices.ContainsFunc(g.outOfFold, math.IsNaN)
}

// artifact makes the artifact of a split, and the file of its out-of-fold gains.
func (g *gains) artifact(s *Split, seed uint64) (artifact, sidecar []byte, out eval.SplitGains, err error) {
	m := &classify.GainModel{
		GainHeader: classify.GainHeader{
			Task: s.Task, Weak: s.Weak, Strong: s.Strong, Embedder: g.model.Embedder, Dims: g.model.Dims, Intercept: g.model.TaskIntercept(s.Task),
			Training: classify.Training{Requests: g.model.Labels, Seed: seed, Folds: lessonFolds},
		},
		Features: g.model.Features, IDF: g.model.IDF, Weights: g.model.Weights,
	}
	var rows []train.SplitPrediction
	for i, row := range g.rows {
		r := &g.lesson.rows[row]
		m.Seen = append(m.Seen, uint32(r.promptKey>>32))
		rows = append(rows, train.SplitPrediction{ID: r.cluster.ID, PromptKey: int64(r.promptKey), Fold: int32(g.folds[i]), Gain: g.outOfFold[i]}) //nolint:gosec // its bits
	}
	slices.Sort(m.Seen)
	m.Seen = slices.Compact(m.Seen)
	gain, err := classify.NewGain(m)
	if err != nil {
		return nil, nil, out, fmt.Errorf("task %s: %w", s.Task, err)
	}
	if artifact, err = gain.MarshalBinary(); err != nil {
		return nil, nil, out, err
	}
	digest := sha256.Sum256(artifact)
	var file bytes.Buffer
	if err := train.NewSplitOutOfFold(rows).Write(&file, hex.EncodeToString(digest[:])); err != nil {
		return nil, nil, out, err
	}
	read, err := train.ReadSplitOutOfFold(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		return nil, nil, out, err
	}
	sum := sha256.Sum256(file.Bytes())
	return artifact, file.Bytes(), eval.SplitGains{Gains: read, Sum: hex.EncodeToString(sum[:])}, nil
}
