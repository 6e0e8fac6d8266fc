package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/train"
)

// What is shown of a training; all of it is in its JSON.
const (
	shownMistakes = 10
	shownSuspects = 10
)

// Training reports how good a request classifier is.
func Training(r *train.Report) *Document {
	d := &Document{Title: "Request classifier"}
	d.add(Section{Lines: trainedOn(r)})
	d.add(trainedFigures(r))
	d.add(Section{Lines: append(wrap(fmt.Sprintf("min_confidence %s: %s", confidence(r.MinConfidence), r.Why)), worthLines(r)...)})
	for _, s := range trainedThresholds(r) {
		d.add(s)
	}
	d.add(trainedReliability(r))
	d.add(trainedTasks(r))
	if s := mistakes(r); len(s.Table.Rows) > 0 {
		d.add(s)
	}
	if len(r.Suspects) > 0 {
		d.add(suspects(r))
	}
	if len(r.Findings) > 0 {
		var findings []eval.Finding
		for _, f := range r.Findings {
			findings = append(findings, eval.Finding(f))
		}
		d.add(Section{Title: "NOTE", Lines: inspectionFindings(findings)})
	}
	return d
}

func trainedOn(r *train.Report) []string {
	c := &r.Counts
	line := fmt.Sprintf("%s requests, trained on %s of %s", count(int64(c.Requests)), count(int64(r.Trained)), many(int64(len(r.ByTask)), "task"))
	if len(r.Files) > 0 {
		line = files(r.Files) + ": " + line
	}
	var rest []string
	add := func(n int, what string) {
		if n > 0 {
			rest = append(rest, count(int64(n))+" "+what)
		}
	}
	if r.Verify != nil {
		add(r.Verify.Requests+r.Verify.Seen, "to verify on")
	}
	add(c.NoTask, "without gold task")
	add(c.NoSplit, "of other splits")
	add(c.NoEmbedding, "without embedding")
	add(c.Sampled, "left out of the sample")
	if len(rest) > 0 {
		line += " (" + strings.Join(rest, ", ") + ")"
	}
	if n := rejectable(r); n > 0 {
		line += fmt.Sprintf("; %s of %q train the rejection", count(n), r.RejectTask)
	}
	lines := append(wrap(line), fmt.Sprintf("Embedder %s, head %s, %s features", r.Embedder, headName(r.Head), count(int64(r.Features))))
	if a := &r.Artifact; a.Path != "" {
		lines = append(lines, fmt.Sprintf("→ %s (%s), out-of-fold predictions → %s", a.Path, size(int64(a.Bytes)), a.OutOfFold))
	}
	return lines
}

func rejectable(r *train.Report) int64 {
	for _, t := range r.Tasks {
		if r.RejectTask != "" && t.Task == r.RejectTask {
			return int64(t.Requests)
		}
	}
	return 0
}

func headName(head string) string {
	if head == train.Average {
		return "average of logistic and prototypes"
	}
	return head
}

// confidence writes a threshold.
func confidence(x float64) string { return fixed(x, 2) }

// trainedFigures has the figures out of fold, and those of the requests to verify on beside them.
func trainedFigures(r *train.Report) Section {
	t := &Table{Columns: []Column{{"", Text}, {"out of fold", Decimals}}}
	all := []*train.Figures{&r.Figures}
	ns := []int{r.Trained}
	if r.Verify != nil {
		t.Columns = append(t.Columns, Column{"verify", Decimals})
		all, ns = append(all, &r.Verify.Figures), append(ns, r.Verify.Requests)
	}
	add := func(name string, value func(f *train.Figures, at *train.Threshold) string) {
		row := []Cell{T(name)}
		for _, f := range all {
			at := thresholdAt(f, r.MinConfidence)
			row = append(row, T(value(f, &at)))
		}
		t.Rows = append(t.Rows, row)
	}
	row := []Cell{T("requests")}
	for _, n := range ns {
		row = append(row, T(count(int64(n))))
	}
	t.Rows = append(t.Rows, row)
	share := func(x float64) string { return FormatNumber(Share, x) }
	add("accuracy", func(f *train.Figures, _ *train.Threshold) string { return share(f.Accuracy) })
	add("macro-F1", func(f *train.Figures, _ *train.Threshold) string { return share(f.MacroF1) })
	add("expected calibration error", func(f *train.Figures, _ *train.Threshold) string { return fixed(f.ECE, 3) })
	if r.RejectTask != "" {
		add("expected calibration error, in scope", func(f *train.Figures, _ *train.Threshold) string { return fixed(f.ECEInScope, 3) })
		add("rejection AUROC", func(f *train.Figures, _ *train.Threshold) string {
			if !rejects(r, f) {
				return Dash
			}
			return fixed(f.AUROC, 3)
		})
	}
	at := " at min_confidence " + confidence(r.MinConfidence)
	add("decided"+at, func(_ *train.Figures, at *train.Threshold) string { return share(at.Coverage) })
	add("right, of those decided", func(_ *train.Figures, at *train.Threshold) string {
		if at.Coverage == 0 {
			return Dash
		}
		return share(at.Precision)
	})
	if r.RejectTask != "" {
		add("in scope, decided and right", func(_ *train.Figures, at *train.Threshold) string { return share(at.InScope) })
		add("out of scope, rejected", func(f *train.Figures, at *train.Threshold) string {
			if !rejects(r, f) {
				return Dash
			}
			return share(at.Recall)
		})
	}
	return Section{Title: "CLASSIFIER", Table: t, Lines: figuresLegend(r)}
}

