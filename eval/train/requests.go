package train

import (
	"github.com/tierwise/tierwise/routing/classify"
)

// Unknown is the Task of a request to verify on whose task no training request has.
const Unknown = -2

// A Request is a request with a gold task.
type Request struct {
	ID     string
	Input  classify.Input
	Task   int     // index into Requests.Tasks, classify.Reject or Unknown
	Weight float64 // of the traffic that it stands for, not negative
	// PromptKey and GroupKey are as of package datasets; Grouped says whether the request has a group at all.
	PromptKey, GroupKey uint64
	Grouped             bool
	Fold                int // 0 to datasets.FoldCount − 1; of no meaning in Requests.Verify
}

// Requests are what Read keeps of traffic.
type Requests struct {
	Tasks    []string // in the order of the alphabet, without the task of rejected requests
	Reject   string   // whose requests train the rejection; "": none
	Embedder string   // what made the embeddings of the requests; classify.NGramsName: they have none
	Dims     int      // of those embeddings
	Seed     uint64   // that the folds were cut by
	DataHash string   // of all that was read, in hex

	Split  bool      // some requests have a split, so that only those of "tune" are trained on
	Train  []Request // what may be trained on, in the order of the ids
	Verify []Request // of the split "verify", in the order of the ids

	Counts Counts
}

// Counts say what became of the requests of the traffic.
type Counts struct {
	Requests    int `json:"requests"`               // of the traffic
	NoTask      int `json:"no_task,omitempty"`      // without gold task
	NoSplit     int `json:"no_split,omitempty"`     // neither of the tune nor of the verify split, though there are splits
	NoEmbedding int `json:"no_embedding,omitempty"` // without the embedding that was asked for
	Sampled     int `json:"sampled,omitempty"`      // left out, since there are enough others
}

// taskName is the gold task of a request.
func (r *Requests) taskName(task int) string {
	switch task {
	case classify.Reject:
		return r.Reject
	case Unknown:
		return ""
	}
	return r.Tasks[task]
}
