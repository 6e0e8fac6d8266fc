package eval

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing"
)

// routingFindings says what a reader should know of how requests found their tasks.
func routingFindings(r *CandidateResult, c *Candidate) []Finding {
	var out []Finding
	if r.LeftOut > 0 {
		out = append(out, leftOutFinding(r, c))
	}
	if len(r.UnknownTasks) > 0 {
		out = append(out, Finding{
			ID:      "unknown-tasks",
			Message: fmt.Sprintf("%s has no such task, so these requests go to the default: %s", r.Label, reasons(r.UnknownTasks)),
		})
	}
	if unknown := unknownGolds(r, c); len(unknown) > 0 {
		out = append(out, Finding{
			ID:      "gold-tasks-unknown",
			Message: fmt.Sprintf("%s lacks gold tasks of the traffic, so requests of these are taken to belong to the default: %s", r.Label, reasons(unknown)),
			Fix:     "if the config calls them otherwise, name its tasks as the traffic does: accuracies and misroutes go by the name",
		})
	}
	if r.Unrouted > 0 {
		out = append(out, Finding{
			ID: "unrouted",
			Message: fmt.Sprintf("%s: the LLM router's answer is not recorded for %d requests: they go to the default, at a cost that is not known",
				r.Label, r.Unrouted),
			Fix: "record router_task with router_model, or evaluate callers who name the task with --gold-tasks",
		})
	}
	if r.Unclassified > 0 {
		out = append(out, Finding{
			ID:      "unclassified",
			Message: fmt.Sprintf("%s: %d requests lack the embedding that its classifier wants: they go on to the next layer", r.Label, r.Unclassified),
			Fix:     "record embedding, computed by the model that the artifact names",
		})
	}
	if r.EmbeddingUnpriced > 0 {
		out = append(out, Finding{
			ID: "embedding-unpriced",
			Message: fmt.Sprintf("%s: it is not recorded what the embeddings of %d requests cost: neither is the cost of these requests known",
				r.Label, r.EmbeddingUnpriced),
			Fix: "record embedding_cost_usd: 0 if the embeddings are there anyway",
		})
	}
	for i := range r.Rules {
		k := &r.Rules[i]
		if overconfident(k) {
			out = append(out, Finding{
				ID: "rule-overconfident", Message: fmt.Sprintf("%s: rule %q %s", r.Label, k.Rule, confidenceGap(k)), Fix: confidenceFix(k),
			})
		}
	}
	return out
}

// overconfident reports whether a rule is right less often than its confidence says, by more than half a percent: of rules
// that say nothing, and so 1, nearly every one is wrong once in a while.
func overconfident(r *RuleResult) bool {
	return r.Upper.Known() && float64(r.Upper) < r.Confidence-0.005
}

func confidenceGap(r *RuleResult) string {
	return fmt.Sprintf("is right on %.1f %% of %d requests of known task (at most %.1f %%), and says %.1f %%",
		100*r.Accuracy, r.Labeled, 100*r.Upper, 100*r.Confidence)
}

func confidenceFix(r *RuleResult) string {
	// Rounded down, and never to 0, which would mean 1.
	return fmt.Sprintf("narrow the rule down, leave its requests to the other layers, or say confidence = %.2f",
		max(math.Floor(100*float64(r.Accuracy)), 1)/100)
}

// unknownGolds returns the gold tasks that the config lacks, with their requests. Where requests are dispatched by their
// gold task these are the unknown tasks.
func unknownGolds(r *CandidateResult, c *Candidate) map[string]int64 {
	out := map[string]int64{}
	if r.RouterAccuracyKnown == 0 {
		return out
	}
	for _, m := range r.Misroutes {
		if m.Gold != "" && !slices.ContainsFunc(c.Config.Tasks, func(t routing.Task) bool { return t.Name == m.Gold }) {
			out[m.Gold] += m.Requests
		}
	}
	return out
}

// trainedFiles names the artifacts of a config that remember requests, and the files beside them that say what others
// predict of these.
func trainedFiles(c *routing.Config) (artifacts, outOfFold string) {
	var names []string
	if c.Router.Embedding != nil {
		names = append(names, c.Router.Embedding.Artifact)
	}
	for i := range c.Tasks {
		if s := c.Tasks[i].Split; s != nil && !slices.Contains(names, s.Artifact) {
			names = append(names, s.Artifact)
		}
	}
	beside := make([]string, len(names))
	for i, name := range names {
		beside[i] = OutOfFoldPath(name)
	}
	return strings.Join(names, " or "), strings.Join(beside, " or ")
}

// leftOutFinding says what would bring requests back that a classifier or a split was trained on.
func leftOutFinding(r *CandidateResult, c *Candidate) Finding {
	artifact, outOfFold := trainedFiles(c.Config)
	f := Finding{
		ID: "left-out",
		Message: fmt.Sprintf("%s: %d of %d requests are left out of all its figures: %s was trained on them, and what it remembers proves nothing",
			r.Label, r.LeftOut, r.LeftOut+r.Whole.Requests, artifact),
		Fix: fmt.Sprintf("tierwise train -d FILE -o %s  writes %s beside it, with predictions for them that count; or evaluate on other requests",
			artifact, outOfFold),
	}
	if len(c.Splits) > 0 || c.Config.Router.Embedding == nil {
		f.Fix = fmt.Sprintf("keep %s beside it, as tierwise tune wrote the two; or evaluate on other requests", outOfFold)
	}
	if c.OutOfFoldSum != "" {
		f.Message += fmt.Sprintf(" (%s has no prediction of these)", outOfFold)
		f.Fix = "they are of the same group as requests that it was trained on: train with them, or evaluate on other requests"
	}
	return f
}

// noPrediction is why a request is left out.
func noPrediction(c *routing.Config) string {
	artifact, outOfFold := trainedFiles(c)
	return fmt.Sprintf("%s was trained on this request, and %s has no prediction of it", artifact, outOfFold)
}
