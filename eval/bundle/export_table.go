package bundle

import (
	"bytes"
	"encoding/json"
	"math"

	"github.com/tierwise/tierwise/routing"
)

// The format of Table, which EXPORTS.md documents. A later one with the same version has only more fields.
const (
	TableFormat  = "tierwise-dispatch-table"
	TableVersion = 1
)

type table struct {
	Format   string                `json:"format"`
	Version  int                   `json:"version"`
	Name     string                `json:"name,omitempty"`
	Baseline string                `json:"baseline"`
	Default  string                `json:"default"`
	Tasks    []tableTask           `json:"tasks"`
	Models   map[string]tableModel `json:"models"`
	Left     []string              `json:"left_out"`
}

type tableTask struct {
	Task            string      `json:"task"`
	Chain           []tableStep `json:"chain"`
	OnExhausted     string      `json:"on_exhausted"`
	OnContentFilter string      `json:"on_content_filter"`
	Cache           bool        `json:"cache"`
}

// A tableStep is a model of a chain and what its answers must pass to be returned. Those of the last need pass nothing,
// unless on_exhausted is "error".
type tableStep struct {
	Tier   string       `json:"tier"`
	Model  string       `json:"model"`
	Checks []tableCheck `json:"checks"`
}

type tableCheck struct {
	Check   string  `json:"check"`
	Pattern string  `json:"pattern,omitempty"`
	Schema  string  `json:"schema,omitempty"`
	Model   string  `json:"model,omitempty"`
	Min     float64 `json:"min"`
}

// A tableModel has prices in USD per million tokens; null is not known, or as the price of all input or output.
type tableModel struct {
	ID          string   `json:"id"`
	Provider    string   `json:"provider,omitempty"`
	BaseURL     string   `json:"base_url,omitempty"`
	TimeoutS    float64  `json:"timeout_s,omitempty"`
	Context     int      `json:"context,omitempty"`
	Input       *float64 `json:"input_usd_per_million"`
	CachedInput *float64 `json:"cached_input_usd_per_million"`
	Output      *float64 `json:"output_usd_per_million"`
	Reasoning   *float64 `json:"reasoning_usd_per_million"`
}

// Table writes the dispatch table of a config as JSON for programs that are not tierwise: for each task the models to
// try in order, each with the checks its answers must pass and their thresholds, and the models with their prices. The
// routing layers and the caches are not in it; left lists them, and so does the table.
func Table(c *routing.Config) (text []byte, left []string, err error) {
	x := newExport(c)
	left = []string{}
	for _, layer := range x.layers() {
		left = append(left, "router: "+layer)
	}
	for _, t := range c.Tasks {
		if t.Split != nil {
			left = append(left, "tasks."+Key(t.Name)+".split")
		}
	}
	if c.Cache.Exact != nil {
		left = append(left, "cache.exact")
	}
	if c.Cache.Semantic != nil {
		left = append(left, "cache.semantic")
	}
	t := table{Format: TableFormat, Version: TableVersion, Name: c.Name, Baseline: c.Baseline, Default: c.Router.Default,
		Models: map[string]tableModel{}, Left: left}
	for i := range c.Tasks {
		t.Tasks = append(t.Tasks, x.tableTask(&c.Tasks[i]))
	}
	t.Models[c.Baseline] = x.tableModel(c.Baseline)
	for _, name := range x.tiers {
		t.Models[name] = x.tableModel(name)
	}
	for _, task := range c.Tasks {
		for _, a := range task.Accept {
			if a.Model != "" {
				t.Models[a.Model] = x.tableModel(a.Model)
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(t); err != nil {
		return nil, nil, err
	}
	return b.Bytes(), left, nil
}

func (x *export) tableTask(t *routing.Task) tableTask {
	out := tableTask{
		Task:            t.Name,
		OnExhausted:     doesOrElse(t.OnExhausted, x.config.OnExhausted, "return"),
		OnContentFilter: doesOrElse(t.OnContentFilter, x.config.OnContentFilter, "error"),
		Cache:           t.Cache == nil || *t.Cache,
	}
	for i, model := range x.chain(t) {
		step := tableStep{Tier: t.Chain[i], Model: model, Checks: []tableCheck{}}
		for _, a := range t.Accept {
			if v, ok := minimumOf(a, t.Chain[i]); ok && (i < len(t.Chain)-1 || out.OnExhausted == "error") {
				step.Checks = append(step.Checks, tableCheck{a.Check, a.Pattern, a.Schema, a.Model, v})
			}
		}
		out.Chain = append(out.Chain, step)
	}
	return out
}

// minimumOf is the threshold of a check on a tier, false if the tier has no such check.
func minimumOf(a routing.Accept, tier string) (float64, bool) {
	switch {
	case a.PerTier != nil:
		v, ok := a.PerTier[tier]
		return v, ok
	case a.Min != nil:
		return *a.Min, true
	}
	return 1, true
}

func (x *export) tableModel(name string) tableModel {
	m, p := x.model(name), x.provider(name)
	known := func(v float64) *float64 {
		if math.IsNaN(v) {
			return nil
		}
		return &v
	}
	out := tableModel{ID: m.ID, Context: m.Context, Input: known(m.Price.Input), CachedInput: known(m.Price.CachedInput),
		Output: known(m.Price.Output), Reasoning: known(m.Price.Reasoning)}
	if p != nil {
		out.Provider, out.BaseURL, out.TimeoutS = p.Kind, p.BaseURL, p.Timeout.Seconds()
	}
	return out
}
