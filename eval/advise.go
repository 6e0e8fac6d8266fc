package eval

// Format and version of the JSON of an advice.
const (
	AdviceFormat  = "tierwise.advice"
	AdviceVersion = 1
)

// An Advice says whether a router would earn its keep: what one model for everything costs today, what could be saved of
// it, from what the labels prove to perfect foresight, and what building one costs. Money is in USD, time in
// milliseconds, qualities, deltas and rates are shares. Numbers that are not known are null.
//
// Everything is seen in hindsight on the labels that it was chosen by, as if callers named the task of each request: it
// decides whether to go on, and certifies nothing.
type Advice struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Tool    string `json:"tool_version,omitempty"`

	Data     Data           `json:"data"`
	Settings AdviceSettings `json:"settings"`
	Plan     Plan           `json:"plan"`
	Baseline string         `json:"baseline"`

	Verdict AdviceVerdict `json:"verdict"`
	Why     AdviceWhy     `json:"why"`
	// SwitchTo is the model of the first option: for everything it is cheaper than the baseline and holds, without any
	// router. "" if the labels prove that of none.
	SwitchTo string `json:"switch_to,omitempty"`

	Bill    Bill           `json:"bill"`
	Options []AdviceOption `json:"options"` // from cautious to perfect
	// Ceiling is the most that could be saved, as a share of the bill: what an option saves, or perfect foresight at its upper
	// one-sided 1−Alpha limit; 1 if there is no other model to tell.
	Ceiling Number `json:"ceiling"`
	// Perfect is what a router that reaches the ceiling comes to.
	Perfect Payback `json:"perfect_router"`

	Skew     []SkewShare    `json:"skew"`  // in the order of TaskStates; empty without gold tasks
	Tasks    []AdviceTask   `json:"tasks"` // largest share of the bill first; empty without gold tasks
	Models   []AdviceModel  `json:"models"`
	Failures AdviceFailures `json:"failures"`
	Findings []Finding      `json:"findings"`
}

// AdviceSettings are the options that the figures depend on.
type AdviceSettings struct {
	Tolerance     float64 `json:"tolerance"`
	TaskTolerance float64 `json:"task_tolerance"`
	Alpha         float64 `json:"alpha"` // one-sided; divided by the number of models that were looked at
}

// An AdviceVerdict is the answer to "should we build a router?".
type AdviceVerdict string

// Verdicts. A switch to a cheaper model is no router: see Advice.SwitchTo.
const (
	Build      AdviceVerdict = "build"        // what the labels prove pays for it
	DoNotBuild AdviceVerdict = "do not build" // not even the ceiling pays for it, or there are too few requests
	NotYet     AdviceVerdict = "not yet"      // it could pay, and the data does not tell
)

// An AdviceWhy is the reason for a verdict.
type AdviceWhy string

// Reasons. The first three are for "do not build", WhyPays is for "build", the others are for "not yet": what is missing.
const (
	WhyFewRequests   AdviceWhy = "few_requests"    // fewer than Plan.MinRequestsPerDay
	WhyNothingToSave AdviceWhy = "nothing_to_save" // a router would add nothing to what there is without one
	WhyDoesNotPay    AdviceWhy = "does_not_pay"    // not even the ceiling earns back what a router costs
	WhyPays          AdviceWhy = "pays"
	WhyNoOutcomes    AdviceWhy = "no_outcomes" // of any other model of known cost
	WhyNoLabels      AdviceWhy = "no_labels"   // of models that are cheap enough
	WhyMoreLabels    AdviceWhy = "more_labels" // it pays at face value
	WhyNoTasks       AdviceWhy = "no_tasks"    // nothing to dispatch by
	WhyChecks        AdviceWhy = "checks"      // a table does not pay; acceptance checks that find the bad answers could
)

// A Bill is what the baseline costs.
type Bill struct {
	PerRequest Number `json:"usd_per_request"`
	PerMonth   Number `json:"usd_per_month"`
	Requests   int64  `json:"requests"`   // that were looked at
	CostKnown  int64  `json:"cost_known"` // of them
	Quality    Number `json:"quality"`    // of the baseline
	QualityN   int64  `json:"quality_n"`  // graded requests
	Unbilled   int64  `json:"unbilled_calls,omitempty"`
}

// An OptionKind is a way to save.
type OptionKind string

