package gate

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// An Input is what the gate judges.
type Input struct {
	Config  *routing.Config
	Against *routing.Config // for vs_main; nil: there is none
	Policy  *Policy

	// Comparison and Versus are the replay: Config is the first candidate of the one, the new one of the other. nil: there
	// was none, or the policy does not ask.
	Comparison *eval.Comparison
	Versus     *eval.Versus

	// Caches is what the caches of Config did, replayed with caches; nil: they were not, for the reason CachesOff if the
	// traffic does not allow it.
	Caches    *eval.CacheResult
	CachesOff string

	Certificate     *Certificate // nil: there is none
	CertificateFile string

	Now time.Time // what waivers go by

	// ExactP95 says that the replay's p95 latencies are exact where a limit is near: see [eval.NearLatency].
	ExactP95 bool

	// What helps with an inconclusive rule: a command that checks again, one that draws the requests whose labels would
	// settle the rules, and one that tells how many labels a claim takes.
	CheckCommand, LabelCommand, InspectCommand string
}

// Validate finds out before any work is done whether the input can be judged at all: files that the policy needs and that
// are not there, configs that are measured against different baselines, and a certificate that contradicts its own config.
func (in *Input) Validate(replay bool) error {
	p, c := in.Policy, in.Config
	at := func(c *routing.Config, pos routing.Position, format string, args ...any) error {
		return routing.ConfigErrors{{File: c.Source, Position: pos, Msg: fmt.Sprintf(format, args...)}}
	}
	switch {
	case p.VsMain != nil && in.Against == nil:
		return routing.ConfigErrors{{File: p.Source, Position: p.VsMain.Position, Msg: "[vs_main] compares with another config: name it with --against"}}
	case p.VsMain == nil && in.Against != nil:
		return fmt.Errorf("--against %s: %s has no [vs_main] to compare by", in.Against.Source, p.Source)
	case in.Against != nil && in.Against.Baseline != c.Baseline:
		pos, _ := c.Position("baseline")
		return at(c, pos, "baseline is %q, that of %s is %q: figures against different baselines cannot be compared", c.Baseline, in.Against.Source, in.Against.Baseline)
	case !replay && in.Certificate == nil:
		return errors.New("nothing to judge by: name traffic with -d, or a certificate with --certificate")
	}
	if cert := in.Certificate; cert != nil && cert.DecisionHash == c.DecisionHash() {
		if differs := cert.contradiction(c); differs != "" {
			return fmt.Errorf("%s has the decision hash of %s and contradicts it: %s: the file was edited", in.CertificateFile, c.Source, differs)
		}
	}
	return nil
}

// A judge is a result in the making.
type judge struct {
	*Input
	result *Result
	dearer string // the model whose new price made the table dearer: see bill
}

// Judge holds the evidence against the policy. The error says why that is not possible.
func Judge(in *Input) (*Result, error) {
	if err := in.Validate(in.Comparison != nil); err != nil {
		return nil, err
	}
	j := &judge{Input: in, result: newResult()}
	r := j.result
	r.Config, r.Policy, r.Certificate, r.Baseline = in.Config.Source, in.Policy.Source, in.CertificateFile, in.Config.Baseline
	if in.Against != nil {
		r.Against = in.Against.Source
	}
	r.Comparison, r.Versus = in.Comparison, in.Versus
	if err := j.judge(); err != nil {
		return nil, err
	}
	j.waive()
	r.conclude()
	return r, nil
}

func (j *judge) judge() error {
	cert := j.judgeCertificate()
	if s := j.Policy.VsBaseline; s != nil {
		e, err := j.evidence(s, cert)
		if err != nil {
			return err
		}
		if e != nil {
			j.rules(s, e)
		}
	}
	if s := j.Policy.VsMain; s != nil {
		e := j.evidenceVsMain(cert)
		if err := e.knowsMoney(s, j.Config); err != nil {
			return err
		}
		j.rules(s, e)
	}
	return nil
}

// evidence is what one section is judged by.
type evidence struct {
	whole eval.Result
	tasks []eval.TaskResult
	// missing says why there is none, "" if there is.
	missing string
	// leftOut says which requests none of it is about, "" if it is about all: see leftOut.
	leftOut string
	exact   bool // its p95 is, where a limit is near
}

// evidence returns what to judge the comparison with the baseline by: a replay, else a certificate, nil if that is for
// another table.
func (j *judge) evidence(s *Section, cert *Certificate) (*evidence, error) {
	var e *evidence
	switch {
	case j.Comparison != nil:
		k := &j.Comparison.Candidates[0]
		j.result.Evidence, j.result.GoldTasks = "replay", j.Comparison.Settings.GoldTasks
		e = &evidence{whole: k.Whole, tasks: k.Tasks, leftOut: leftOut(j.Comparison.Findings, k.LeftOut, k.Label), exact: j.ExactP95}
	case cert == nil:
		return nil, nil
	default:
		var err error
		if e, err = j.evidenceOf(cert, s); err != nil {
			return nil, err
		}
	}
	j.noteUnseen(e)
	return e, e.knowsMoney(s, j.Config)
}

