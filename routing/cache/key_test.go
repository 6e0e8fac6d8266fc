package cache_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/llm"
)

func user(text string) []llm.Message { return []llm.Message{{Role: "user", Text: text}} }

func fields() *cache.Fields {
	return &cache.Fields{
		Tenant: "t", Endpoint: "/v1", Task: "reply", Decision: "d",
		Messages: []llm.Message{{Role: "system", Text: "be brief"}, {Role: "user", Text: "hi there"}},
		Tools:    json.RawMessage(`[{"type":"function"}]`), Schema: json.RawMessage(`{"type":"json_schema"}`),
		Params: map[string]json.RawMessage{"temperature": json.RawMessage("0.5"), "x_new": json.RawMessage(`"a"`)},
	}
}

func TestKey(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*cache.Fields)
		same   bool
	}{
		"nothing":             {func(*cache.Fields) {}, true},
		"white space":         {func(f *cache.Fields) { f.Messages[1].Text = " hi \n\t there\u00a0" }, true},
		"white space in JSON": {func(f *cache.Fields) { f.Tools = json.RawMessage("[ {\"type\" :\n\"function\"} ]") }, true},
		"stream": {func(f *cache.Fields) {
			for _, name := range []string{"stream", "stream_options", "user", "metadata"} {
				f.Params[name] = json.RawMessage(`true`)
			}
		}, true},
		"tenant":      {func(f *cache.Fields) { f.Tenant = "u" }, false},
		"endpoint":    {func(f *cache.Fields) { f.Endpoint = "" }, false},
		"task":        {func(f *cache.Fields) { f.Task = "" }, false},
		"decision":    {func(f *cache.Fields) { f.Decision = "e" }, false},
		"case":        {func(f *cache.Fields) { f.Messages[1].Text = "Hi there" }, false},
		"no blank":    {func(f *cache.Fields) { f.Messages[1].Text = "hithere" }, false},
		"system":      {func(f *cache.Fields) { f.Messages[0].Text = "be long" }, false},
		"role":        {func(f *cache.Fields) { f.Messages[0].Role = "user" }, false},
		"tools":       {func(f *cache.Fields) { f.Tools = nil }, false},
		"schema":      {func(f *cache.Fields) { f.Schema = nil }, false},
		"temperature": {func(f *cache.Fields) { f.Params["temperature"] = json.RawMessage("0.7") }, false},
		"unknown":     {func(f *cache.Fields) { delete(f.Params, "x_new") }, false},
		// Joined without their lengths, these would be the same.
		"a border":        {func(f *cache.Fields) { f.Tenant, f.Endpoint = "t/", "v1" }, false},
		"tools as schema": {func(f *cache.Fields) { f.Tools, f.Schema = f.Schema, f.Tools }, false},
		"a part": {func(f *cache.Fields) {
			f.Messages[1] = llm.Message{Role: "user", Parts: []llm.Part{{Type: "text", Text: "hi there"}}}
		}, false},
	} {
		f := fields()
		test.change(f)
		if got := f.Key() == fields().Key(); got != test.same {
			t.Errorf("%s: the same key: %v, want %v", name, got, test.same)
		}
	}
}

func TestNormalise(t *testing.T) {
	for in, want := range map[string]string{
		"": "", " \n": "", "a": "a", "  a\t\u2003b  ": "a b", "a b": "a b", "ä\xff ö": "ä\xff ö",
	} {
		if got := cache.Normalise(in); got != want {
			t.Errorf("Normalise(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	f.Add(" a  b ")
	f.Fuzz(func(t *testing.T, s string) {
		once := cache.Normalise(s)
		if want := strings.Join(strings.Fields(s), " "); once != want {
			t.Errorf("%q, want %q", once, want)
		}
		if twice := cache.Normalise(once); twice != once {
			t.Errorf("%q, then %q", once, twice)
		}
		if padded := cache.Normalise("\t" + s + " \n"); padded != once {
			t.Errorf("padded: %q, want %q", padded, once)
		}
	})
}

func TestUnstorable(t *testing.T) {
	for _, test := range []struct {
		change func(*cache.Answer)
		want   cache.Reason
	}{
		{func(*cache.Answer) {}, ""},
		{func(a *cache.Answer) { a.Finish = "" }, ""},
		{func(a *cache.Answer) { a.NoStore = true }, cache.NoStore},
		{func(a *cache.Answer) { a.Failed = true }, cache.Failed},
		{func(a *cache.Answer) { a.Accepted = false }, cache.Unaccepted},
		{func(a *cache.Answer) { a.Finish = "length" }, cache.Cut},
		{func(a *cache.Answer) { a.Finish = "max_tokens" }, cache.Cut},
		{func(a *cache.Answer) { a.Finish = "content_filter" }, cache.Refused},
		{func(a *cache.Answer) { a.Refusal = true }, cache.Refused},
		{func(a *cache.Answer) { a.Finish = "tool_use" }, cache.ToolCall},
		{func(a *cache.Answer) { a.ToolCall = true }, cache.ToolCall}, // some say "stop" with tool calls
		{func(a *cache.Answer) { a.Messages = []llm.Message{{Role: "tool", Text: "20°"}} }, cache.ToolTurn},
		{func(a *cache.Answer) {
			a.Messages = []llm.Message{{Role: "user", Parts: []llm.Part{{Type: "tool_result", Text: "20°"}}}}
		}, cache.ToolTurn},
		{func(a *cache.Answer) {
			a.Messages = []llm.Message{{Role: "user", Parts: []llm.Part{{Type: "image_url"}}}}
		}, cache.Attachment},
	} {
		a := &cache.Answer{Messages: user("hi"), Accepted: true, Finish: "stop"}
		test.change(a)
		if got := cache.Unstorable(a); got != test.want {
			t.Errorf("%+v: %q, want %q", a, got, test.want)
		}
	}
}

// longFields are of a request of 1.25 KB.
func longFields() *cache.Fields {
	f := fields()
	f.Messages[1].Text = strings.Repeat("lorem ipsum ", 100)
	return f
}

func BenchmarkKey(b *testing.B) {
	f := longFields()
	for b.Loop() {
		f.Key()
	}
}
