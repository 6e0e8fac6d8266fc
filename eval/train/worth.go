package train

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/classify"
)

// PriceOptions of Price. The zero value treats each task with the model that seems best for it.
type PriceOptions struct {
	// Config has the chains that tasks are treated with; nil: each task gets its best model.
	Config *routing.Config
	// Baseline is the model that everything goes to today; "": that of Config, else the best one, by the rule of
	// eval.Survey.BestModel.
	Baseline      string
	TaskTolerance float64 // what a task may lose by its best model, as a share; 0: 0.05

	Workers  int                     // 0: 1
	Progress func(done, total int64) // rows of the data; from several goroutines; may be nil
}

// minPairs is how many graded requests it takes to speak of a task.
const minPairs = 5

// Prices say what it costs to treat requests of one task as those of another. They are made of the outcomes of the pilot
// requests, of which tuning keeps none for its proof: those of the folds 0 to 3, or where the traffic has splits all of "tune".
type Prices struct {
	baseline, config string
	pilot, graded    int // requests; graded: those on which some treatment can be judged
	pilotFolds       int // folds that the pilot requests are of; 0: all of the split "tune"

	tasks      []string    // as of Requests, then the task to reject, if any
	treatments []treatment // those that some task has
	of         []int       // task → its treatment
	fallback   int         // the treatment of requests that the classifier is not sure of
	byDefault  string      // the task that has it
	// differences are what requests of a task (first index) come to under a treatment, less what they come to under
	// their own.
	differences [][]difference
	rate        float64 // USD that a request's whole quality, 100 points, is worth; NaN: no rate
	cheapest    string  // the model that the rate compares the baseline with
}

// A treatment is what is done with the requests of a task.
type treatment struct {
	name   string // a model, or a chain of tiers
	config *routing.Config
}

// A difference is a mean over requests.
type difference struct {
	quality, usd float64 // usd NaN: not known
	pairs        int     // requests behind quality
	pooled       bool    // too few of the task itself are graded: it is the mean of all tasks
}

// dollars are usd, none where it is not known.
func (d difference) dollars() float64 {
	if math.IsNaN(d.usd) {
		return 0
	}
	return d.usd
}

// pilotFolds are the folds that tuning chooses chains on.
const pilotFolds = 4

// Price prices misroutes on the outcomes of the data that the requests were read from. It returns nil prices and the
// reason if the data cannot tell. Errors are those of the data, tasks that the config lacks, and a baseline without outcomes.
func Price(ctx context.Context, d *datasets.Dataset, r *Requests, opts *PriceOptions) (prices *Prices, reason string, err error) {
	if opts == nil {
		opts = &PriceOptions{}
	}
	if err := checkTasks(r, opts.Config); err != nil {
		return nil, "", err
	}
	if !d.Has("model") {
		return nil, "the traffic has no outcomes", nil
	}
	survey, err := eval.SurveyData(ctx, d, &eval.RunOptions{Workers: opts.Workers, Progress: half(opts.Progress, 0)})
	if err != nil {
		return nil, "", err
	}
	baseline := opts.Baseline
	if baseline == "" && opts.Config != nil {
		baseline = opts.Config.Baseline
	}
	switch {
	case survey.Graded.N == 0:
		return nil, "no outcome has a quality", nil
	case baseline != "" && survey.Models[baseline] == nil:
		return nil, "", fmt.Errorf("baseline %s: the data has no outcome of it; it has %s", baseline, strings.Join(survey.ByCost(), ", "))
	case baseline == "":
		best, unusable := survey.BestModel()
		if unusable != nil { // then mistakes are not priced, and the reason is what to say
			return nil, unusable.Error(), nil //nolint:nilerr // a reason, not a failure
		}
		baseline = best
	}
	p := &pricing{requests: r, opts: opts, baseline: baseline}
	if err := p.replay(ctx, d, survey.ByCost()); err != nil {
		return nil, "", err
	}
	return p.prices()
}

// half returns a progress function for one of two passes over the data.
func half(progress func(done, total int64), pass int64) func(done, total int64) {
	if progress == nil {
		return nil
	}
	return func(done, total int64) { progress(done+pass*total, 2*total) }
}

// checkTasks makes sure that a table with the config's tasks could use a classifier of the requests' tasks.
func checkTasks(r *Requests, c *routing.Config) error {
	if c == nil {
		return nil
	}
	var known []string
	for _, t := range c.Tasks {
		known = append(known, t.Name)
	}
	for _, task := range r.Tasks {
		if slices.Contains(known, task) {
			continue
		}
		near := ""
		if name := eval.NearName(task, known); name != "" {
			near = fmt.Sprintf("; did you mean %q?", name)
		}
		return fmt.Errorf("the traffic has requests of task %q, which the config %s lacks%s: add it to the config, or leave those requests out", task, c.Source, near)
	}
	return nil
}

// loss returns what a difference is worth in USD, and false if points and dollars cannot be added up.
func (p *Prices) loss(d difference) (float64, bool) {
	return d.dollars() - p.rate*d.quality, !math.IsNaN(p.rate)
}

// compare orders differences, the better one first: by what they are worth, else by quality, then cost.
func (p *Prices) compare(a, b difference) int {
	if la, ok := p.loss(a); ok {
		lb, _ := p.loss(b)
		return compareNearly(la, lb)
	}
	return cmp.Or(compareNearly(b.quality, a.quality), compareNearly(a.usd, b.usd))
}

// compareNearly takes numbers that differ by rounding alone for the same.
func compareNearly(a, b float64) int {
	if math.Abs(a-b) <= 1e-12+1e-9*max(math.Abs(a), math.Abs(b)) {
		return 0
	}
	return cmp.Compare(a, b)
}

// equal reports whether all tasks are treated alike, so that no misroute costs anything.
func (p *Prices) equal() bool {
	return len(slices.Compact(slices.Sorted(slices.Values(p.of)))) == 1 && p.of[0] == p.fallback
}

// taskIndex is where a request's task stands in Prices.tasks.
func taskIndex(r *Requests, task int) int {
	if task == classify.Reject {
		return len(r.Tasks)
	}
	return task
}
