// Package datasets reads and writes labeled traffic: requests, and for each the outcomes of one or more models.
//
// Traffic is read from Parquet, in one of three layouts, as blocks of columns. A null is NaN in a float column, −1
// in a dictionary column and the absent flag in a string column; never a value that could be data.
package datasets

// A Traffic is a block of consecutive requests in columns. All per-request slices have length Len. It is valid
// until the next block is read: its memory is reused. It is read-only for everybody but its reader.
type Traffic struct {
	Len   int
	File  string  // the file that the block comes from, as the caller named it
	Rows  []int64 // number in File of each request, from 1: what messages print
	Index int     // which of the dataset's shards the block belongs to

	// IDHash are hashes of the ids, to find duplicates across blocks; equal ids have equal hashes.
	IDHash []uint64
	// Hash is the block's share of the data hash: the sum of the hashes of its requests modulo 2^128, low word
	// first, over ids, metadata and every number of every outcome, but no texts. Sums over blocks do not depend on
	// their order, on compression, on layout, nor on the columns asked for beyond these.
	Hash [2]uint64

	ID       Strings // always read
	Prompt   Strings // Columns.Prompt; the text that the router classifies (last user turn if only messages are given)
	Messages Strings // Columns.Prompt; the JSON as recorded
	Expected Strings // Columns.Expected
	Group    Strings

	Task       Dict
	Split      Dict
	Endpoint   Dict
	Tenant     Dict
	RouterTask Dict
	// RouterModel is which LLM router gave RouterTask.
	RouterModel Dict

	TimeUS []int64 // microseconds since 1970 UTC; NoTime if null
	Weight []float64
	// Chars is the number of characters (code points) of all messages, of the prompt if there are none: the size
	// of a request is a quarter of it in tokens. Columns.Chars; nil if not asked for.
	Chars []int32

	// MessageCount is the number of messages of the chat, 1 if there is but a prompt. Columns.Shape; nil if not asked
	// for, as are the three that follow.
	MessageCount []int32
	Tools        []bool // the request offers tools: a list of JSON that is not empty
	Schema       []bool // it asks for JSON of a schema
	Attachment   []bool // a message has a part that is not text

	// Embedding are the embeddings of the requests, all of one length. Columns.Embedding.
	Embedding Vectors

	// Labeled says which requests have a graded answer of any model, or no answer at all. Among the others there may be
	// failed calls, which need no grade; judging models by those alone would count nothing but their failures.
	Labeled []bool

	// Numeric columns that are absent are all null; they may share one slice.
	RouterConfidence, RouterCostUSD, RouterLatencyMS []float64
	MaxTokens, EmbeddingCostUSD                      []float64

	// Models are the models seen so far by this reader. The order is that of first appearance and grows from
	// block to block: translate by name, once per block.
	Models   []string
	Outcomes []Outcomes // by index in Models
}

// NoTime marks a request without time in Traffic.TimeUS.
const NoTime = -1 << 63

// Error states of Outcomes.Error below the index of a name.
const (
	NoError   = -1 // the model answered
	NoOutcome = -2 // the file has no outcome of this model for this request
)

// Outcomes are the outcomes of one model, one entry per request. Where a request has several outcomes of the model,
// numbers are the means of those that answered (of all if none did), texts are those of the first that answered,
// and the further answered ones stand in Repeats.
type Outcomes struct {
	Error      []int32 // NoOutcome, NoError, or an index into ErrorNames
	ErrorNames []string

	Quality, CostUSD                                              []float64
	InputTokens, CachedInputTokens, OutputTokens, ReasoningTokens []float64
	LatencyMS                                                     []float64
	LogprobMean, LogprobMin                                       []float64
	SelfCheck, SelfCheckCostUSD, SelfCheckLatencyMS               []float64

	FinishReason Dict
	Response     Strings // Columns.Response

	Repeats []Repeat // in order of Row
}

// A Repeat is a further answered outcome of a request and model.
type Repeat struct {
	Row          int
	Quality      float64 // NaN: ungraded
	FinishReason string  // "": null
	Response     string
	HasResponse  bool
}

// Strings is a column of strings in one arena.
type Strings struct {
	Bytes   []byte
	Offsets []uint32 // Len+1 of them; nil if the column was not read or is absent
	Null    []bool   // nil: no nulls
}

// Present reports whether the column is there at all.
func (s *Strings) Present() bool { return s.Offsets != nil }

// At returns entry i, false if it is null or the column is absent. The bytes are valid as long as the block.
func (s *Strings) At(i int) ([]byte, bool) {
	if s.Offsets == nil || s.Null != nil && s.Null[i] {
		return nil, false
	}
	return s.Bytes[s.Offsets[i]:s.Offsets[i+1]], true
}

// A Dict is a column of strings of which few are distinct. Names grow from block to block of one reader; their
// order is that of first appearance.
type Dict struct {
	Index []int32 // into Names; −1 if null; nil if the column is absent
	Names []string
}

// At returns entry i, false if it is null or the column is absent.
func (d *Dict) At(i int) (string, bool) {
	if d.Index == nil || d.Index[i] < 0 {
		return "", false
	}
	return d.Names[d.Index[i]], true
}

// Columns says which of the columns that are costly to read are wanted. The others always are.
type Columns struct {
	Prompt   bool // Prompt and Messages
	Chars    bool // sizes of requests
	Expected bool
	Response bool
	// Shape is what rules look at beside the text: MessageCount, Tools, Schema and Attachment. It reads the messages,
	// and not the prompts.
	Shape     bool
	Embedding bool
	// Models limits the outcomes to these; nil: all models. Outcomes of others are skipped.
	Models []string
	// Bare leaves out what takes time and not everybody needs: the token counts, which are all null, and the data
	// hash, which is zero.
	Bare bool
}
