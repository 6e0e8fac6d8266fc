package imports

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// lmevalName is how lm-evaluation-harness names samples: samples_<task>_<time>.jsonl.
var lmevalName = regexp.MustCompile(`^samples_(.+)_(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.jsonl(?:\.gz)?$`)

// A lmevalFile is one file of samples: one model on one task.
type lmevalFile struct {
	path, task, time string
	model            string
	higherIsBetter   map[string]bool // by metric; nil if no results file says
	effective        int             // documents that were evaluated, 0 if unknown
}

func readLMEval(ctx context.Context, r *run, files []string) error {
	samples, err := r.lmevalFiles(files)
	if err != nil {
		return err
	}
	j := newJoiner(r, "doc_id numbers the documents of a dataset, which changed between the runs: import runs of one version of it")
	j.loosePrompt = true
	for _, f := range samples {
		if err := r.lmevalFile(ctx, j, f); err != nil {
			return err
		}
	}
	return j.emit(ctx)
}

// lmevalFiles takes the newest samples of each folder and task, and looks up what their results file says.
func (r *run) lmevalFiles(names []string) ([]*lmevalFile, error) {
	var files []*lmevalFile
	newest := map[[2]string]*lmevalFile{}
	for _, name := range names {
		m := lmevalName.FindStringSubmatch(filepath.Base(name))
		if m == nil {
			if base := filepath.Base(name); strings.HasPrefix(base, "results_") {
				continue // read beside its samples
			}
			return nil, r.problem(place{file: name}, "not named samples_TASK_TIME.jsonl as lm-evaluation-harness names it, which tells the task", "run with --log_samples --output_path DIR and import DIR")
		}
		f := &lmevalFile{path: name, task: m[1], time: m[2]}
		key := [2]string{filepath.Dir(name), f.task}
		known := newest[key]
		if known == nil {
			newest[key] = f
			files = append(files, f)
			continue
		}
		r.warn(place{file: name}, fmt.Sprintf("task %s was run several times: the newest run counts", f.task))
		if f.time > known.time {
			*known = *f
		}
	}
	if len(files) == 0 {
		return nil, r.problem(place{file: names[0]}, "no samples among the files", "run with --log_samples")
	}
	for _, f := range files {
		if err := r.lmevalResults(f); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// lmevalResults reads the results file of the samples' run, which alone names the model; without one, the folder does.
func (r *run) lmevalResults(f *lmevalFile) error {
	folder := filepath.Dir(f.path)
	name := filepath.Join(folder, "results_"+f.time+".json")
	if !exists(name) {
		// Only the model's name is sure in the results of another run.
		others, _ := filepath.Glob(filepath.Join(folder, "results_*.json")) // the pattern is valid
		if len(others) == 0 {
			f.model = filepath.Base(folder)
			r.warn(place{file: f.path}, fmt.Sprintf("no results file beside it: the model is called %q after the folder; rename it with --rename", f.model))
			return nil
		}
		name = slices.Max(others)
	}
	text, done, err := openText(name)
	if err != nil {
		return err
	}
	defer done()
	var results struct {
		ModelName      string                    `json:"model_name"`
		HigherIsBetter map[string]map[string]any `json:"higher_is_better"`
		Samples        map[string]struct {
			Effective int `json:"effective"`
		} `json:"n-samples"`
	}
	if err := newDocument(text).decode(&results); err != nil {
		return r.problem(place{file: name}, err.Error(), "")
	}
	f.model = cmp.Or(results.ModelName, filepath.Base(folder))
	if !strings.HasSuffix(name, f.time+".json") {
		return nil
	}
	f.effective = results.Samples[f.task].Effective
	f.higherIsBetter = map[string]bool{}
	for metric, better := range results.HigherIsBetter[f.task] {
		if b, ok := better.(bool); ok {
			f.higherIsBetter[metric] = b
		}
	}
	return nil
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// lmevalFile joins the samples of one file.
func (r *run) lmevalFile(ctx context.Context, j *joiner, f *lmevalFile) error {
	filter, err := r.lmevalFilter(f)
	if err != nil {
		return err
	}
	docs := 0
	model := r.model(f.model)
	err = r.each(ctx, f.path, func(line []byte, at place) error {
		var s lmevalLine
		if err := decode(line, &s); err != nil {
			return r.add(at, err.Error(), "")
		}
		if s.Filter != filter {
			return nil
		}
		docs++
		rec, err := r.lmevalRecord(f, &s, line, at)
		if err != nil || rec == nil {
			return err
		}
		rec.outcome.Model = model
		return j.add(*rec)
	})
	if err == nil && docs < f.effective {
		r.warn(place{file: f.path}, fmt.Sprintf("the run evaluated %d documents, %d samples are in the file", f.effective, docs))
	}
	return err
}

// lmevalFilter decides which filter's lines of a file count: a document has one line per filter.
func (r *run) lmevalFilter(f *lmevalFile) (string, error) {
	found := map[string]bool{}
	text, done, err := openText(f.path)
	if err != nil {
		return "", err
	}
	defer done()
	l := lines{r: text, max: maxLine}
	for {
		line, err := l.next()
		if err != nil {
			break // the second reading tells what is wrong
		}
		var s struct {
			Filter string `json:"filter"`
		}
		if decode(line, &s) == nil {
			found[s.Filter] = true
		}
	}
	names := slices.Sorted(maps.Keys(found))
	switch {
	case len(names) == 0:
		return "", nil
	case len(names) == 1:
		return names[0], nil
	case r.opts.Filter == "":
		return "", r.problem(place{file: f.path}, fmt.Sprintf("each document has a line for each of the filters %s", quoted(names)), "name one with --filter")
	case !found[r.opts.Filter]:
		return "", r.problem(place{file: f.path}, fmt.Sprintf("no filter %q%s", r.opts.Filter, meant(r.opts.Filter, names)), "there are "+quoted(names))
	}
	return r.opts.Filter, nil
}
