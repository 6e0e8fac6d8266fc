package reports

// A Check is something that passed or not, as test reports and annotations have it.
type Check struct {
	Group, Name string
	Outcome     Outcome
	Message     string // one sentence
	Values      string // what was asked and what was found, with units
	Hint        string // a command that helps, "" if there is none
	// File, Line and Column are the place that is responsible; Line and Column count from 1, 0: unknown.
	File         string
	Line, Column int
}

// An Outcome is what became of a check.
type Outcome int

// The outcomes, best first.
const (
	Passed    Outcome = iota
	Waived            // does not pass, and that is allowed for now
	Warned            // does not pass, and is only a warning
	Undecided         // inconclusive
	Failed
	Broken // could not be checked at all
)
