package reports

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/eval/train"
)

// shownClusters is how many clusters are shown with their terms and prompts.
const shownClusters = 30

// Discovery reports proposed tasks.
func Discovery(x *train.Discovery) *Document {
	d := &Document{Title: "Proposed tasks"}
	d.add(Section{Lines: discoveryHead(x)})
	d.add(clusterTable(x))
	for i := range x.Clusters[:min(len(x.Clusters), shownClusters)] {
		d.add(clusterSection(&x.Clusters[i]))
	}
	if left := len(x.Clusters) - shownClusters; left > 0 {
		d.add(Section{Lines: []string{fmt.Sprintf("and %s (all with --json, and in the file of tasks)", many(int64(left), "more cluster"))}})
	}
	if len(x.Tried) > 0 {
		d.add(Section{Title: "NUMBER OF CLUSTERS", Lines: triedLines(x)})
	}
	if x.Agreement != nil {
		d.add(Section{Title: "GOLD TASKS", Lines: agreementLines(x)})
	}
	return d
}

func discoveryHead(x *train.Discovery) []string {
	line := count(int64(x.Data.Requests)) + " requests"
	if len(x.Data.Files) > 0 {
		line = files(x.Data.Files) + ": " + line
	}
	line += fmt.Sprintf(", %s of them different, in %s", count(int64(x.Data.Distinct)), many(int64(len(x.Clusters)), "cluster"))
	from := "all different ones"
	if x.Data.Learned < x.Data.Distinct {
		from = "a sample of " + count(int64(x.Data.Learned))
	}
	if x.Data.Split {
		from = count(int64(x.Data.Learned)) + " of the split \"tune\""
	}
	lines := []string{line, fmt.Sprintf("Learned from %s, embedder %s, seed %d", from, x.Embedder, x.Seed)}
	lines = append(lines, fmt.Sprintf("Fit nowhere: %s (%s), less than half as similar to their cluster as its median request",
		count(int64(x.Unlike)), FormatNumber(Share, float64(x.Unlike)/float64(max(x.Data.Requests, 1)))))
	if x.Unplaced > 0 {
		lines = append(lines, fmt.Sprintf("In no cluster: %s; nothing of them is known from other requests", many(int64(x.Unplaced), "request")))
	}
	return lines
}

func clusterTable(x *train.Discovery) Section {
	t := &Table{Columns: []Column{
		{"", Text}, {"requests", Count}, {"share", Share}, {"cohesion", Decimals}, {"fit nowhere", Count}, {"nearest", Text}, {"similarity", Decimals},
	}}
	if x.Agreement != nil {
		t.Columns = append(t.Columns, Column{"gold task", Text}, Column{"its share", Share})
	}
	for i := range x.Clusters {
		c := &x.Clusters[i]
		row := []Cell{T(c.Name), N(c.Requests), N(c.Share), N(c.Cohesion), N(c.Unlike), T(c.Nearest), N(c.Similarity)}
		if x.Agreement != nil {
			share := blank
			if c.GoldTask != "" {
				share = N(c.GoldShare)
			}
			row = append(row, T(c.GoldTask), share)
		}
		t.Rows = append(t.Rows, row)
	}
	return Section{Title: "CLUSTERS", Table: t}
}

func clusterSection(c *train.Cluster) Section {
	var lines []string
	if len(c.Terms) > 0 {
		lines = append(lines, cutLine("  terms: "+strings.Join(c.Terms, ", ")))
	}
	for _, p := range c.Prompts {
		lines = append(lines, cutLine("  · "+p))
	}
	return Section{Title: c.Name, Lines: lines}
}

// cutLine cuts a line to the width of wrap.
func cutLine(s string) string {
	const width = 110
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width-1]) + "…"
}

func triedLines(x *train.Discovery) []string {
	parts := make([]string, len(x.Tried))
	for i, t := range x.Tried {
		parts[i] = fmt.Sprintf("%d: %s", t.Clusters, fixed(t.Silhouette, 2))
	}
	lines := wrap("mean silhouette by number of clusters: " + strings.Join(parts, ", "))
	why := "The first peak was taken: the fewest clusters that stand apart. Later peaks are their parts; --discover K takes another number."
	if len(x.Clusters) == x.Tried[len(x.Tried)-1].Clusters {
		why = "There is no peak, and so the most that were tried were taken: no number is better than another. --discover K takes the number that you want."
	}
	return append(lines, wrap(why)...)
}

func agreementLines(x *train.Discovery) []string {
	a := x.Agreement
	return wrap(fmt.Sprintf("%s of %s: adjusted Rand index %s (1: the same division, 0: no better than at random), purity %s (of each cluster's most frequent task). The clusters do not know them.",
		many(int64(a.Requests), "request"), many(int64(a.Tasks), "gold task"), fixed(a.ARI, 3), FormatNumber(Share, a.Purity)))
}

// Relabeling reports new names of tasks.
func Relabeling(x *train.Relabeling) *Document {
	t := &Table{Columns: []Column{{"", Text}, {"requests", Count}, {"share", Share}, {"from", Text}}}
	for i := range x.Tasks {
		k := &x.Tasks[i]
		t.Rows = append(t.Rows, []Cell{T(k.Name), N(k.Requests), N(float64(k.Requests) / float64(x.Requests)), T(strings.Join(k.From, ", "))})
	}
	if x.NoTask > 0 {
		t.Rows = append(t.Rows, []Cell{T(orNoTask("")), N(x.NoTask), N(float64(x.NoTask) / float64(x.Requests)), blank})
	}
	return &Document{Title: "Tasks", Sections: []Section{{Title: "TASKS", Table: t}}}
}
