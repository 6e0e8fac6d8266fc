package eval

import "github.com/tierwise/tierwise/eval/stats"

// Format and version of a results file. RESULTS.md documents it.
const (
	ResultsFormat  = "tierwise.results"
	ResultsVersion = 1
)

// A Comparison is what an evaluation found: every candidate against the single-model baseline. It is the results file
// and what every report is made of. Money is in USD, time in milliseconds, qualities, deltas and rates are shares.
type Comparison struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Tool    string `json:"tool_version,omitempty"`

	Data     Data     `json:"data"`
	Baseline string   `json:"baseline"`
	Settings Settings `json:"settings"`

	Candidates []CandidateResult `json:"candidates"`
	// References are the single models, in rising order of mean cost, unknown costs last.
	References []ReferenceResult `json:"references"`
	// AlwaysCheapest and AlwaysStrongest name the reference models of least mean cost and best mean quality.
	AlwaysCheapest  string    `json:"always_cheapest,omitempty"`
	AlwaysStrongest string    `json:"always_strongest,omitempty"`
	Oracle          Oracle    `json:"oracle"`
	PerfectTable    TaskTable `json:"perfect_task_table"`
	Findings        []Finding `json:"findings"`
	// Curve is nil unless two candidates or more have a known quality and cost.
	Curve *Curve `json:"curve,omitempty"`
	// CachesOff is why caches that were asked for are not replayed, "" if they are or were not asked for.
	CachesOff string `json:"caches_off,omitempty"`
	// WhatIf are the candidates under the scenarios of the settings, by candidate, then scenario.
	WhatIf []WhatIfResult `json:"what_if,omitempty"`

	// LabelCommand is the command line that draws the requests to label next, "" if nobody knows it. It is not part of the
	// results: it names files.
	LabelCommand string `json:"-"`

	goldShares map[string]float64 // what the gold tasks weigh; nil: their requests
}

// Data says what was evaluated on.
type Data struct {
	Files    []string `json:"files,omitempty"`
	Requests int64    `json:"requests"`
	Graded   int64    `json:"graded"` // with a graded baseline outcome
	Weighted bool     `json:"weighted"`
	Hash     string   `json:"hash,omitempty"` // "" if it was not asked for
}

// Settings are the options that the figures depend on.
type Settings struct {
	Tolerance     float64 `json:"tolerance"`
	TaskTolerance float64 `json:"task_tolerance"`
	Alpha         float64 `json:"alpha"`
	GoldTasks     bool    `json:"gold_tasks"`
	Reprice       bool    `json:"reprice"`
	Seed          uint64  `json:"seed"`
	// Scenarios are what the candidates were supposed to meet besides.
	Scenarios []Scenario `json:"scenarios,omitempty"`
	Mix       *Mix       `json:"mix,omitempty"`
}

// A CandidateResult is what a candidate came to.
type CandidateResult struct {
	Label        string       `json:"label"`
	Name         string       `json:"name,omitempty"`
	DecisionHash string       `json:"decision_hash"`
	PriceHash    string       `json:"price_hash"`
	Whole        Result       `json:"whole"`
	Tasks        []TaskResult `json:"tasks"` // those dispatched to, in the order of the config

	// RandomMix is the best mix of single models, drawn at random for each request, that costs as much: what the
	// money buys without a router. Shuffled is the candidate's table with tasks drawn at random: what it is worth
	// without knowing the task.
	RandomMix Control `json:"random_mix"`
	Shuffled  Control `json:"shuffled_tasks"`
	// SavingSplit is nil if cost or quality is not known well enough.
	SavingSplit *SavingSplit `json:"saving_split,omitempty"`

	// Layers are those that decided, in the order in which they are asked; Rules are all of the config's, in its order.
	Layers []LayerResult `json:"layers"`
	Rules  []RuleResult  `json:"rules,omitempty"`
	// Splits are what the splits of tasks did.
	Splits []SplitResult `json:"splits,omitempty"`

	RouterAccuracy      Number          `json:"router_accuracy"`
	RouterAccuracyKnown int64           `json:"router_accuracy_known"` // requests of known gold task
	Misroutes           []MisrouteCount `json:"misroutes"`             // gold × found task, before any split
	// GoldTasks is nil if there are no gold tasks, or if requests were dispatched by them.
	GoldTasks *GoldTasksResult `json:"gold_tasks,omitempty"`

	UnknownTasks      map[string]int64 `json:"unknown_tasks,omitempty"`
	Unrouted          int64            `json:"unrouted,omitempty"`
	Unclassified      int64            `json:"unclassified,omitempty"`       // the classifier had no answer
	EmbeddingUnpriced int64            `json:"embedding_unpriced,omitempty"` // whose embedding has no known cost
	// LeftOut are requests that the classifier or a split was trained on and of which there is no out-of-fold prediction: they are
	// in none of the candidate's figures.
	LeftOut int64 `json:"left_out,omitempty"`

	// Caches is nil if they were not asked for or the config has none. All other figures of the candidate, but for those of
	// checks, sweeps, controls and scenarios, are then those behind the caches.
	Caches *CacheResult `json:"caches,omitempty"`

	// Checks are those that can send a request on, by task, tier and place in the config.
	Checks []CheckResult `json:"checks,omitempty"`

	// Only with details.
	Reliability []ReliabilityBin `json:"reliability,omitempty"`
	Sweeps      []SweepResult    `json:"threshold_sweeps,omitempty"`
	Examples    *ExampleLists    `json:"examples,omitempty"`
	Usage       []TaskUsage      `json:"usage,omitempty"`
	Prices      []ModelPrice     `json:"prices,omitempty"` // in the config, of the models in Usage

	Mix []MixShare `json:"mix,omitempty"` // what the tasks are of production, in the order of the config

	wholeWants map[string]int64 // how many labels of each task the verdict of the whole wants
}

