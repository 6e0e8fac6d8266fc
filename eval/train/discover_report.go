package train

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing/classify"
)

// report puts together what was found.
func (x *discovering) report() *Discovery {
	k := len(x.clusters.centers) / x.space.dims
	requests, order := make([]int, k), make([]int, k)
	for i, c := range x.cluster {
		if c >= 0 {
			requests[c] += x.repeats[i]
		}
	}
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(requests[b], requests[a]) })
	number := make([]int32, k) // the new one of each cluster
	for n, c := range order {
		number[c] = int32(n)
	}
	for i, c := range x.cluster {
		if c >= 0 {
			x.cluster[i] = number[c]
		}
	}
	out := &Discovery{
		Embedder: cmp.Or(x.opts.Embedder, classify.NGramsName), Seed: x.opts.Seed, Tried: x.tried, Clusters: make([]Cluster, k),
		Data: DiscoveredData{Distinct: len(x.distinct), Learned: len(x.sample), Split: x.split},
	}
	x.number(out)
	x.measure(out)
	x.describe(out, order)
	x.compare(out)
	return out
}

// number gives each request its cluster, and counts.
func (x *discovering) number(out *Discovery) {
	for _, rows := range x.shards {
		of := make([]int32, len(rows))
		for i := range rows {
			of[i] = -1
			if k, ok := slices.BinarySearch(x.distinct, rows[i].key); ok {
				of[i] = x.cluster[k]
			}
			if of[i] < 0 {
				out.Unplaced++
			} else {
				out.Clusters[of[i]].Requests++
			}
		}
		out.of = append(out.of, of)
		out.Data.Requests += len(rows)
	}
	for i := range out.Clusters {
		c := &out.Clusters[i]
		c.Share = float64(c.Requests) / float64(max(out.Data.Requests, 1))
	}
}

// unlikeShare is the part of its cluster's median similarity below which a request fits nowhere.
const unlikeShare = 0.5

// measure says how alike the requests of each cluster are, and which are not.
func (x *discovering) measure(out *Discovery) {
	similar := make([][]float32, len(out.Clusters))
	for i, c := range x.cluster {
		if c >= 0 {
			similar[c] = append(similar[c], x.similarity[i])
			out.Clusters[c].Cohesion += float64(x.repeats[i]) * float64(x.similarity[i])
		}
	}
	limit := make([]float32, len(out.Clusters))
	for c, s := range similar {
		slices.Sort(s)
		if len(s) > 0 {
			limit[c] = unlikeShare * s[len(s)/2]
		}
		out.Clusters[c].Cohesion /= float64(max(out.Clusters[c].Requests, 1))
	}
	for i, c := range x.cluster {
		if c >= 0 && x.similarity[i] < limit[c] {
			out.Clusters[c].Unlike += x.repeats[i]
			out.Unlike += x.repeats[i]
		}
	}
}

// describe gives clusters their terms, names, typical prompts and neighbours. Order says which clusters of the sample they are.
func (x *discovering) describe(out *Discovery, order []int) {
	dims := x.space.dims
	byCluster := make([][]int, len(order)) // of the sample
	of := make([]int32, len(x.sample))
	for i, key := range x.keys {
		k, _ := slices.BinarySearch(x.distinct, key)
		if of[i] = x.cluster[k]; of[i] >= 0 {
			byCluster[of[i]] = append(byCluster[of[i]], i)
		}
	}
	words := countWords(x.sample, of, len(order))
	used := map[string]bool{}
	for n, at := range order {
		c := &out.Clusters[n]
		center := x.clusters.centers[at*dims:][:dims]
		terms := words.terms(n)
		c.Name, c.Terms, c.Prompts = nameOf(terms, used), []string{}, x.typical(byCluster[n], center)
		for _, t := range terms {
			c.Terms = append(c.Terms, t.word)
		}
		used[c.Name] = true
	}
	for n, at := range order {
		c := &out.Clusters[n]
		best := float32(-2)
		for m, other := range order {
			s := product(x.clusters.centers[at*dims:][:dims], x.clusters.centers[other*dims:][:dims])
			if m != n && s > best {
				best = s
				c.Nearest, c.Similarity = out.Clusters[m].Name, float64(s)
			}
		}
	}
}

const (
	shownPrompts = 3
	shownRunes   = 300 // of a prompt
)

// typical returns prompts of the sample near a center, those that say the same as another one last.
func (x *discovering) typical(of []int, center []float32) []string {
	const same = 0.95
	dims := x.space.dims
	point := func(i int) []float32 { return x.points[i*dims:][:dims] }
	of = slices.Clone(of)
	slices.SortStableFunc(of, func(a, b int) int { return cmp.Compare(product(point(b), center), product(point(a), center)) })
	var chosen, others []int
	for _, i := range of {
		switch {
		case len(chosen) == shownPrompts:
		case slices.ContainsFunc(chosen, func(j int) bool { return product(point(i), point(j)) > same }):
			others = append(others, i)
		default:
			chosen = append(chosen, i)
		}
	}
	chosen = append(chosen, others[:min(len(others), shownPrompts-len(chosen))]...)
	out := []string{}
	for _, i := range chosen {
		if s := oneLine(x.sample[i].Input.Text); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// oneLine writes a prompt in one line, and its beginning if it is long.
func oneLine(prompt string) string {
	var b strings.Builder
	n := 0
	for word := range strings.FieldsSeq(strings.ToValidUTF8(prompt, "\uFFFD")) {
		if n > 0 {
			b.WriteByte(' ')
			n++
		}
		for _, r := range word {
			if n == shownRunes {
				return b.String() + "…"
			}
			b.WriteRune(r)
			n++
		}
	}
	return b.String()
}

// compare says how the clusters match the gold tasks.
func (x *discovering) compare(out *Discovery) {
	names := map[string]int{}
	for row := range x.rows() {
		if row.task != "" {
			names[row.task] = 0
		}
	}
	if len(names) == 0 {
		return
	}
	tasks := slices.Sorted(maps.Keys(names))
	for i, name := range tasks {
		names[name] = i
	}
	table := make([][]int, len(out.Clusters))
	for c := range table {
		table[c] = make([]int, len(tasks))
	}
	for shard, rows := range x.shards {
		for i := range rows {
			if c := out.of[shard][i]; c >= 0 && rows[i].task != "" {
				table[c][names[rows[i].task]]++
			}
		}
	}
	out.Agreement = agreement(table)
	for c, row := range table {
		sum, most := 0, slices.Max(row)
		for _, n := range row {
			sum += n
		}
		if sum > 0 {
			out.Clusters[c].GoldTask = tasks[slices.Index(row, most)]
			out.Clusters[c].GoldShare = float64(most) / float64(sum)
		}
	}
}
