package tune

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
)

// A Way is an option of the menu as one task would have it in its config.
type Way struct {
	Option int
	Chain  []string         // tiers
	Accept []routing.Accept // as in the config
	// Signal is what is swept, and Shares which share of all answers pass it at each tier but the last; none: no signal is.
	Signal string
	Shares []float64
	Checks bool // other checks of the task hold
}

// acceptShares are the shares of answers that the thresholds of a chain let pass, from the safest.
var acceptShares = [...]float64{0.30, 0.50, 0.70, 0.85, 0.95}

// The shares of the option of three tiers.
const firstShare, middleShare = 0.50, 0.70

// minSignal is the share of a model's answers that must carry a signal for it to be swept.
const minSignal = 0.95

// A rung is a tier that could take the place of the baseline.
type rung struct {
	tier, model string
	place       int     // in the chain of the survey
	cost        float64 // mean over all tasks, USD per request
}

// A ladder is the tiers of a config as tuning sees them.
type ladder struct {
	config   *routing.Config
	baseline string // tier
	rungs    []rung // without the baseline; in the order of [tiers] until they are priced
}

// newLadder finds the tiers. Of tiers that share a model the first counts.
func newLadder(c *routing.Config, baseline string, exclude []string) (*ladder, error) {
	l := &ladder{config: c}
	seen := map[string]bool{}
	for _, t := range c.Tiers {
		if seen[t.Model] {
			continue
		}
		seen[t.Model] = true
		switch {
		case t.Model == baseline:
			l.baseline = t.Name
		case !slices.Contains(exclude, t.Model):
			l.rungs = append(l.rungs, rung{tier: t.Name, model: t.Model, place: len(l.rungs)})
		}
	}
	if l.baseline == "" {
		return nil, fmt.Errorf("the baseline %s is the model of no tier: add it to [tiers]", baseline)
	}
	return l, nil
}

// sweepable are the checks of a task whose thresholds are swept: those of graded signals that the config has, and those that
// outcomes may carry. The config's thresholds are left open.
func (l *ladder) sweepable(t *routing.Task) []routing.Accept {
	open := 0.0
	var out []routing.Accept
	add := func(a routing.Accept) {
		a.Min, a.PerTier = &open, nil
		if !slices.ContainsFunc(out, func(o routing.Accept) bool { return o.Check == a.Check }) {
			out = append(out, a)
		}
	}
	for _, a := range t.Accept {
		if graded(a.Check) {
			add(a)
		}
	}
	add(routing.Accept{Check: accept.LogprobMean.String()})
	add(routing.Accept{Check: accept.LogprobMin.String()})
	for i := range l.config.Tasks { // only a config knows who is asked
		for _, a := range l.config.Tasks[i].Accept {
			if a.Check == accept.SelfCheck.String() {
				add(a)
			}
		}
	}
	return out
}

func graded(check string) bool {
	kind, ok := accept.ParseKind(check)
	return ok && !kind.Binary()
}

// surveys are the trials that are looked at before there are thresholds: of each task all tiers, with all signals.
func (l *ladder) surveys() []eval.Trial { return l.surveysOf(l.config.Tasks) }

func (l *ladder) surveysOf(tasks []routing.Task) []eval.Trial {
	var chain []string
	for _, r := range l.rungs {
		chain = append(chain, r.tier)
	}
	chain = append(chain, l.baseline)
	var out []eval.Trial
	for i := range tasks {
		t := &tasks[i]
		out = append(out, eval.Trial{Task: t.Name, Chain: chain, Accept: l.sweepable(t)})
	}
	return out
}

// price sorts the rungs by what they cost on average over all requests.
func (l *ladder) price(surveyed []eval.Surveyed) {
	for i := range l.rungs {
		var cost, weight eval.Fixed
		for _, s := range surveyed {
			if p := &s.Places[l.rungs[i].place]; p.Known.N > 0 {
				cost.Add(p.Cost * p.Known.Weight())
				weight.Add(p.Known.Weight())
			}
		}
		l.rungs[i].cost = cost.Float64() / weight.Float64()
	}
	slices.SortStableFunc(l.rungs, func(a, b rung) int { return cmp.Compare(a.cost, b.cost) })
}

// A menuBuilder makes the menu while the ways of task after task are laid out.
type menuBuilder struct {
	menu    Menu
	options map[string]int
	chains  map[string]int
}

func newMenuBuilder() *menuBuilder {
	return &menuBuilder{options: map[string]int{}, chains: map[string]int{}}
}

func (b *menuBuilder) option(chain string, price float64, name string, tiers int) int {
	at, ok := b.chains[chain]
	if !ok {
		at = len(b.menu.Chains)
		b.chains[chain] = at
		b.menu.Chains = append(b.menu.Chains, Chain{Name: chain, Price: price})
	}
	option, ok := b.options[name]
	if !ok {
		option = len(b.menu.Options)
		b.options[name] = option
		b.menu.Options = append(b.menu.Options, Option{Name: name, Chain: at, Tiers: tiers})
	}
	return option
}

