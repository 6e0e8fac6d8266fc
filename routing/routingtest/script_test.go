package routingtest_test

import (
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/routingtest"
)

const smallConfig = "config\nversion = 1\nbaseline = \"L\"\n[tiers]\nl = \"L\"\n[tasks.t]\nchain = [\"l\"]\n[router]\ndefault = \"t\"\nend\n"

func TestParseSaysWhere(t *testing.T) {
	for _, tt := range []struct{ script, want string }{
		{"request task=t\n", "s.txt:1: the config comes first"},
		{"config\nversion = 1\n", "s.txt:3: a config without end"},
		{smallConfig + "want accepted\n", `s.txt:11: "want" before the first request`},
		{smallConfig + "request\nask L\n", `s.txt:12: "ask" is none of`},
		{smallConfig + "request tokens=many\n", "s.txt:11:"},
		{smallConfig + "request tools=perhaps\n", "s.txt:11:"},
		{smallConfig + "request messages=1.5\n", "s.txt:11:"},
		{smallConfig + "request colour=red\n", `s.txt:11: a request has no field "colour"`},
		{smallConfig + "request\nmodel L response=\"a\n", "s.txt:12: response:"},
		{smallConfig + "request\nmodel L mood=1\n", `s.txt:12: a model has no field "mood"`},
		{"", "s.txt: no config"},
	} {
		_, err := routingtest.Parse("s.txt", []byte(tt.script))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("Parse(%q): error %v, want %q", tt.script, err, tt.want)
		}
	}
}

// FuzzParse reads scripts: no panic, and what is read can be walked.
func FuzzParse(f *testing.F) {
	f.Add(smallConfig + "request task=t tokens=3\nmodel L response=\"hi\" logprob_mean=-0.5\nwant route t caller\n")
	f.Add(smallConfig + "request tenant=a chars=-1 max_tokens=-1 messages=-1 tools=true schema=1 attachment=F\n")
	f.Add(smallConfig + "request prompt=\"a b\" router_task=t router_confidence=0.5\nmodel L error=server\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := routingtest.Parse("s.txt", []byte(text))
		if err != nil {
			return
		}
		table, err := routing.Compile(s.Config)
		if err != nil {
			t.Fatalf("a config that was read does not compile: %v", err)
		}
		for i := range s.Requests {
			routingtest.Walk(table, &s.Requests[i])
		}
	})
}
