package train

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// What the search tries.
var (
	penalties = []float64{0.003, 0.015, 0.06, 0.25} // λ × rows
	factors   = []float32{4, 8, 16, 32}             // of the cosine in an average
)

const (
	mostDropout, lessDropout = 0.8, 0.5
	worthLess                = 0.02 // share of the log loss that less dropout must take off to be chosen
)

const (
	searchGroups = 5       // that the folds are merged into
	searchRows   = 8000    // that are searched on, at most
	searchScores = 8 << 20 // rows × labels, at most
	cosineFactor = 20      // of a head of prototypes alone; its temperature makes up for it
)

// A Trial is one way to fit a model, and how good it was on requests that it was not fitted on.
type Trial struct {
	Head     string  `json:"head"`
	L2       float64 `json:"l2"` // the penalty λ times the number of rows; 0 for prototypes
	Dropout  float64 `json:"dropout"`
	Factor   float64 `json:"factor,omitempty"` // of cosines to prototypes, in an average
	Accuracy float64 `json:"accuracy"`         // of all requests; one of the task to reject is right if the rejection is likeliest
	LogLoss  float64 `json:"log_loss"`         // mean −ln probability of the gold task, at the best temperature
	Chosen   bool    `json:"chosen,omitempty"`

	spec spec
}

// search tries heads and penalties by cross-validation in five groups of folds and returns what it tried, the best first marked
// as chosen. The best has the least log loss: thresholds work on probabilities, and log loss tells more from few
// requests than accuracy does.
func (p *problem) search(ctx context.Context, done func()) ([]Trial, error) {
	rows := p.searchRows()
	groups := make([]*tried, searchGroups)
	for g := range groups {
		groups[g] = newTried(p, rows, g)
	}
	trials, err := p.try(ctx, groups, p.descents(), done)
	if err != nil {
		return nil, err
	}
	best := 0
	for i, t := range trials {
		if t.LogLoss < trials[best].LogLoss {
			best = i
		}
	}
	// Less dropout takes longer, and at the same log loss it has been the less accurate.
	if head := trials[best].Head; head != Prototypes && !p.v.dense {
		more, err := p.try(ctx, groups, []descent{{l2: trials[best].L2, dropout: lessDropout}}, done)
		if err != nil {
			return nil, err
		}
		first, limit := len(trials), trials[best].LogLoss*(1-worthLess)
		trials = append(trials, more...)
		for i, t := range more {
			if t.LogLoss < min(limit, trials[best].LogLoss) {
				best = first + i
			}
		}
	}
	trials[best].Chosen = true
	return trials, nil
}

// chosen returns the trial that was chosen.
func chosen(trials []Trial) *Trial {
	return &trials[slices.IndexFunc(trials, func(t Trial) bool { return t.Chosen })]
}

// descents returns what is tried first.
func (p *problem) descents() []descent {
	if p.opts.Head == Prototypes {
		return nil
	}
	dropout := mostDropout
	if p.v.dense {
		dropout = 0
	}
	var out []descent
	for _, l2 := range p.penalties() {
		out = append(out, descent{l2: l2, dropout: dropout})
	}
	return out
}

func (p *problem) penalties() []float64 {
	if p.opts.L2 > 0 {
		return []float64{p.opts.L2}
	}
	return penalties
}

// searchRows returns the rows to search on: of each label the same share, by fold.
func (p *problem) searchRows() []int {
	most := min(searchRows, searchScores/p.labels)
	if len(p.rows) <= most {
		return p.rows
	}
	order := slices.Clone(p.rows)
	rng := p.random(-1)
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	slices.SortStableFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(p.label[i], p.label[j]), cmp.Compare(p.requests.Train[i].Fold, p.requests.Train[j].Fold))
	})
	var out []int
	for k := range most {
		out = append(out, order[k*len(order)/most])
	}
	slices.Sort(out)
	return out
}

// A tried is one group of folds: a part without it, and what models of that part say of it.
type tried struct {
	number  int
	part    *part
	heldOut []int
	cosines []float32   // held-out rows × labels: to the nearest prototype
	logits  [][]float32 // the same of a logistic head, by descent
}

func newTried(p *problem, rows []int, g int) *tried {
	t := &tried{number: g}
	var in []int
	for _, i := range rows {
		if p.requests.Train[i].Fold%searchGroups == g {
			t.heldOut = append(t.heldOut, i)
		} else {
			in = append(in, i)
		}
	}
	if len(in) > 0 && len(t.heldOut) > 0 {
		t.part = newPart(p.v, in, p.label, p.lanesAtMost(in, Average))
	}
	return t
}

