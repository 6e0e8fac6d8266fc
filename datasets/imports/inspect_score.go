package imports

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A scorer is the score that becomes the quality: of one scorer, or one key of the dictionary that it gives.
type scorer struct{ name, key string }

// inspectScorer finds the scorer of a log: the only one, or that of Options.Metric.
func (r *run) inspectScorer(log *inspectLog) (scorer, error) {
	found := map[string]bool{}
	for i := range log.samples {
		for name := range log.samples[i].Scores {
			found[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(found))
	at := place{file: log.name}
	metric := r.opts.Metric
	switch {
	case metric == "" && len(names) > 1:
		return scorer{}, r.problem(at, fmt.Sprintf("it has several scorers (%s)", quoted(names)), "name one with --metric")
	case metric == "" && len(names) == 1:
		return scorer{name: names[0]}, nil
	case metric == "" || len(names) == 0:
		r.warn(at, "nothing in it is scored: quality null")
		return scorer{}, nil
	case found[metric]:
		return scorer{name: metric}, nil
	}
	for _, name := range names {
		if key, ok := strings.CutPrefix(metric, name+"."); ok {
			return scorer{name, key}, nil
		}
	}
	return scorer{}, r.problem(at, fmt.Sprintf("no scorer %q%s", metric, meant(metric, names)), "there are "+quoted(names)+"; a score of several values is named scorer.key")
}

// inspectQuality is the score of a sample; nil where there is none, or NaN, which is how inspect_ai writes unscored.
func (r *run) inspectQuality(s *inspectLocated, scorer scorer) (*float64, error) {
	score, ok := s.Scores[scorer.name]
	if !ok || score.Value == nil {
		if scorer.name != "" {
			r.warn(s.at, fmt.Sprintf("not scored by %s: quality null", scorer.name))
		}
		return nil, nil
	}
	what, value := "score "+scorer.name, score.Value
	if scores, ok := value.(map[string]any); ok {
		keys := slices.Sorted(maps.Keys(scores))
		if scorer.key == "" {
			return nil, r.add(s.at, what+" has several values ("+quoted(keys)+")", "name one with --metric "+scorer.name+".KEY")
		}
		what += "." + scorer.key
		if value, ok = scores[scorer.key]; !ok {
			return nil, r.add(s.at, what+": there is no such value"+meant(scorer.key, keys), "there are "+quoted(keys))
		}
	} else if scorer.key != "" {
		return nil, r.add(s.at, fmt.Sprintf("%s is one value and has no %q", what, scorer.key), "name it with --metric "+scorer.name)
	}
	v, err := inspectValue(value)
	if err != nil {
		return nil, r.add(s.at, what+": "+err.Error(), "")
	}
	if math.IsNaN(v) {
		r.warn(s.at, fmt.Sprintf("not scored by %s: quality null", scorer.name))
		return nil, nil
	}
	return r.quality(v, what, s.at)
}

// inspectLetters are the values of scores that are words (inspect_ai's value_to_float).
var inspectLetters = map[string]float64{"C": 1, "P": 0.5, "I": 0, "N": 0, "yes": 1, "true": 1, "no": 0, "false": 0}

func inspectValue(value any) (float64, error) {
	switch v := value.(type) {
	case nil:
		return math.NaN(), nil
	case bool:
		return number(v)
	case float64, json.Number:
		return number(v)
	case string:
		if n, ok := inspectLetters[v]; ok {
			return n, nil
		}
		if n, ok := inspectLetters[strings.ToLower(v)]; ok {
			return n, nil
		}
		if n, err := strconv.ParseFloat(v, 64); err == nil {
			return n, nil
		}
		return 0, fmt.Errorf("%q is neither C, P, I, N, yes, no, true, false nor a number", short(v))
	}
	return 0, fmt.Errorf("%s is not one value", short(compactJSON(value)))
}
