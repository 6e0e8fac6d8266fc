package gate

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// waivers reads the array of waivers.
func (d *decoder) waivers(path string, value any) []Waiver {
	tables, ok := value.([]map[string]any)
	if !ok {
		d.fail(path, "waivers wants an array of tables, [[waivers]], got %s", typeName(value))
		return nil
	}
	var out []Waiver
	for i, table := range tables {
		at := path + "[" + strconv.Itoa(i) + "]"
		w := Waiver{Position: d.at(at)}
		before := len(d.errs)
		d.table(at, table, map[string]func(string, any){
			"rule":   func(path string, v any) { w.Section, w.Rule = d.waivedRule(path, v) },
			"task":   func(path string, v any) { w.Task = d.text(path, v, "the name of a task") },
			"until":  func(path string, v any) { w.Until = d.day(path, v) },
			"reason": func(path string, v any) { w.Reason = d.text(path, v, "why, for who reads it later") },
		})
		for _, key := range []string{"rule", "until", "reason"} {
			if _, ok := table[key]; !ok {
				d.fail(at, "the waiver has no %s", key)
			}
		}
		if len(d.errs) == before && w.Task != "" && !byTask(w.Rule) {
			d.fail(at+".task", "%s is about the whole table: leave task out", w.Rule)
		}
		out = append(out, w)
	}
	return out
}

// waivedRule reads the rule of a waiver: one section's, as in vs_main.min_savings, or both sections'.
func (d *decoder) waivedRule(path string, value any) (section, rule string) {
	s := d.text(path, value, "the name of a rule")
	if s == "" {
		return "", ""
	}
	rule = s
	if before, after, ok := strings.Cut(s, "."); ok {
		section, rule = before, after
	}
	names := slices.Sorted(maps.Keys(ruleReaders))
	switch {
	case section != "" && section != vsBaseline && section != vsMain:
		d.fail(path, "unknown section %q in %s%s", section, path, suggest(section, []string{vsBaseline, vsMain}))
	case !slices.Contains(names, rule):
		d.fail(path, "unknown rule %q in %s%s", rule, path, suggest(rule, names))
	}
	return section, rule
}