// A ReliabilityBin is how often a routing layer was right when it was how sure: requests of which the gold task is
// known.
type ReliabilityBin struct {
	Layer      string  `json:"layer"`
	From       float64 `json:"confidence_from"`
	To         float64 `json:"confidence_to"`
	Requests   int64   `json:"requests"`
	Confidence Number  `json:"mean_confidence"`
	Right      Number  `json:"share_right"`
}

// A SweepResult is what the threshold of one check on one tier does.
type SweepResult struct {
	Task     string       `json:"task"`
	Tier     string       `json:"tier"`
	Model    string       `json:"model"`
	Check    string       `json:"check"`
	Min      Number       `json:"min"` // as configured
	Requests int64        `json:"requests"`
	Points   []SweepPoint `json:"points"`
}

// A SweepPoint is a threshold: the share of answers that pass it, and how good those are.
type SweepPoint struct {
	Min         float64 `json:"min"`
	AcceptShare Number  `json:"accept_share"`
	Quality     Number  `json:"quality"` // of the accepted answers
	Delta       Number  `json:"delta"`   // against the baseline on the same requests
}

// ExampleLists are requests worth a look, up to 200 of a kind for each task.
type ExampleLists struct {
	Regressions Examples `json:"regressions"` // worst first
	Escalations Examples `json:"escalations"`
	Misroutes   Examples `json:"misroutes"`
}

// A TaskResult is a candidate's result on the requests that it dispatches to one task.
type TaskResult struct {
	Task  string   `json:"task"`
	Chain []string `json:"chain"` // tiers
	Result
	// LabelNext is how many of its requests to label next, so that its verdict and that of the whole tell.
	LabelNext int64 `json:"label_next,omitempty"`

	halfLabeled bool // LabelNext is of requests on which the baseline is graded
}

// A ReferenceResult is a single model's result on everything, and by gold task.
type ReferenceResult struct {
	Model string       `json:"model"`
	Whole Result       `json:"whole"`
	Tasks []TaskResult `json:"tasks"` // by gold task, in order of name; "" are requests without

	Tokens []TokenResult `json:"tokens,omitempty"` // by gold task; only with details
}

// A TokenResult is the tokens of a model on one task, over the calls of which they are known.
type TokenResult struct {
	Task        string `json:"task"`
	Calls       int64  `json:"calls"`
	Input       Number `json:"input_tokens"`
	CachedInput Number `json:"cached_input_tokens"`
	Output      Number `json:"output_tokens"`
	Reasoning   Number `json:"reasoning_tokens"`
}

