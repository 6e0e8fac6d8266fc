package routing

import (
	"fmt"
	"slices"
	"strings"
)

// A Severity says how bad a finding is.
type Severity uint8

// The severities, in rising order.
const (
	Info    Severity = iota // worth knowing; nothing to mend
	Warning                 // probably not what was meant
	Error                   // certainly does not do what it says
)

var severityNames = [...]string{"info", "warning", "error"}

// String returns the word for s.
func (s Severity) String() string { return severityNames[s] }

// MarshalText returns the word for s.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Finding is something in a dispatch config that is valid and yet probably a mistake.
type Finding struct {
	ID       string // of the lint that found it
	Severity Severity
	Message  string   // what is so, and what follows from it
	Fix      string   // what to do
	Path     string   // key path of what it is about, as Config.Position takes it
	Position Position // where that stands; zero if the config was built in code
}

// A LintCheck is one thing that Lint looks for.
type LintCheck struct {
	ID       string   // a short name, such as "no-fallback"
	Severity Severity // the highest of its findings
	Doc      string   // what it looks for, in one line

	run func(*linter)
}

// LintChecks returns all that Lint looks for, by ID.
func LintChecks() []LintCheck {
	checks := slices.Concat(routerLints(), ruleLints(), taskLints(), acceptLints(), modelLints())
	slices.SortFunc(checks, func(a, b LintCheck) int { return strings.Compare(a.ID, b.ID) })
	return checks
}

// Lint looks for common mistakes in a config that ParseConfig accepts. It looks at nothing but the config, so that it
// cannot tell whether a threshold fits the traffic. The findings come by position, then by ID.
func Lint(c *Config) []Finding {
	l := linter{Config: c, models: map[string]Model{}, tierModel: map[string]string{}}
	for _, name := range c.usedModels() {
		l.models[name] = c.model(name)
	}
	for _, t := range c.Tiers {
		l.tierModel[t.Name] = t.Model
	}
	for _, check := range LintChecks() {
		l.check = &check
		check.run(&l)
	}
	slices.SortStableFunc(l.found, func(a, b Finding) int { return a.Position.Compare(b.Position) })
	return l.found
}

// A linter is a config that is being looked at, and the findings so far.
type linter struct {
	*Config
	models    map[string]Model // those in use
	tierModel map[string]string

	check *LintCheck
	found []Finding
}

// A place is where a finding is: the key that it is about, or if the file lacks that, the table that should have it.
type place struct{ table, key string }

// report adds a finding with the severity of the check that is running.
func (l *linter) report(at place, fix, format string, args ...any) {
	l.reportAs(l.check.Severity, at, fix, format, args...)
}

// reportAs adds a finding with a severity of its own.
func (l *linter) reportAs(s Severity, at place, fix, format string, args ...any) {
	f := Finding{ID: l.check.ID, Severity: s, Message: fmt.Sprintf(format, args...), Fix: fix, Path: at.table}
	if at.key != "" {
		path := joinPath(at.table, at.key)
		if _, ok := l.Position(path); ok || at.table == "" {
			f.Path = path
		}
	}
	f.Position, _ = l.Position(f.Path)
	l.found = append(l.found, f)
}

// taskPlace is the place of a task's key; "" for its table.
func taskPlace(t *Task, key string) place { return place{KeyPath("tasks", t.Name), key} }

// rulePlace is the place of a rule's key; "" for its table.
func rulePlace(index int, key string) place { return place{elementPath("router.rules", index), key} }

// tierOf returns the first tier that reaches a model, "" if none does.
func (l *linter) tierOf(model string) string {
	for _, t := range l.Tiers {
		if t.Model == model {
			return t.Name
		}
	}
	return ""
}

// list joins names for a message, the first few of many.
func list(names []string) string {
	const most = 5
	if more := len(names) - most; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// plural returns the word for one or for n of a thing.
func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
