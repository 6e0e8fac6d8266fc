package tune

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// The format of frontier files, and its version: FRONTIER.md documents it.
const (
	FrontierFormat  = "tierwise.frontier"
	FrontierVersion = 1
)

// CurvePoints is about how many points the curve of a frontier file has.
const CurvePoints = 60

// NotCertified is what is to be said of whatever a frontier shows.
const NotCertified = "not certified: chosen on the labels that judge it"

// A FrontierFile is a frontier as it is written: the options that its tables use, and no others.
type FrontierFile struct {
	Format      string              `json:"format"`
	Version     int                 `json:"version"`
	ToolVersion string              `json:"tool_version,omitempty"`
	Baseline    string              `json:"baseline"`
	DataHash    string              `json:"data_hash"`
	Claim       string              `json:"claim"` // NotCertified
	Longest     int                 `json:"longest_chain"`
	Exact       bool                `json:"exact"`
	Everything  FrontierFilePoint   `json:"everything_on_baseline"`
	Tuned       FrontierFilePoint   `json:"tuned"`
	Asked       *FrontierFileAsked  `json:"asked,omitempty"`
	Tasks       []FrontierFileTask  `json:"tasks"`
	Curve       []FrontierFilePoint `json:"curve"`
}

// A FrontierFilePoint is a whole table.
type FrontierFilePoint struct {
	CostPer1000 eval.Number `json:"cost_per_1000_usd"`
	Quality     eval.Number `json:"quality"`
	Savings     eval.Number `json:"savings"`
	Options     []int       `json:"options,omitempty"` // per task, of FrontierFileTask.Options
}

// A FrontierFileAsked is the table for a budget or for a quality: the other one is unknown.
type FrontierFileAsked struct {
	FrontierFilePoint
	Budget     eval.Number `json:"budget_per_1000_usd"`
	MinQuality eval.Number `json:"min_quality"`
	Exact      bool        `json:"exact"`
	Gap        eval.Number `json:"gap"` // a quality for a budget, USD per 1,000 requests for a quality
	// Halves is what comes of choosing on one half of the labels and judging on the other.
	Halves *FrontierFilePoint `json:"halves,omitempty"`
}

// A FrontierFileTask is a task with its options.
type FrontierFileTask struct {
	Task    string               `json:"task"`
	Share   eval.Number          `json:"share"`
	Fixed   string               `json:"fixed,omitempty"`
	Exact   bool                 `json:"exact"`
	Options []FrontierFileOption `json:"options"`
}

// A FrontierFileOption is a way to serve a task.
type FrontierFileOption struct {
	Chain       []string            `json:"chain"`
	Accept      []FrontierFileCheck `json:"accept,omitempty"`
	CostPer1000 eval.Number         `json:"cost_per_1000_usd"`
	Quality     eval.Number         `json:"quality"`
	Exact       bool                `json:"exact"`
	Tuned       bool                `json:"tuned,omitempty"`
}

// A FrontierFileCheck is a check as a config has it.
type FrontierFileCheck struct {
	Check   string             `json:"check"`
	Pattern string             `json:"pattern,omitempty"`
	Schema  string             `json:"schema,omitempty"`
	Model   string             `json:"model,omitempty"`
	Min     *float64           `json:"min,omitempty"`
	PerTier map[string]float64 `json:"min_by_tier,omitempty"`
}

// A FrontierAsk is what a table was asked for: a budget in USD per request, or a least quality. The zero value asks for nothing.
type FrontierAsk struct{ Budget, Quality float64 }

// Answer returns the table that was asked for, nil if none was.
func (f *Frontier) Answer(ask FrontierAsk) (*FrontierTable, error) {
	switch {
	case ask.Budget > 0:
		return f.AtBudget(ask.Budget)
	case ask.Quality > 0:
		return f.AtQuality(ask.Quality)
	}
	return nil, nil
}

