// Package anthropic asks models behind Anthropic's messages API.
//
// A [Client] makes one attempt per call: see [llm.Client]. Requests are said in the words of chat completions, and this
// package translates: system turns, tools and their results, images, the JSON schema of an answer. Fields that the API has
// no word for are named in [llm.Response.Unsent]; content that it has no word for, such as sound, is an error before
// anything is sent, because an answer without it would be wrong. A request of dialect [llm.Anthropic] is sent as it is.
package anthropic

import (
	"context"
	"iter"
	"net/http"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/internal/wire"
)

// Options of a Client. The zero value asks Anthropic without a key, which it refuses.
type Options struct {
	BaseURL string // "": "https://api.anthropic.com/v1"; the path of the endpoint is added to it
	// Key is the API key, and KeyEnv the environment variable that holds it if Key is zero. Neither: no key is sent. Getenv
	// reads the variable; nil: os.Getenv.
	Key    llm.Secret
	KeyEnv string
	Getenv func(string) string
	// Header are sent with each call, such as anthropic-beta. They win over the client's own: anthropic-version is
	// "2023-06-01" otherwise.
	Header http.Header

	Limits llm.Limits // of calls that have none of their own
	// Dial and TLS limit how long a connection may take; 0: 5 s each.
	Dial, TLS time.Duration
	MaxBytes  int64 // of an answer, uncompressed; 0: 32 MiB. A larger one is an error
	// Transport makes the HTTP calls; nil: one of the client's own, with connections that are kept open. One that retries
	// may pay twice.
	Transport http.RoundTripper

	// MaxTokens is the limit of answers to requests that have none, since the API wants one; 0: 4096.
	MaxTokens int
}

// A Client implements [llm.Client]. It is safe for concurrent use.
type Client struct {
	caller  *wire.Caller
	dialect dialect
}

var _ llm.Client = (*Client)(nil)

const (
	defaultBaseURL   = "https://api.anthropic.com/v1"
	defaultMaxTokens = 4096
	version          = "2023-06-01"
)

// New returns a client. It fails if the address is none, or the key's variable is not set. opts may be nil.
func New(opts *Options) (*Client, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.BaseURL == "" {
		o.BaseURL = defaultBaseURL
	}
	header := o.Header.Clone()
	if header == nil {
		header = make(http.Header)
	}
	if header.Get("Anthropic-Version") == "" {
		header.Set("Anthropic-Version", version)
	}
	caller, err := wire.NewCaller(&wire.Options{
		Provider: llm.Anthropic, BaseURL: o.BaseURL, Path: "/messages",
		Key: o.Key, KeyEnv: o.KeyEnv, Getenv: o.Getenv, KeyHeader: "X-Api-Key", Header: header,
		Limits: o.Limits, Dial: o.Dial, TLS: o.TLS, MaxBytes: o.MaxBytes, Transport: o.Transport,
	})
	if err != nil {
		return nil, err
	}
	d := dialect{maxTokens: o.MaxTokens}
	if d.maxTokens <= 0 {
		d.maxTokens = defaultMaxTokens
	}
	return &Client{caller, d}, nil
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
