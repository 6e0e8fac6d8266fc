package datasets

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// A Cluster says of one row what the division into folds needs. Rows with the same Key stay together.
type Cluster struct {
	ID   string // of the row, unique
	Task string // gold task; "" if unknown
	Key  string // as by ClusterKey; "" is a cluster of its own
}

// ClusterKey returns the key of the cluster that a row belongs to: its group; without one, its prompt in lower
// case with white space collapsed; without that, its id. Keys of the three kinds never meet. A key is 32 hex
// digits, whatever the length of the prompt.
func ClusterKey(group, prompt, id string) string {
	switch {
	case group != "":
		return digest("group", group)
	case prompt != "":
		if p := appendPlain(nil, prompt); len(p) > 0 {
			return digest("prompt", string(p))
		}
	}
	return digest("id", id)
}

// digest returns 128 bits of SHA-256 in hex: enough that no two of a billion keys meet.
func digest(kind, s string) string {
	h := stableHash(kind, s)
	return hex.EncodeToString(h[:keyBytes])
}

const keyBytes = 16

// stableHash hashes two strings such that ("a", "bc") and ("ab", "c") differ. It is part of what a seed or salt
// means: it must never change.
func stableHash(a, b string) [sha256.Size]byte {
	buf := make([]byte, 0, 256)
	buf = append(buf, a...)
	buf = append(buf, 0)
	buf = append(buf, b...)
	return sha256.Sum256(buf)
}

// Folds divides rows into folds and returns the fold of each, from 0 to folds−1, in the order of rows. Rows of a
// cluster share a fold. Within the task of its first row by id, clusters are dealt round-robin in the order of
// hash(salt, key), so that each fold holds an equal part of every task, to within one cluster, and the first
// folds the odd ones. The result depends on the set of rows, not on their order; another task's rows do not
// change it. Fewer than 2 folds put everything into fold 0. Salt must not contain a zero byte.
func Folds(rows []Cluster, folds int, salt string) []int {
	fold := make([]int, len(rows))
	if folds < 2 {
		return fold
	}
	clusters, of := gather(rows, salt)
	byTask := map[string][]int{}
	for i := range clusters {
		task := rows[clusters[i].first].Task
		byTask[task] = append(byTask[task], i)
	}
	for _, order := range byTask {
		slices.SortFunc(order, func(i, j int) int { return bytes.Compare(clusters[i].hash[:], clusters[j].hash[:]) })
		for next, i := range order {
			clusters[i].fold = next % folds
		}
	}
	for i, c := range of {
		fold[i] = clusters[c].fold
	}
	return fold
}

// A dealt is a cluster on its way into a fold.
type dealt struct {
	first int // index of its row with the smallest id
	hash  [sha256.Size]byte
	fold  int
}

// gather returns the clusters of rows, and of each row the index of its cluster.
func gather(rows []Cluster, salt string) (clusters []dealt, of []int) {
	of = make([]int, len(rows))
	byKey := make(map[string]int, len(rows))
	for i, r := range rows {
		key := r.Key
		if key == "" {
			key = ClusterKey("", "", r.ID)
		}
		c, ok := byKey[key]
		switch {
		case !ok:
			c = len(clusters)
			byKey[key] = c
			clusters = append(clusters, dealt{first: i, hash: stableHash(salt, key)})
		case r.ID < rows[clusters[c].first].ID:
			clusters[c].first = i
		}
		of[i] = c
	}
	return clusters, of
}
