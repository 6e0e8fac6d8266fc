package train

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/tierwise/tierwise/datasets"
)

// WriteLabeled writes the traffic that x was found in, with the name of each request's cluster as its task, in the canonical
// layout. Requests in no cluster have no task; those that the conditions leave out are left out; columns that are not
// canonical are too.
func (x *Discovery) WriteLabeled(ctx context.Context, w io.Writer, d *datasets.Dataset, progress func(done, total int64)) error {
	shards := d.Shards()
	if len(shards) != len(x.of) {
		return fmt.Errorf("the traffic has %d shards: clusters were found in %d", len(shards), len(x.of))
	}
	return datasets.Copy(ctx, w, d, progress, func(shard, i int, row *datasets.Row) {
		row.Task = ""
		if c := x.of[shard][i]; c >= 0 {
			row.Task = x.Clusters[c].Name
		}
	})
}

// A Relabeling says what became of the tasks of traffic.
type Relabeling struct {
	Requests int             `json:"requests"`
	Tasks    []RelabeledTask `json:"tasks"`   // the largest first
	NoTask   int             `json:"no_task"` // requests without task, now
}

// A RelabeledTask is a task and the former tasks of its requests, in the order of the alphabet.
type RelabeledTask struct {
	Name     string   `json:"name"`
	Requests int      `json:"requests"`
	From     []string `json:"from"`
}

// ErrNoSuchTask says that a task to rename is not there.
var ErrNoSuchTask = errors.New("no request has the task")

// WriteRelabeled writes traffic with other names of tasks, which may be the same for several and "" for none; tasks without
// another name keep theirs. As for the rest it is as WriteLabeled. It fails with ErrNoSuchTask for a name that no request's task has.
func WriteRelabeled(ctx context.Context, w io.Writer, d *datasets.Dataset, names map[string]string, progress func(done, total int64)) (*Relabeling, error) {
	out := &Relabeling{}
	type count struct {
		requests int
		from     map[string]bool
	}
	counts, met := map[string]*count{}, map[string]bool{}
	err := datasets.Copy(ctx, w, d, progress, func(_, _ int, row *datasets.Row) {
		out.Requests++
		met[row.Task] = true
		from := row.Task
		if to, ok := names[from]; ok && from != "" {
			row.Task = to
		}
		if row.Task == "" {
			out.NoTask++
			return
		}
		if counts[row.Task] == nil {
			counts[row.Task] = &count{from: map[string]bool{}}
		}
		counts[row.Task].requests++
		counts[row.Task].from[from] = true
	})
	if err != nil {
		return nil, err
	}
	delete(met, "")
	for _, name := range sortedKeys(names) {
		if !met[name] {
			return nil, fmt.Errorf("%w %q: headings are the names in the traffic, %s", ErrNoSuchTask, name, some(sortedKeys(met)))
		}
	}
	for _, name := range sortedKeys(counts) {
		out.Tasks = append(out.Tasks, RelabeledTask{name, counts[name].requests, sortedKeys(counts[name].from)})
	}
	slices.SortStableFunc(out.Tasks, func(a, b RelabeledTask) int { return b.Requests - a.Requests })
	return out, nil
}
