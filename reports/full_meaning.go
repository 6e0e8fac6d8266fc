package reports

import (
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/eval/stats"
)

// qualityMeaning says what a verdict about quality means, at a confidence of 1 - alpha. reason is why it is what it is, "" if the
// figures say that.
func qualityMeaning(v stats.Verdict, tolerance, alpha float64, reason string) string {
	allowed, sure := "the "+plainPoints(tolerance)+" that are allowed", confidenceOf(alpha)+" confidence"
	switch v {
	case stats.Holds:
		return "with " + sure + " quality falls by less than " + allowed
	case stats.Fails:
		return "with " + sure + " quality falls by more than " + allowed
	case stats.Inconclusive:
	}
	out := "the grades do not tell, with " + sure + ", whether quality falls by more than " + allowed
	if reason != "" {
		out += ": " + reason
	}
	return out
}

// resultMeaning says what the verdict of a candidate's whole means.
func resultMeaning(c *eval.Comparison, k *eval.CandidateResult) string {
	return qualityMeaning(k.Whole.Verdict, c.Settings.Tolerance, c.Settings.Alpha, wholeLabels(k))
}

// SentenceOf makes a sentence of a text without a capital and a full stop.
func SentenceOf(s string) string { return capital(s) + "." }

// plainPoints writes a difference of quality for people who do not know what pp is.
func plainPoints(x float64) string { return strings.TrimSuffix(points(x), "pp") + "points" }

// gateSubjects say what the rules of a policy are about.
var gateSubjects = map[string]string{
	gate.Tolerance: "quality", gate.TaskTolerance: "quality", gate.MinSavings: "savings", gate.MaxP95: "latency", gate.MaxEscalation: "escalations",
	gate.MaxCost: "cost", gate.MinLabels: "labels", gate.MinCoverage: "coverage", gate.MaxFalseHits: "false hits of the cache", gate.CertificateIs: "the certificate",
}

// maxReasons is how many rules a gate's verdict names.
const maxReasons = 3

// gateMeaning says which rules make a gate's verdict, and what they are about.
func gateMeaning(r *gate.Result) string {
	decides := map[stats.Verdict]gate.Outcome{stats.Fails: gate.Fail, stats.Inconclusive: gate.Unclear}[r.Verdict]
	if decides == "" {
		return "nothing that the policy asks for is missed"
	}
	var parts []string
	more := 0
	for i := range r.Rules {
		e := &r.Rules[i]
		if e.Outcome != decides {
			continue
		}
		if len(parts) == maxReasons {
			more++
			continue
		}
		about := gateSubjects[e.Rule]
		if about == "" {
			about = e.Rule
		}
		if e.Section == "vs_main" {
			about += " against " + r.Against
		}
		if e.Task != "" {
			about += " of " + e.Task
		}
		part := about + ": measured " + e.MeasuredText
		if e.LimitText != "" {
			part += ", the limit is " + e.LimitText
		}
		parts = append(parts, part)
	}
	if more > 0 {
		parts = append(parts, howMany(more, "other rule", "other rules"))
	}
	return strings.Join(parts, "; ")
}

// gateQuality returns the rule about the whole's quality, nil if the policy has none.
func gateQuality(r *gate.Result) *gate.Entry {
	for i := range r.Rules {
		if e := &r.Rules[i]; e.Section == "vs_baseline" && e.Rule == gate.Tolerance {
			return e
		}
	}
	return nil
}

// gateQualityLine says how quality stands, whatever else a gate's verdict is about.
func gateQualityLine(r *gate.Result, k *eval.CandidateResult) string {
	e := gateQuality(r)
	if e == nil {
		return "The policy asks nothing of the quality of the whole."
	}
	v := k.Whole.Verdict // of a rule that only warns, or is waived, the outcome does not tell
	switch e.Outcome {
	case gate.Pass:
		v = stats.Holds
	case gate.Fail:
		v = stats.Fails
	case gate.Unclear:
		v = stats.Inconclusive
	case gate.Warn, gate.Waived:
	}
	return "Quality of the whole: " + qualityMeaning(v, float64(e.Limit), r.Comparison.Settings.Alpha, "") + "."
}
