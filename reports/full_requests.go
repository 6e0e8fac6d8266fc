package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/tierwise/tierwise/eval"
)

// misroutes is the confusion matrix of gold tasks and found tasks, with what the wrong ones cost.
func (f *full) misroutes() Section {
	k := f.k
	if len(k.Misroutes) == 0 || f.c.Settings.GoldTasks {
		if k.RouterAccuracyKnown == 0 && !f.c.Settings.GoldTasks {
			f.lacks("Misroutes", "the data names no tasks: a column task does")
		}
		return Section{}
	}
	t := &Table{Columns: []Column{
		{"True task", Text}, {"Sent to", Text}, {"Requests", Count}, {"Of its task", Share}, {"Judged", Count}, {"Change of quality", Points}, {"Extra $ per 1,000", USD}, {"Extra $", USD},
	}}
	total := map[string]int64{}
	for _, m := range k.Misroutes {
		total[m.Gold] += m.Requests
	}
	list := slices.Clone(k.Misroutes)
	slices.SortStableFunc(list, func(a, b eval.MisrouteCount) int {
		return cmp.Or(cmp.Compare(a.Gold, b.Gold), cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Task, b.Task))
	})
	right := int64(0)
	for _, m := range list {
		row := []Cell{T(m.Gold), T(m.Task), N(m.Requests), N(ratio(m.Requests, total[m.Gold])), blank, blank, blank, blank}
		if p := m.Price; p != nil {
			row[1].Tone = Unsure
			row[4], row[5], row[6], row[7] = N(p.Covered), of(p.Delta, p.Covered), of(p.ExtraPer1000, p.CostKnown), of(p.ExtraUSD, p.CostKnown)
		} else {
			row[1].Tone = Good
			right += m.Requests
		}
		t.Rows = append(t.Rows, row)
	}
	s := Section{
		ID: MisroutesID, Title: "Misroutes", Table: t,
		About: "Which task requests are of, and which the router took them for. Where that is wrong: what it costs in quality and money, against the chain of the true task on the same requests.",
	}
	if k.RouterAccuracyKnown > 0 {
		s.Lines = append(s.Lines, fmt.Sprintf("%s of the requests of known task are sent there (n %s).", known(Share, k.RouterAccuracy), count(k.RouterAccuracyKnown)))
	}
	if split := k.SavingSplit; split != nil && split.Misroutes != nil {
		s.Lines = append(s.Lines, "Altogether misroutes "+misrouteClause(split.Misroutes)+".")
	}
	if g := k.GoldTasks; g != nil && k.RouterAccuracy != 1 {
		s.Lines = append(s.Lines, fmt.Sprintf("If every task were known, quality were %s instead of %s (n %s), and savings %s instead of %s (n %s).",
			known(Points, g.Named.Delta), known(Points, g.Routed.Delta), count(g.Covered), known(Share, g.Named.Savings), known(Share, g.Routed.Savings), count(g.CostKnown)))
	}
	return s
}

// maxPairs is how many regressions are shown with their texts.
const maxPairs = 200

// regressions are the requests that lose most.
func (f *full) regressions() Section {
	list, all := f.worst()
	if len(list) == 0 {
		return Section{}
	}
	t := &Table{Columns: []Column{
		{"Request", Text}, {"Task", Text}, {"True task", Text}, {"Change of quality", Points}, {"Answered by", Text}, {"Quality", Decimals}, {"Baseline", Decimals},
		{"$", USD}, {"Baseline $", USD}, {"Latency", Millis}, {"Walk", Text},
	}}
	costs := f.in.Rows != nil && f.in.Rows.Latency.N > 0 || slices.ContainsFunc(list, func(r Request) bool { return r.CostUSD.Known() })
	if !costs {
		t.Columns = slices.Concat(t.Columns[:7], t.Columns[10:])
	}
	s := Section{ID: RegressionsID, Title: "Regressions", Table: t, About: "The requests that lose most against " + f.c.Baseline + ", worst first, with both answers."}
	texts := false
	for i := range list {
		r := &list[i]
		row := []Cell{T(r.ID), T(r.Task), T(r.GoldTask), N(r.Delta()), T(orDash(r.Answer)), N(r.Quality), N(r.BaseQuality)}
		if costs {
			row = append(row, N(r.CostUSD), N(r.BaseCostUSD), N(r.LatencyMS))
		}
		t.Rows = append(t.Rows, append(row, T(signals(&r.Example))))
		texts = texts || r.Prompt != "" || r.Response != "" || r.BaseResponse != ""
		if len(s.Pairs) < maxPairs {
			s.Pairs = append(s.Pairs, f.pair(r))
		}
	}
	s.Lines = []string{fmt.Sprintf("%s of %s requests that are worse than under %s.", count(int64(len(list))), count(all), f.c.Baseline)}
	if !texts && !f.in.NoText {
		f.lacks("Prompts and answers of regressions", withRows)
	}
	if !costs {
		f.lacks("Cost and latency of each regression", withRows)
	}
	return s
}

// worst returns the requests that lose most, and how many lose at all.
func (f *full) worst() (list []Request, all int64) {
	if rows := f.in.Rows; rows != nil && len(rows.Worst) > 0 {
		return rows.Worst, rows.Lost
	}
	if f.k.Examples == nil {
		return nil, 0
	}
	return examples(f.k), f.k.Whole.Lost
}

// pair lays a request out with both answers.
func (f *full) pair(r *Request) Pair {
	p := Pair{Title: fmt.Sprintf("%s  %s  %s", r.ID, r.Task, FormatNumber(Points, r.Delta()))}
	if r.GoldTask != "" && r.GoldTask != r.Task {
		p.Title += " (true task " + r.GoldTask + ")"
	}
	passage := func(title, text string, chars int) Passage {
		if f.in.NoText {
			return Passage{Title: title}
		}
		return Passage{title, text, max(chars, utf8.RuneCountInString(text))}
	}
	if r.Prompt != "" && !f.in.NoText {
		p.Above = append(p.Above, passage("Prompt", r.Prompt, r.PromptChars))
	}
	if r.Expected != "" && !f.in.NoText {
		p.Above = append(p.Above, passage("Expected", r.Expected, r.ExpectedChars))
	}
	who := r.Answer
	if who == "" {
		who = "no answer"
	}
	p.Left = passage(f.side("Baseline "+f.c.Baseline, r.BaseQuality, r.BaseCostUSD), r.BaseResponse, r.BaseResponseChars)
	p.Right = passage(f.side(f.k.Label+": "+who, r.Quality, r.CostUSD), r.Response, r.ResponseChars)
	return p
}

func (f *full) side(name string, quality, cost eval.Number) string {
	out := name + ", quality " + known(Decimals, quality)
	if cost.Known() && !math.IsNaN(float64(cost)) {
		out += ", " + known(USD, cost)
	}
	return out
}
