package gate

import (
	"fmt"
	"math"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/routing"
)

const inconclusive = stats.Inconclusive

// shortHash is how much of a hash people are shown.
const shortHash = 12

func short(hash string) string { return hash[:min(len(hash), shortHash)] }

func round(x float64) float64 { return math.Round(x*1e6) / 1e6 }

// judgeCertificate finds out whether the table is certified, and judges the rule that asks for it. It returns the
// certificate if it is for this table.
func (j *judge) judgeCertificate() *Certificate {
	var rule *Rule
	if s := j.Policy.VsBaseline; s != nil {
		rule = s.Rule(CertificateIs)
	}
	e := Entry{
		Section: vsBaseline, Rule: CertificateIs, LimitText: "required", MeasuredText: "not certified",
		Limit: eval.Unknown, Measured: eval.Unknown, Bound: eval.Unknown, Outcome: Fail,
	}
	c := j.Certificate
	fits := c != nil && c.DecisionHash == j.Config.DecisionHash()
	switch {
	case c == nil:
		e.Message = "not certified: no certificate was named with --certificate"
	case !fits:
		e.Message = fmt.Sprintf("not certified: %s is for %sdecision hash %s…, this table has %s…", j.CertificateFile, named(c.Name), short(c.DecisionHash), short(j.Config.DecisionHash()))
		if j.Comparison == nil {
			e.Message += "; no other rule can be judged by it: replay with -d"
		}
	default:
		j.result.Certified = true
		j.certified(&e, c)
	}
	switch {
	case rule != nil:
		e.place(j.Config, j.place(""))
		j.add(e, rule)
	case c != nil && !fits && j.Comparison == nil: // there is nothing else to judge by
		e.LimitText = ""
		e.place(j.Config, j.place(""))
		j.add(e, &Rule{Name: CertificateIs})
	case !j.result.Certified:
		j.note("not-certified", routing.Position{}, "%s", e.Message)
	}
	if j.result.Certified && j.Comparison != nil && j.Comparison.Data.Hash != "" && c.DataHash != j.Comparison.Data.Hash {
		j.note("other-data", routing.Position{}, "%s is evidence from other data than was replayed (data hash %s…, here %s…)", j.CertificateFile, short(c.DataHash), short(j.Comparison.Data.Hash))
	}
	if !fits {
		return nil
	}
	return c
}

func named(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("table %q, ", name)
}

// certified judges what a certificate that is for this table says.
func (j *judge) certified(e *Entry, c *Certificate) {
	s := j.Policy.VsBaseline
	verdict, about := c.Overall.Verdict, "the whole table"
	if s != nil {
		if limit := s.Limit(Tolerance); limit > 0 {
			verdict = c.Overall.result(limit, 1).Verdict
		}
	}
	for i := range c.Tasks {
		t := &c.Tasks[i]
		v := t.Claim.Verdict
		if s != nil {
			if limit := s.Limit(TaskTolerance); limit > 0 {
				v = t.Claim.result(limit, t.Share).Verdict
			}
		}
		if worse(v, verdict) {
			verdict, about = v, "task "+t.Task
		}
	}
	e.MeasuredText, e.N = string(verdict), c.Overall.N
	e.Message = fmt.Sprintf("%s: %s %s (n %s, confidence %v %%%s)", j.CertificateFile, about, verdict, number(c.Overall.N), round(100-100*c.Settings.Alpha), c.weighed())
	switch {
	case verdict == stats.Fails:
	case verdict == stats.Holds && (s == nil || c.Settings.Alpha <= s.Alpha()+rounding):
		e.Outcome = Pass
	default:
		e.Outcome, e.Command = Unclear, j.LabelCommand
		if verdict == stats.Holds {
			e.Command = j.CheckCommand
			e.Message += fmt.Sprintf(", and the policy asks for %v %%", round(100*s.Confidence))
		}
	}
}

// weighed says by what the whole is weighted, "" by the requests of the data.
func (c *Certificate) weighed() string {
	if c.Search == nil || c.Search.Mix == nil {
		return ""
	}
	if n := c.Search.Mix.Requests; n > 0 {
		return fmt.Sprintf(", weighted to %s requests of production", number(n))
	}
	return ", weighted to production's shares"
}

// worse reports whether verdict a is worse than b.
func worse(a, b stats.Verdict) bool {
	rank := map[stats.Verdict]int{stats.Holds: 0, stats.Inconclusive: 1, stats.Fails: 2}
	return rank[a] > rank[b]
}
