package eval

import (
	"fmt"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// Sums are what a replay of some of the requests adds up to. Merging is commutative and associative to the last
// bit.
type Sums struct {
	Rows Count
	Hash [2]uint64 // the data hash, modulo 2^128, low word first
	IDs  IDs       // hashes of the ids

	Cells   []Splits // by cell
	Routers []RouterSums
	// References holds each reference model alone, by gold task ("" for requests without).
	References []map[string]Splits
	Oracle     map[string]*OracleSums // by gold task
	Control    []ControlSums          // by candidate
}

// Splits are partials by split, "" for requests without.
type Splits map[string]*Partial

// RouterSums is where a router sends requests.
type RouterSums struct {
	Tasks    map[Misroute]Count
	Unknown  map[string]Count // names that the table lacks → requests; "(none)" where no task is named
	Unrouted Count            // requests of which the LLM router's answer is not recorded
}

// A Misroute is an entry of the matrix of gold tasks ("" for none) and dispatched tasks.
type Misroute struct{ Gold, Task string }

// MarshalText makes Misroute a key of JSON objects.
func (m Misroute) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%q→%q", m.Gold, m.Task), nil
}

// UnmarshalText reads what MarshalText wrote.
func (m *Misroute) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "%q→%q", &m.Gold, &m.Task)
	return err
}

func newSums(j *Job) *Sums {
	s := &Sums{
		Cells: make([]Splits, len(j.cells)), Routers: make([]RouterSums, len(j.routers)),
		References: make([]map[string]Splits, len(j.references)), Oracle: map[string]*OracleSums{},
		Control: make([]ControlSums, len(j.candidates)),
	}
	for i := range s.Cells {
		s.Cells[i] = Splits{}
	}
	for i := range s.References {
		s.References[i] = map[string]Splits{}
	}
	for i := range s.Routers {
		s.Routers[i] = RouterSums{Tasks: map[Misroute]Count{}, Unknown: map[string]Count{}}
	}
	return s
}

func (s *Sums) addBlock(b *block) {
	t := b.traffic
	for i := range t.Len {
		s.Rows.add(b.weight(i))
	}
	s.Hash = addHash(s.Hash, t.Hash)
	s.IDs = append(s.IDs, t.IDHash...)
}

// Merge adds o, of other requests of the same job, to s.
func (s *Sums) Merge(o *Sums) {
	s.Rows.merge(&o.Rows)
	s.Hash = addHash(s.Hash, o.Hash)
	s.IDs = append(s.IDs, o.IDs...)
	for i := range s.Cells {
		s.Cells[i].merge(o.Cells[i])
	}
	addCounts := func(a, b Count) Count { a.merge(&b); return a }
	for i := range s.Routers {
		to, from := &s.Routers[i], &o.Routers[i]
		to.Tasks = mergeMap(to.Tasks, from.Tasks, addCounts)
		to.Unknown = mergeMap(to.Unknown, from.Unknown, addCounts)
		to.Unrouted.merge(&from.Unrouted)
	}
	for i := range s.References {
		for task, splits := range o.References[i] {
			if s.References[i][task] == nil {
				s.References[i][task] = Splits{}
			}
			s.References[i][task].merge(splits)
		}
	}
	for task, sums := range o.Oracle {
		if s.Oracle[task] == nil {
			s.Oracle[task] = &OracleSums{}
		}
		s.Oracle[task].merge(sums)
	}
	for i := range s.Control {
		s.Control[i].merge(&o.Control[i])
	}
}

func (s Splits) merge(o Splits) {
	for split, p := range o {
		if s[split] == nil {
			s[split] = &Partial{}
		}
		s[split].Merge(p)
	}
}

// total returns the sum over all splits.
func (s Splits) total() *Partial {
	var p Partial
	for _, o := range s {
		p.Merge(o)
	}
	return &p
}

// addRoutes counts where the requests of a block were sent, and what they were.
func (s *Sums) addRoutes(router int, table *routing.Table, b *block, routes []routed, goldTasks bool) {
	sums, t := &s.Routers[router], b.traffic
	golds := len(t.Task.Names) + 1
	matrix := make([]Count, golds*table.NumTasks())
	for i := range routes {
		r := &routes[i]
		weight := b.weight(i)
		gold := 0
		if t.Task.Index != nil {
			gold = int(t.Task.Index[i]) + 1
		}
		matrix[int(r.Task)*golds+gold].add(weight)
		if r.Unrouted {
			sums.Unrouted.add(weight)
		}
		if r.Unknown {
			addTo(sums.Unknown, unknownTask(t, i, goldTasks), weight)
		}
	}
	for i := range matrix {
		if matrix[i].N == 0 {
			continue
		}
		key := Misroute{Task: table.TaskName(routing.TaskID(i / golds))}
		if g := i % golds; g > 0 {
			key.Gold = t.Task.Names[g-1]
		}
		c := sums.Tasks[key]
		c.merge(&matrix[i])
		sums.Tasks[key] = c
	}
}

func addTo(m map[string]Count, key string, weight float64) {
	c := m[key]
	c.add(weight)
	m[key] = c
}

// splitPartials finds the partial of a request by its split.
type splitPartials struct {
	index    []int32
	partials []*Partial // by split + 1
}

func (s splitPartials) at(i int) *Partial {
	if s.index == nil {
		return s.partials[0]
	}
	return s.partials[s.index[i]+1]
}

// forBlock returns the partials for the splits of a block, of a policy with a chain of that length.
func (s Splits) forBlock(split *datasets.Dict, chain int) splitPartials {
	out := splitPartials{index: split.Index}
	names := append([]string{""}, split.Names...)
	if split.Index == nil {
		names = names[:1]
	}
	for _, name := range names {
		p := s[name]
		if p == nil {
			p = &Partial{}
			s[name] = p
		}
		if p.Answers == nil {
			p.Answers = make([]Count, chain)
		}
		out.partials = append(out.partials, p)
	}
	return out
}
