package imports

import (
	"cmp"
	"context"
	"fmt"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/trace"
)

// readTraces reads the traces of a router, as package routing/trace writes them. The rows are streamed.
func readTraces(ctx context.Context, r *run, files []string) error {
	for _, name := range files {
		if err := r.file(ctx, name); err != nil {
			return err
		}
		if err := r.traceFile(ctx, name); err != nil {
			return err
		}
	}
	if r.report.Requests == 0 && len(r.report.Warnings) > 0 {
		return r.problem(place{file: files[0]}, "no trace says what was asked, so there is nothing to grade", "let the service keep texts: Options.TraceText of routing and Options.Text of routing/trace")
	}
	return nil
}

func (r *run) traceFile(ctx context.Context, name string) error {
	text, done, err := openText(name)
	if err != nil {
		return err
	}
	defer done()
	reader := trace.NewReader(text)
	for rec, err := range reader.All() {
		if err != nil {
			// It names the line. Whatever follows in this file is in doubt.
			return r.add(place{file: name}, err.Error(), "")
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		at := place{file: name, at: fmt.Sprintf("request %q", rec.ID)}
		if rec.Prompt == "" && len(rec.Messages) == 0 {
			r.warn(at, "left out: the trace does not say what was asked")
			continue
		}
		row := r.traceRow(rec, at)
		for i := range row.Outcomes {
			if err := r.checkOutcome(&row.Outcomes[i], at); err != nil {
				return err
			}
		}
		if err := r.emit(row, at); err != nil {
			return err
		}
	}
	if reader.Torn() {
		r.warn(place{file: name}, "left out: the last line is cut, for the service ended while it wrote, or is writing")
	}
	return nil
}

// traceRow makes a row of a record. The task that a router decided is no gold task, so the row has none.
func (r *run) traceRow(rec *trace.Record, at place) datasets.Row {
	when := rec.Time
	row := datasets.Row{
		ID: rec.ID, Prompt: rec.Prompt, Time: &when, Endpoint: rec.Endpoint, Tenant: rec.Tenant,
		EmbeddingCostUSD: known(rec.EmbeddingCostUSD),
		RouterTask:       rec.RouterTask, RouterConfidence: known(rec.RouterConfidence), RouterModel: rec.RouterModel,
		RouterCostUSD: known(rec.RouterCostUSD), RouterLatencyMS: known(rec.RouterLatencyMS),
	}
	if len(rec.Messages) > 0 {
		prompt, messages := chat(string(rec.Messages))
		row.Messages = cmp.Or(messages, string(rec.Messages))
		if row.Prompt == "" && messages != "" {
			row.Prompt = prompt
		}
	}
	for i := range rec.Attempts {
		a := &rec.Attempts[i]
		if a.NotAsked {
			continue
		}
		o := datasets.Outcome{
			Model: r.model(a.Model), CostUSD: known(a.CostUSD), InputTokens: knownCount(a.InputTokens), CachedInputTokens: knownCount(a.CachedInputTokens),
			OutputTokens: knownCount(a.OutputTokens), ReasoningTokens: knownCount(a.ReasoningTokens), LatencyMS: known(a.LatencyMS),
			Error: a.Error, FinishReason: a.FinishReason, LogprobMean: known(a.LogprobMean), LogprobMin: known(a.LogprobMin),
		}
		if a.Response != "" {
			o.Response = &a.Response
		}
		for j := range a.Checks {
			if c := &a.Checks[j]; c.Check == "self_check" {
				o.SelfCheck, o.SelfCheckCostUSD, o.SelfCheckLatency = known(c.Signal), known(c.CostUSD), known(c.LatencyMS)
			}
		}
		if o.Error != "" {
			r.failed(o.Model, o.Error, a.Code, at)
		}
		row.Outcomes = append(row.Outcomes, o)
	}
	return row
}

// known returns the number, nil if it is unknown.
func known(n trace.Number) *float64 {
	v, ok := n.Value()
	if !ok {
		return nil
	}
	return &v
}

// knownCount returns the whole number, nil if it is unknown.
func knownCount(n trace.Number) *int64 {
	v, ok := n.Value()
	if !ok || v < -1<<53 || v > 1<<53 {
		return nil
	}
	whole := int64(v)
	return &whole
}
