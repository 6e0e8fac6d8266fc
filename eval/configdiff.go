package eval

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing"
)

// A ConfigDiff is how two dispatch configs differ, as a reviewer of the change would put it.
type ConfigDiff struct {
	SameDecisions bool           `json:"same_decisions"` // by the decision hash
	SamePrices    bool           `json:"same_prices"`    // by the price hash
	Changes       []ConfigChange `json:"changes"`        // decisions, then prices, then the rest; each in the order of a config
}

// A ChangeKind says what a change of a config touches.
type ChangeKind string

// The kinds of changes.
const (
	DecisionChange ChangeKind = "decision" // what a request is answered with
	PriceChange    ChangeKind = "price"    // what that costs
	OtherChange    ChangeKind = "other"    // neither: names, addresses, descriptions that nobody is told
)

var changeKinds = []ChangeKind{DecisionChange, PriceChange, OtherChange}

// A ConfigChange is one thing that differs. Defaults that are not written out count as if they were.
type ConfigChange struct {
	Kind  ChangeKind `json:"kind"`
	Path  string     `json:"path"`            // key path, as [routing.Config.Position] takes it; the old config's if only that has it
	About string     `json:"about,omitempty"` // the name of the rule that the path counts
	Old   string     `json:"old,omitempty"`   // "": not there
	New   string     `json:"new,omitempty"`
	// File, Line and Column are where it stands in the new config, in the old one if only that has it; Line and Column
	// count from 1, 0: the config was built in code.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// CompareConfigs returns how fresh differs from old. The hashes decide whether decisions are the same; the changes say
// why they are not.
func CompareConfigs(old, fresh *routing.Config) *ConfigDiff {
	c := configComparer{old: old, fresh: fresh, diff: &ConfigDiff{
		SameDecisions: old.DecisionHash() == fresh.DecisionHash(), SamePrices: old.PriceHash() == fresh.PriceHash(), Changes: []ConfigChange{},
	}}
	c.text(OtherChange, []string{"name"}, old.Name, fresh.Name)
	c.text(DecisionChange, []string{"baseline"}, old.Baseline, fresh.Baseline)
	c.tiers()
	c.tasks()
	c.router()
	c.models()
	c.providers()
	c.caches()
	slices.SortStableFunc(c.diff.Changes, func(a, b ConfigChange) int {
		return cmp.Compare(slices.Index(changeKinds, a.Kind), slices.Index(changeKinds, b.Kind))
	})
	return c.diff
}

// A configComparer is two configs and what was found to differ.
type configComparer struct {
	old, fresh *routing.Config
	diff       *ConfigDiff
	about      string // the rule at hand
}

// text notes a value that differs. It stands at the first of the key paths that the new config has, else the old one.
func (c *configComparer) text(kind ChangeKind, at []string, old, fresh string) {
	if old != fresh {
		c.note(kind, at, old, fresh)
	}
}

func (c *configComparer) note(kind ChangeKind, at []string, old, fresh string) {
	if kind == DecisionChange && c.diff.SameDecisions {
		kind = OtherChange // such as two equal rules that swapped their names
	}
	change := ConfigChange{Kind: kind, Path: at[0], About: c.about, Old: old, New: fresh}
	change.place(c.fresh, at)
	if change.Line == 0 {
		change.place(c.old, at)
	}
	c.diff.Changes = append(c.diff.Changes, change)
}

// removed notes an element of a list that only the old config has. What stands at its place in the new one is another.
func (c *configComparer) removed(path, text string) {
	c.note(DecisionChange, []string{path}, text, "")
	change := &c.diff.Changes[len(c.diff.Changes)-1]
	change.File, change.Line, change.Column = "", 0, 0
	change.place(c.old, []string{path})
}

func (x *ConfigChange) place(c *routing.Config, at []string) {
	for _, path := range at {
		if p, ok := c.Position(path); ok {
			x.File, x.Line, x.Column = c.Source, p.Line, p.Column
			return
		}
	}
}

// tiers compares the ladder. Its order decides between tables that cost the same.
func (c *configComparer) tiers() {
	models := func(tiers []routing.Tier) (names []string, models map[string]string) {
		models = map[string]string{}
		for _, t := range tiers {
			names, models[t.Name] = append(names, t.Name), t.Model
		}
		return names, models
	}
	oldNames, old := models(c.old.Tiers)
	names, fresh := models(c.fresh.Tiers)
	for _, name := range union(names, oldNames) {
		c.text(DecisionChange, []string{routing.KeyPath("tiers", name)}, old[name], fresh[name])
	}
	oldOrder, order := common(oldNames, names), common(names, oldNames)
	c.text(DecisionChange, []string{"tiers"}, strings.Join(oldOrder, ", "), strings.Join(order, ", "))
}

// tasks compares the dispatch table, whose order means nothing.
func (c *configComparer) tasks() {
	byName := func(config *routing.Config) (names []string, tasks map[string]*routing.Task) {
		tasks = map[string]*routing.Task{}
		for i := range config.Tasks {
			t := &config.Tasks[i]
			names, tasks[t.Name] = append(names, t.Name), t
		}
		return names, tasks
	}
	oldNames, old := byName(c.old)
	names, fresh := byName(c.fresh)
	for _, name := range union(names, oldNames) {
		path := routing.KeyPath("tasks", name)
		switch {
		case old[name] == nil:
			c.note(DecisionChange, []string{path}, "", describeTask(c.fresh, fresh[name]))
		case fresh[name] == nil:
			c.note(DecisionChange, []string{path}, describeTask(c.old, old[name]), "")
		default:
			c.task(path, old[name], fresh[name])
		}
	}
}

func (c *configComparer) task(path string, old, fresh *routing.Task) {
	told := OtherChange
	if c.old.Router.LLM != nil && c.fresh.Router.LLM != nil {
		told = DecisionChange
	}
	c.text(DecisionChange, []string{path + ".chain", path}, chainText(old), chainText(fresh))
	c.checks(path, old, fresh)
	c.split(path+".split", path, old.Split, fresh.Split)
	c.text(DecisionChange, []string{path + ".cache", path}, cacheText(old), cacheText(fresh))
	c.text(DecisionChange, []string{path + ".on_exhausted", "on_exhausted", path}, onExhausted(c.old, old), onExhausted(c.fresh, fresh))
	c.text(DecisionChange, []string{path + ".on_content_filter", path + ".content_filter", "on_content_filter", "content_filter", path},
		onContentFilter(c.old, old), onContentFilter(c.fresh, fresh))
	c.text(told, []string{path + ".description", path}, old.Description, fresh.Description)
}

// describeTask says in one line what a task does that the other config lacks.
func describeTask(c *routing.Config, t *routing.Task) string {
	parts := []string{chainText(t)}
	if len(t.Accept) > 0 {
		var checks []string
		for i := range t.Accept {
			checks = append(checks, checkText(t, &t.Accept[i]))
		}
		parts = append(parts, "accept "+strings.Join(checks, ", "))
	}
	if t.Split != nil {
		parts = append(parts, "split "+describeSplit(c, t.Split))
	}
	for _, p := range []struct{ name, value, usual string }{
		{"cache", cacheText(t), "on"},
		{"on_exhausted", onExhausted(c, t), "return"},
		{"on_content_filter", onContentFilter(c, t), "error"},
	} {
		if p.value != p.usual {
			parts = append(parts, p.name+" "+p.value)
		}
	}
	return strings.Join(parts, "; ")
}

func chainText(t *routing.Task) string { return strings.Join(t.Chain, " → ") }

func cacheText(t *routing.Task) string {
	if t.Cache == nil || *t.Cache {
		return "on"
	}
	return "off"
}

func onExhausted(c *routing.Config, t *routing.Task) string {
	return cmp.Or(t.OnExhausted, c.OnExhausted, "return")
}

func onContentFilter(c *routing.Config, t *routing.Task) string {
	return cmp.Or(t.OnContentFilter, c.OnContentFilter, "error")
}

// union returns a, then what of b is not in it.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(a, s) {
			out = append(out, s)
		}
	}
	return out
}

// common returns what of a is in b too.
func common(a, b []string) []string {
	var out []string
	for _, s := range a {
		if slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}
