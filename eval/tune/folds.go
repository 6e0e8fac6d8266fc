package tune

import "github.com/tierwise/tierwise/datasets"

const (
	foldCount  = datasets.FoldCount
	pilotFolds = 4 // the first folds: a fifth of the requests
)

// Searched is the fold of a request that is always in the pilot: one whose split is tune, or whose results another search
// has seen. If any request has it, the pilot is these requests, and all folds verify.
const Searched = -1

// Cut divides requests into folds and returns the fold of each, as Task.Fold wants it: those of [datasets.Folds] with the
// salt of the seed, which training uses too. Requests that were searched are in no fold, nor is any request of a cluster
// that has one of them; searched is nil where there are none.
func Cut(rows []datasets.Cluster, searched []bool, seed uint64) []int {
	salt := datasets.FoldSalt(seed)
	if searched == nil {
		return datasets.Folds(rows, foldCount, salt)
	}
	seen := map[string]bool{}
	for i, s := range searched {
		if s {
			seen[clusterKey(&rows[i])] = true
		}
	}
	folds := make([]int, len(rows))
	fresh, index := make([]datasets.Cluster, 0, len(rows)), make([]int, 0, len(rows))
	for i := range rows {
		if seen[clusterKey(&rows[i])] {
			folds[i] = Searched
			continue
		}
		fresh, index = append(fresh, rows[i]), append(index, i)
	}
	for i, fold := range datasets.Folds(fresh, foldCount, salt) {
		folds[index[i]] = fold
	}
	return folds
}

func clusterKey(c *datasets.Cluster) string {
	if c.Key != "" {
		return c.Key
	}
	return datasets.ClusterKey("", "", c.ID)
}
