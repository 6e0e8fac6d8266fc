// Package openai asks models behind APIs of the form of OpenAI's chat completions, which most providers and local servers
// speak.
//
// A [Client] makes one attempt per call: see [llm.Client]. Answers come out in the words of package llm, whatever the
// provider calls things; what it has no word for stays in [llm.Response.Raw], and fields of a request that llm has no word
// for go in [llm.Request.Extra].
package openai

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// Options of a Client. The zero value asks OpenAI without a key, which it refuses.
type Options struct {
	BaseURL string // "": "https://api.openai.com/v1"; the path of the endpoint is added to it
	// Key is the API key, and KeyEnv the environment variable that holds it if Key is zero. Neither: no key is sent, as
	// local servers like it. Getenv reads the variable; nil: os.Getenv.
	Key    llm.Secret
	KeyEnv string
	Getenv func(string) string
	// Header are sent with each call. One that would carry the key wins over it.
	Header http.Header

	Limits llm.Limits // of calls that have none of their own
	// Dial and TLS limit how long a connection may take; 0: 5 s each.
	Dial, TLS time.Duration
	MaxBytes  int64 // of an answer, uncompressed; 0: 32 MiB. A larger one is an error
	// Transport makes the HTTP calls; nil: one of the client's own, with connections that are kept open. One that retries
	// may pay twice.
	Transport http.RoundTripper

	// MaxTokensField is what the provider calls the limit of the answer; "": "max_completion_tokens" for OpenAI, whose
	// newer models know no other, and "max_tokens" for everyone else.
	MaxTokensField string
	// NoStreamUsage leaves out stream_options, by which the usage of a stream is asked for, for servers that refuse it.
	NoStreamUsage bool
}

// A Client implements [llm.Client]. It is safe for concurrent use.
type Client struct {
	caller  *wire.Caller
	dialect dialect
}

var _ llm.Client = (*Client)(nil)

const defaultBaseURL = "https://api.openai.com/v1"

// New returns a client. It fails if the address is none, or the key's variable is not set. opts may be nil.
func New(opts *Options) (*Client, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	caller, err := o.caller("/chat/completions")
	if err != nil {
		return nil, err
	}
	d := dialect{maxTokens: o.MaxTokensField, noStreamUsage: o.NoStreamUsage}
	if d.maxTokens == "" {
		d.maxTokens = "max_tokens"
		if u, err := url.Parse(o.BaseURL); err == nil && (strings.HasSuffix(u.Hostname(), ".openai.com") || strings.HasSuffix(u.Hostname(), ".openai.azure.com")) {
			d.maxTokens = "max_completion_tokens"
		}
	}
	return &Client{caller, d}, nil
}

// caller returns what asks the endpoint at the path below the base URL.
func (o *Options) caller(path string) (*wire.Caller, error) {
	if o.BaseURL == "" {
		o.BaseURL = defaultBaseURL
	}
	return wire.NewCaller(&wire.Options{
		Provider: llm.OpenAI, BaseURL: o.BaseURL, Path: path,
		Key: o.Key, KeyEnv: o.KeyEnv, Getenv: o.Getenv, KeyHeader: "Authorization", KeyPrefix: "Bearer ", Header: o.Header,
		Limits: o.Limits, Dial: o.Dial, TLS: o.TLS, MaxBytes: o.MaxBytes, Transport: o.Transport,
	})
}

// Do implements llm.Client.
func (c *Client) Do(ctx context.Context, call *llm.Call) (*llm.Response, error) {
	return c.caller.Do(ctx, &c.dialect, call)
}

// Stream implements llm.Client.
func (c *Client) Stream(ctx context.Context, call *llm.Call) iter.Seq2[llm.Event, error] {
	return c.caller.Stream(ctx, &c.dialect, call)
}

// Close closes the connections that are kept open; calls under way go on.
func (c *Client) Close() error { return c.caller.Close() }
