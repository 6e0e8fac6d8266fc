package bundle

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/eval/ledger"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/routing"
)

// A CertificateInput is what a certificate is made of.
type CertificateInput struct {
	Config *routing.Config // the tuned one, which the certificate is for
	Tool   string          // version of the program

	DataHash  string
	CostsHash string
	Salt      string // of the folds
	Recipe    string // version
	Options   string // whatever else was asked for, in one canonical text: that of the ledger's look
	Seed      uint64
	GoldTasks bool // callers were taken to name the task of each request

	// Result is what was chosen from Menu. Its tasks are those of the config, as are the tiers' names.
	Result   *tune.Result
	Menu     *tune.Menu
	Grouped  bool         // requests of a group are one unit of evidence
	Weighted bool         // requests have unequal weights
	Plan     *ledger.Plan // nil: no ledger is kept
	Splits   []tune.Split // of tasks by difficulty, those that are used and others
	Mix      *eval.Mix    // of production, that weighed the search and the replay; nil: none did

	// Replay is Config replayed on all requests: coverage, money, latency. Usage is what its calls came to there.
	Replay *eval.CandidateResult
	Usage  *eval.Usage
}

// Certificate writes down what was found. The claims are those of the search, with the figures of the replay beside them:
// a replay alone, of a table that was chosen on the same requests, would be too good. The error says how the parts
// contradict each other.
func Certificate(in *CertificateInput) (*gate.Certificate, error) {
	r, config := in.Result, in.Config
	if len(r.Tasks) == 0 || in.Replay == nil || in.Usage == nil {
		return nil, errors.New("a certificate takes a search and a replay of the table that it chose")
	}
	if in.Replay.DecisionHash != config.DecisionHash() {
		return nil, errors.New("the figures are those of a replay of another table")
	}
	if in.Plan != nil && in.Plan.Share != r.Settings.Share {
		return nil, fmt.Errorf("the ledger gives this look %v of alpha, and the search took %v", in.Plan.Share, r.Settings.Share)
	}
	if (in.Mix != nil) != (in.Replay.Mix != nil) {
		return nil, errors.New("the figures are those of a replay of another mix")
	}
	family := "task"
	if r.Settings.Family {
		family = "table"
	}
	c := &gate.Certificate{
		Format: gate.CertificateFormat, Version: gate.CertificateVersion, Tool: in.Tool,
		Name: config.Name, Baseline: config.Baseline, DecisionHash: config.DecisionHash(), PriceHash: config.PriceHash(),
		DataHash: in.DataHash, CostsHash: in.CostsHash, Seed: in.Seed, Salt: in.Salt, Recipe: in.Recipe, Options: in.Options, GoldTasks: in.GoldTasks,
		Settings: gate.CertificateSettings{
			Tolerance: r.Settings.Tolerance, TaskTolerance: r.Settings.TaskTolerance, Alpha: r.Settings.Alpha, Family: family, Looks: 1,
		},
		Overall: overallClaim(r, &in.Replay.Whole), Tasks: []gate.TaskClaim{}, Prices: prices(config), Usage: usage(in.Usage), UsageWeight: in.Usage.Weight,
		Search: search(in),
	}
	for i := range r.Tasks {
		if name := r.Tasks[i].Task; !slices.ContainsFunc(config.Tasks, func(t routing.Task) bool { return t.Name == name }) {
			return nil, fmt.Errorf("the config has no task %q, which was tuned", name)
		}
	}
	for i := range config.Tasks {
		t := &config.Tasks[i]
		k := slices.IndexFunc(r.Tasks, func(o tune.TaskResult) bool { return o.Task == t.Name })
		if k < 0 {
			continue // no request was dispatched to it
		}
		claim, err := in.taskClaim(t, &r.Tasks[k])
		if err != nil {
			return nil, err
		}
		c.Tasks = append(c.Tasks, *claim)
	}
	if p := in.Plan; p != nil {
		c.Settings.Looks = p.Number
		c.Look = &gate.CertificateLook{
			Number: p.Number, Search: p.Search, Look: p.Look, Looks: p.Looks, AlphaShare: p.Share, AlphaSum: p.Spent,
		}
		for _, seen := range p.Searched {
			if seen {
				c.Look.SeenRows++
			}
		}
	}
	c.Search.Claims = append(claims(c, r), splitClaims(in.Splits)...)
	return c, nil
}

// nothingChanged is how stats names the test of what cannot differ.
var nothingChanged = stats.Unchanged(0, 0, 0.05).Test

// unchanged is the claim of what stays on the baseline.
func unchanged() gate.Claim { return gate.Claim{Verdict: stats.Holds, Test: nothingChanged} }

// addFigures fills in what the replay found. Its verdict and bounds are left out: they take the table as given. certified is
// how many units the claim's own are of, of a claim that took none all labels.
func addFigures(c *gate.Claim, r *eval.Result, certified float64) {
	if c.N = int64(math.Round(certified)); c.Test == nothingChanged {
		c.N = r.Covered
	}
	c.Labels, c.Changed, c.Coverage = r.Covered, r.Changed, number(r.Coverage)
	c.Savings, c.SavingsLow, c.SavingsHigh = number(r.Savings), number(r.SavingsBound), number(r.SavingsUpper)
	c.CostPer1000, c.LatencyP95, c.EscalationRate = number(r.CostPer1000), number(r.LatencyP95), number(r.EscalationRate)
}

