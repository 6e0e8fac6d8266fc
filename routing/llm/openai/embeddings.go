package openai

import (
	"context"
	"encoding/json"
	"math"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// Embeddings asks a model for vectors of texts, at /embeddings below the base URL. It is safe for concurrent use.
type Embeddings struct {
	caller     *wire.Caller
	model      string
	dimensions int
}

// NewEmbeddings returns what asks that model. dimensions is how many the vectors shall have, for models that can choose; 0: the
// model's own number. It fails as New does. opts may be nil.
func NewEmbeddings(model string, dimensions int, opts *Options) (*Embeddings, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	caller, err := o.caller("/embeddings")
	if err != nil {
		return nil, err
	}
	return &Embeddings{caller, model, dimensions}, nil
}

// Embeddings returns a vector for each text, all of the same number of dimensions, and the tokens that the call is billed
// for; NaN: the provider does not say. It is one attempt; errors are [*llm.Error]s, also where a vector is missing.
func (e *Embeddings) Embeddings(ctx context.Context, texts []string) (vectors [][]float32, tokens float64, err error) {
	d := embeddingsDialect{texts: texts, dimensions: e.dimensions, tokens: math.NaN()}
	if _, err := e.caller.Do(ctx, &d, &llm.Call{Model: e.model, Request: new(llm.Request)}); err != nil {
		return nil, 0, err
	}
	return d.vectors, d.tokens, nil
}

// Close closes the connections that are kept open; calls under way go on.
func (e *Embeddings) Close() error { return e.caller.Close() }

// An embeddingsDialect is one call: it implements wire.Dialect and keeps what was answered.
type embeddingsDialect struct {
	dialect
	texts      []string
	dimensions int

	vectors [][]float32
	tokens  float64
}

// Encode implements wire.Dialect.
func (d *embeddingsDialect) Encode(c *llm.Call, _ bool) (body []byte, unsent []string, failed *llm.Error) {
	var o wire.Object
	o.Add("model", c.Model)
	o.Add("input", d.texts)
	o.Add("encoding_format", "float")
	if d.dimensions > 0 {
		o.Add("dimensions", d.dimensions)
	}
	body, err := o.JSON()
	if err != nil {
		return nil, nil, &llm.Error{Cause: llm.BadRequest, Unbilled: true, Reason: "the texts have no JSON form", Err: err}
	}
	return body, nil, nil
}

// Decode implements wire.Dialect.
func (d *embeddingsDialect) Decode(body []byte) (*llm.Response, *llm.Error) {
	var answer struct {
		Data []struct {
			Index     *int      `json:"index"`
			Embedding []float32 `json:"embedding"`
		} `json:"data"`
		Usage *struct {
			PromptTokens *float64 `json:"prompt_tokens"`
			TotalTokens  *float64 `json:"total_tokens"`
		} `json:"usage"`
		Error json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, notChat(body, err)
	}
	if isError(answer.Error) {
		return nil, refusal(0, answer.Error)
	}
	if len(answer.Data) != len(d.texts) {
		return nil, wire.NoAnswer("the answer has another number of vectors than the question has texts")
	}
	d.vectors = make([][]float32, len(d.texts))
	for i, v := range answer.Data {
		at := i
		if v.Index != nil {
			at = *v.Index
		}
		if at < 0 || at >= len(d.vectors) || d.vectors[at] != nil {
			return nil, wire.NoAnswer("the answer numbers its vectors wrongly")
		}
		if len(v.Embedding) == 0 || len(v.Embedding) != len(answer.Data[0].Embedding) {
			return nil, wire.NoAnswer("the answer has vectors of different lengths, or empty ones")
		}
		d.vectors[at] = v.Embedding
	}
	if u := answer.Usage; u != nil {
		switch {
		case u.PromptTokens != nil:
			d.tokens = *u.PromptTokens
		case u.TotalTokens != nil:
			d.tokens = *u.TotalTokens
		}
	}
	return new(llm.Response), nil
}
