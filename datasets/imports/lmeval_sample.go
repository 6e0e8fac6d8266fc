package imports

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A lmevalLine is a sample: one document through one filter. The metrics stand beside these fields.
type lmevalLine struct {
	DocID     json.RawMessage `json:"doc_id"`
	Doc       json.RawMessage `json:"doc"`
	Target    any             `json:"target"`
	Arguments map[string]struct {
		Arg0 json.RawMessage `json:"arg_0"`
	} `json:"arguments"`
	Resps   []any    `json:"resps"`
	Filter  string   `json:"filter"`
	Metrics []string `json:"metrics"`
	DocHash string   `json:"doc_hash"`
}

func (r *run) lmevalRecord(f *lmevalFile, s *lmevalLine, line []byte, at place) (*record, error) {
	id := rawID(s.DocID)
	if id == "" {
		return nil, r.add(at, "no doc_id: no sample of lm-evaluation-harness", "")
	}
	rec := &record{key: f.task + "/" + id, at: at, check: s.DocHash}
	rec.row.ID, rec.row.Task = rec.key, f.task
	if s.DocHash == "" {
		rec.check = string(s.Doc)
	}
	if s.Target != nil {
		rec.row.Expected = text(s.Target)
	}
	if arg := s.Arguments["gen_args_0"].Arg0; len(arg) > 0 {
		v, err := decodeAny(arg)
		if err != nil {
			return nil, r.add(at, "arguments: "+err.Error(), "")
		}
		rec.row.Prompt, rec.row.Messages = chat(text(v))
	}
	if err := r.lmevalMetadata(rec, s, at); err != nil {
		return nil, err
	}
	rec.outcome.Response = lmevalResponse(s.Resps)
	var err error
	rec.outcome.Quality, err = r.lmevalQuality(f, s, line, at)
	return rec, err
}

func (r *run) lmevalMetadata(rec *record, s *lmevalLine, at place) error {
	if r.opts.Mapping == nil {
		return nil
	}
	v, err := decodeAny(s.Doc)
	if err != nil {
		return r.add(at, "doc: "+err.Error(), "")
	}
	doc, _ := v.(map[string]any)
	return r.metadata(&rec.row, doc, at)
}

// lmevalResponse is the first answer to the first of a document's requests. For multiple choice these are
// log-probabilities of the choices: no answer.
func lmevalResponse(resps []any) *string {
	if len(resps) == 0 {
		return nil
	}
	first := resps[0]
	if list, ok := first.([]any); ok && len(list) > 0 {
		first = list[0]
	}
	if answer, ok := first.(string); ok {
		return &answer
	}
	return nil
}

// lmevalQuality is the metric of a sample.
func (r *run) lmevalQuality(f *lmevalFile, s *lmevalLine, line []byte, at place) (*float64, error) {
	metric, err := r.lmevalMetric(f, s, at)
	if err != nil || metric == "" {
		return nil, err
	}
	var values map[string]json.RawMessage
	if err := decode(line, &values); err != nil {
		return nil, r.add(at, err.Error(), "")
	}
	v, err := decodeAny(values[metric])
	if err != nil {
		return nil, r.add(at, fmt.Sprintf("metric %s: %v", metric, err), "")
	}
	switch v.(type) {
	case nil:
		return nil, nil
	case []any, map[string]any:
		return nil, r.add(at, fmt.Sprintf("metric %s is %s: not one number of this sample, only of all together", metric, short(compactJSON(v))), "name another with --metric")
	}
	score, err := number(v)
	if err != nil {
		return nil, r.add(at, fmt.Sprintf("metric %s: %v", metric, err), "name another with --metric")
	}
	return r.quality(score, "metric "+metric, at)
}

// lmevalMetric is the name of the metric that becomes the quality; "" if there is none, which is noted.
func (r *run) lmevalMetric(f *lmevalFile, s *lmevalLine, at place) (string, error) {
	wanted := []string{"exact_match", "acc", "pass@1"}
	if r.opts.Metric != "" {
		wanted = strings.Split(r.opts.Metric, ",")
	}
	metric := ""
	for _, w := range wanted {
		if w = strings.TrimSpace(w); metric == "" && slices.Contains(s.Metrics, w) {
			metric = w
		}
	}
	if metric == "" && r.opts.Metric == "" && len(s.Metrics) == 1 {
		metric = s.Metrics[0]
	}
	if metric == "" {
		return "", r.problem(at, fmt.Sprintf("which metric of task %s is the quality? It has %s", f.task, quoted(s.Metrics)), "name one with --metric, or one for each task, by commas")
	}
	if better, ok := f.higherIsBetter[metric]; ok && !better {
		return "", r.problem(at, fmt.Sprintf("metric %s of task %s is better when lower: no quality", metric, f.task), "name another with --metric")
	}
	return metric, nil
}
