package eval

// NearName returns the name that is a slip of the pen away, at most a third of its letters, "" if there is none.
func NearName(name string, names []string) string {
	best, limit := "", len(name)/3
	for _, n := range names {
		if d := editDistance(name, n); d <= limit {
			best, limit = n, d-1
		}
	}
	return best
}

// editDistance is the number of bytes to insert, delete or replace to turn a into b (Levenshtein 1966).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
