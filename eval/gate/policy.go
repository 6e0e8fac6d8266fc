package gate

import (
	"slices"
	"time"

	"github.com/tierwise/tierwise/routing"
)

// A Policy is what a config must keep to. [ParsePolicy] reads one.
type Policy struct {
	Source     string   // file name, for messages
	VsBaseline *Section // nil: nothing is asked
	VsMain     *Section // likewise; it takes another config to compare with
	Waivers    []Waiver
}

// A Section is the rules about one comparison: with the baseline, or with the config of the main branch.
type Section struct {
	Name       string  // vs_baseline or vs_main
	Confidence float64 // one-sided, of the verdicts about quality: 0.95
	Rules      []Rule  // in the order of the file, each name at most once
	Position   routing.Position
}

// A Rule is one limit.
type Rule struct {
	Name     string  // a key of the policy, such as min_savings
	Limit    float64 // shares and deltas as such, USD, ms or labels; of certificate: 0
	Warn     bool    // a rule that does not pass is a warning
	Position routing.Position
}

// A Waiver takes the force of a rule for a while.
type Waiver struct {
	Section  string // "": both
	Rule     string
	Task     string    // "": all that the rule is about
	Until    time.Time // the last day, 0:00 UTC
	Reason   string
	Position routing.Position
}

// The rules that there are, as policies call them.
const (
	Tolerance     = "tolerance"
	TaskTolerance = "task_tolerance"
	MinSavings    = "min_savings"
	MaxP95        = "max_p95_ms"
	MaxEscalation = "max_escalation"
	MaxCost       = "max_cost_per_1000_usd"
	MinLabels     = "min_labels"
	MinCoverage   = "min_coverage"
	MaxFalseHits  = "max_false_hits"
	CertificateIs = "certificate"
)

// The sections that there are.
const (
	vsBaseline = "vs_baseline"
	vsMain     = "vs_main"
)

// defaultConfidence is one-sided.
const defaultConfidence = 0.95

// Rule returns the rule of that name, nil if the section has none.
func (s *Section) Rule(name string) *Rule {
	i := slices.IndexFunc(s.Rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Rules[i]
}

// Limit returns the limit of a rule, 0 if the section has none: then eval's own default holds.
func (s *Section) Limit(name string) float64 {
	if r := s.Rule(name); r != nil {
		return r.Limit
	}
	return 0
}

// Alpha returns the one-sided level of the tests that the section asks for.
func (s *Section) Alpha() float64 { return round(1 - s.Confidence) } // 1 − 0.95 is not 0.05

// byTask reports whether a rule is about every task by itself.
func byTask(rule string) bool { return rule == TaskTolerance || rule == MinLabels }

// sections returns the sections that the policy has.
func (p *Policy) sections() []*Section {
	var out []*Section
	for _, s := range []*Section{p.VsBaseline, p.VsMain} {
		if s != nil {
			out = append(out, s)
		}
	}
	return out
}

// asksMoney returns the first rule that needs to know costs, nil if there is none.
func (s *Section) asksMoney() *Rule {
	for i := range s.Rules {
		if s.Rules[i].Name == MinSavings || s.Rules[i].Name == MaxCost {
			return &s.Rules[i]
		}
	}
	return nil
}
