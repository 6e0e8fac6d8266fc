package eval

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// DraftOptions of Inspection.Draft. The zero value is usable.
type DraftOptions struct {
	Tiers  int      // at most, the baseline's included; 0: 3
	Models []string // take these instead of choosing, cheapest first where costs are unknown; the baseline is added

	// Blind drafts without a look at grades, for a search that is to find what they say, and that goes on when there are more
	// of them: every task is served by the baseline, with the checks of form that the answers of all tiers let a replay make.
	Blind bool
	// OwnDefault gives requests that no layer is sure of a task of their own, which the baseline serves, unless none has a task.
	OwnDefault bool
}

// A Draft is a first dispatch config, made from what traffic holds: a place to start from, chosen by the very labels that
// will judge it, and certified by nothing.
type Draft struct {
	Baseline string
	Tiers    []DraftTier // in rising order of price, the baseline's last but for models that cost more
	Tasks    []DraftTask // most requests first
	Default  string      // the task that it is safest to send unknown requests to

	Dominated []string // models left out because another costs no more and is no worse
	Unpriced  []string // models left out because their cost is not known
	Thin      []string // models left out because they were judged on too few of the requests
	Other     []string // models left out because they would add little
}

// A DraftTier is a step of the ladder.
type DraftTier struct {
	Tier string
	*InspectedModel
}

// A DraftTask is a line of the table.
type DraftTask struct {
	Name string // "all" for requests without tasks
	*InspectedTask
	Chain  []string // tiers
	Why    DraftReason
	Accept []DraftCheck
	// Longer is the chain of all tiers up to the baseline, nil if Chain is that.
	Longer []string
	Alone  []DraftAlone // what each cheaper tier does alone, and last what the baseline does
}

// A DraftAlone is what a tier's model does alone on a task.
type DraftAlone struct {
	Tier string
	*TaskModel
}

// A DraftCheck is an acceptance check. Min are thresholds by tier, in the order of the chain; none for 0/1 checks.
type DraftCheck struct {
	Check string
	Min   []DraftMin
}

// A DraftMin is a threshold, the share of the tier's graded answers that passes it, and what the tier with the baseline
// behind it then gains or loses against the baseline on the same labels that the threshold was chosen on.
type DraftMin struct {
	Tier   string
	Min    float64
	Passes float64
	Delta  float64
}

// A DraftReason is why a task has its chain.
type DraftReason int

// The reasons.
const (
	NoneAsGood   DraftReason = iota // no cheaper tier is known to do as well: the baseline alone
	HoldsAlone                      // the first tier holds within the task tolerance
	BehindCheck                     // the first tier does not, but a graded check tells its good answers from the others
	TooFewLabels                    // nothing is said of a cheaper tier: the baseline alone
)

// Draft makes a first dispatch config. It takes a baseline.
func (x *Inspection) Draft(opts *DraftOptions) (*Draft, error) {
	if opts == nil {
		opts = &DraftOptions{}
	}
	switch {
	case len(x.Models) == 0:
		return nil, errors.New("the data has no outcomes, so that there is no model to write a config for")
	case x.Baseline == "":
		return nil, errors.New("no baseline: " + x.baselineReason())
	}
	d := &Draft{Baseline: x.Baseline}
	models, err := x.ladder(opts)
	if err != nil {
		return nil, err
	}
	for i, name := range tierNames(len(models)) {
		d.Tiers = append(d.Tiers, DraftTier{name, models[i]})
	}
	d.leaveOut(x)
	for i := range x.Tasks {
		if t := &x.Tasks[i]; t.Task != "" || len(x.Tasks) == 1 {
			d.Tasks = append(d.Tasks, d.task(x, t, opts.Blind))
		}
	}
	switch {
	case opts.OwnDefault && len(d.Tasks) > 0 && d.Tasks[0].Task != "":
		d.Default = d.addDefault(x)
	case opts.Blind:
		d.Default = slices.MinFunc(d.Tasks, func(a, b DraftTask) int { return strings.Compare(a.Name, b.Name) }).Name
	default:
		d.Default = d.safest()
	}
	return d, nil
}

// baselineReason says why there is no baseline, as the finding does.
func (x *Inspection) baselineReason() string {
	for _, f := range x.Findings {
		if f.ID == "no-baseline" || f.ID == "no-quality" {
			return f.Message
		}
	}
	return "name one"
}

// tierNames names n tiers, cheapest first.
func tierNames(n int) []string {
	switch n {
	case 1:
		return []string{"frontier"}
	case 2:
		return []string{"small", "frontier"}
	case 3:
		return []string{"small", "mid", "frontier"}
	case 4:
		return []string{"small", "mid", "large", "frontier"}
	case 5:
		return []string{"nano", "small", "mid", "large", "frontier"}
	}
	var out []string
	for i := range n {
		out = append(out, "tier-"+strconv.Itoa(i+1))
	}
	return out
}

// Model returns what is known of a model, nil if the data has no outcome of it.
func (x *Inspection) Model(name string) *InspectedModel {
	for i := range x.Models {
		if x.Models[i].Model == name {
			return &x.Models[i]
		}
	}
	return nil
}

func (t *InspectedTask) model(name string) *TaskModel {
	for i := range t.ByModel {
		if t.ByModel[i].Model == name {
			return &t.ByModel[i]
		}
	}
	return nil
}

// leaveOut sorts the models without a tier by the reason.
func (d *Draft) leaveOut(x *Inspection) {
	base := x.Model(x.Baseline)
	for i := range x.Models {
		m := &x.Models[i]
		switch {
		case slices.ContainsFunc(d.Tiers, func(t DraftTier) bool { return t.InspectedModel == m }):
		case m.DominatedBy != "":
			d.Dominated = append(d.Dominated, m.Model)
		case !m.CostPer1000.Known() || !base.CostPer1000.Known():
			d.Unpriced = append(d.Unpriced, m.Model)
		case x.Data.Graded > 0 && !(m.Coverage >= minCoverage):
			d.Thin = append(d.Thin, m.Model)
		default:
			d.Other = append(d.Other, m.Model)
		}
	}
}
