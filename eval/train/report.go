package train

import (
	"context"
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/routing/classify"
)

// Format and version of reports.
const (
	ReportFormat  = "tierwise.train"
	ReportVersion = 1
)

// A Report is what training found out. All its figures but those under Verify are of out-of-fold predictions of the
// training requests, and weighted by the requests' weights.
type Report struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Tool    string `json:"tool_version,omitempty"`

	Files    []string `json:"files,omitempty"`
	Artifact Artifact `json:"artifact,omitzero"`
	DataHash string   `json:"data_hash"`
	Seed     uint64   `json:"seed"`
	Folds    int      `json:"folds"`
	Counts   Counts   `json:"counts"`
	Trained  int      `json:"trained"` // requests trained on

	Tasks      []TaskCount `json:"tasks"`
	RejectTask string      `json:"reject_task,omitempty"`
	Embedder   string      `json:"embedder"`
	Dims       int         `json:"dims"`
	Features   int         `json:"features"` // with weights
	Lanes      int         `json:"lanes"`
	Head       string      `json:"head"`
	L2         float64     `json:"l2"` // λ × requests; 0 for prototypes
	Trials     []Trial     `json:"trials"`

	Figures

	// MinConfidence is the least threshold whose precision reaches Precision; 1 if none does. Result.Price may choose another.
	MinConfidence float64 `json:"min_confidence"`
	Precision     float64 `json:"precision_wanted"`
	Why           string  `json:"min_confidence_why"`

	Misroutes *Misroutes `json:"misroutes,omitempty"` // only with Result.Price
	Suspects  []Suspect  `json:"suspects"`
	Verify    *Verify    `json:"verify,omitempty"`
	Findings  []Finding  `json:"findings"`
}

// An Artifact says where the classifier was written to.
type Artifact struct {
	Path      string `json:"path"`
	Bytes     int    `json:"bytes"`
	SHA256    string `json:"sha256"`
	OutOfFold string `json:"out_of_fold"`
}

// A TaskCount says how many requests of a task were trained on.
type TaskCount struct {
	Task     string `json:"task"`
	Requests int    `json:"requests"`
	Clusters int    `json:"-"`
}

// Verify are the figures of the requests of the split "verify", which the classifier that ships was asked about.
type Verify struct {
	Requests int `json:"requests"`
	// Seen are those, left out of the figures, whose prompt or group is one that was trained on.
	Seen int `json:"seen,omitempty"`
	// Unknown are those, counted as wrong, of tasks that were not trained on.
	Unknown int `json:"unknown_tasks,omitempty"`
	Figures
}

// A Finding is something that readers of a report ought to know.
type Finding struct {
	ID      string `json:"id"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

func (p *problem) report(m *classify.Model, trials []Trial, f Figures) *Report {
	r := &Report{
		Format: ReportFormat, Version: ReportVersion, DataHash: p.requests.DataHash, Seed: p.requests.Seed, Folds: m.Training.Folds,
		Counts: p.requests.Counts, Trained: len(p.requests.Train), Tasks: p.taskCounts(), RejectTask: p.requests.Reject,
		Embedder: m.Embedder, Dims: m.Dims, Features: len(m.Features), Lanes: len(m.Lanes), Head: m.Head, L2: m.Training.L2,
		Trials: trials, Figures: f, Precision: p.opts.precision(),
	}
	r.MinConfidence, r.Why = recommend(f.Curve, r.Precision, r.RejectTask != "")
	r.Findings = p.findings(r)
	return r
}

// taskCounts returns the tasks with their counts, and last the task of the rejection.
func (p *problem) taskCounts() []TaskCount {
	out := make([]TaskCount, p.labels)
	clusters := make([]map[uint64]bool, p.labels)
	for k := range out {
		out[k].Task = p.requests.Reject
		if k < len(p.requests.Tasks) {
			out[k].Task = p.requests.Tasks[k]
		}
		clusters[k] = map[uint64]bool{}
	}
	for i, k := range p.label {
		r := &p.requests.Train[i]
		out[k].Requests++
		if r.Grouped {
			clusters[k][r.GroupKey] = true
		} else {
			clusters[k][r.PromptKey] = true
		}
	}
	for k := range out {
		out[k].Clusters = len(clusters[k])
	}
	return out
}

// verify asks the classifier about the requests to verify on.
func (p *problem) verify(ctx context.Context, c *classify.Classifier, m *classify.Model) (*Verify, error) {
	v := &Verify{}
	var kept []Request
	for _, r := range p.requests.Verify {
		if c.Seen(r.PromptKey) || r.Grouped && c.Seen(r.GroupKey) {
			v.Seen++
			continue
		}
		if r.Task == Unknown {
			v.Unknown++
		}
		kept = append(kept, r)
	}
	v.Requests = len(kept)
	h := newHeld(kept, len(p.requests.Tasks))
	rows := make([]int, len(kept))
	for i := range rows {
		rows[i] = i
	}
	const chunk = 256
	chunks := slices.Collect(slices.Chunk(rows, chunk))
	if err := parallel(ctx, len(chunks), p.opts.Workers, func(i int) error { return h.askAll(ctx, c, chunks[i]) }); err != nil {
		return nil, err
	}
	shipped := &calibration{temperature: m.Temperature, curve: m.Confidence, novelty: m.Novelty}
	opinions := make([]opinion, len(kept))
	for i := range kept {
		opinions[i] = h.opinion(i, shipped)
	}
	v.Figures = newFigures(p.requests, h, opinions)
	return v, nil
}

// findings returns what is worth saying of the training.
func (p *problem) findings(r *Report) []Finding {
	out := []Finding{}
	add := func(id, fix, format string, args ...any) {
		out = append(out, Finding{ID: id, Message: fmt.Sprintf(format, args...), Fix: fix})
	}
	for _, t := range r.Tasks {
		switch {
		case t.Clusters < 2:
			add("one-cluster", "label requests of other groups", "task %q: its requests (%d) are all of one group or prompt, so that it counts as wrong whenever they are held out",
				t.Task, t.Requests)
		case t.Requests < 5:
			add("few-labels", "label 20 requests or more of each task", "task %q has %d labeled requests: too few to learn it", t.Task, t.Requests)
		}
	}
	if n := r.Counts.Sampled; n > 0 {
		add("sampled", "", "%d requests were left out, since the others are enough; those kept weigh more instead; of each task at least %d are kept, or all that it has", n, MinSampled)
	}
	if at := int(100*r.MinConfidence + 0.5); at < len(r.Curve) && r.Curve[at].Requests < 30 {
		add("precision-unsure", "label more requests", "only %d requests reach min_confidence %.2f: their precision could be luck",
			r.Curve[at].Requests, r.MinConfidence)
	}
	if r.MinConfidence == 1 {
		add(notReached, "label more requests, merge tasks that are alike, or ask for less precision",
			"no threshold has a precision of %s: with min_confidence 1 the classifier decides nothing", shareText(r.Precision))
	}
	return out
}
