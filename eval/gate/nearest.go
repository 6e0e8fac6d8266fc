package gate

import (
	"fmt"
	"strings"
)

// suggest ends a message about a name that is not among the valid ones: with the nearest, else with all of them.
func suggest(name string, valid []string) string {
	best, limit := "", max(1, len(name)/3)
	for _, v := range valid {
		if d := edits(strings.ToLower(name), v); d < limit || d == limit && best == "" {
			best, limit = v, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return "; valid: " + strings.Join(valid, ", ")
}

// edits is the number of letters to insert, delete, replace or swap with a neighbour between a and b (optimal string
// alignment).
func edits(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			replace := last[j]
			if a[i] != b[j] {
				replace++
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, replace)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
