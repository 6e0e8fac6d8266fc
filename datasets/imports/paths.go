package imports

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A path says where a record keeps a value: a key or column, or keys and indexes of nested JSON with dots between.
// One key may hold {model}; then the path stands for one value per model.
type path struct {
	text     string
	segments []string
	pattern  bool
}

const modelMark = "{model}"

func parsePath(s string) path {
	return path{s, strings.Split(s, "."), strings.Contains(s, modelMark)}
}

// find gives the value of a path without {model}, and the key of the record that it starts from. A key that is the
// whole path comes first, for keys may have dots in them.
func (p *path) find(record map[string]any) (v any, key string, ok bool) {
	if v, ok := record[p.text]; ok {
		return v, p.text, v != nil
	}
	if len(p.segments) == 1 {
		return nil, "", false
	}
	v = record
	for _, s := range p.segments {
		switch at := v.(type) {
		case map[string]any:
			v = at[s]
		case []any:
			i, err := strconv.Atoi(s)
			if err != nil || i < 0 || i >= len(at) {
				return nil, "", false
			}
			v = at[i]
		default:
			return nil, "", false
		}
	}
	return v, p.segments[0], v != nil
}

// A modelValue is what a path with {model} found for one model.
type modelValue struct {
	model, key string
	value      any
}

// findModels gives the values of a path with {model}, nulls left out, by model.
func (p *path) findModels(record map[string]any) []modelValue {
	var found []modelValue
	for key, v := range record {
		if m, ok := matchModel(p.text, key); ok && v != nil {
			found = append(found, modelValue{m, key, v})
		}
		if len(p.segments) == 1 {
			continue
		}
		if p.segments[0] == key {
			walkModels(v, p.segments[1:], "", key, &found)
		} else if m, ok := matchModel(p.segments[0], key); ok {
			walkModels(v, p.segments[1:], m, key, &found)
		}
	}
	slices.SortFunc(found, func(a, b modelValue) int { return cmp.Or(cmp.Compare(a.model, b.model), cmp.Compare(a.key, b.key)) })
	return found
}

func walkModels(v any, segments []string, model, key string, found *[]modelValue) {
	if len(segments) == 0 {
		if v != nil && model != "" {
			*found = append(*found, modelValue{model, key, v})
		}
		return
	}
	switch at := v.(type) {
	case map[string]any:
		if next, ok := at[segments[0]]; ok {
			walkModels(next, segments[1:], model, key, found)
		} else if model == "" {
			for k, next := range at {
				if m, ok := matchModel(segments[0], k); ok {
					walkModels(next, segments[1:], m, key, found)
				}
			}
		}
	case []any:
		if i, err := strconv.Atoi(segments[0]); err == nil && i >= 0 && i < len(at) {
			walkModels(at[i], segments[1:], model, key, found)
		}
	}
}

// matchModel takes the model out of a key by a pattern such as "{model}|cost".
func matchModel(pattern, key string) (string, bool) {
	before, after, ok := strings.Cut(pattern, modelMark)
	if !ok || len(key) <= len(before)+len(after) || !strings.HasPrefix(key, before) || !strings.HasSuffix(key, after) {
		return "", false
	}
	return key[len(before) : len(key)-len(after)], true
}
