package routing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tierwise/tierwise/routing/judge"
	"github.com/tierwise/tierwise/routing/llm"
)

const (
	labelsKept   = 4096             // by the LLM router's memory, over all tenants
	questionTime = 10 * time.Second // of a question whose provider and request have no limit
	// questionShare is the part of the time left that a question may take: what it is asked for comes after it.
	questionShare = 4
)

// label asks which task the request is of: the service's judge, else a model in the words of package judge.
func (w *walk) label(ctx context.Context, model ModelID, spent *float64) (task string, confidence float64, err error) {
	ask := w.ask(model, spent)
	if j := w.router.opts.Judge; j != nil {
		return j.Label(ctx, ask, w.q)
	}
	labeler, prompt := w.serving.labeler, w.features.Prompt
	key := labeler.Key(w.q.Tenant, w.serving.upstreams[model].key(), prompt)
	if known, ok := w.router.labels.Get(key); ok {
		w.record.RouterCached = true
		return known.Task, known.Confidence, nil
	}
	resp, err := w.question(ctx, model, ask, labeler.Question(prompt))
	if err != nil {
		return "", 0, err
	}
	task, confidence, err = labeler.Read(resp)
	if err != nil {
		return "", 0, badAnswer(err)
	}
	w.router.labels.Put(key, judge.Label{Task: task, Confidence: confidence})
	return task, confidence, nil
}

// opinion asks how sure a model is of the answer.
func (w *walk) opinion(ctx context.Context, model ModelID, spent *float64) (signal float64, err error) {
	ask := w.ask(model, spent)
	if j := w.router.opts.Judge; j != nil {
		return j.SelfCheck(ctx, ask, w.q, w.answer)
	}
	resp, err := w.question(ctx, model, ask, judge.SelfCheck(w.request.Messages, w.answer))
	if err != nil {
		return 0, err
	}
	if signal, err = judge.ReadSelfCheck(resp); err != nil {
		return signal, badAnswer(err)
	}
	return signal, nil
}

// question asks with a schema and for log-probabilities. A model that refuses the request is asked again without, and
// from then on only so, if it answers that.
func (w *walk) question(ctx context.Context, model ModelID, ask Ask, q *llm.Request) (*llm.Response, error) {
	state := w.serving.upstreams[model].state
	if state != nil && state.plain.Load() {
		return ask(ctx, judge.Plain(q))
	}
	resp, err := ask(ctx, q)
	if state == nil || err == nil || causeOf(err) != llm.BadRequest {
		return resp, err
	}
	if resp, err = ask(ctx, judge.Plain(q)); err == nil {
		state.plain.Store(true)
	}
	return resp, err
}

// limitQuestion limits a question to the timeout of who is asked and a part of the time that the request has left. curtailed: it
// is the request's fault if that is short, and not the model's.
func (w *walk) limitQuestion(ctx context.Context, timeout time.Duration) (limited context.Context, curtailed bool, cancel context.CancelFunc) {
	limit := timeout
	if w.limited {
		share := time.Until(w.deadline) / questionShare
		if curtailed = limit == 0 || share < limit; curtailed {
			limit = share
		}
	} else if limit == 0 {
		limit = questionTime
	}
	limited, cancel = context.WithTimeout(ctx, limit)
	return limited, curtailed, cancel
}

// badAnswer returns the error of an answer that says nothing. The text of err holds nothing that the model said.
func badAnswer(err error) error {
	return &llm.Error{Cause: llm.Other, Reason: err.Error(), Err: err}
}

// reasonOf returns what a trace may say of why nobody knows.
func reasonOf(err error) string {
	e, ok := errors.AsType[*llm.Error](err)
	switch {
	case !ok:
		return ""
	case e.Reason != "":
		return e.Reason
	case e.Status > 0:
		return strings.TrimSpace(fmt.Sprintf("status %d %s", e.Status, e.Code))
	}
	return e.Code
}

// key tells the model from all others.
func (u *upstream) key() string {
	if u.account == nil {
		return u.id
	}
	return u.account.id.name + " " + u.account.id.url + " " + u.id
}

// newLabeler returns what the LLM router asks by, nil if the config has none. A task that only a split leads to is not to
// be found, unless it has a description.
func newLabeler(c *Config) *judge.Labeler {
	if c.Router.LLM == nil {
		return nil
	}
	easy := make(map[string]bool)
	for i := range c.Tasks {
		if s := c.Tasks[i].Split; s != nil {
			easy[s.Task] = true
		}
	}
	var tasks []judge.Task
	for i := range c.Tasks {
		if t := &c.Tasks[i]; t.Description != "" || !easy[t.Name] {
			tasks = append(tasks, judge.Task{Name: t.Name, Description: t.Description})
		}
	}
	return judge.NewLabeler(tasks)
}
