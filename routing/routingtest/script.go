// Package routingtest tests worlds: whatever stands behind routing's Classifier and Models must lead Route and Dispatch
// to the same decisions from the same facts, whether it calls models or reads recorded columns.
//
// A script is a text: a dispatch config, and requests with what each model would do and the steps that must follow.
//
//	config
//		version = 1
//		…
//	end
//	request tokens=12 task=reply
//	model gpt-small response="hi" logprob_mean=-0.5
//	model gpt-large error=rate_limit
//	want route reply caller
//	want call gpt-small
//	want measure gpt-small chars 2
//	want call gpt-large rate_limit
//	want exhausted gpt-small
//
// Lines that start with # are comments. A value with spaces or special characters is quoted as in Go.
package routingtest

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/routing"
)

// A Script is a config and the requests that it is tried on.
type Script struct {
	Name     string
	Config   *routing.Config
	Requests []Request
}

// A Request is one request of a script: its facts, and the steps that must follow from them.
type Request struct {
	Line     int
	Task     string // named by the caller; "": nobody named it
	Prompt   string
	Endpoint string
	Tenant   string
	Tokens   int // of the request, for Dispatch

	Chars                     int // of all messages; 0: those of Prompt
	MaxTokens                 int
	Messages                  int // 0 counts as 1
	Tools, Schema, Attachment bool

	RouterTask       string // the LLM router's answer; "": none
	RouterConfidence *float64

	Outcomes map[string]Outcome // by model
	Want     []string
}

// An Outcome is what one model does with a request. Nil means that nothing is known.
type Outcome struct {
	Error        string
	Response     *string
	FinishReason string

	LogprobMean, LogprobMin, SelfCheck *float64
}

//go:embed scripts/*.txt
var builtin embed.FS

// Builtin returns the scripts that every world must pass.
func Builtin() ([]*Script, error) {
	names, err := fs.Glob(builtin, "scripts/*.txt")
	if err != nil {
		return nil, err
	}
	var out []*Script
	for _, name := range names {
		data, err := fs.ReadFile(builtin, name)
		if err != nil {
			return nil, err
		}
		s, err := Parse(path.Base(name), data)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Parse reads a script. An error names the script and the line.
func Parse(name string, data []byte) (*Script, error) {
	p := parser{script: &Script{Name: name}, lines: strings.Split(string(data), "\n")}
	for p.next < len(p.lines) {
		if err := p.line(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, p.next, err)
		}
	}
	if p.script.Config == nil {
		return nil, fmt.Errorf("%s: no config", name)
	}
	return p.script, nil
}

type parser struct {
	script *Script
	lines  []string
	next   int
}

// line reads the next line; a config is read to its end.
func (p *parser) line() error {
	line := strings.TrimSpace(p.lines[p.next])
	p.next++
	word, rest, _ := strings.Cut(line, " ")
	if line == "" || line[0] == '#' {
		return nil
	}
	if word == "config" {
		return p.config()
	}
	if p.script.Config == nil {
		return errors.New("the config comes first")
	}
	if word == "request" {
		p.script.Requests = append(p.script.Requests, Request{Line: p.next, Outcomes: map[string]Outcome{}})
	}
	if len(p.script.Requests) == 0 {
		return fmt.Errorf("%q before the first request", word)
	}
	r := &p.script.Requests[len(p.script.Requests)-1]
	switch word {
	case "request":
		return eachField(rest, r.set)
	case "model":
		name, fields, _ := strings.Cut(rest, " ")
		var o Outcome
		err := eachField(fields, o.set)
		r.Outcomes[name] = o
		return err
	case "want":
		r.Want = append(r.Want, rest)
		return nil
	}
	return fmt.Errorf("%q is none of config, request, model, want", word)
}

func (p *parser) config() error {
	start := p.next
	for ; p.next < len(p.lines); p.next++ {
		if strings.TrimSpace(p.lines[p.next]) == "end" {
			text := strings.Join(p.lines[start:p.next], "\n")
			p.next++
			var err error
			p.script.Config, err = routing.ParseConfig(p.script.Name, []byte(text), openFile)
			return err
		}
	}
	return errors.New("a config without end")
}

// eachField splits name=value fields; a value may be quoted.
func eachField(s string, set func(name, value string) error) error {
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		name, rest, ok := strings.Cut(s, "=")
		if !ok {
			return fmt.Errorf("%q is no name=value", s)
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			value, _ = strconv.Unquote(quoted)
			s = rest[len(quoted):]
		} else {
			value, s, _ = strings.Cut(rest, " ")
		}
		if err := set(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (r *Request) set(name, value string) (err error) {
	switch name {
	case "task":
		r.Task = value
	case "prompt":
		r.Prompt = value
	case "endpoint":
		r.Endpoint = value
	case "tenant":
		r.Tenant = value
	case "router_task":
		r.RouterTask = value
	case "tokens":
		r.Tokens, err = strconv.Atoi(value)
	case "chars":
		r.Chars, err = strconv.Atoi(value)
	case "max_tokens":
		r.MaxTokens, err = strconv.Atoi(value)
	case "messages":
		r.Messages, err = strconv.Atoi(value)
	case "tools":
		r.Tools, err = strconv.ParseBool(value)
	case "schema":
		r.Schema, err = strconv.ParseBool(value)
	case "attachment":
		r.Attachment, err = strconv.ParseBool(value)
	case "router_confidence":
		r.RouterConfidence, err = number(value)
	default:
		err = fmt.Errorf("a request has no field %q", name)
	}
	return err
}

// Features returns what routing looks at.
func (r *Request) Features() routing.Features {
	return routing.Features{
		Task: r.Task, Prompt: r.Prompt, Endpoint: r.Endpoint, Tenant: r.Tenant,
		Chars: r.Chars, MaxTokens: r.MaxTokens, Messages: r.Messages,
		Tools: r.Tools, Schema: r.Schema, Attachment: r.Attachment,
	}
}

func (o *Outcome) set(name, value string) (err error) {
	switch name {
	case "error":
		o.Error = value
	case "response":
		o.Response = &value
	case "finish_reason":
		o.FinishReason = value
	case "logprob_mean":
		o.LogprobMean, err = number(value)
	case "logprob_min":
		o.LogprobMin, err = number(value)
	case "self_check":
		o.SelfCheck, err = number(value)
	default:
		err = fmt.Errorf("a model has no field %q", name)
	}
	return err
}

func number(s string) (*float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	return &x, err
}
