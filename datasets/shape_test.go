package datasets

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestShape(t *testing.T) {
	user := func(content string) string { return `[{"role":"user","content":` + content + `}]` }
	tests := []struct {
		name                      string
		row                       Row
		messages                  int32
		tools, schema, attachment bool
	}{
		{"prompt only", Row{Prompt: "p"}, 1, false, false, false},
		{"no messages", Row{Prompt: "p", Messages: "[]"}, 1, false, false, false},
		{"three turns", Row{Messages: `[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":null}]`}, 3, false, false, false},
		{"no content", Row{Messages: `[{"role":"user","content":"u"},{"role":"assistant","tool_calls":[]}]`}, 2, false, false, false},

		{"text parts", Row{Messages: user(`["a",{"type":"text","text":"b"},{"type":"input_text","text":"c"},{"type":"output_text"},{"text":"d"},null]`)}, 1, false, false, false},
		{"image", Row{Messages: user(`[{"type":"text","text":"b"},{"type":"image_url","image_url":{"url":"x"}}]`)}, 1, false, false, true},
		{"image with a text", Row{Messages: user(`[{"type":"image","text":"b"}]`)}, 1, false, false, true},
		{"neither type nor text", Row{Messages: user(`["a",{"inline_data":{}}]`)}, 1, false, false, true},
		{"null type", Row{Messages: user(`["a",{"type":null,"text":null}]`)}, 1, false, false, true},
		{"type of another kind", Row{Messages: user(`[{"type":{"text":1},"text":"b"}]`)}, 1, false, false, true},
		{"in an earlier message", Row{Messages: `[{"role":"user","content":[{"type":"file"}]},{"role":"user","content":"u"}]`}, 2, false, false, true},

		{"tools", Row{Prompt: "p", Tools: " \n[ {\"type\":\"function\"}]\n"}, 1, true, false, false},
		{"no tools", Row{Prompt: "p", Tools: "[\n]"}, 1, false, false, false},
		{"null tools", Row{Prompt: "p", Tools: "null"}, 1, false, false, false},
		{"object of tools", Row{Prompt: "p", Tools: `{"a":1}`}, 1, false, false, false},
		{"broken tools", Row{Prompt: "p", Tools: `[{'type'`}, 1, false, false, false},
		{"more after tools", Row{Prompt: "p", Tools: `[1] [2]`}, 1, false, false, false},

		{"json_schema", Row{Prompt: "p", ResponseFormat: `{"type":"json_schema"}`}, 1, false, true, false},
		{"json_schema alone", Row{Prompt: "p", ResponseFormat: `{"json_schema":{"name":"x"}}`}, 1, false, true, false},
		{"schema", Row{Prompt: "p", ResponseFormat: `{"type":"json_object","schema":{}}`}, 1, false, true, false},
		{"null schema", Row{Prompt: "p", ResponseFormat: `{"type":"text","schema":null}`}, 1, false, false, false},
		{"json_object", Row{Prompt: "p", ResponseFormat: `{"type":"json_object"}`}, 1, false, false, false},
		{"odd type", Row{Prompt: "p", ResponseFormat: `{"type":["json_schema"]}`}, 1, false, false, false},
		{"text", Row{Prompt: "p", ResponseFormat: `"json_schema"`}, 1, false, false, false},
		{"null format", Row{Prompt: "p", ResponseFormat: `null`}, 1, false, false, false},
		{"broken format", Row{Prompt: "p", ResponseFormat: `json_schema`}, 1, false, false, false},
	}
	for _, tt := range tests {
		for _, cols := range []Columns{{Shape: true}, {Shape: true, Prompt: true}, {Shape: true, Chars: true}} {
			tt.row.ID = "a"
			got, err := FromRows([]Row{tt.row, {ID: "b", Prompt: "p"}}, cols)
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if got.MessageCount[0] != tt.messages || got.Tools[0] != tt.tools || got.Schema[0] != tt.schema || got.Attachment[0] != tt.attachment {
				t.Errorf("%s: got %d messages, tools %v, schema %v, attachment %v", tt.name, got.MessageCount[0], got.Tools[0], got.Schema[0], got.Attachment[0])
			}
			if got.MessageCount[1] != 1 || got.Tools[1] || got.Schema[1] || got.Attachment[1] {
				t.Errorf("%s: another request has a shape of its own", tt.name)
			}
			if got.Prompt.Present() != cols.Prompt || got.Messages.Present() && !cols.Prompt {
				t.Errorf("%s: with %+v, prompts are there: %v", tt.name, cols, got.Prompt.Present())
			}
		}
	}
	got, err := FromRows([]Row{{ID: "a", Prompt: "p", Tools: "[1]"}}, Columns{Prompt: true, Chars: true})
	if err != nil || got.MessageCount != nil || got.Tools != nil || got.Schema != nil || got.Attachment != nil {
		t.Errorf("not asked for, got %+v, %v", got, err)
	}
}

// Without prompts nobody can say that they are missing; messages must be what they are.
func TestShapeProblems(t *testing.T) {
	rows := []Row{{ID: "a", Messages: `[{"role":"system","content":"s"}]`}, {ID: "b"}}
	if _, err := FromRows(rows, Columns{Shape: true}); err != nil {
		t.Error(err)
	}
	rows = append(rows, Row{ID: "c", Messages: `{"role"`})
	_, err := FromRows(rows, Columns{Shape: true})
	if want := `row 3, column "messages": is not a JSON list`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s …", err, want)
	}
}

// FuzzShape holds the looks at JSON against decoding all of it.
func FuzzShape(f *testing.F) {
	for _, s := range []string{`[]`, ` [1]`, `[`, `{"type":"json_schema"}`, `{"schema":null,"json_schema":0}`, `{"Type":"json_schema"}`, `null`,
		"[1" + strings.Repeat("0", 400) + "]", `{"schema":1` + strings.Repeat("0", 400) + "}",
		`[{"role":"user","content":["a",{"type":"image"},{"text":""}]}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// Numbers stay text: one of 400 digits is valid JSON, and no float64.
		decode := func(v any) bool {
			d := json.NewDecoder(bytes.NewReader(text))
			d.UseNumber()
			return json.Valid(text) && d.Decode(v) == nil
		}
		var list []any
		if got, want := offersTools(text), decode(&list) && len(list) > 0; got != want {
			t.Errorf("%q offers tools: %v", text, got)
		}
		var object map[string]any
		want := decode(&object) && (object["type"] == "json_schema" || object["schema"] != nil || object["json_schema"] != nil)
		if got := asksForSchema(text); got != want {
			t.Errorf("%q asks for a schema: %v", text, got)
		}
		if c, err := parseChat(text); err == nil && (c.turns < 0 || c.asked && c.turns == 0) {
			t.Errorf("%q is %+v", text, c)
		}
	})
}
