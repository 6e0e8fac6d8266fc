package tune

import (
	"hash/fnv"

	"github.com/tierwise/tierwise/eval"
)

// groups returns the group of each request as Task.Group wants it: those that share a key, by their group or because they are the
// same request again, are one unit of evidence, or one prompt that half of the traffic repeats would count as thousands of labels.
// It is nil where no two do and none has a group, so that such requests are tested as counts of right and wrong.
func groups(labeled []eval.TriedRequest) []uint64 {
	count := make(map[string]int, len(labeled))
	grouped := false
	for i := range labeled {
		r := &labeled[i]
		count[r.Key]++
		grouped = grouped || r.Group != 0 || r.Key != "" && count[r.Key] > 1
	}
	if !grouped {
		return nil
	}
	out := make([]uint64, len(labeled))
	for i := range labeled {
		switch r := &labeled[i]; {
		case r.Group != 0:
			out[i] = r.Group
		case r.Key != "" && count[r.Key] > 1:
			h := fnv.New64a()
			_, _ = h.Write([]byte(r.Key)) // a hash takes whatever it is given
			out[i] = h.Sum64() | 1
		}
	}
	return out
}
