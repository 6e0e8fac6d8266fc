package gate

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// A CertificateLook says which look at the labels this was, and what it had to spend. See eval/ledger.
type CertificateLook struct {
	Number int `json:"number"` // in the ledger, from 1
	Search int `json:"search"` // ordinal of the search, from 1
	Look   int `json:"look"`   // of the search, from 1
	Looks  int `json:"looks"`  // declared
	// AlphaShare is the part of the settings' alpha that this look has, AlphaSum the sum of the levels of all looks up to it.
	AlphaShare float64 `json:"alpha_share"`
	AlphaSum   float64 `json:"alpha_sum"`
	SeenRows   int64   `json:"seen_rows"` // labeled requests that earlier looks had seen: they only chose
}

// A Search is how the table was found, and how far it can be trusted beyond the claims.
type Search struct {
	Requests int64 `json:"requests"` // with a graded outcome of the baseline
	Grouped  bool  `json:"grouped"`  // requests of a group are one unit of evidence
	Weighted bool  `json:"weighted"` // requests have unequal weights
	// AssumedWeights: no production weights were known, so tasks count as their labels do.
	AssumedWeights bool        `json:"assumed_weights"`
	UnlabeledShare eval.Number `json:"unlabeled_share"` // of the traffic: its tasks stay on the baseline

	Mix *CertificateMix `json:"mix,omitempty"` // nil: the data stands for production

	Tables []CertificateTable `json:"tables"` // those that were built, in the order in which their claims were tested
	Table  int                `json:"table"`  // which of them this is, from 0
	// Delta is the headline, cross-fitted; NaiveDelta the estimate on the requests that chose the table: too good.
	Delta      eval.Number `json:"cross_fitted_delta"`
	NaiveDelta eval.Number `json:"naive_delta"`

	Claims   []string `json:"claims"` // what may be said, in words
	Warnings []string `json:"warnings"`
}

// A CertificateMix says that the whole is weighted as production sends its requests to the tasks. The shares of the tasks
// are in their claims.
type CertificateMix struct {
	Requests int64 `json:"requests"` // of production's traffic that were routed; 0: the shares were given
	LeftOut  int64 `json:"left_out"` // of them, those that a classifier was trained on, which do not count
	// Data are the shares that the tasks have of the data.
	Data map[string]eval.Number `json:"data_shares"`
}

// A CertificateTable is one of the tables that were built, and its overall claim.
type CertificateTable struct {
	TaskTolerance float64       `json:"task_tolerance"` // at which its tasks were certified
	Moved         int           `json:"moved"`          // tasks that do not stay on the baseline
	Passed        bool          `json:"passed"`         // true for one that moves nothing
	N             eval.Number   `json:"n"`              // units, effective
	Delta         eval.Number   `json:"delta"`          // cross-fitted
	Lower         eval.Number   `json:"delta_lower_bound"`
	Upper         eval.Number   `json:"delta_upper_bound"`
	P             eval.Number   `json:"p_value"`
	Verdict       stats.Verdict `json:"verdict"`
	Test          string        `json:"test"`
	SavingShare   eval.Number   `json:"savings"` // of the baseline's bill
	// FoldSavingShare is what the tables made without a fold save on average, as a share of what this one does.
	FoldSavingShare eval.Number `json:"fold_saving_share"`
}

// A TaskEvidence is what a task was moved or held by.
type TaskEvidence struct {
	Requests int64       `json:"requests"` // with a graded outcome of the baseline
	Covered  int64       `json:"covered"`  // that every option is judged on
	Units    int64       `json:"units"`    // groups, or requests without one
	Pilot    eval.Number `json:"pilot"`    // units that only chose, effective
	Verify   eval.Number `json:"verify"`   // units that certified, effective
	Level    eval.Number `json:"level"`    // one-sided, of each walk; 0 without any
	Option   string      `json:"option,omitempty"`
	// Pinned says that somebody, and no walk, chose the option: the claim is what its test says.
	Pinned bool `json:"pinned,omitempty"`
	// Held says why the task stays on the baseline: unlabeled, no option, too few, fails or inconclusive.
	Held    string             `json:"held,omitempty"`
	Chains  []CertificateChain `json:"chains"` // that it offers, by price
	Dropped []DroppedOption    `json:"dropped,omitempty"`
}

