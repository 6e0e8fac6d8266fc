package train

// An Agreement says how well clusters match the gold tasks of the same requests.
type Agreement struct {
	Requests int `json:"requests"` // with a gold task, and in a cluster
	Tasks    int `json:"tasks"`
	// ARI is the adjusted Rand index of Hubert and Arabie, Comparing partitions (1985), eq. 5: 1 if both divide the requests in
	// the same way, 0 on the average of random divisions.
	ARI float64 `json:"adjusted_rand_index"`
	// Purity is the share of requests whose task is the most frequent one of their cluster (Manning, Raghavan and
	// Schütze, Introduction to Information Retrieval, 2008, §16.3). It grows with the number of clusters.
	Purity float64 `json:"purity"`
}

// agreement compares clusters with tasks by how many requests each pair of them shares: clusters × tasks, where a task
// may be without requests.
func agreement(table [][]int) *Agreement {
	out := &Agreement{}
	var columns []int
	pairs, inRows, inColumns := 0.0, 0.0, 0.0
	pure := 0
	for _, row := range table {
		sum, most := 0, 0
		for j, n := range row {
			if j == len(columns) {
				columns = append(columns, 0)
			}
			columns[j] += n
			sum += n
			most = max(most, n)
			pairs += pairsOf(n)
		}
		out.Requests += sum
		pure += most
		inRows += pairsOf(sum)
	}
	for _, n := range columns {
		inColumns += pairsOf(n)
		if n > 0 {
			out.Tasks++
		}
	}
	if out.Requests == 0 {
		return out
	}
	out.Purity = float64(pure) / float64(out.Requests)
	expected, most := 0.0, (inRows+inColumns)/2
	if all := pairsOf(out.Requests); all > 0 {
		expected = inRows * inColumns / all
	}
	out.ARI = 1
	if most != expected { // else both have one class, or one for each request
		out.ARI = (pairs - expected) / (most - expected)
	}
	return out
}

// pairsOf is the number of pairs of n things.
func pairsOf(n int) float64 { return float64(n) * float64(n-1) / 2 }