// evidenceOf returns the claims of a certificate that is for this table, at the prices of its config.
func (j *judge) evidenceOf(cert *Certificate, s *Section) (*evidence, error) {
	j.result.Evidence, j.result.GoldTasks = "certificate", cert.GoldTasks
	if cert.PriceHash != j.Config.PriceHash() {
		j.result.Evidence = "repriced certificate"
		b := cert.reprice(j.Config)
		if rule := s.asksMoney(); rule != nil && b.unpriced != "" {
			return nil, fmt.Errorf("%s: the price of %s changed, and %s cannot re-price it: it has no tokens of it, or the config no price under [models.%s]; replay instead, with -d",
				rule.Name, b.unpriced, j.CertificateFile, b.unpriced)
		}
		before := cert.Overall.Savings
		cert = b.apply(cert)
		j.dearer = b.dearer
		j.note("repriced", routing.Position{}, "prices changed since %s: its verdict on quality stands, the savings were re-priced, %s before and %s now",
			j.CertificateFile, percent(before), percent(cert.Overall.Savings))
	}
	tolerance, taskTolerance := s.Limit(Tolerance), s.Limit(TaskTolerance)
	if tolerance == 0 {
		tolerance = cert.Settings.Tolerance
	}
	if taskTolerance == 0 {
		taskTolerance = cert.Settings.TaskTolerance
	}
	e := &evidence{whole: cert.Overall.result(tolerance, 1)}
	for i := range cert.Tasks {
		t := &cert.Tasks[i]
		e.tasks = append(e.tasks, eval.TaskResult{Task: t.Task, Chain: t.Chain, Result: t.Claim.result(taskTolerance, t.Share)})
	}
	if cert.Settings.Alpha > s.Alpha()+rounding {
		e.unsure(fmt.Sprintf("%s is of confidence %v %%, the policy asks for %v %%", j.CertificateFile, round(100-100*cert.Settings.Alpha), round(100*s.Confidence)))
	}
	return e, nil
}

// unsure takes the verdicts of evidence that is at too low a confidence.
func (e *evidence) unsure(reason string) {
	e.whole.Verdict, e.whole.Reason = inconclusive, reason
	for i := range e.tasks {
		e.tasks[i].Verdict, e.tasks[i].Reason = inconclusive, reason
	}
}

// evidenceVsMain returns what to judge the comparison with the other config by. Without a replay, that takes two configs
// that decide alike: then only their prices can differ.
func (j *judge) evidenceVsMain(cert *Certificate) *evidence {
	if j.Versus != nil {
		j.result.Evidence = "replay"
		e := &evidence{whole: j.Versus.Whole, tasks: j.Versus.Tasks, exact: j.ExactP95}
		if j.Comparison != nil {
			e.leftOut = leftOut(j.Comparison.Findings, j.Versus.LeftOut, "")
		}
		return e
	}
	if cert == nil || j.Against.DecisionHash() != j.Config.DecisionHash() {
		return &evidence{missing: fmt.Sprintf("a certificate compares with the baseline, not with %s: that takes a replay", j.Against.Source)}
	}
	before, now := cert.reprice(j.Against).apply(cert), cert.reprice(j.Config).apply(cert)
	e := &evidence{whole: now.Overall.unchanged(before.Overall.CostPer1000, 1)}
	for i := range now.Tasks {
		t := &now.Tasks[i]
		e.tasks = append(e.tasks, eval.TaskResult{Task: t.Task, Chain: t.Chain, Result: t.Claim.unchanged(before.Tasks[i].Claim.CostPer1000, t.Share)})
	}
	return e
}

// knowsMoney refuses evidence without costs where a rule asks for them. Where nothing is left to be judged, costs are not
// what is missing.
func (e *evidence) knowsMoney(s *Section, c *routing.Config) error {
	rule := s.asksMoney()
	if rule == nil || e.missing != "" || e.leftOut != "" && e.whole.Covered == 0 {
		return nil
	}
	if rule.Name == MinSavings && e.whole.Savings.Known() || rule.Name == MaxCost && e.whole.CostPer1000.Known() {
		return nil
	}
	var models []string
	for _, t := range c.Tiers {
		if !priceOf(c, t.Model).Known() {
			models = append(models, "models."+t.Model)
		}
	}
	if len(models) == 0 {
		return fmt.Errorf("%s.%s: what the table costs is not known: record cost_usd, or the tokens of each outcome", s.Name, rule.Name)
	}
	return fmt.Errorf("%s.%s: what the table costs is not known: add price = { input = …, output = … } to %s, or record cost_usd", s.Name, rule.Name, strings.Join(models, ", "))
}

// noteUnseen names the tasks that there is no evidence of.
func (j *judge) noteUnseen(e *evidence) {
	for i := range j.Config.Tasks {
		t := &j.Config.Tasks[i]
		seen := false
		for k := range e.tasks {
			seen = seen || e.tasks[k].Task == t.Name
		}
		if !seen {
			none := "no request"
			if e.leftOut != "" {
				none = "no request that is not left out"
			}
			j.note("unseen-task", j.taskPlace(t.Name, "chain"), "task %q is not judged: %s was dispatched to it", t.Name, none)
		}
	}
}

// note adds a note at a place of the config, at no place if that is zero.
func (j *judge) note(id string, at routing.Position, format string, args ...any) {
	n := Note{ID: id, Message: fmt.Sprintf(format, args...), Line: at.Line, Column: at.Column}
	if at.Line > 0 {
		n.File = j.Config.Source
	}
	j.result.Notes = append(j.result.Notes, n)
}
