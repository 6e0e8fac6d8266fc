package imports

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tierwise/tierwise/datasets"
)

// Options of an import; nil and the zero value are the defaults. An option that a format has no use for is an
// error, so that none is ignored unnoticed.
type Options struct {
	// Metric names the score that becomes the quality, where a source has several: a named score of promptfoo, a
	// "scorer" or "scorer.key" of inspect_ai, a metric of lm_eval (or several by commas: the first that a task has).
	Metric string
	// Quality is "score", the default, or for promptfoo "pass": 1 if the test passed, else 0.
	Quality string
	// Repeats says what becomes of further outcomes of one model on one request. "keep" makes them requests of their
	// own, with ids key#1, key#2, … and one group. "mean" leaves them side by side in one request: whoever reads it
	// takes their mean and reports their spread. "first" drops them. The default is "keep"; for rows that come
	// whole, as in the canonical and the wide shape of csv and jsonl, it is "mean".
	Repeats string
	// Scale maps another range of scores to [0, 1]; nil: scores are in [0, 1] already.
	Scale *datasets.Scale
	// Prompt is the label of the one prompt to take from promptfoo; "": all.
	Prompt string
	// Filter is the filter to take in lm_eval where a task has several.
	Filter string
	// Partial lets in logs of inspect_ai of runs that did not end well.
	Partial bool
	// Rename maps names of models in the source to other names.
	Rename map[string]string
	// Task is the task class of requests for which the source states none.
	Task string
	// Mapping says where the source keeps canonical columns. In csv the names are columns, in jsonl keys or paths
	// such as "meta.lang" and "choices.0.text"; in both, names with {model} stand for one column per model
	// (quality = "{model}|score", cost_usd = "results.{model}.usd"), Layout forces the shape, and
	// Models limits a wide table to these. In promptfoo and
	// inspect_ai they are keys of a test's or sample's metadata, in lm_eval of a document, for columns of the request
	// only. nil: canonical names.
	Mapping *datasets.Mapping
	// MaxErrors is how many problems are collected before reading stops; 0: 20.
	MaxErrors int
}

func (o *Options) validate(f format) error {
	given := map[string]bool{
		"Metric": o.Metric != "", "Quality": o.Quality == "pass", "Prompt": o.Prompt != "", "Filter": o.Filter != "",
		"Partial": o.Partial, "Mapping": o.Mapping != nil,
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if given[name] && !slices.Contains(f.options, name) {
			return fmt.Errorf("option %s means nothing to format %s; leave it out", name, f.name)
		}
	}
	if !slices.Contains([]string{"", "score", "pass"}, o.Quality) {
		return fmt.Errorf("quality %q%s: it is \"score\" or \"pass\"", o.Quality, meant(o.Quality, []string{"score", "pass"}))
	}
	if o.Quality == "pass" && o.Metric != "" {
		return fmt.Errorf("quality \"pass\" and metric %q exclude each other; give one of them", o.Metric)
	}
	if words := []string{"keep", "mean", "first"}; o.Repeats != "" && !slices.Contains(words, o.Repeats) {
		return fmt.Errorf("repeats %q%s: it is \"keep\", \"mean\" or \"first\"", o.Repeats, meant(o.Repeats, words))
	}
	if o.Scale != nil && o.Scale.Lo == o.Scale.Hi {
		return fmt.Errorf("scale %v: both ends are the same", o.Scale)
	}
	return o.validateMapping(f)
}

// validateMapping checks that the keys of the mapping are canonical columns: for formats that bring their own
// outcomes, those of a request.
func (o *Options) validateMapping(f format) error {
	if o.Mapping == nil {
		return nil
	}
	valid := rowColumns.names
	if f.table {
		valid = slices.Concat(valid, []string{"outcomes"}, outcomeColumns.names)
	} else {
		valid = slices.DeleteFunc(slices.Clone(valid), func(c string) bool { return c == "id" || c == "prompt" || c == "messages" })
		if o.Mapping.Layout != 0 || o.Mapping.Models != nil {
			return fmt.Errorf("mapping: format %s has a layout and models of its own; leave these out", f.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Mapping.Columns)) {
		if !slices.Contains(valid, name) {
			return fmt.Errorf("mapping: %q is no column that %s can fill%s; there are %s", name, f.name, meant(name, valid), quoted(valid))
		}
		if o.Mapping.Columns[name] == "" {
			return fmt.Errorf("mapping: %q is mapped to nothing; name its place in the source or leave it out", name)
		}
	}
	return nil
}

// metadata fills columns of a request from the metadata of a source, as the mapping says.
func (r *run) metadata(row *datasets.Row, values map[string]any, at place) error {
	if r.opts.Mapping == nil {
		return nil
	}
	for _, column := range slices.Sorted(maps.Keys(r.opts.Mapping.Columns)) {
		v, ok := values[r.opts.Mapping.Columns[column]]
		if !ok || v == nil {
			continue
		}
		r.found[column] = true
		if err := rowColumns.set(row, column, v); err != nil {
			if err := r.add(at, fmt.Sprintf("%q of the metadata: %v", r.opts.Mapping.Columns[column], err), ""); err != nil {
				return err
			}
		}
	}
	return nil
}
