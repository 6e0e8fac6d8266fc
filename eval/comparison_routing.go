package eval

// A LayerResult is what a layer of a router decided. A request is right if it was sent where a caller who names its gold
// task would be: to that task, or to the default if the table lacks it.
type LayerResult struct {
	Layer    string `json:"layer"`
	Requests int64  `json:"requests"`
	Share    Number `json:"share"`   // of the routed requests
	Labeled  int64  `json:"labeled"` // with a gold task: the n of Accuracy
	Accuracy Number `json:"accuracy"`
}

// A RuleResult is what a rule decided.
type RuleResult struct {
	Rule       string  `json:"rule"`
	Task       string  `json:"task"`
	Requests   int64   `json:"requests"`
	Share      Number  `json:"share"`
	Labeled    int64   `json:"labeled"`
	Accuracy   Number  `json:"accuracy"`
	Upper      Number  `json:"accuracy_upper_bound"` // one-sided (Wilson)
	Confidence float64 `json:"confidence"`           // as the config says
}

// A MisrouteCount counts requests of a gold task that were dispatched to a task.
type MisrouteCount struct {
	Gold     string `json:"gold"`
	Task     string `json:"dispatched"`
	Requests int64  `json:"requests"`
	// Price is what the wrong task cost; nil where it is not wrong, or where requests are dispatched by their gold task.
	Price *MisroutePrice `json:"price,omitempty"`
}

// A MisroutePrice is what requests that were sent to a task came to, less what the chain of their gold task would have
// come to on the same requests. Routing is not part of it.
type MisroutePrice struct {
	Covered      int64  `json:"covered"`   // both chains and the baseline can be judged
	Delta        Number `json:"delta"`     // mean over these
	DeltaSum     Number `json:"delta_sum"` // sum over these, by weight
	CostKnown    int64  `json:"cost_known"`
	ExtraUSD     Number `json:"extra_cost_usd"` // sum over these
	ExtraPer1000 Number `json:"extra_cost_per_1000_usd"`
}

// A GoldTasksResult compares a table as its router feeds it with the same table under callers who name the gold task, on
// the same requests: what knowing the task perfectly would be worth.
type GoldTasksResult struct {
	Requests  int64 `json:"requests"`   // routed, with a gold task
	Covered   int64 `json:"covered"`    // judged both ways: the n of qualities
	CostKnown int64 `json:"cost_known"` // priced both ways: the n of dollars
	Routed    Side  `json:"as_routed"`
	Named     Side  `json:"gold_named"`
}

// A Side is one of two ways to find tasks. What routing costs is part of it.
type Side struct {
	Quality     Number `json:"quality"`
	Delta       Number `json:"delta"` // against the baseline
	CostPer1000 Number `json:"cost_per_1000_usd"`
	Savings     Number `json:"savings"`
}