// A Result compares with the baseline on the same requests. n-figures count requests, all others go by weight.
type Result struct {
	Requests int64  `json:"requests"`
	Share    Number `json:"share"` // of all requests
	Graded   int64  `json:"graded"`
	Covered  int64  `json:"covered"`
	Coverage Number `json:"coverage"` // covered ÷ graded
	Gradable int64  `json:"gradable"` // not covered, and lack nothing but grades
	// LabeledShare is the share of requests in tasks that have labels: the whole's quality speaks for those.
	LabeledShare Number `json:"labeled_share"`

	Quality     Number `json:"quality"`
	BaseQuality Number `json:"baseline_quality"`
	Delta       Number `json:"delta"`
	Changed     int64  `json:"changed"`
	Better      int64  `json:"better"`
	Lost        int64  `json:"lost"`
	Worse       int64  `json:"much_worse"` // delta ≤ −0.5
	// WorseShare is their share of the covered requests, WorseUpper its one-sided upper bound at 1 − Alpha.
	WorseShare Number `json:"much_worse_share"`
	WorseUpper Number `json:"much_worse_upper_bound"`

	Verdict    stats.Verdict `json:"verdict"`
	Reason     string        `json:"reason,omitempty"` // why the verdict is what it is, where the numbers do not say
	Test       string        `json:"test,omitempty"`
	P          Number        `json:"p_value"`
	Bound      Number        `json:"delta_lower_bound"`
	Upper      Number        `json:"delta_upper_bound"`
	MoreLabels int64         `json:"labels_needed,omitempty"` // beyond those there are, to tell with 80 % power if the true delta is 0

	// DeltaInterval is the interval that is shown; the verdict is the test's. Only candidates have one.
	DeltaInterval *Interval `json:"delta_interval,omitempty"`

	CostKnown     int64  `json:"cost_known"`
	CostUSD       Number `json:"cost_usd"`
	CostPer1000   Number `json:"cost_per_1000_usd"`
	RouterCostUSD Number `json:"router_cost_usd"`
	CheckCostUSD  Number `json:"check_cost_usd"`
	Savings       Number `json:"savings"`
	SavingsKnown  int64  `json:"savings_known"`
	// SavingsInterval is that of the savings, SavingsBound and SavingsUpper are one-sided bounds, each at 1 − Alpha.
	SavingsInterval *Interval `json:"savings_interval,omitempty"`
	SavingsBound    Number    `json:"savings_lower_bound"`
	SavingsUpper    Number    `json:"savings_upper_bound"`
	Unbilled        int64     `json:"unbilled_calls,omitempty"`

	LatencyKnown int64  `json:"latency_known"`
	LatencyP50   Number `json:"latency_p50_ms"`
	LatencyP95   Number `json:"latency_p95_ms"`
	LatencyP99   Number `json:"latency_p99_ms"`

	Unevaluable        int64   `json:"unevaluable"`
	EscalationRate     Number  `json:"escalation_rate"`
	FailoverRate       Number  `json:"failover_rate"`
	ExhaustedRate      Number  `json:"exhausted_rate"`
	FailureRate        Number  `json:"failure_rate"`
	AttemptsPerRequest Number  `json:"attempts_per_request"`
	Answers            []Share `json:"answers"` // which model answered how much, most first

	Uncovered map[string]int64 `json:"uncovered,omitempty"` // graded but not covered: why → requests

	// Of which share of the requests cost, savings and latency are known, and how the walk went.
	CostShare    Number `json:"cost_known_share"`
	SavingsShare Number `json:"savings_known_share"`
	LatencyShare Number `json:"latency_known_share"`
	WalkedShare  Number `json:"walked_share"`

	// The two sides of Savings, over its requests; of candidates also where the money goes, most first, and (of the whole)
	// the prices at which the saving would turn into a loss or back.
	SavingsCostUSD Number       `json:"savings_cost_usd"`
	SavingsBaseUSD Number       `json:"savings_baseline_cost_usd"`
	Spend          []ModelSpend `json:"spend,omitempty"`
	Flips          []Flip       `json:"flips,omitempty"`
}

// A Share is the part of the walked requests that a model answered.
type Share struct {
	Model    string `json:"model"`
	Requests int64  `json:"requests"`
	Share    Number `json:"share"`
}

// A Control is a table that nobody would ship, to compare with.
type Control struct {
	Delta       Number   `json:"delta"`
	CostPer1000 Number   `json:"cost_per_1000_usd"`
	Requests    int64    `json:"requests,omitempty"` // looked at
	Models      []string `json:"models,omitempty"`
}

// An Oracle answers every request with the cheapest among the models that did it best.
type Oracle struct {
	Graded      int64  `json:"graded"`
	Quality     Number `json:"quality"`
	Delta       Number `json:"delta"`
	CostPer1000 Number `json:"cost_per_1000_usd"`
	Savings     Number `json:"savings"`
}

// A TaskTable sends each gold task to one model: the cheapest that did it at least as well as the baseline, in
// hindsight. Its saving is what a perfect table without checks would save, not a promise.
type TaskTable struct {
	Tasks   []TaskChoice `json:"tasks"`
	Delta   Number       `json:"delta"`
	Savings Number       `json:"savings"`
}

// A TaskChoice is one line of a TaskTable. Best is the model of best mean quality.
type TaskChoice struct {
	Task        string `json:"task"`
	Requests    int64  `json:"requests"`
	Graded      int64  `json:"graded"`
	Best        string `json:"best"`
	BestQuality Number `json:"best_quality"`
	Model       string `json:"model"`
	Quality     Number `json:"quality"`
	BaseQuality Number `json:"baseline_quality"`
	Savings     Number `json:"savings"`
}

// A Finding is something that a reader should know before trusting a figure.
type Finding struct {
	ID      string `json:"id"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}