// try fits logistic heads of each descent on each group, the first time prototypes, and returns what heads of these are
// worth.
func (p *problem) try(ctx context.Context, groups []*tried, ds []descent, done func()) ([]Trial, error) {
	again := groups[0].logits != nil
	for _, t := range groups {
		t.logits = make([][]float32, len(ds))
	}
	if !again {
		err := parallel(ctx, searchGroups, p.opts.Workers, func(g int) error {
			if t := groups[g]; t.part != nil {
				protos := t.part.prototypes(p.labels, p.prototypesPerTask(), true, p.random(1000*(g+1)+999))
				t.cosines = t.apply(p.labels, protos.apply)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	err := parallel(ctx, searchGroups*len(ds), p.opts.Workers, func(n int) error {
		defer done()
		t, k := groups[n%searchGroups], n/searchGroups
		if t.part == nil {
			return nil
		}
		d := ds[k]
		d.epochs = epochs(len(t.part.rows)) * 2 / 3
		l := t.part.logistic(d, p.labels, p.random(1000*(t.number+1)+k))
		t.logits[k] = t.apply(p.labels, l.apply)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p.judge(groups, ds, !again), nil
}

// apply returns the scores of the held-out rows.
func (t *tried) apply(labels int, score func([]float32, []entry)) []float32 {
	out := make([]float32, len(t.heldOut)*labels)
	var entries []entry
	for j, i := range t.heldOut {
		entries = t.part.entries(entries, i)
		score(out[j*labels:][:labels], entries)
	}
	return out
}

// apply sets scores to the cosines to the nearest prototype of each label.
func (s *prototypes) apply(scores []float32, entries []entry) {
	n := len(s.label)
	sums := make([]float32, n)
	for _, e := range entries {
		for j, w := range s.weights[int(e.place)*n:][:n] {
			sums[j] += float32(e.value * w)
		}
	}
	for k := range scores {
		scores[k] = float32(math.Inf(-1))
	}
	for j, k := range s.label {
		scores[k] = max(scores[k], sums[j])
	}
}

// judge returns the trials of the heads that were tried; those of prototypes alone only once.
func (p *problem) judge(groups []*tried, ds []descent, alone bool) []Trial {
	var specs []spec
	var of []int // the descent of each
	add := func(s spec, d int) { specs, of = append(specs, s), append(of, d) }
	if alone && p.wants(Prototypes) {
		add(spec{head: Prototypes, factor: cosineFactor}, -1)
	}
	for d := range ds {
		if p.wants(Logistic) {
			add(spec{head: Logistic, descent: ds[d]}, d)
		}
		for _, f := range factors {
			if p.wants(Average) {
				add(spec{head: Average, descent: ds[d], factor: f}, d)
			}
		}
	}
	trials := make([]Trial, len(specs))
	// Nothing here fails, and what has been fitted is judged even if the time is up.
	_ = parallel(context.Background(), len(specs), p.opts.Workers, func(n int) error {
		s := specs[n]
		trials[n] = Trial{Head: s.head, L2: s.l2, Dropout: s.dropout, spec: s}
		if s.head == Average {
			trials[n].Factor = float64(s.factor)
		}
		scores, labels := p.combine(groups, s, of[n])
		trials[n].Accuracy = accuracy(scores, labels, p.labels)
		_, trials[n].LogLoss = temperature(scores, labels, nil, p.labels)
		return nil
	})
	return trials
}

func (p *problem) wants(head string) bool { return p.opts.Head == "" || p.opts.Head == head }

// combine returns the scores and labels of all held-out rows.
func (p *problem) combine(groups []*tried, s spec, descent int) (scores []float32, labels []int) {
	for _, t := range groups {
		if t.part == nil {
			continue
		}
		for j, i := range t.heldOut {
			labels = append(labels, p.label[i])
			for k := range p.labels {
				x := s.factor * t.cosines[j*p.labels+k]
				if descent >= 0 {
					x += t.logits[descent][j*p.labels+k]
				}
				scores = append(scores, x)
			}
		}
	}
	return scores, labels
}

func accuracy(scores []float32, labels []int, n int) float64 {
	right := 0
	for i, k := range labels {
		if argmax(scores[i*n:][:n]) == k {
			right++
		}
	}
	return float64(right) / float64(len(labels))
}

func argmax(scores []float32) int {
	best := 0
	for k, s := range scores {
		if s > scores[best] {
			best = k
		}
	}
	return best
}
