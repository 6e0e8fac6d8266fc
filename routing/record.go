package routing

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"math/rand/v2"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/trace"
)

// trace writes the record of the walk, whether or not its caller is still there.
func (w *walk) trace(answer *Answer, err error) {
	o := &w.router.opts
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn
	}
	// A caller who has left has done so for themselves: the record is kept in any case.
	logged := o.Logger.Enabled(context.Background(), level)
	if o.Trace == nil && !logged && w.observation == nil {
		return
	}
	w.fillRecord(answer, err)
	if o.Trace != nil {
		if err := o.Trace.Write(&w.record); err != nil {
			o.Logger.Error("a trace was not written", slog.String("id", w.record.ID), slog.String("error", err.Error()))
		}
	}
	if w.observation != nil {
		w.observation.End(&w.record)
	}
	if logged {
		o.Logger.Log(context.Background(), level, "request", slog.Any("request", &w.record))
	}
}

// fillRecord completes the record. The attempts are in it already.
func (w *walk) fillRecord(answer *Answer, err error) {
	s, d, r := w.serving, &w.decision, &w.record
	r.Time = w.begun
	r.Config, r.DecisionHash = s.config.Name, s.hash
	r.Endpoint, r.Tenant = w.q.Endpoint, w.q.Tenant
	w.fillRoute()
	w.lookup.record(r)
	switch {
	case w.isHit():
		r.Ended = "cached"
	case w.left:
		r.Ended = Aborted.String()
	default:
		r.Ended = d.Ended.String()
	}
	if answer != nil {
		r.Model, r.Tier = answer.ByModel, answer.Tier
	}
	if err != nil {
		r.Error = w.errorWord()
	}
	r.CostUSD, r.LatencyMS = trace.Known(w.routerCost+w.cost), milliseconds(w.took)
	if w.possible > 0 {
		r.PossibleCostUSD = trace.Known(w.possible)
	}
	if w.out != nil {
		r.Stream = "buffered"
		if w.out.committed || w.out.last != nil {
			r.Stream = "through"
		}
		if w.firstToken > 0 {
			r.FirstTokenMS = milliseconds(w.firstToken)
		}
	}
	if w.router.opts.TraceText {
		r.Prompt = w.features.Prompt
		if text, err := json.Marshal(w.request.Messages); err == nil {
			r.Messages = text
		}
	}
}

// fillRoute says how the request found its task, if it was looked for.
func (w *walk) fillRoute() {
	r, t := &w.record, w.serving.table
	r.Tokens = Tokens(w.features.Chars, w.features.MaxTokens)
	if w.task == nil {
		return
	}
	r.Task, r.Layer, r.Confidence = w.task.name, w.route.Layer.String(), w.route.Confidence
	if w.route.Rule >= 0 {
		r.Rule = t.RuleName(w.route.Rule)
	}
	if w.route.Split {
		r.Split = t.TaskName(w.route.From)
	}
	if w.route.Unknown && w.q.Task != "" {
		r.UnknownTask = w.q.Task
	}
}

// errorWord returns what the caller got in place of an answer in one word.
func (w *walk) errorWord() string {
	switch d := &w.decision; {
	case w.broken != nil:
		return w.broken.Cause.String()
	case w.left:
		return causeOf(w.errs[len(w.errs)-1]).String()
	case d.Ended == Exhausted:
		return d.Ended.String()
	case len(w.errs) > 0:
		return causeOf(w.errs[len(w.errs)-1]).String()
	}
	return llm.ContextLength.String()
}

// newID returns a name for a request that no other has.
func newID() string {
	var b [16]byte
	for i := 0; i < len(b); i += 8 {
		x := rand.Uint64()
		for j := range 8 {
			b[i+j] = byte(x >> (8 * j))
		}
	}
	return hex.EncodeToString(b[:])
}
