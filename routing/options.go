package routing

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/trace"
)

// Options of a Router. The zero value is usable.
type Options struct {
	// Clients ask the models of providers, by the provider's name in the config. For a provider that is not in here the
	// router makes one from the config: kind, base_url, api_key_env.
	Clients map[string]llm.Client
	// Getenv reads the variables that hold keys; nil: os.Getenv.
	Getenv func(string) string
	// Judge asks models what acceptance checks and the LLM router want to know; nil: they are asked in the words of package
	// judge, and labels are remembered by tenant and prompt.
	Judge Judge
	// Embedder makes the vectors that the classifier was trained on, for requests without [Request.Embedding]; nil: the
	// classifier has no answer to them, unless it looks at the built-in n-grams.
	Embedder Embedder
	// Checks are the service's own acceptance checks: check = "go:NAME" in the config measures by the function NAME. What is
	// not in here gives no signal, so that no answer is accepted by it, see [Router.Ready].
	Checks map[string]CheckFunc

	// Stores open what the config's caches keep answers in, by the backend's name in the config: {"redis": redisstore.Open},
	// which package routing/cache/redisstore has. "memory" is built in. Errors of a store, and its silence, are misses.
	Stores map[string]cache.Opener
	// CacheBytes bounds the built-in memory store, whose least used answers go first; 0: cache.DefaultMaxBytes.
	CacheBytes int64

	// Timeout is how long a request may take in all, if its context has no earlier deadline; 0: as long as its calls.
	Timeout time.Duration
	// Now is the clock of records, paces and breakers; nil: time.Now. Deadlines and waits are the machine's.
	Now func() time.Time

	// Logger is told which config was opened and a line for each request, without what was said; nil: nobody is.
	Logger *slog.Logger
	// Trace takes a record of each request, also of one whose caller has left; nil: nobody does.
	Trace trace.Sink
	// TraceText puts prompts and answers into the records. A trace.Writer must want them too.
	TraceText bool
	// Observer follows requests while they are under way, for spans; nil: nobody does.
	Observer Observer
}

// An Embedder turns texts into the vectors that a classifier was trained on. It is safe for concurrent use. The client of package
// embed is one. A failure is never the request's: it goes on to the next layer.
type Embedder interface {
	// Embed returns the vector of a text and what it costs; NaN: unknown. It is given a quarter of the time that the request
	// has left, 10 s at most.
	Embed(ctx context.Context, text string) (vector []float32, costUSD float64, err error)
}

// A CheckFunc measures an answer to a request: the config says how large the signal has to be. It is safe for concurrent use,
// changes neither of the two, and heeds ctx, since the request waits for it. With an error or NaN there is no signal, and the
// answer is not accepted. Its error's text is in no trace.
type CheckFunc func(ctx context.Context, q *Request, answer *llm.Response) (signal float64, err error)

// A Judge puts questions to models that are no part of the answer: which task a request is of, whether an answer is right.
// It is safe for concurrent use. What it asks is charged to the request, whatever comes of it. An error is never the
// request's: without a label it goes on to the default task, and an answer without a signal is not accepted.
type Judge interface {
	// Label returns the task of the request and how sure the model is, in [0, 1]; NaN if it does not say.
	Label(ctx context.Context, ask Ask, q *Request) (task string, confidence float64, err error)
	// SelfCheck returns how sure the model is that an answer is right, in [0, 1].
	SelfCheck(ctx context.Context, ask Ask, q *Request, answer *llm.Response) (signal float64, err error)
}

// Ask puts a question to the model that the config names for it. It is one call, without retries and other models, and takes
// no longer than the provider's timeout and a quarter of the time that the request has left; 10 s if there is neither.
type Ask func(ctx context.Context, q *llm.Request) (*llm.Response, error)

// withDefaults returns the options with everything set that has a default.
func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.Getenv == nil {
		out.Getenv = os.Getenv
	}
	if out.Now == nil {
		out.Now = time.Now
	}
	if out.Logger == nil {
		out.Logger = slog.New(slog.DiscardHandler)
	}
	return out
}
