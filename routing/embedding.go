package routing

import (
	"context"
	"errors"

	"github.com/tierwise/tierwise/routing/classify"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/trace"
)

// embed has the vector made that the classifier wants, if the request came without. If that fails, the classifier has no
// answer.
func (w *walk) embed(ctx context.Context) {
	e := w.router.opts.Embedder
	if e == nil || len(w.features.Embedding) > 0 || w.serving.table.Classifier().Embedder().Name() == classify.NGramsName {
		return
	}
	if _, cause := w.router.vectors.enter(w.router.opts.Now()); cause != llm.OK {
		return
	}
	verdict, cause := silent, llm.OK
	defer func() { w.router.vectors.leave(w.router.opts.Now(), verdict, cause) }()
	limited, curtailed, cancel := w.limitQuestion(ctx, questionTime)
	defer cancel()
	vector, cost, err := e.Embed(limited, w.features.Prompt)
	switch {
	case err == nil:
		verdict = works
		w.features.Embedding = vector
		w.routerCost += cost
		w.record.EmbeddingCostUSD = trace.Known(cost)
	case ctx.Err() == nil && !(curtailed && limited.Err() != nil):
		verdict, cause = fails, llm.Other
		if e, ok := errors.AsType[*llm.Error](err); ok {
			cause = e.Cause
		}
	}
}
