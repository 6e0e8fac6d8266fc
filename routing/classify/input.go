package classify

// An Input is what a classifier looks at of a request.
type Input struct {
	Text                      string // the prompt, the last user turn
	Messages                  int    // of the chat; 0 counts as 1
	Tools, Schema, Attachment bool   // the request offers tools, asks for JSON by a schema, carries more than text
	// Embedding is the request's own embedding, for artifacts that were trained on such; nil otherwise.
	Embedding []float32
}

// A Feature is one entry of a request's sparse vector.
type Feature struct {
	Index uint32
	Value float32
}

// An Embedder turns requests into vectors. The built-in one is NGrams; External takes vectors that were computed
// elsewhere, from a column of the traffic or by an embeddings endpoint. An Embedder is safe for concurrent use.
type Embedder interface {
	// Name says how the vectors came about: those of one name can be compared, those of two cannot.
	Name() string
	// Dims is the number of dimensions: a Feature's Index is below it.
	Dims() int
	// Embed appends the request's features to dst, no index twice, in no particular order. Their length is not
	// normalised. It fails if the request lacks what the embedder needs.
	Embed(dst []Feature, in *Input) ([]Feature, error)
}