// A CertificateChain is a chain that a task offers.
type CertificateChain struct {
	Chain  string            `json:"chain"`
	Picked bool              `json:"picked"`
	Score  eval.Number       `json:"score"` // largest saving × chance to pass on the pilot, USD per request; null without a pilot
	Walk   []CertificateStep `json:"walk,omitempty"`
}

// A CertificateStep is one test of a walk.
type CertificateStep struct {
	Option string      `json:"option"`
	Saving eval.Number `json:"saving_usd"` // per request of the task
	N      eval.Number `json:"n"`          // units, effective
	Gained eval.Number `json:"gained"`     // right only under the option, effective
	Lost   eval.Number `json:"lost"`       // right only under the baseline
	Delta  eval.Number `json:"delta"`
	Lower  eval.Number `json:"delta_lower_bound"`
	Upper  eval.Number `json:"delta_upper_bound"`
	P      eval.Number `json:"p_value"` // of "it loses more than the tolerance"
	Test   string      `json:"test"`
	Passed bool        `json:"passed"`
	Labels *StepLabels `json:"labels_needed,omitempty"` // nil if it passed
}

// StepLabels are how many labels the task would need in all.
type StepLabels struct {
	Have   int64 `json:"have"`
	Floor  int64 `json:"floor"`             // even if not one more is lost
	Equal  int64 `json:"if_equal"`          // if the option is as good as the baseline
	AsSeen int64 `json:"as_seen,omitempty"` // if it is as it looks, shrunk; 0 unless Helps
	Helps  bool  `json:"more_labels_help"`
}

// A DroppedOption was judged on too small a share of the task's requests.
type DroppedOption struct {
	Option   string      `json:"option"`
	Coverage eval.Number `json:"coverage"`
}

// UnmarshalJSON reads a search; a number that is not there is unknown.
func (s *Search) UnmarshalJSON(data []byte) error {
	type plain Search
	return unmarshalUnknown(data, (*plain)(s), &s.UnlabeledShare, &s.Delta, &s.NaiveDelta)
}

// UnmarshalJSON reads a table; a number that is not there is unknown.
func (t *CertificateTable) UnmarshalJSON(data []byte) error {
	type plain CertificateTable
	return unmarshalUnknown(data, (*plain)(t), &t.N, &t.Delta, &t.Lower, &t.Upper, &t.P, &t.SavingShare, &t.FoldSavingShare)
}

// UnmarshalJSON reads evidence; a number that is not there is unknown.
func (e *TaskEvidence) UnmarshalJSON(data []byte) error {
	type plain TaskEvidence
	return unmarshalUnknown(data, (*plain)(e), &e.Pilot, &e.Verify, &e.Level)
}

// UnmarshalJSON reads a chain; a number that is not there is unknown.
func (c *CertificateChain) UnmarshalJSON(data []byte) error {
	type plain CertificateChain
	return unmarshalUnknown(data, (*plain)(c), &c.Score)
}

// UnmarshalJSON reads a step; a number that is not there is unknown.
func (s *CertificateStep) UnmarshalJSON(data []byte) error {
	type plain CertificateStep
	return unmarshalUnknown(data, (*plain)(s), &s.Saving, &s.N, &s.Gained, &s.Lost, &s.Delta, &s.Lower, &s.Upper, &s.P)
}

// UnmarshalJSON reads an option; a number that is not there is unknown.
func (d *DroppedOption) UnmarshalJSON(data []byte) error {
	type plain DroppedOption
	return unmarshalUnknown(data, (*plain)(d), &d.Coverage)
}

// unmarshalUnknown reads JSON into what the numbers are of, which are unknown unless they are there.
func unmarshalUnknown(data []byte, into any, numbers ...*eval.Number) error {
	for _, n := range numbers {
		*n = eval.Unknown
	}
	return json.Unmarshal(data, into)
}

