package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tierwise/tierwise/routing/llm"
)

// Options of a Caller: those of the clients, which document them.
type Options struct {
	Provider  string // "openai", "anthropic": names the client in errors
	BaseURL   string
	Path      string // of the endpoint, below BaseURL
	Key       llm.Secret
	KeyEnv    string
	Getenv    func(string) string
	KeyHeader string // that carries the key
	KeyPrefix string // before the key in it
	Header    http.Header
	Limits    llm.Limits
	Dial, TLS time.Duration
	MaxBytes  int64
	Transport http.RoundTripper
}

// A Caller makes HTTP calls to one endpoint.
type Caller struct {
	provider string
	url      string
	header   http.Header
	client   *http.Client
	own      *http.Transport // nil: the transport is the user's
	closed   atomic.Bool     // calls that end now leave no connection open
	limits   llm.Limits
	maxBytes int64
	key      llm.Secret
}

const (
	defaultDial     = 5 * time.Second
	defaultTLS      = 5 * time.Second
	defaultMaxBytes = 32 << 20
	maxErrorBytes   = 64 << 10
	errorPatience   = 5 * time.Second // for the body of an answer whose status says already that it failed
)

// NewCaller returns a Caller.
func NewCaller(o *Options) (*Caller, error) {
	u, err := url.Parse(o.BaseURL)
	switch {
	// What url.Parse says quotes the address, which may hold credentials.
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("%s: the base URL is not an address such as https://api.example.com/v1", o.Provider)
	case u.User != nil:
		return nil, fmt.Errorf("%s: the base URL holds credentials; give the key in Key or KeyEnv", o.Provider)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + o.Path
	c := &Caller{provider: o.Provider, url: u.String(), limits: o.Limits, maxBytes: o.MaxBytes, header: o.Header.Clone()}
	if c.maxBytes <= 0 {
		c.maxBytes = defaultMaxBytes
	}
	if c.key, err = readKey(o); err != nil {
		return nil, err
	}
	if c.header == nil {
		c.header = make(http.Header)
	}
	if !c.key.IsZero() && c.header.Get(o.KeyHeader) == "" {
		c.header.Set(o.KeyHeader, o.KeyPrefix+c.key.Reveal())
	}
	// The transport asks for gzip and undoes it, unless somebody else asked.
	c.header.Del("Accept-Encoding")
	c.header.Set("Content-Type", "application/json")
	transport := o.Transport
	if transport == nil {
		c.own = newTransport(o)
		transport = c.own
	}
	c.client = &http.Client{
		Transport: transport,
		// A redirect would carry the key and the prompt to wherever the answer says.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// readKey returns the key that the options hold or name.
func readKey(o *Options) (llm.Secret, error) {
	if !o.Key.IsZero() || o.KeyEnv == "" {
		return o.Key, checkKey(o, o.Key.Reveal(), "Key")
	}
	getenv := o.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	key := strings.TrimSpace(getenv(o.KeyEnv))
	if key == "" {
		return llm.Secret{}, fmt.Errorf("%s: the environment variable %s, which holds the API key, is not set", o.Provider, o.KeyEnv)
	}
	return llm.NewSecret(key), checkKey(o, key, "the environment variable "+o.KeyEnv)
}

// checkKey refuses what no header can carry. Go's own message would quote it.
func checkKey(o *Options, key, where string) error {
	if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("%s: the API key in %s has a line break or another control character", o.Provider, where)
	}
	return nil
}

func newTransport(o *Options) *http.Transport {
	dial, handshake := o.Dial, o.TLS
	if dial <= 0 {
		dial = defaultDial
	}
	if handshake <= 0 {
		handshake = defaultTLS
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dial, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    handshake,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    256, // Go's default of 2 makes every burst dial
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
}

// Close closes the connections that are kept open, those of calls that are under way when these end. A transport of the
// user's is the user's to close.
func (c *Caller) Close() error {
	c.closed.Store(true)
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
	return nil
}

// A reply is an answer with status 200, whose body has yet to be read. close ends it.
type reply struct {
	header http.Header
	length int64 // that the header says; −1: nothing
	body   io.ReadCloser
	limit  *limitReader
	watch  *watch
	limits llm.Limits
	caller *Caller
	model  string
}

// post asks the endpoint once. refused makes an error of an answer with another status than 200.
func (c *Caller) post(ctx context.Context, call *llm.Call, body []byte, accept string, refused func(status int, body []byte) *llm.Error) (*reply, error) {
	limits := c.limits
	if call.Limits != nil {
		limits = *call.Limits
	}
	w := newWatch(ctx)
	var conn connection
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(w.ctx, conn.trace()), http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		w.stop()
		return nil, c.finish(&llm.Error{Cause: llm.Other, Unbilled: true, Reason: "no request can be made for this address", Err: err}, call.Model, nil)
	}
	// With GetBody and a header Idempotency-Key, the transport itself would ask again on a broken connection.
	req.GetBody = nil
	req.Header = c.header.Clone()
	req.Header.Set("Accept", accept)
	w.expect("header of an answer", limits.Header, w.begun)
	if first := limits.FirstToken; accept == acceptEvents && first > 0 && (limits.Header <= 0 || first < limits.Header) {
		w.expect("first token", first, w.begun)
	}
	resp, err := c.client.Do(req) //nolint:bodyclose // the reply closes it
	if err != nil {
		e := w.expired()
		if e == nil {
			e = conn.failure(err)
		}
		e.Unbilled = e.Unbilled || !conn.connected.Load()
		w.stop()
		return nil, c.finish(e, call.Model, nil)
	}
	r := &reply{header: resp.Header, length: resp.ContentLength, body: resp.Body, watch: w, limits: limits, caller: c, model: call.Model}
	if resp.StatusCode != http.StatusOK {
		w.expect("end of an error's body", errorPatience, time.Now())
		defer r.close()
		var data []byte
		if plain, err := r.plain(resp); err == nil {
			data, _ = io.ReadAll(io.LimitReader(plain, maxErrorBytes)) // the status has said enough; its words are a bonus
		}
		return nil, c.finish(refused(resp.StatusCode, data), call.Model, resp)
	}
	r.limit = &limitReader{left: c.maxBytes}
	plain, err := r.plain(resp)
	if err != nil {
		r.close()
		return nil, r.fail(&llm.Error{Cause: llm.Server, Reason: err.Error()})
	}
	r.limit.r = plain
	return r, nil
}

// finish fills in what all errors of a call have, and takes the key out of what the provider wrote.
func (c *Caller) finish(e *llm.Error, model string, resp *http.Response) *llm.Error {
	e.Provider, e.Model = c.provider, model
	if resp != nil {
		e.Status = resp.StatusCode
		if id := requestID(resp.Header); id != "" {
			e.RequestID = id
		}
		if e.RetryAfter == 0 {
			e.RetryAfter = RetryAfter(resp.Header, time.Now())
		}
	}
	if key := c.key.Reveal(); key != "" {
		e.Detail = llm.NewSecret(strings.ReplaceAll(e.Detail.Reveal(), key, "[key]"))
		e.Code = strings.ReplaceAll(e.Code, key, "[key]")
		e.RequestID = strings.ReplaceAll(e.RequestID, key, "[key]")
	}
	return e
}

// requestID returns the provider's name for a call.
func requestID(h http.Header) string {
	for _, name := range [...]string{"Request-Id", "X-Request-Id", "Apim-Request-Id", "X-Generation-Id"} {
		if id := Word(h.Get(name)); id != "" {
			return id
		}
	}
	return ""
}

// close ends the reply and the call.
func (r *reply) close() {
	r.watch.stop()
	r.body.Close()
	if r.caller.closed.Load() && r.caller.own != nil { // a transport keeps connections again once it has made one
		r.caller.own.CloseIdleConnections()
	}
}

// fail completes an error of the reply.
func (r *reply) fail(e *llm.Error) *llm.Error {
	e = r.caller.finish(e, r.model, nil)
	if e.RequestID == "" {
		e.RequestID = requestID(r.header)
	}
	if e.RetryAfter == 0 {
		e.RetryAfter = RetryAfter(r.header, time.Now())
	}
	return e
}

// readError makes an error of one that reading the body gave.
func (r *reply) readError(err error) *llm.Error {
	e := r.watch.expired()
	switch {
	case e != nil:
	case errors.Is(err, errTooLarge), errors.Is(err, errLongEvent):
		e = &llm.Error{Cause: llm.Server, Reason: err.Error(), Err: err}
	default:
		e = &llm.Error{Cause: llm.Connection, Reason: "the answer broke off: " + broken(err), Err: err}
	}
	return r.fail(e)
}