// File returns what is written of a frontier, with the table that answers what was asked for, and what came of halves of the
// labels, if something was.
func (f *Frontier) File(ask FrontierAsk, answer, halves *FrontierTable) *FrontierFile {
	out := &FrontierFile{
		Format: FrontierFormat, Version: FrontierVersion, Baseline: f.Baseline, Claim: NotCertified, Longest: f.Longest, Exact: f.Exact(),
		Everything: f.filePoint(f.BaselineTable()), Tuned: f.filePoint(f.TunedTable()),
	}
	curve := f.Curve(CurvePoints)
	if answer != nil {
		out.Asked = &FrontierFileAsked{FrontierFilePoint: f.filePoint(*answer), Budget: eval.Unknown, MinQuality: eval.Unknown, Exact: answer.Exact, Gap: written(answer.Gap)}
		if halves != nil {
			p := f.filePoint(*halves)
			out.Asked.Halves = &p
		}
		if ask.Budget > 0 {
			out.Asked.Budget = written(1000 * ask.Budget)
		} else {
			out.Asked.MinQuality, out.Asked.Gap = written(ask.Quality), written(1000*answer.Gap)
		}
	}
	for _, t := range curve {
		out.Curve = append(out.Curve, f.filePoint(t))
	}
	for k := range f.Tasks {
		var used []*int
		for i := range out.Curve {
			used = append(used, &out.Curve[i].Options[k])
		}
		if out.Asked != nil {
			used = append(used, &out.Asked.Options[k])
		}
		out.Tasks = append(out.Tasks, f.Tasks[k].file(used))
	}
	return out
}

func (f *Frontier) filePoint(t FrontierTable) FrontierFilePoint {
	return FrontierFilePoint{
		CostPer1000: written(1000 * t.Cost), Quality: written(t.Quality), Savings: written(t.Saves), Options: slices.Clone(t.Options),
	}
}

// written keeps 12 digits of a number: those behind say how a machine rounds.
func written(x float64) eval.Number {
	n, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 12, 64), 64)
	if err != nil {
		return eval.Unknown
	}
	return eval.Number(n)
}

// file returns the options that are used, and numbers them anew.
func (t *FrontierTask) file(used []*int) FrontierFileTask {
	out := FrontierFileTask{Task: t.Task, Share: written(t.Share), Fixed: t.Fixed, Exact: t.Exact}
	var kept []int
	for _, o := range used {
		kept = append(kept, *o)
	}
	slices.Sort(kept)
	kept = slices.Compact(kept)
	for _, o := range used {
		*o, _ = slices.BinarySearch(kept, *o)
	}
	for _, i := range kept {
		o, way := &t.Options[i], t.Way(i)
		option := FrontierFileOption{Chain: way.Chain, CostPer1000: written(1000 * o.Cost), Quality: written(o.Quality), Exact: o.Exact, Tuned: o.Tuned}
		for _, a := range way.Accept {
			option.Accept = append(option.Accept, fileCheck(&a))
		}
		out.Options = append(out.Options, option)
	}
	return out
}

func fileCheck(a *routing.Accept) FrontierFileCheck {
	return FrontierFileCheck{Check: a.Check, Pattern: a.Pattern, Schema: a.Schema, Model: a.Model, Min: a.Min, PerTier: a.PerTier}
}

// Write writes the file.
func (f *FrontierFile) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(f)
}

// ReadFrontier reads a frontier file of this version.
func ReadFrontier(r io.Reader) (*FrontierFile, error) {
	var f FrontierFile
	if err := json.NewDecoder(r).Decode(&f); err != nil {
		return nil, fmt.Errorf("no frontier file: %w", err)
	}
	if f.Format != FrontierFormat || f.Version != FrontierVersion {
		return nil, fmt.Errorf("format %q, version %d: want %q, version %d", f.Format, f.Version, FrontierFormat, FrontierVersion)
	}
	return &f, f.check()
}

// check refuses points that use options that are not there: readers index by them.
func (f *FrontierFile) check() error {
	points := slices.Clone(f.Curve)
	if f.Asked != nil {
		points = append(points, f.Asked.FrontierFilePoint)
	}
	for i, p := range points {
		if len(p.Options) != len(f.Tasks) {
			return fmt.Errorf("point %d has options of %d tasks, and there are %d", i+1, len(p.Options), len(f.Tasks))
		}
		for k, o := range p.Options {
			if o < 0 || o >= len(f.Tasks[k].Options) {
				return fmt.Errorf("point %d uses option %d of task %q, which has %d", i+1, o, f.Tasks[k].Task, len(f.Tasks[k].Options))
			}
		}
	}
	return nil
}
