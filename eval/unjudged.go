package eval

import "fmt"

// whyUnjudged says what keeps changed tasks, one at least, from being judged at all: what labels cannot mend comes first.
func whyUnjudged(parts []taskPartial) string {
	for i := range parts {
		if n := parts[i].p.Graded.N; n > 0 {
			return fmt.Sprintf("task %q is changed, and none of its %d labeled requests has all that it takes to judge it", parts[i].task, n)
		}
	}
	return fmt.Sprintf("task %q is changed and has no labels to judge it by", parts[len(parts)-1].task)
}