// ways lays out how a task could be served by something cheaper than the baseline, as the recipe has it: per first tier and
// swept signal a chain that escalates to the baseline, from mostly escalating to hardly ever, then by the task's own checks
// alone, then never. The baseline stays behind the cheap tier all the same, for calls that fail.
func (l *ladder) ways(b *menuBuilder, t *routing.Task, s *eval.Surveyed) (out []Way) {
	sweep := l.sweepable(t)
	for _, r := range l.rungs {
		swept := false
		for c, a := range sweep {
			if l.carried(s, r, c) {
				swept = true
				out = append(out, l.chain(b, t, r, a, &s.Places[r.place].Signals[c])...)
			}
		}
		if !swept {
			out = append(out, l.plain(b, t, r, r.tier)...)
		}
	}
	return append(out, l.threeSteps(b, t, s, sweep)...)
}

// carried reports whether enough answers of a tier carry a signal.
func (l *ladder) carried(s *eval.Surveyed, r rung, check int) bool {
	p := &s.Places[r.place]
	return p.Answers > 0 && float64(p.Signals[check].Known) >= minSignal*float64(p.Answers)
}

// chain is the options of a first tier and a swept signal.
func (l *ladder) chain(b *menuBuilder, t *routing.Task, r rung, a routing.Accept, values *eval.SignalValues) (out []Way) {
	name := r.tier + " by " + a.Check
	fixed := fixedChecks(t, a.Check, r.tier)
	last := math.Inf(1)
	for _, share := range acceptShares {
		at := roundDown(values.AtShare(share))
		if at == last || math.IsInf(at, 0) || math.IsNaN(at) { // ties: the same option again
			continue
		}
		last = at
		check := a
		check.Min, check.PerTier = nil, map[string]float64{r.tier: at}
		out = append(out, Way{
			Option: b.option(name, r.cost, fmt.Sprintf("%s, %.0f %% pass", name, 100*share), 2),
			Chain:  []string{r.tier, l.baseline}, Accept: append(slices.Clone(fixed), check),
			Signal: a.Check, Shares: []float64{share}, Checks: len(fixed) > 0,
		})
	}
	return append(out, l.unswept(b, r, name, fixed)...)
}

// plain is the options of a first tier without a swept signal.
func (l *ladder) plain(b *menuBuilder, t *routing.Task, r rung, name string) []Way {
	return l.unswept(b, r, name, fixedChecks(t, "", r.tier))
}

// unswept is the end of every chain: the task's own checks, then the tier alone.
func (l *ladder) unswept(b *menuBuilder, r rung, name string, fixed []routing.Accept) (out []Way) {
	chain := []string{r.tier, l.baseline}
	if len(fixed) > 0 {
		out = append(out, Way{Option: b.option(name, r.cost, name+", checks", 2), Chain: chain, Accept: fixed, Checks: true})
	}
	return append(out, Way{Option: b.option(name, r.cost, name+", alone", 1), Chain: chain})
}

// threeSteps is the options of three tiers, each a chain of its own: the cheapest, one of the first two of the dearer half,
// the baseline.
func (l *ladder) threeSteps(b *menuBuilder, t *routing.Task, s *eval.Surveyed, sweep []routing.Accept) (out []Way) {
	if len(l.rungs) < 2 {
		return nil
	}
	first := l.rungs[0]
	half := l.rungs[max(len(l.rungs)/2, 1):]
	for _, middle := range half[:min(2, len(half))] {
		for c, a := range sweep {
			if !l.carried(s, first, c) || !l.carried(s, middle, c) {
				continue
			}
			fixed := fixedChecks(t, a.Check, first.tier, middle.tier)
			a.Min, a.PerTier = nil, map[string]float64{
				first.tier:  roundDown(s.Places[first.place].Signals[c].AtShare(firstShare)),
				middle.tier: roundDown(s.Places[middle.place].Signals[c].AtShare(middleShare)),
			}
			name := first.tier + " and " + middle.tier + " by " + a.Check
			out = append(out, Way{
				Option: b.option(name, first.cost, name, 3),
				Chain:  []string{first.tier, middle.tier, l.baseline}, Accept: append(fixed, a),
				Signal: a.Check, Shares: []float64{firstShare, middleShare}, Checks: len(fixed) > 0,
			})
		}
	}
	return out
}

// fixedChecks are the task's checks but the swept one, as far as they say something of the tiers.
func fixedChecks(t *routing.Task, swept string, tiers ...string) (out []routing.Accept) {
	for _, a := range t.Accept {
		if a.Check == swept {
			continue
		}
		if a.PerTier == nil {
			out = append(out, a)
			continue
		}
		own := map[string]float64{}
		for _, tier := range tiers {
			if v, ok := a.PerTier[tier]; ok {
				own[tier] = v
			}
		}
		if a.PerTier = own; len(own) > 0 {
			out = append(out, a)
		}
	}
	return out
}

// roundDown keeps four digits of a threshold: a person reads it. What passes the threshold passes it rounded.
func roundDown(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || x != x {
		return x
	}
	step := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-3)
	for _, k := range []float64{math.Floor(x / step), math.Floor(x/step) - 1} {
		if v, err := strconv.ParseFloat(strconv.FormatFloat(k*step, 'g', 4, 64), 64); err == nil && v <= x {
			return v
		}
	}
	return x
}
