package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

func (f *full) checks() Section {
	var d Document
	d.checks(f.k)
	s := Section{ID: ChecksID, Title: "Acceptance checks", About: "How well the checks tell good answers from bad ones, and what their mistakes cost."}
	if len(d.Sections) > 0 {
		s.Table = d.Sections[0].Table
		s.Table.Columns = []Column{
			{"Task", Text}, {"Tier", Text}, {"Check", Text}, {"Passes at least", Decimals}, {"Graded", Count}, {"Bad", Count}, {"AUC", Decimals}, {"AUC, 95 %", Text},
			{"Accepts", Share}, {"Precision", Share}, {"Recall", Share}, {"False accepts", Count}, {"They lose", Points},
			{"False escalations", Count}, {"They cost $ per 1,000", USD},
		}
		s.Lines = []string{
			"AUC: the chance that a good answer's signal is above a bad one's; 0.50 is a coin. It, and what follows up to recall, is over all graded answers of the tier's model to the task's requests, visited or not.",
			"Precision: how many of the refused answers are bad. Recall: how many of the bad ones are refused.",
			"False accepts: bad answers that are returned from here, and what they take from the task's quality where the baseline did better. False escalations: good answers that are sent on, and what came after them.",
		}
		if slices.ContainsFunc(f.k.Checks, func(c eval.CheckResult) bool { return c.Few }) {
			s.Lines = append(s.Lines, "* fewer than 20 good or 20 bad answers: the interval is wide, label more of them.")
		}
	}
	s.Charts = f.sweeps()
	if len(f.k.Sweeps) == 0 && len(f.k.Checks) > 0 {
		f.lacks("What other thresholds would do", "results written with -o results.json have them")
	}
	return s
}

// leastSweep is how many thresholds a curve has to have: a check that passes or not has two.
const leastSweep = 3

// sweeps are the charts of risk against coverage, one for each task.
func (f *full) sweeps() []*Chart {
	var out []*Chart
	for i := range f.k.Tasks {
		task := f.k.Tasks[i].Task
		c := &Chart{
			ID: "sweep-" + chartID(task), Kind: Scatter, Title: "Thresholds of " + task,
			About: "What each threshold would accept, and how good that is: to the right it accepts more, up the accepted answers are better. The marked points are the thresholds of the config.",
			X:     Axis{Title: "answers accepted", Unit: Share},
			Y:     Axis{Title: "quality of the accepted, against the baseline", Unit: Points, Marks: []Mark{{0, "baseline"}}},
		}
		set := Series{Name: "As configured", Role: Chosen}
		for j := range f.k.Sweeps {
			s := &f.k.Sweeps[j]
			if s.Task != task || s.Model == f.c.Baseline || len(s.Points) < leastSweep { // the baseline is as good as itself
				continue
			}
			name := s.Model + ", " + s.Check
			line := Series{Name: name, Role: Other, Joined: true}
			nearest, away := -1, math.Inf(1)
			for _, p := range s.Points {
				if !p.AcceptShare.Known() || !p.Delta.Known() {
					continue
				}
				line.Points = append(line.Points, Point{
					X: float64(p.AcceptShare), Y: float64(p.Delta), Lo: math.NaN(), Hi: math.NaN(), N: s.Requests,
					Note: fmt.Sprintf("%s at least %.4g: accepts %s, quality %s, %s against the baseline", name, p.Min, known(Share, p.AcceptShare), known(Share, p.Quality), known(Points, p.Delta)),
				})
				if d := math.Abs(p.Min - float64(s.Min)); d < away {
					nearest, away = len(line.Points)-1, d
				}
			}
			if len(line.Points) < leastSweep {
				continue
			}
			c.Series = append(c.Series, line)
			if nearest >= 0 {
				p := line.Points[nearest]
				p.Label = s.Tier
				set.Points = append(set.Points, p)
			}
		}
		if len(c.Series) == 0 {
			continue
		}
		if len(set.Points) > 0 {
			c.Series = append(c.Series, set)
		}
		out = append(out, c)
	}
	return out
}

// layerRoles make the layers of a router look different.
var layerRoles = []Role{Chosen, Candidate, Other}

