package eval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/routingtest"
)

// openConfig returns the router of a config that was parsed, from files.
func openConfig(t *testing.T, c *routing.Config) *routing.Router {
	t.Helper()
	fsys := fstest.MapFS{"dispatch.toml": {Data: c.Text}}
	for name, data := range c.Files {
		fsys[name] = &fstest.MapFile{Data: data}
	}
	router, err := routing.New(fsys, "dispatch.toml", nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, c.Text)
	}
	return router
}

// sent is the request that leaves such a row behind.
func sent(t *testing.T, row *datasets.Row, named bool) *routing.Request {
	t.Helper()
	q := &routing.Request{Prompt: row.Prompt, Endpoint: row.Endpoint, Tenant: row.Tenant, Embedding: row.Embedding}
	if named {
		q.Task = row.Task
	}
	if row.Messages != "" {
		var err error
		if q.Messages, err = llm.ParseMessages([]byte(row.Messages)); err != nil {
			t.Fatal(err)
		}
	}
	q.Tools, q.ResponseFormat = json.RawMessage(row.Tools), json.RawMessage(row.ResponseFormat)
	if row.MaxTokens != nil {
		q.MaxTokens = int(*row.MaxTokens)
	}
	return q
}

// decided is what a replay and a router must agree on.
type decided struct {
	Task, Split, Layer, Rule string
	Confidence               float64
	Gain                     *float64
	Skipped                  []string
}

func replayed(t *testing.T, c *routing.Config, row datasets.Row, named bool) decided {
	t.Helper()
	job, err := eval.NewJob([]eval.Candidate{{Label: "c", Config: c}}, &eval.Options{GoldTasks: named})
	if err != nil {
		t.Fatal(err)
	}
	traffic, err := datasets.FromRows([]datasets.Row{row}, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	var out decided
	err = job.NewReplayer().Records(context.Background(), traffic, func(r *eval.Record) error {
		out = decided{r.Task, r.Split, r.Layer, r.Rule, float64(r.Confidence), nil, r.Skipped}
		if r.Gain != nil {
			out.Gain = (*float64)(r.Gain)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func planned(t *testing.T, router *routing.Router, q *routing.Request) decided {
	t.Helper()
	p, err := router.Decide(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	out := decided{p.Task, "", p.Layer.String(), p.Rule, p.Confidence, nil, nil}
	if p.Split != nil {
		out.Gain = &p.Split.Gain
		if p.Split.Sent {
			out.Split = p.Split.From
		}
	}
	for _, s := range p.Chain {
		if s.Skipped {
			out.Skipped = append(out.Skipped, s.Tier)
		}
	}
	return out
}

// TestDecideIsReplay: what a router decides of a request is what a replay makes of the row that it leaves behind, over random
// configs with all layers and requests of all kinds.
func TestDecideIsReplay(t *testing.T) {
	layers := map[string]int{}
	for seed := range uint64(400) {
		s, err := routingtest.Parse("random", []byte(randomScript(rand.New(rand.NewPCG(seed, 1)))))
		if err != nil {
			t.Fatal(err)
		}
		router := openConfig(t, s.Config)
		for i := range s.Requests {
			r := &s.Requests[i]
			row := recorded(s.Config, r)
			row.RouterTask, row.RouterConfidence = "", nil // Decide asks no LLM router
			if i == 0 {
				row.Prompt, row.Messages = randomChat(rand.New(rand.NewPCG(seed, 2)))
			}
			named := r.Task != ""
			want, got := replayed(t, s.Config, row, named), planned(t, router, sent(t, &row, named))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("seed %d, request %d, %+v (-replayed +decided):\n%s", seed, i, row, diff)
			}
			layers[got.Layer]++
			if got.Gain != nil {
				layers["split"]++
			}
			if got.Split != "" {
				layers["sent on"]++
			}
			if len(got.Skipped) > 0 {
				layers["skipped"]++
			}
		}
	}
	for _, way := range []string{"caller", "rule", "embedding", "default", "skipped", "split", "sent on"} {
		if layers[way] < 20 {
			t.Errorf("%s was met %d times of 1,600: too few to show anything", way, layers[way])
		}
	}
}

// randomChat returns messages in all the forms that chat APIs have, and in half of the cases a prompt that is not from them.
func randomChat(r *rand.Rand) (prompt, messages string) {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	parts := []string{
		`{"type":"text","text":"t"}`, `"u"`, `null`, `{"text":"refund t"}`, `{"type":"image_url","image_url":{"url":"data:,"}}`, `{}`,
		`{"type":"tool_result","content":"x"}`, `{"type":"input_text","text":"слово"}`, `{"type":7,"text":"u"}`, `{"type":"","text":"t"}`, `{"type":"text","text":""}`,
	}
	var turns []string
	for range r.IntN(3) {
		content := pick(`"t"`, `""`, `null`, `"a\u00df"`)
		if r.IntN(2) == 0 {
			var list []string
			for range r.IntN(4) {
				list = append(list, pick(parts...))
			}
			content = "[" + strings.Join(list, ",") + "]"
		}
		turns = append(turns, fmt.Sprintf(`{"role":%q,"content":%s}`, pick("user", "assistant", "system"), content))
	}
	if r.IntN(2) == 0 {
		turns = append(turns, `{"role":"user","content":[{"type":"text","text":"u"},`+pick(parts...)+`]}`)
		return pick("", " ", "t u"), "[" + strings.Join(turns, ",") + "]"
	}
	return pick("t", "u"), "[" + strings.Join(turns, ",") + "]"
}
