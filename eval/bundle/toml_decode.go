package bundle

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/BurntSushi/toml"

	"github.com/tierwise/tierwise/routing"
)

// A decoded document holds the values of a config: all of them, and the tasks' as the planner needs them.
type decoded struct {
	values map[string]any
	tasks  map[string]*decodedTask
}

type decodedTask struct {
	chain  []string
	accept []routing.Accept
	split  *routing.Split // nil: none
}

// decode reads a config's values; of the tasks only what tune owns must have the right types.
func decode(text string) (*decoded, error) {
	d := &decoded{tasks: map[string]*decodedTask{}}
	if _, err := toml.Decode(text, &d.values); err != nil {
		return nil, fmt.Errorf("the config to edit is no TOML: %w", err)
	}
	var shape struct {
		Tasks map[string]struct {
			Chain  []string
			Accept []struct {
				Check, Pattern, Schema, Model string
				Min                           any
			}
			Split *routing.Split
		}
	}
	if _, err := toml.Decode(text, &shape); err != nil {
		return nil, fmt.Errorf("the config to edit is no dispatch config: %w", err)
	}
	for name, t := range shape.Tasks {
		task := &decodedTask{chain: t.Chain, split: t.Split}
		for _, a := range t.Accept {
			check := routing.Accept{Check: a.Check, Pattern: a.Pattern, Schema: a.Schema, Model: a.Model}
			if tiers, ok := a.Min.(map[string]any); ok {
				check.PerTier = map[string]float64{}
				for tier, v := range tiers {
					n, ok := decodedNumber(v)
					if !ok {
						return nil, fmt.Errorf("tasks.%s: the threshold of check %s for tier %s is no number", Key(name), a.Check, tier)
					}
					check.PerTier[tier] = n
				}
			} else if a.Min != nil {
				n, ok := decodedNumber(a.Min)
				if !ok {
					return nil, fmt.Errorf("tasks.%s: the threshold of check %s is no number", Key(name), a.Check)
				}
				check.Min = &n
			}
			task.accept = append(task.accept, check)
		}
		d.tasks[name] = task
	}
	return d, nil
}

func decodedNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// sameCheck reports whether two checks measure the same, at whatever threshold.
func sameCheck(a, b routing.Accept) bool {
	return a.Check == b.Check && a.Pattern == b.Pattern && a.Schema == b.Schema && a.Model == b.Model
}

// sameAccept reports whether two checks are the same. A threshold that is not given is 1: other checks must have one.
func sameAccept(a, b routing.Accept) bool { return sameCheck(a, b) && sameMin(a, b) }

func sameMin(a, b routing.Accept) bool {
	if a.PerTier != nil || b.PerTier != nil {
		return a.PerTier != nil && b.PerTier != nil && maps.Equal(a.PerTier, b.PerTier)
	}
	one := func(v *float64) float64 {
		if v == nil {
			return 1
		}
		return *v
	}
	return one(a.Min) == one(b.Min)
}

// verify reports an edited text that does not say what was asked for, or anything else than before.
func verify(before *decoded, text string, c *Changes) error {
	wrong := func(what string) error {
		return fmt.Errorf("cannot edit %s where it stands in this config without changing something else; write it as a table of its own, [%s], and try again", what, what)
	}
	after, err := decode(text)
	if err != nil {
		return errors.Join(wrong("tasks"), err)
	}
	was, is := clone(before.values), clone(after.values)
	for i := range c.Tasks {
		t := &c.Tasks[i]
		got, old := after.tasks[t.Name], before.tasks[t.Name]
		if got == nil {
			return wrong("tasks." + Key(t.Name))
		}
		chain, accept := t.Chain, t.Accept
		if old == nil {
			old = &decodedTask{}
		}
		if chain == nil {
			chain = old.chain
		}
		if accept == nil {
			accept = old.accept
		}
		if split := t.Split; split != nil && old.split == nil {
			if got.split == nil || *got.split != *split {
				return wrong("tasks." + Key(t.Name))
			}
			dropKey(is, "split", "tasks", t.Name)
		}
		if before.tasks[t.Name] == nil {
			for _, setting := range []string{"cache", "on_exhausted", "on_content_filter"} {
				dropKey(is, setting, "tasks", t.Name)
			}
		}
		if !slices.Equal(got.chain, chain) || !slices.EqualFunc(got.accept, accept, sameAccept) {
			return wrong("tasks." + Key(t.Name))
		}
		drop(was, "tasks", t.Name)
		drop(is, "tasks", t.Name)
	}
	if c.Artifact != "" {
		router, _ := after.values["router"].(map[string]any)
		embedding, _ := router["embedding"].(map[string]any)
		if embedding["artifact"] != c.Artifact {
			return wrong("router.embedding")
		}
		dropKey(was, "artifact", "router", "embedding")
		dropKey(is, "artifact", "router", "embedding")
	}
	if !reflect.DeepEqual(was, is) {
		return wrong("tasks")
	}
	return nil
}

// clone copies tables; what is in arrays is shared.
func clone(table map[string]any) map[string]any {
	out := make(map[string]any, len(table))
	for k, v := range table {
		if t, ok := v.(map[string]any); ok {
			v = clone(t)
		}
		out[k] = v
	}
	return out
}

// drop takes what tune owns out of a task.
func drop(values map[string]any, tasks, name string) {
	dropKey(values, "chain", tasks, name)
	dropKey(values, "accept", tasks, name)
}

// dropKey takes a key out of a table, and tables that have nothing left.
func dropKey(values map[string]any, name string, path ...string) {
	if len(path) == 0 {
		delete(values, name)
		return
	}
	if table, ok := values[path[0]].(map[string]any); ok {
		if dropKey(table, name, path[1:]...); len(table) == 0 {
			delete(values, path[0])
		}
	}
}
