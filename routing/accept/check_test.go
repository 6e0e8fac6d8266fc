package accept_test

import (
	"math"
	"regexp"
	"testing"

	"github.com/tierwise/tierwise/routing/accept"
)

func TestMeasure(t *testing.T) {
	schema, err := accept.CompileSchema([]byte(`{"type":"object","required":["total"],"properties":{"total":{"type":"integer","minimum":0}},"additionalProperties":false}`))
	if err != nil {
		t.Fatal(err)
	}
	none := math.NaN()
	text := func(s string) accept.Answer {
		return accept.Answer{Text: []byte(s), HasText: true, LogprobMean: none, LogprobMin: none, SelfCheck: none}
	}
	regex := accept.Check{Kind: accept.Regex, Pattern: regexp.MustCompile(`^\d+ apples`)}
	jsonSchema := accept.Check{Kind: accept.JSONSchema, Schema: schema}
	for _, tt := range []struct {
		name   string
		check  accept.Check
		answer accept.Answer
		want   float64
		ok     bool
	}{
		{"characters, not bytes", accept.Check{Kind: accept.Chars}, text("grün"), 4, true},
		{"an empty answer is an answer", accept.Check{Kind: accept.Chars}, text(""), 0, true},
		{"no text", accept.Check{Kind: accept.Chars}, accept.Answer{}, 0, false},
		{"regex found", regex, text("12 apples and pears"), 1, true},
		{"regex not found", regex, text("apples"), 0, true},
		{"json value with space around", accept.Check{Kind: accept.JSON}, text(" 12 \n"), 1, true},
		{"json in a fence", accept.Check{Kind: accept.JSON}, text("```json\n{}\n```"), 0, true},
		{"NaN is no JSON", accept.Check{Kind: accept.JSON}, text("NaN"), 0, true},
		{"two values are no JSON", accept.Check{Kind: accept.JSON}, text("{} {}"), 0, true},
		{"3.0 is an integer", jsonSchema, text(`{"total": 3.0}`), 1, true},
		{"a boolean is no integer", jsonSchema, text(`{"total": true}`), 0, true},
		{"below the minimum", jsonSchema, text(`{"total": -1}`), 0, true},
		{"one property too many", jsonSchema, text(`{"total": 1, "x": 1}`), 0, true},
		{"text that is no JSON", jsonSchema, text("total 3"), 0, true},
		{"schema: trailing value", jsonSchema, text(`{"total": 3} {}`), 0, true},
		{"finished", accept.Check{Kind: accept.Finish}, accept.Answer{FinishReason: "stop"}, 1, true},
		{"tool call", accept.Check{Kind: accept.Finish}, accept.Answer{FinishReason: "tool_calls"}, 1, true},
		{"truncated", accept.Check{Kind: accept.Finish}, accept.Answer{FinishReason: "MAX_TOKENS"}, 0, true},
		{"refused", accept.Check{Kind: accept.Finish}, accept.Answer{FinishReason: "refusal"}, 0, true},
		{"reason unknown", accept.Check{Kind: accept.Finish}, accept.Answer{}, 0, false},
		{"logprob", accept.Check{Kind: accept.LogprobMean}, accept.Answer{LogprobMean: -0.5}, -0.5, true},
		{"logprob unknown", accept.Check{Kind: accept.LogprobMin}, accept.Answer{LogprobMin: none}, 0, false},
		{"self-check", accept.Check{Kind: accept.SelfCheck}, accept.Answer{SelfCheck: 0.25}, 0.25, true},
	} {
		got, ok := tt.check.Measure(&tt.answer)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("%s: Measure = %v, %v; want %v, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func TestCompileSchemaRefuses(t *testing.T) {
	for _, schema := range []string{
		`{"$schema": "http://json-schema.org/draft-04/schema#"}`,
		`{"$schema": "https://json-schema.org/draft/2019-09/schema"}`,
		`{"type": "objekt"}`,
		`{"properties": {"a": {"items": {"type": ["string", "nul"]}}}}`,
		`{"anyOf": [true, 3]}`,
		`null`,
		`3`,
		`{} {}`,
		`{"$ref": "https://example.com/schema.json"}`,
		`{"properties": {"a": {"$ref": "other.json"}}}`,
		`{"type": 1}`,
		`not json`,
	} {
		if _, err := accept.CompileSchema([]byte(schema)); err == nil {
			t.Errorf("CompileSchema(%s) succeeded", schema)
		}
	}
}

func TestCompileSchemaAccepts(t *testing.T) {
	for _, schema := range []string{
		`true`, `{}`, `{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {"type": "null"}}, "$ref": "#/definitions/a"}`,
		`{"$schema": "https://json-schema.org/draft/2020-12/schema", "enum": ["objekt"], "properties": {"type": {"type": "string"}}}`,
	} {
		if _, err := accept.CompileSchema([]byte(schema)); err != nil {
			t.Errorf("CompileSchema(%s): %v", schema, err)
		}
	}
}

func TestKindsRoundTrip(t *testing.T) {
	for i, name := range accept.Names() {
		k, ok := accept.ParseKind(name)
		if !ok || k != accept.Kind(i) || k.String() != name {
			t.Errorf("ParseKind(%q) = %v, %v", name, k, ok)
		}
	}
	for _, name := range []string{"vibe", "", "go", "go:", "go:a b", "GO:x", "go:x:y"} {
		if k, ok := accept.ParseKind(name); ok {
			t.Errorf("ParseKind(%q) = %v", name, k)
		}
	}
	k, ok := accept.ParseKind("go:adds_up.v2")
	c := accept.Check{Kind: k, Name: accept.FuncName("go:adds_up.v2")}
	if !ok || k != accept.Func || c.Word() != "go:adds_up.v2" || k.Binary() || k.NeedsCall() || k.NeedsText() {
		t.Errorf("go:adds_up.v2 is %v, %q", k, c.Word())
	}
	if _, ok := c.Measure(&accept.Answer{HasText: true}); ok {
		t.Error("an answer has the signal of a function")
	}
}

func FuzzSchemaAccepts(f *testing.F) {
	schema, err := accept.CompileSchema([]byte(`{"type":"array","items":{"type":"number","multipleOf":0.5}}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`[1, 2.5]`))
	f.Add([]byte(`[1e999]`))
	f.Fuzz(func(t *testing.T, text []byte) { schema.Accepts(text) })
}
