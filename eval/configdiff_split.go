package eval

import "github.com/tierwise/tierwise/routing"

// split compares the splits of a task.
func (c *configComparer) split(path, task string, old, fresh *routing.Split) {
	if old == nil || fresh == nil {
		c.text(DecisionChange, []string{path, task}, describeSplit(c.old, old), describeSplit(c.fresh, fresh))
		return
	}
	if was, is := fileSum(c.old, old.Artifact), fileSum(c.fresh, fresh.Artifact); was != is {
		c.note(DecisionChange, []string{path + ".artifact", path}, old.Artifact+was, fresh.Artifact+is)
	} else {
		c.text(OtherChange, []string{path + ".artifact", path}, old.Artifact, fresh.Artifact)
	}
	c.text(DecisionChange, []string{path + ".below", path}, number(old.Below), number(fresh.Below))
	c.text(DecisionChange, []string{path + ".task", path}, old.Task, fresh.Task)
}

// describeSplit says in one line what a split does; "" if there is none.
func describeSplit(c *routing.Config, s *routing.Split) string {
	if s == nil {
		return ""
	}
	return "below " + number(s.Below) + " by " + s.Artifact + fileSum(c, s.Artifact) + " → " + s.Task
}
