package datasets

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestFromRows(t *testing.T) {
	at := time.Date(2026, 11, 24, 15, 0, 0, 5000, time.UTC)
	rows := []Row{
		{ID: "a", Prompt: "hällo", Task: "t", Time: &at, Outcomes: []Outcome{
			{Model: "S", Quality: new(1.0), CostUSD: new(1.0), Response: new("abcdef")},
			{Model: "L", Quality: new(1.0), CostUSD: new(10.0), Response: new("")},
			{Model: "S", Quality: new(0.0), CostUSD: new(3.0), Response: new("ab"), FinishReason: "stop"},
			{Model: "S", Error: "server", CostUSD: new(7.0)},
		}},
		{ID: "b", Messages: `[{"role":"system","content":"xy"},{"role":"user","content":[{"type":"text","text":"hi"}]}]`, Weight: new(2.0), Outcomes: []Outcome{
			{Model: "S", Error: "server", CostUSD: new(1.0)},
			{Model: "S", Error: "bad_request", CostUSD: new(2.0)},
			{Model: "L", Error: "timeout"},
			{Model: "L", Quality: new(0.5), CostUSD: new(20.0), InputTokens: new(int64(7))},
		}},
	}
	got, err := FromRows(rows, Columns{Prompt: true, Chars: true, Response: true})
	if err != nil {
		t.Fatal(err)
	}
	if got.Len != 2 || len(got.Models) != 2 || got.Models[0] != "S" || got.Models[1] != "L" {
		t.Fatalf("got %d requests, models %q", got.Len, got.Models)
	}
	if p, _ := got.Prompt.At(1); string(p) != "hi" {
		t.Errorf("prompt of the messages is %q", p)
	}
	if got.Chars[0] != 5 || got.Chars[1] != 4 {
		t.Errorf("chars are %v, want 5 and 4", got.Chars)
	}
	if task, ok := got.Task.At(0); task != "t" || !ok {
		t.Errorf("task is %q", task)
	}
	if _, ok := got.Task.At(1); ok || got.Split.Index != nil {
		t.Errorf("absent names are there")
	}
	if got.TimeUS[0] != at.UnixMicro() || got.TimeUS[1] != NoTime {
		t.Errorf("times are %v", got.TimeUS)
	}
	if !math.IsNaN(got.Weight[0]) || got.Weight[1] != 2 {
		t.Errorf("weights are %v", got.Weight)
	}
	s, l := &got.Outcomes[0], &got.Outcomes[1]
	if s.Quality[0] != 0.5 || s.CostUSD[0] != 2 || s.CostUSD[1] != 1.5 || l.CostUSD[1] != 20 || l.InputTokens[1] != 7 {
		t.Errorf("means are %v %v %v", s.Quality, s.CostUSD, l.CostUSD)
	}
	if s.Error[0] != NoError || s.ErrorNames[s.Error[1]] != "server" || l.Error[1] != NoError {
		t.Errorf("errors are %v %v of %v", s.Error, l.Error, s.ErrorNames)
	}
	if len(s.Repeats) != 1 || s.Repeats[0].Row != 0 || s.Repeats[0].Quality != 0 || s.Repeats[0].Response != "ab" || s.Repeats[0].FinishReason != "stop" {
		t.Errorf("repeats are %+v", s.Repeats)
	}
	if r, ok := l.Response.At(0); !ok || len(r) != 0 {
		t.Errorf("an empty response is lost")
	}
	if _, ok := l.Response.At(1); ok {
		t.Errorf("there is a response where there is none")
	}
	if len(s.LatencyMS) != 2 || !math.IsNaN(s.LatencyMS[0]) {
		t.Errorf("an absent column is %v", s.LatencyMS)
	}
}

func TestFromRowsProblems(t *testing.T) {
	one := func(change func(*Row)) []Row {
		r := Row{ID: "a", Prompt: "p", Outcomes: []Outcome{{Model: "m", Quality: new(1.0)}}}
		change(&r)
		return []Row{{ID: "ok", Prompt: "p"}, r}
	}
	tests := []struct {
		name   string
		change func(*Row)
		want   string
	}{
		{"id", func(r *Row) { r.ID = "" }, `row 2, column "id": is empty; every request needs an id of its own`},
		{"quality", func(r *Row) { r.Outcomes[0].Quality = new(1.3) }, `row 2, column "quality": 1.3 is outside [0, 1] (model "m")`},
		{"scale", func(r *Row) { r.Outcomes[0].Quality = new(87.0) }, `row 2, column "quality": 87 is outside [0, 1] (model "m"); scores on another scale need --scale, perhaps --scale 0:100`},
		{"scale 10", func(r *Row) { r.Outcomes[0].Quality = new(9.0) }, `row 2, column "quality": 9 is outside [0, 1] (model "m"); scores on another scale need --scale, perhaps --scale 0:10`},
		{"NaN", func(r *Row) { r.Outcomes[0].Quality = new(math.NaN()) }, `row 2, column "quality": NaN is not a score (model "m"); an outcome that was not graded is null`},
		{"-1", func(r *Row) { r.Outcomes[0].CostUSD = new(-1.0) }, `row 2, column "cost_usd": -1 is negative (model "m"); an unknown value is null, not -1`},
		{"tokens", func(r *Row) { r.Outcomes[0].InputTokens = new(int64(-7)) }, `row 2, column "input_tokens": -7 is negative (model "m")`},
		{"infinite", func(r *Row) { r.Outcomes[0].LatencyMS = new(math.Inf(1)) }, `row 2, column "latency_ms": +Inf is not finite (model "m")`},
		{"weight", func(r *Row) { r.Weight = new(-0.5) }, `row 2, column "weight": -0.5 is negative`},
		{"confidence", func(r *Row) { r.RouterConfidence = new(1.5) }, `row 2, column "router_confidence": 1.5 is outside [0, 1]`},
		{"prompt", func(r *Row) { r.Prompt = "  " }, `row 2, column "prompt": is empty; every request needs a prompt or messages`},
		{"messages", func(r *Row) { r.Messages = "[" }, `row 2, column "messages": is not a JSON list of messages with role and content: unexpected end of JSON input`},
		{"turn", func(r *Row) { r.Prompt, r.Messages = "", `[{"role":"system","content":"x"}]` }, `row 2, column "messages": has no text of a user; the last user turn is what is routed`},
		{"split", func(r *Row) { r.Split = "test" }, `row 2, column "split": "test" is neither tune nor verify; --split-map test=verify renames it`},
		{"model", func(r *Row) { r.Outcomes[0].Model = "" }, `row 2, column "model": is empty; every outcome needs the name of its model`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := FromRows(one(tt.change), Columns{Prompt: true})
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	t.Run("NaN is null", func(t *testing.T) {
		got, err := FromRows(one(func(r *Row) { r.Outcomes[0].CostUSD = new(math.NaN()) }), Columns{})
		if err != nil || !math.IsNaN(got.Outcomes[0].CostUSD[1]) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("limit", func(t *testing.T) {
		_, err := FromRows(make([]Row, 100), Columns{})
		if err == nil || strings.Count(err.Error(), "\n") != 20 || !strings.HasSuffix(err.Error(), "and more: reading stopped after 20 problems") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("none", func(t *testing.T) {
		got, err := FromRows(nil, Columns{Prompt: true, Chars: true, Response: true, Expected: true})
		if err != nil || got.Len != 0 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}