// checkEvidence holds the evidence against the claims that were made of it.
func (c *Certificate) checkEvidence() error {
	if l := c.Look; l != nil {
		switch {
		case l.Number < 1 || l.Search < 1 || l.Look < 1 || l.Looks > 1 && l.Look > l.Looks:
			return fmt.Errorf("look: number %d, search %d, look %d of %d: that cannot be", l.Number, l.Search, l.Look, l.Looks)
		case !(l.AlphaShare > 0 && l.AlphaShare <= 1):
			return fmt.Errorf("look.alpha_share is %v: it is above 0, up to 1", l.AlphaShare)
		case l.AlphaSum < c.Settings.Alpha*l.AlphaShare-rounding:
			return fmt.Errorf("look.alpha_sum is %v, and this look alone has %v", l.AlphaSum, c.Settings.Alpha*l.AlphaShare)
		}
	}
	if s := c.Search; s != nil {
		if len(s.Tables) > 0 && (s.Table < 0 || s.Table >= len(s.Tables)) {
			return fmt.Errorf("search.table is %d, and there are %d tables", s.Table, len(s.Tables))
		}
		stays := c.Overall.Test == nothingChanged // then the table may be one that failed, for which reason nothing is moved
		if c.Overall.Verdict == stats.Holds && len(s.Tables) > 0 && !s.Tables[s.Table].Passed && !stays {
			return fmt.Errorf("overall: the verdict is holds, and search.tables[%d] did not pass: the file was edited", s.Table)
		}
		if stays {
			if err := c.checkStays(); err != nil {
				return err
			}
		}
		if err := c.checkOverall(); err != nil {
			return err
		}
	}
	for i := range c.Tasks {
		if e := c.Tasks[i].Evidence; e != nil {
			if err := e.check(); err != nil {
				return fmt.Errorf("tasks[%d].evidence: %w", i, err)
			}
			if c.Search != nil && len(c.Search.Tables) > 0 {
				if err := c.checkSteps(e); err != nil {
					return fmt.Errorf("tasks[%d].evidence: %w", i, err)
				}
			}
		}
	}
	if c.Search != nil {
		return c.checkClaims()
	}
	return nil
}

// checkStays holds the claim that nothing changed as a whole against the tasks. Those that production has nothing of may be
// moved: they are no part of the whole.
func (c *Certificate) checkStays() error {
	for i := range c.Tasks {
		if t := &c.Tasks[i]; t.Share > 0 && t.Evidence != nil && t.Evidence.Option != "" {
			return fmt.Errorf("overall: the claim is that nothing changed, and tasks[%d] has the option %q: the file was edited", i, t.Evidence.Option)
		}
	}
	return nil
}

// checkOverall holds the overall claim against the table that it is of, and its savings against the usage.
func (c *Certificate) checkOverall() error {
	s, o := c.Search, &c.Overall
	if len(s.Tables) > 0 && o.Test == s.Tables[s.Table].Test && o.Test != nothingChanged { // else nothing is moved, whatever the table would have done
		t := &s.Tables[s.Table]
		bound := t.Lower
		for i := range s.Tables[:s.Table] { // at another tolerance these would have had to hold too
			if s.Tables[i].Moved > 0 {
				bound = min(bound, s.Tables[i].Lower)
			}
		}
		if !same(o.Delta, t.Delta) || !same(o.Bound, bound) || !same(o.Upper, t.Upper) {
			return fmt.Errorf("overall: the delta is %s (%s to %s), and that of search.tables[%d] %s (%s to %s): the file was edited",
				points(o.Delta), points(o.Bound), points(o.Upper), s.Table, points(t.Delta), points(bound), points(t.Upper))
		}
		if math.Abs(float64(o.N)-float64(t.N)) > 0.5+near {
			return fmt.Errorf("overall: n is %d, and that of search.tables[%d] %v: the file was edited", o.N, s.Table, t.N)
		}
	}
	cost, base := c.usd("")
	if saved := 1 - cost/base; math.Abs(saved-float64(o.Savings)) > near {
		return fmt.Errorf("overall: the savings are %v, and the usage comes to %v: the file was edited", o.Savings, saved)
	}
	return nil
}

// check finds out whether a task that is moved was certified for it: some walk passed every step up to its option.
func (e *TaskEvidence) check() error {
	switch {
	case e.Option == "":
		return nil
	case e.Held != "":
		return fmt.Errorf("the task has the option %q and is held, because %s: the file was edited", e.Option, e.Held)
	}
	for _, c := range e.Chains {
		if at := slices.IndexFunc(c.Walk, func(s CertificateStep) bool { return s.Option == e.Option }); at >= 0 {
			if e.Pinned {
				return nil
			}
			if failed := slices.IndexFunc(c.Walk[:at+1], func(s CertificateStep) bool { return !s.Passed }); failed >= 0 {
				return fmt.Errorf("the task has the option %q, and the walk failed at %q: the file was edited", e.Option, c.Walk[failed].Option)
			}
			return nil
		}
	}
	return fmt.Errorf("the task has the option %q, which no walk tested: the file was edited", e.Option)
}
