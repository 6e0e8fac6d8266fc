package eval

import "time"

// Format and version of the JSON of an inspection.
const (
	InspectionFormat  = "tierwise.inspection"
	InspectionVersion = 1
)

// An Inspection is what labeled traffic holds, what is odd about it and what it can prove. Money is in USD, time in
// milliseconds, qualities, rates and tolerances are shares. Figures called n or counts are of requests or outcomes; all
// others go by weight. Numbers that the traffic does not tell are null.
type Inspection struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Tool    string `json:"tool_version,omitempty"`

	Data     InspectedData      `json:"data"`
	Settings InspectionSettings `json:"settings"`
	// Baseline is what models are compared with: the one that was named, else the best; "" where nothing says which.
	Baseline string           `json:"baseline,omitempty"`
	Models   []InspectedModel `json:"models"` // in rising order of mean cost, unknown costs last, then by name
	Tasks    []InspectedTask  `json:"tasks"`  // most requests first, then by name; "" are requests without
	Whole    Proof            `json:"whole"`
	Findings []Finding        `json:"findings"`
}

// InspectionSettings are the options that the figures depend on.
type InspectionSettings struct {
	Tolerance     float64 `json:"tolerance"`
	TaskTolerance float64 `json:"task_tolerance"`
	Alpha         float64 `json:"alpha"`
	Power         float64 `json:"power"`
}

// InspectedData describes the traffic as a whole.
type InspectedData struct {
	Files    []string `json:"files,omitempty"`
	Layout   string   `json:"layout"`
	Bytes    int64    `json:"bytes"`
	FileRows int64    `json:"file_rows"` // before conditions; in the long layout of requests × models
	Requests int64    `json:"requests"`
	Graded   int64    `json:"graded"` // with a graded answer of at least one model
	Outcomes int64    `json:"outcomes"`
	Hash     string   `json:"hash"`

	From    *time.Time `json:"from,omitempty"`
	To      *time.Time `json:"to,omitempty"`
	Untimed int64      `json:"untimed"` // requests without time
	Splits  []Tally    `json:"splits,omitempty"`

	Weighted bool `json:"weighted"` // some weight is not 1
	// Effective is Kish's number of requests of equal weight that tell as much: (Σw)²/Σw².
	Effective Number `json:"effective_requests"`

	// Columns of the canonical layout that hold something; Absent are not there, or all null.
	Columns []string `json:"columns"`
	Absent  []string `json:"absent_or_null"`

	SamePrompt Repetition `json:"same_prompt"` // requests whose prompts differ in case and white space at most
	Groups     Repetition `json:"groups"`
	Noise      LabelNoise `json:"label_noise"`
}

// A Tally counts requests under a name.
type Tally struct {
	Name     string `json:"name"`
	Requests int64  `json:"requests"`
}

// A Repetition is how often requests are alike: sets of at least two (of prompts) or of at least one (groups).
type Repetition struct {
	Sets     int64 `json:"sets"`
	Requests int64 `json:"requests"` // in the sets
	Largest  int64 `json:"largest"`
}

// LabelNoise is how much repeated outcomes of one request and model differ.
type LabelNoise struct {
	Repeated int64 `json:"repeated"` // pairs of request and model with two graded outcomes or more
	Outcomes int64 `json:"outcomes"` // graded, of those pairs
	Differ   int64 `json:"differ"`   // pairs whose qualities are not all the same
	// SD is the standard deviation of quality within a pair, pooled over the pairs.
	SD Number `json:"sd"`
}

// An InspectedModel is what the traffic holds of one model.
type InspectedModel struct {
	Model string `json:"model"`
	Observed
	Errors []ErrorTally `json:"errors,omitempty"` // most first
	// DominatedBy is a model that costs no more and is no worse, and differs in one of the two.
	DominatedBy string      `json:"dominated_by,omitempty"`
	Price       *PriceGuess `json:"price,omitempty"` // nil: costs and tokens do not tell
}

// An ErrorTally counts failed outcomes by the word that the file has for the failure.
type ErrorTally struct {
	Error    string `json:"error"`
	Cause    string `json:"cause"` // how it is taken
	Outcomes int64  `json:"outcomes"`
}

// Observed is what was observed of one model, on all requests or on those of a task.
type Observed struct {
	Outcomes int64  `json:"outcomes"`
	Failed   int64  `json:"failed"`
	Judged   int64  `json:"judged"`   // graded, or failed where that counts as a grade
	Coverage Number `json:"coverage"` // judged ÷ requests with a graded answer of any model
	Quality  Number `json:"quality"`
	// Delta is the mean difference to the baseline on the requests that both were judged on. Verdict says whether it holds
	// within the task tolerance; it is that of a model that was named beforehand, not of one that was picked by it.
	Delta   Number `json:"delta"`
	Bound   Number `json:"delta_lower_bound"`
	Verdict string `json:"verdict,omitempty"`

	CostKnown   int64  `json:"cost_known"`
	CostPer1000 Number `json:"cost_per_1000_usd"`
	LatencyP50  Number `json:"latency_p50_ms"`
	LatencyP95  Number `json:"latency_p95_ms"`

	InputTokens  Number `json:"mean_input_tokens"`
	OutputTokens Number `json:"mean_output_tokens"`

	Signals Signals `json:"signals"`

	logprobs, selfChecks gains // for thresholds; not in the JSON
}

// Signals are the shares of the answered outcomes that carry what acceptance checks look at.
type Signals struct {
	Response     Number `json:"response"`
	FinishReason Number `json:"finish_reason"`
	LogprobMean  Number `json:"logprob_mean"`
	LogprobMin   Number `json:"logprob_min"`
	SelfCheck    Number `json:"self_check"`
	// JSON is the share of the responses that are a JSON object or array.
	JSON Number `json:"json_response"`
}

// An InspectedTask is what the traffic holds of one gold task.
type InspectedTask struct {
	Task     string `json:"task"`
	Requests int64  `json:"requests"`
	Share    Number `json:"share"`
	Graded   int64  `json:"graded"`
	Proof
	ByModel []TaskModel `json:"models"` // in the order of Inspection.Models
}

// A TaskModel is what was observed of one model on one task.
type TaskModel struct {
	Model string `json:"model"`
	Observed
}

// A Proof is what labels can prove: which loss of quality against the baseline they could rule out.
type Proof struct {
	// Labels are the units of evidence on which the baseline was judged: requests, or groups; fewer where weights differ.
	Labels Number `json:"labels"`
	// Discordance is the mean squared difference of quality between the baseline and a model about as good: with right and
	// wrong answers, how often exactly one of the two is right.
	Discordance Number `json:"discordance"`
	// CanProve is the smallest loss that a model truly as good as the baseline is certified within, with the chance
	// Power; Floor is the one that is certified if not one request is lost.
	CanProve Number `json:"can_prove"`
	Floor    Number `json:"floor"`
	// Needed is how many labels certify a model truly as good within the tolerance, with the chance Power; NeededToTune
	// where two options are tried and a fifth of the labels picks them. 0: unknown.
	Needed       int64 `json:"labels_needed"`
	NeededToTune int64 `json:"labels_needed_to_tune"`
	Missing      int64 `json:"labels_missing"` // Needed beyond Labels
}
