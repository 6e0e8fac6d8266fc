package reports_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

// Prompts come from anywhere: a terminal must not obey them, and they must not break lines.
func TestDiscoveryIsSafe(t *testing.T) {
	x := &train.Discovery{
		Data:     train.DiscoveredData{Files: []string{"a\x1b[1m.parquet"}, Requests: 3, Distinct: 3, Learned: 3},
		Clusters: []train.Cluster{{Name: "one", Requests: 2, Share: 2.0 / 3, Terms: []string{"x\x07"}, Prompts: []string{"\x1b]0;title\x07", strings.Repeat("long ", 60)}}, {Name: "two", Requests: 1}},
		Unplaced: 1,
	}
	var b strings.Builder
	if err := text.Write(&b, reports.Discovery(x)); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\x07") {
		t.Errorf("control characters in\n%q", b.String())
	}
	for line := range strings.SplitSeq(b.String(), "\n") {
		if n := len([]rune(line)); n > 120 {
			t.Errorf("%d characters: %s", n, line)
		}
	}
	for _, want := range []string{"In no cluster: 1 request;", "Learned from all different ones", "66.7 %", "long …"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}

func TestDiscoveryIsCut(t *testing.T) {
	x := &train.Discovery{Data: train.DiscoveredData{Requests: 40, Distinct: 40, Learned: 20}}
	for i := range 40 {
		x.Clusters = append(x.Clusters, train.Cluster{Name: fmt.Sprintf("c%02d", i), Requests: 1, Prompts: []string{"hello"}})
	}
	var b strings.Builder
	if err := text.Write(&b, reports.Discovery(x)); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "· hello"); n != 30 {
		t.Errorf("%d clusters have prompts", n)
	}
	for _, want := range []string{"and 10 more clusters (all with --json", "a sample of 20", "\nc39 "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}

func TestDiscoverySaysHowManyClusters(t *testing.T) {
	x := &train.Discovery{Tried: []train.ClusterCount{{Clusters: 2, Silhouette: 0.1}, {Clusters: 3, Silhouette: 0.2}}}
	for _, tt := range []struct {
		clusters int
		want     string
	}{{2, "The first peak was taken"}, {3, "There is no peak"}} {
		x.Clusters = make([]train.Cluster, tt.clusters)
		var b strings.Builder
		if err := text.Write(&b, reports.Discovery(x)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "2: 0.10, 3: 0.20") || !strings.Contains(b.String(), tt.want) {
			t.Errorf("%q is missing in\n%s", tt.want, b.String())
		}
	}
}