// rejects reports whether there were requests to reject among those that figures are of.
func rejects(r *train.Report, f *train.Figures) bool {
	return slices.ContainsFunc(f.Matrix, func(m train.Mistaken) bool { return m.Gold == r.RejectTask })
}

func figuresLegend(r *train.Report) []string {
	lines := append([]string{""}, wrap(fmt.Sprintf("out of fold: each request judged by a model that saw nothing of its fold (%d folds).", r.Folds))...)
	if r.Verify != nil && r.Verify.Seen > 0 {
		lines = append(lines, wrap(fmt.Sprintf("verify: without %s of prompts or groups that were trained on.", many(int64(r.Verify.Seen), "request")))...)
	}
	if r.RejectTask != "" {
		lines = append(lines, wrap(fmt.Sprintf("accuracy and F1 are of the requests in scope; a request of %q that is decided is wrong.", r.RejectTask))...)
	}
	return lines
}

// thresholdAt is what a min_confidence does. Beyond those that figures are given for, nothing is decided.
func thresholdAt(f *train.Figures, minConfidence float64) train.Threshold {
	i := slices.IndexFunc(f.Curve, func(t train.Threshold) bool { return t.MinConfidence == minConfidence })
	if i < 0 {
		return train.Threshold{MinConfidence: minConfidence, Recall: 1}
	}
	return f.Curve[i]
}

// worthLines say what thresholds are worth, if misroutes are priced.
func worthLines(r *train.Report) []string {
	m := r.Misroutes
	if m == nil {
		return nil
	}
	var lines []string
	if m.Rate.Known() {
		lines = wrap("Against knowing each request's task, mistakes cost " + worthPhrase(r, func(t *train.ThresholdLoss) string { return known(USD, t.Loss) }) + ", per 1,000 requests.")
		lines = append(lines, wrap(fmt.Sprintf("A point of quality counts as %s per 1,000 requests: what %s costs more than %s, by how much better it is.",
			known(USD, m.Rate), m.Baseline, m.Cheapest))...)
	} else {
		lines = wrap("Against knowing each request's task, mistakes move quality and cost per 1,000 requests by " +
			worthPhrase(r, func(t *train.ThresholdLoss) string { return known(Points, t.Delta) + " and " + known(USD, t.USD) }) + ".")
	}
	how := "each task by the cheapest model that seems to hold"
	if m.Config != "" {
		how = "each task by its chain in " + m.Config
	}
	if !m.Chosen {
		lines = append(lines, wrap(fmt.Sprintf("The least costly threshold would be %s.", confidence(m.MinConfidence)))...)
	}
	return append(lines, wrap(fmt.Sprintf("Priced on the outcomes of %s, %s graded: %s.", many(int64(m.Pilot), "pilot request"), count(int64(m.Graded)), how))...)
}

// worthPhrase says what the threshold comes to, beside none and the default treatment for everything.
func worthPhrase(r *train.Report, value func(*train.ThresholdLoss) string) string {
	m := r.Misroutes
	phrase := value(&m.Curve[0])
	if at, ok := m.At(r.MinConfidence); ok && !m.Idle(r.MinConfidence) {
		phrase = fmt.Sprintf("%s with it, %s without a threshold", value(&at), phrase)
	}
	return fmt.Sprintf("%s, and %s if everything went to %s", phrase, value(&m.Curve[len(m.Curve)-1]), m.Fallback())
}

// trainedThresholds shows some thresholds, and that which is chosen.
func trainedThresholds(r *train.Report) []Section {
	out := []Section{{Title: "THRESHOLDS", Table: thresholdTable(r, &r.Figures)}}
	if r.Verify != nil {
		out = append(out, Section{Title: "THRESHOLDS ON VERIFY", Table: thresholdTable(r, &r.Verify.Figures)})
	}
	return out
}

// thresholdTable says what thresholds do, and what they are worth by what was predicted out of fold.
func thresholdTable(r *train.Report, f *train.Figures) *Table {
	t := &Table{Columns: []Column{{"", Text}, {"decided", Share}, {"right", Share}}}
	if r.RejectTask != "" {
		t.Columns = append(t.Columns, Column{"in scope, right", Share}, Column{"out of scope, rejected", Share})
	}
	priced := r.Misroutes != nil && r.Misroutes.Rate.Known() && f == &r.Figures
	if priced {
		t.Columns = append(t.Columns, Column{"loss, $/1,000", USD})
	}
	shown := append([]float64{0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99}, r.MinConfidence)
	slices.Sort(shown)
	for _, x := range slices.Compact(shown) {
		at := thresholdAt(f, x)
		name := confidence(x)
		if x == r.MinConfidence {
			name += " (min_confidence)"
		}
		row := []Cell{T(name), N(at.Coverage), N(orUnknown(at.Precision, at.Coverage > 0))}
		if r.RejectTask != "" {
			row = append(row, N(at.InScope), N(at.Recall))
		}
		if priced {
			loss, _ := r.Misroutes.At(x)
			row = append(row, N(loss.Loss))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func orUnknown(x float64, known bool) float64 {
	if !known {
		return math.NaN()
	}
	return x
}

func trainedReliability(r *train.Report) Section {
	t := &Table{Columns: []Column{{"", Text}, {"mean confidence", Share}, {"right", Share}, {"requests", Count}}}
	for _, b := range r.Reliability {
		t.Rows = append(t.Rows, []Cell{T(fmt.Sprintf("%s to %s", fixed(b.Lo, 3), fixed(b.Hi, 3))), N(b.Confidence), N(b.Right), N(b.Requests)})
	}
	return Section{Title: "RELIABILITY", Table: t}
}
