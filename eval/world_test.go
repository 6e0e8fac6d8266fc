package eval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/routingtest"
)

// TestScripts shows that a replay of recorded outcomes takes the steps that production would.
func TestScripts(t *testing.T) {
	routingtest.Run(t, replaySteps)
}

// replaySteps replays one request of a script from columns and returns the steps.
func replaySteps(t *testing.T, s *routingtest.Script, r *routingtest.Request) []string {
	t.Helper()
	opts := &eval.Options{GoldTasks: r.Task != ""}
	job, err := eval.NewJob([]eval.Candidate{{Label: "script", Config: s.Config}}, opts)
	if err != nil {
		t.Fatal(err)
	}
	traffic, err := datasets.FromRows([]datasets.Row{recorded(s.Config, r)}, job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	err = job.NewReplayer().Records(context.Background(), traffic, func(rec *eval.Record) error {
		steps = append(steps, "route "+rec.Task+" "+rec.Layer)
		if rec.Split != "" {
			steps = append(steps, routingtest.SplitStep(rec.Split))
		}
		for _, a := range rec.Attempts {
			steps = append(steps, routingtest.CallStep(a.Model, llm.ParseCause(a.Error)))
			for _, m := range a.Signals {
				steps = append(steps, routingtest.MeasureStep(a.Model, m.Check, float64(m.Signal)))
			}
		}
		steps = append(steps, routingtest.EndStep(rec.Ended, rec.Answer))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// recorded is the row that a script's request leaves behind. A script says how large a request is, a row does so by its
// text, four characters to the token.
func recorded(c *routing.Config, r *routingtest.Request) datasets.Row {
	row := datasets.Row{
		ID: "r", Prompt: r.Prompt, Task: r.Task, Endpoint: r.Endpoint, Tenant: r.Tenant,
		RouterTask: r.RouterTask, RouterConfidence: r.RouterConfidence,
	}
	if row.Prompt == "" {
		row.Prompt = strings.Repeat("x", max(4*r.Tokens, 1))
	}
	if r.Messages > 0 || r.Attachment || r.Chars > 0 {
		row.Messages = chat(r, row.Prompt)
	}
	if r.MaxTokens > 0 {
		limit := int64(r.MaxTokens)
		row.MaxTokens = &limit
	}
	if r.Tools {
		row.Tools = `[{"type":"function","function":{"name":"f"}}]`
	}
	if r.Schema {
		row.ResponseFormat = `{"type":"json_schema","json_schema":{"name":"s","schema":{}}}`
	}
	for _, tier := range c.Tiers {
		o, ok := r.Outcomes[tier.Model]
		if !ok {
			continue
		}
		one := 1.0
		row.Outcomes = append(row.Outcomes, datasets.Outcome{
			Model: tier.Model, Quality: &one, Error: o.Error, FinishReason: o.FinishReason,
			LogprobMean: o.LogprobMean, LogprobMin: o.LogprobMin, SelfCheck: o.SelfCheck, Response: o.Response,
		})
		if o.Error != "" {
			row.Outcomes[len(row.Outcomes)-1].Quality = nil
		}
	}
	return row
}

// chat returns the messages of a script's request as JSON: as many as it has, with as many characters in all, the prompt
// being the last user turn.
func chat(r *routingtest.Request, prompt string) string {
	type message struct {
		Role    string `json:"role"`
		Content any    `json:"content"`
	}
	messages := make([]message, max(r.Messages, 1))
	for i := range messages {
		messages[i] = message{"assistant", ""}
	}
	more := max(r.Chars-utf8.RuneCountInString(prompt), 0)
	messages[0].Content = strings.Repeat("y", more)
	last := &messages[len(messages)-1]
	last.Role, last.Content = "user", prompt
	if r.Attachment {
		last.Content = []map[string]any{
			{"type": "text", "text": prompt}, {"type": "image_url", "image_url": map[string]string{"url": "data:,"}},
		}
	}
	data, err := json.Marshal(messages)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// FuzzReplayIsRuntime makes up configs and requests and compares the two worlds step by step.
func FuzzReplayIsRuntime(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		text := randomScript(rand.New(rand.NewPCG(seed, 1)))
		s, err := routingtest.Parse("random", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		table, err := routing.Compile(s.Config)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for i := range s.Requests {
			r := &s.Requests[i]
			online, offline := routingtest.Walk(table, r), replaySteps(t, s, r)
			if !slices.Equal(online, offline) {
				t.Errorf("line %d:\n online %q\noffline %q\n%s", r.Line, online, offline, text)
			}
		}
	})
}

// randomScript returns a script of one config and a few requests of all kinds.
func randomScript(r *rand.Rand) string {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	var b strings.Builder
	b.WriteString("config\nversion = 1\nbaseline = \"C\"\n")
	fmt.Fprintf(&b, "on_exhausted = %q\n", pick("return", "error"))
	for _, m := range []string{"A", "B", "C", "R"} {
		fmt.Fprintf(&b, "[models.%s]\ncontext = %d\n", m, r.IntN(2)*(1+r.IntN(8)))
	}
	b.WriteString("[tiers]\na = \"A\"\nb = \"B\"\nc = \"C\"\n")
	checks := []string{
		`{ check = "chars", min = 3 }`, `{ check = "json" }`, `{ check = "regex", pattern = "^[a-z]" }`, `{ check = "finish" }`,
		`{ check = "logprob_mean", min = -0.5 }`, `{ check = "self_check", model = "R", min = 0.5 }`, `{ check = "logprob_min", min = -2 }`,
	}
	for _, task := range []string{"t", "u"} {
		chain := []string{`"a"`, `"b"`, `"c"`}
		r.Shuffle(3, func(i, j int) { chain[i], chain[j] = chain[j], chain[i] })
		r.Shuffle(len(checks), func(i, j int) { checks[i], checks[j] = checks[j], checks[i] })
		fmt.Fprintf(&b, "[tasks.%s]\nchain = [%s]\naccept = [%s]\non_content_filter = %q\n", task,
			strings.Join(chain[:1+r.IntN(3)], ", "), strings.Join(checks[:r.IntN(4)], ", "), pick("error", "failover"))
	}
	if r.IntN(2) == 0 {
		easy := []string{"t", "u"}
		r.Shuffle(2, func(i, j int) { easy[i], easy[j] = easy[j], easy[i] })
		fmt.Fprintf(&b, "[tasks.%s.split]\nartifact = %q\nbelow = %s\ntask = %q\n", easy[0], pick("u.gain", "refund.gain"), pick("0", "0.2", "0.4", "0.7", "1"), easy[1])
	}
	b.WriteString("[router]\ndefault = \"t\"\n")
	randomRules(&b, r)
	if r.IntN(2) == 0 {
		fmt.Fprintf(&b, "[router.embedding]\nartifact = \"t+u.bin\"\nmin_confidence = %s\n", pick("0", "0.6", "0.7", "0.9"))
	}
	if r.IntN(2) == 0 {
		fmt.Fprintf(&b, "[router.llm]\nmodel = \"R\"\nmin_confidence = %s\n", pick("0", "0.5"))
	}
	b.WriteString("end\n")
	for range 4 {
		randomRequest(&b, r)
		for _, m := range []string{"A", "B", "C"} {
			if r.IntN(12) == 0 {
				continue // no outcome
			}
			fmt.Fprintf(&b, "model %s", m)
			if r.IntN(3) == 0 {
				fmt.Fprintf(&b, " error=%s\n", pick("server", "timeout", "bad_request", "content_filter", "canceled", "odd"))
				continue
			}
			b.WriteString(pick("", ` response=""`, ` response="ab"`, ` response="long enough"`, ` response="12"`, ` response="{}"`))
			b.WriteString(pick("", " finish_reason=stop", " finish_reason=length"))
			b.WriteString(pick("", " logprob_mean=-0.5 logprob_min=-1", " logprob_mean=-0.6", " logprob_min=-3"))
			b.WriteString(pick("", " self_check=0.5", " self_check=0.4") + "\n")
		}
	}
	return b.String()
}

// randomRules writes rules that look at this and that.
func randomRules(b *strings.Builder, r *rand.Rand) {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	conditions := []string{
		`keywords = ["refund"]`, `tenants = ["x"]`, `has_tools = true`, `has_tools = false`, `has_schema = true`, `has_attachment = true`,
		`min_messages = 2`, `max_messages = 1`, `min_tokens = 6`, `max_tokens = 4`, `min_chars = 9`, `code_fence = true`, `scripts = ["Cyrillic"]`,
		`match = "^t"`, `endpoints = ["/a"]`,
	}
	for range r.IntN(4) {
		fmt.Fprintf(b, "[[router.rules]]\ntask = %q\n%s\n", pick("t", "u"), pick(conditions...))
	}
}

// randomRequest writes a request. Its size is that of its text and its answer: a row has no other.
func randomRequest(b *strings.Builder, r *rand.Rand) {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	prompt := pick("t", "u", "t u", "u and this and that", "refund t", "```\nt\n```", "слово", "a\u00df\xff")
	chars, messages, limit := utf8.RuneCountInString(prompt), 1+r.IntN(3), r.IntN(2)*r.IntN(9)
	if messages > 1 {
		chars += r.IntN(20)
	}
	fmt.Fprintf(b, "request prompt=%q chars=%d messages=%d max_tokens=%d tokens=%d", prompt, chars, messages, limit, routing.Tokens(chars, limit))
	fmt.Fprintf(b, " tools=%v schema=%v attachment=%v", r.IntN(3) == 0, r.IntN(3) == 0, r.IntN(3) == 0)
	b.WriteString(pick("", " tenant=x") + pick("", " endpoint=/a"))
	b.WriteString(pick("", "", " task=t", " task=u", " task=poetry", " router_task=u", " router_task=u router_confidence=0.6", " router_task=v"))
	b.WriteByte('\n')
}
