package gate

import (
	"fmt"
	"slices"

	"github.com/tierwise/tierwise/routing"
)

// contradiction says how a certificate of a config's decision hash contradicts that config, "" if it does not. Its baseline,
// tasks and chains are covered by the hash: one that has others was edited.
func (c *Certificate) contradiction(config *routing.Config) string {
	if c.Baseline != config.Baseline {
		return fmt.Sprintf("its baseline is %q, the config's %q", c.Baseline, config.Baseline)
	}
	for i := range c.Tasks {
		t := &c.Tasks[i]
		k := slices.IndexFunc(config.Tasks, func(o routing.Task) bool { return o.Name == t.Task })
		if k < 0 {
			return fmt.Sprintf("tasks[%d] is %q, and the config has no such task%s", i, t.Task, suggest(t.Task, taskNames(config)))
		}
		if chain := config.Tasks[k].Chain; !slices.Equal(t.Chain, chain) {
			return fmt.Sprintf("the chain of task %q is %q, the config's %q", t.Task, t.Chain, chain)
		}
	}
	return ""
}

func taskNames(c *routing.Config) []string {
	var names []string
	for i := range c.Tasks {
		names = append(names, c.Tasks[i].Name)
	}
	return names
}