// Kinds of options. A switch sends everything to one model and needs no router; a table sends each gold task to one.
const (
	SwitchProven OptionKind = "switch_proven"        // it holds within the tolerance, and fails on no task
	SwitchHoped  OptionKind = "switch_at_face_value" // its delta is within the tolerance, and it fails on no task
	TableProven  OptionKind = "table_proven"         // each task that moves holds within the task tolerance, or moves with the proven switch
	TableHoped   OptionKind = "table_at_face_value"  // the delta of each task that moves is within the tolerance
	OracleOption OptionKind = "oracle"               // each request by the cheapest of the models that did it best
	// PerfectOption is the oracle that gives up what it is better than need be: some requests, drawn at random, go to a
	// cheaper model, until the tolerance is used up.
	PerfectOption OptionKind = "perfect"
	PriceOnly     OptionKind = "price_only" // the cheapest model without enough labels, for everything, whatever its quality
)

// An AdviceOption is a way to save, and what it comes to.
type AdviceOption struct {
	Kind  OptionKind `json:"kind"`
	Model string     `json:"model,omitempty"` // of a switch, and of PriceOnly
	Tasks int        `json:"tasks_moved"`     // of a table
	Share Number     `json:"share_moved"`     // of the requests
	Delta Number     `json:"delta"`
	N     int64      `json:"n"` // graded requests behind the delta
	// Savings is the share of the bill, before what the router itself costs.
	Savings       Number `json:"savings"`
	SavedPerMonth Number `json:"saved_usd_per_month"`
	// Router is what building a router for it comes to: what it adds to the proven switch, which needs none, of a table only
	// the share Plan.Realized of that, and what the router's decisions cost taken off. It is nil for a switch.
	Router *Payback `json:"router,omitempty"`
}

// A TaskState says whether a cheaper model does a task.
type TaskState string

// States of tasks.
const (
	TaskHolds     TaskState = "holds"      // a cheaper model is proven within the task tolerance
	TaskCouldHold TaskState = "could_hold" // the delta of one is within the tolerance, at face value
	TaskStays     TaskState = "stays"      // no cheaper model seems good enough
	TaskUnknown   TaskState = "unknown"    // too few labels, no cost, or no gold task
)

// TaskStates returns all states, the best first.
func TaskStates() []TaskState { return []TaskState{TaskHolds, TaskCouldHold, TaskStays, TaskUnknown} }

// A SkewShare is how much of the traffic is in tasks of a state.
type SkewShare struct {
	State TaskState `json:"state"`
	Tasks int       `json:"tasks"`
	Share Number    `json:"share_of_requests"`
	Bill  Number    `json:"share_of_bill"`
}

// An AdviceTask is a gold task; "" are requests without, which no table moves to a model of their own.
type AdviceTask struct {
	Task     string    `json:"task"`
	Requests int64     `json:"requests"`
	Graded   int64     `json:"graded"`
	Share    Number    `json:"share_of_requests"`
	Bill     Number    `json:"share_of_bill"`
	State    TaskState `json:"state"`
	Tried    int       `json:"models_tried"` // cheaper models with enough labels
	Proven   *Move     `json:"proven,omitempty"`
	Hoped    *Move     `json:"at_face_value,omitempty"` // saves no less than Proven
	Nearest  *Move     `json:"nearest,omitempty"`       // of a task that stays: the cheaper model that loses least
}

// A Move sends a task to a cheaper model.
type Move struct {
	Model   string `json:"model"`
	Delta   Number `json:"delta"`
	Bound   Number `json:"delta_lower_bound"` // at the level of one test, not divided by the models tried
	N       int64  `json:"n"`
	Savings Number `json:"savings"` // share of what the task costs
	// Labels is how many more would prove it with a chance of 80 %, if its delta is near what it seems; 0: it is proven, or
	// more labels will not help.
	Labels int64 `json:"labels_needed"`
}

// An AdviceModel is a model that some option names, or the baseline.
type AdviceModel struct {
	Model       string `json:"model"`
	Quality     Number `json:"quality"`
	Delta       Number `json:"delta"`
	N           int64  `json:"n"`
	CostPer1000 Number `json:"cost_per_1000_usd"`
	LatencyP50  Number `json:"latency_p50_ms"`
	LatencyP95  Number `json:"latency_p95_ms"`
	FailureRate Number `json:"failure_rate"`
}

// AdviceFailures are the recorded failed calls of the baseline, and what a fallback to another model would have done.
type AdviceFailures struct {
	Calls    int64  `json:"calls"`
	Failed   int64  `json:"failed"`
	Rate     Number `json:"failure_rate"`
	Fallback string `json:"fallback,omitempty"` // the best other model; "" if nothing failed or there is none
	Answered int64  `json:"fallback_answered"`  // of the failed
	Unknown  int64  `json:"fallback_unknown"`   // of the failed: no outcome of the fallback is recorded
}