// overallClaim is the cross-fitted claim. As bounds are to hold at every tolerance at once, and a table is reached only
// past those before it, the lower bound is the least of theirs.
func overallClaim(r *tune.Result, whole *eval.Result) gate.Claim {
	shipped := &r.Tables[r.Table]
	c := unchanged()
	if shipped.Changed && (r.Verdict != stats.Fails || r.Moved()) { // where it fails nothing is moved
		o := &shipped.Overall
		c = gate.Claim{Verdict: r.Verdict, Test: o.Test, Delta: number(o.Delta), Bound: number(o.Bound), Upper: number(o.Upper)}
		for i := range r.Tables[:r.Table] {
			if t := &r.Tables[i]; t.Changed {
				c.Bound = min(c.Bound, number(t.Overall.Bound))
			}
		}
		if r.Verdict == stats.Inconclusive {
			c.Reason = unstable(r)
		}
	}
	addFigures(&c, whole, shipped.Overall.N)
	return c
}

// unstable says that no tolerance would have made the overall claim hold, "" if one would.
func unstable(r *tune.Result) string {
	for i := range r.Tables[:r.Table+1] {
		if t := &r.Tables[i]; t.Changed && !t.Passed && t.Overall.Verdict() == stats.Holds {
			return "the tables made without a fold save too little of what this one does for the claim to speak for it"
		}
	}
	return ""
}

// taskClaim is the claim of a task, t in the config and r in the search.
func (in *CertificateInput) taskClaim(t *routing.Task, r *tune.TaskResult) (*gate.TaskClaim, error) {
	out := &gate.TaskClaim{Task: t.Name, Chain: t.Chain, Share: r.Share, Claim: unchanged(), Evidence: taskEvidence(r, in.Menu)}
	if r.Option < 0 {
		if len(t.Chain) != 1 || modelOf(in.Config, t.Chain[0]) != in.Config.Baseline {
			return nil, fmt.Errorf("task %q stays on the baseline %s, and its chain in the config is %q", t.Name, in.Config.Baseline, t.Chain)
		}
	} else {
		walk := walkTo(r)
		if step := r.Chosen(); r.Pinned && step != nil { // nobody asked whether it passes
			walk = []tune.Step{*step}
		}
		if walk == nil {
			return nil, fmt.Errorf("task %q is moved to %s, which no walk certified", t.Name, in.Menu.Options[r.Option].Name)
		}
		last := walk[len(walk)-1].Test
		verdict, tolerance := stats.Holds, in.Result.Settings.TaskTolerance
		switch { // by its bounds: its test was at the tolerance of the table
		case r.Pinned && last.Upper < -tolerance:
			verdict = stats.Fails
		case r.Pinned && last.Bound < -tolerance:
			verdict = stats.Inconclusive
		}
		out.Claim = gate.Claim{Verdict: verdict, Test: last.Test, Delta: number(last.Delta), Bound: number(last.Bound), Upper: number(last.Upper)}
		for _, s := range walk { // at another tolerance the walk would have had to pass these too
			out.Claim.Bound = min(out.Claim.Bound, number(s.Test.Bound))
		}
	}
	figures := &eval.Result{
		Coverage: eval.Unknown, Savings: eval.Unknown, SavingsBound: eval.Unknown, SavingsUpper: eval.Unknown,
		CostPer1000: eval.Unknown, LatencyP95: eval.Unknown, EscalationRate: eval.Unknown,
	}
	for i := range in.Replay.Tasks {
		if in.Replay.Tasks[i].Task == t.Name {
			figures = &in.Replay.Tasks[i].Result
		}
	}
	certified := 0.0
	if step := r.Chosen(); step != nil {
		certified = step.Test.N
	}
	addFigures(&out.Claim, figures, certified)
	return out, nil
}

// walkTo returns the steps of a walk up to the option that serves a task, nil if there are none or one failed.
func walkTo(r *tune.TaskResult) []tune.Step {
	for _, c := range r.Chains {
		for i, s := range c.Walk {
			if !s.Passed {
				break
			}
			if s.Option == r.Option {
				return c.Walk[:i+1]
			}
		}
	}
	return nil
}

func modelOf(c *routing.Config, tier string) string {
	for _, t := range c.Tiers {
		if t.Name == tier {
			return t.Model
		}
	}
	return ""
}

func prices(c *routing.Config) []gate.ModelPrice {
	out := []gate.ModelPrice{}
	for _, m := range c.Models {
		if p := m.Price; p.Known() {
			out = append(out, gate.ModelPrice{
				Model: m.Name, Input: eval.Number(p.Input), CachedInput: eval.Number(p.CachedInput), Output: eval.Number(p.Output), Reasoning: eval.Number(p.Reasoning),
			})
		}
	}
	return out
}

func usage(u *eval.Usage) []gate.Usage {
	out := []gate.Usage{}
	for _, m := range u.Models {
		out = append(out, gate.Usage{
			Task: m.Task, Model: m.Model, Role: string(m.Role), Cost: m.Cost,
			Input: m.Input, CachedInput: m.CachedInput, Output: m.Output, Reasoning: m.Reasoning,
		})
	}
	return out
}
