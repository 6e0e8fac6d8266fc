package datasets

import "testing"

func TestTranscript(t *testing.T) {
	for _, test := range []struct {
		row  Row
		want string
	}{
		{Row{Prompt: "p"}, "p"},
		{Row{Prompt: "p", Messages: `[{"role":"user","content":"p, as sent"}]`}, "p"},
		{Row{Messages: `[{"role":"user","content":"p"}]`}, "p"},
		{Row{Prompt: "p", Messages: "no JSON"}, "p"},
		{
			Row{Prompt: "yes", Messages: `[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"text","text":"sure?"}]},{"role":"user","content":"yes"}]`},
			"[user]\nhi\n\n[assistant]\nsure?\n\n[user]\nyes",
		},
	} {
		if got := test.row.Transcript(); got != test.want {
			t.Errorf("%+v: %q, want %q", test.row, got, test.want)
		}
	}
}