// reliability is the chart of how often layers were right when they were how sure; nil: nobody knows.
func (f *full) reliability() *Chart {
	if len(f.k.Reliability) == 0 {
		return nil
	}
	c := &Chart{
		ID: ReliabilityID, Kind: Scatter, Title: "How sure the router is, and how often it is right",
		About:  "On the diagonal a layer is right as often as it says. Below it, it is too sure of itself. Whiskers are 95 % intervals.",
		X:      Axis{Title: "confidence", Unit: Share},
		Y:      Axis{Title: "right", Unit: Share},
		Series: []Series{{Name: "As sure as right", Role: Reference, Joined: true, Points: []Point{{X: 0, Y: 0}, {X: 1, Y: 1}}}},
	}
	at := map[string]int{}
	for i := range f.k.Reliability {
		b := &f.k.Reliability[i]
		if !b.Confidence.Known() || !b.Right.Known() || b.Layer == "default" { // which is sure of nothing
			continue
		}
		k, ok := at[b.Layer]
		if !ok {
			k = len(c.Series)
			at[b.Layer] = k
			c.Series = append(c.Series, Series{Name: b.Layer, Role: layerRoles[(k-1)%len(layerRoles)]})
		}
		w := stats.Wilson(float64(b.Right)*float64(b.Requests), float64(b.Requests), eval.Level)
		c.Series[k].Points = append(c.Series[k].Points, Point{
			X: float64(b.Confidence), Y: float64(b.Right), Lo: w.Lo, Hi: w.Hi, N: b.Requests,
			Note: fmt.Sprintf("%s, confidence %s: right %s (n %s)", b.Layer, known(Share, b.Confidence), known(Share, b.Right), count(b.Requests)),
		})
	}
	if len(c.Series) == 1 {
		return nil
	}
	return c
}

// maxEscalations is how many escalations are shown.
const maxEscalations = 60

func (f *full) escalations() Section {
	x := f.k.Examples
	if x == nil {
		f.lacks("Escalations and regressions, request by request", withRows)
		return Section{}
	}
	t := &Table{Columns: []Column{
		{"Request", Text}, {"Task", Text}, {"First tier", Text}, {"Check", Text}, {"Signal", Decimals}, {"Passes at least", Decimals}, {"Its quality", Decimals}, {"Then answered by", Text},
		{"Quality", Decimals}, {"Baseline", Decimals}, {"Escalations", Count},
	}}
	list := spread(x.Escalations, maxEscalations)
	for i := range list {
		e := &list[i]
		row := []Cell{
			T(e.ID), T(e.Task), blank, blank, N(math.NaN()), N(math.NaN()), N(math.NaN()), T(orDash(e.Answer)), N(e.Quality), N(e.BaseQuality), N(int64(e.Escalations)),
		}
		if a, s := refused(e); a != nil {
			row[2], row[6] = T(a.Tier+" "+a.Model), N(a.Quality)
			if s != nil {
				row[3], row[4], row[5] = T(s.Check), N(s.Signal), N(s.Threshold)
			} else {
				row[3] = T(a.Error)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	s := Section{ID: EscalationsID, Title: "Escalations", Table: t, Detail: true, About: "A sample of the requests whose first answer a check refused: what it measured, and what the next model made of it."}
	s.Lines = []string{fmt.Sprintf("%s of all requests escalate. These are %s, drawn by hash.", known(Share, f.k.Whole.EscalationRate), count(int64(len(list))))}
	if len(list) == 0 {
		return Section{}
	}
	if len(list) > 0 && list[0].Attempts == nil {
		s.Lines = append(s.Lines, "The results do not have the signals: evaluate once more with this version.")
	}
	return s
}

// refused returns the first call whose answer was not taken, and the check that refused it, nil if it had no answer.
func refused(e *eval.Example) (*eval.Attempt, *eval.Signal) {
	for i := range e.Attempts {
		a := &e.Attempts[i]
		if a.Passed {
			continue
		}
		for j := range a.Signals {
			if !a.Signals[j].Passed {
				return a, &a.Signals[j]
			}
		}
		return a, nil
	}
	return nil, nil
}

// spread picks n of a list, alike of all tasks.
func spread(list eval.Examples, n int) []eval.Example {
	var tasks []string
	byTask := map[string][]eval.Example{}
	for i := range list {
		if e := &list[i]; byTask[e.Task] == nil {
			tasks = append(tasks, e.Task)
		}
		byTask[list[i].Task] = append(byTask[list[i].Task], list[i])
	}
	var out []eval.Example
	for round := 0; len(out) < n; round++ {
		more := false
		for _, task := range tasks {
			if round < len(byTask[task]) && len(out) < n {
				out, more = append(out, byTask[task][round]), true
			}
		}
		if !more {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b eval.Example) int { return slices.Index(tasks, a.Task) - slices.Index(tasks, b.Task) })
	return out
}

// signals says what the calls of a walk came to: "nano: logprob_mean 0.41 < 0.50 → mid".
func signals(e *eval.Example) string {
	var parts []string
	for i := range e.Attempts {
		a := &e.Attempts[i]
		part := a.Tier
		switch {
		case a.Error != "":
			part += " " + a.Error
		case !a.Passed:
			var refused []string
			for _, s := range a.Signals {
				if !s.Passed {
					refused = append(refused, s.Check+" "+strings.TrimSuffix(comparison(s), "  no"))
				}
			}
			part += ": " + strings.Join(refused, ", ")
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " → ")
}
