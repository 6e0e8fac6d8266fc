package eval

import (
	"fmt"

	"github.com/tierwise/tierwise/datasets"
)

// Sums are what a replay of some of the requests adds up to. Merging is commutative and associative to the last
// bit.
type Sums struct {
	Rows Count
	Hash [2]uint64 // the data hash, modulo 2^128, low word first
	IDs  IDs       // hashes of the ids; only with details

	Cells   []Splits // by cell
	Routers []RouterSums
	Crossed []map[CrossKey]CrossSums // by cell; empty where requests are dispatched by their gold task
	// References holds each reference model alone, by gold task ("" for requests without).
	References []map[string]Splits
	Tokens     []map[string]*TokenSums // as References; only with details
	Oracle     map[string]*OracleSums  // by gold task
	Sweeps     []map[SweepKey]Sweep    // by cell
	Control    []ControlSums           // by candidate
	Prices     []PriceSums             // by variant
	Models     []RoutedModels          // by router
	Checks     []CheckSums             // by cell
	Caches     *CacheSums              `json:",omitempty"` // nil: they were not replayed
}

// PriceSums compare recorded costs with what the config's price makes of the tokens, on calls where both are known.
type PriceSums struct {
	Calls            int64
	Recorded, Priced Fixed // USD
}

func (s *PriceSums) merge(o *PriceSums) {
	s.Calls += o.Calls
	s.Recorded.AddFixed(o.Recorded)
	s.Priced.AddFixed(o.Priced)
}

// Splits are partials by split, "" for requests without.
type Splits map[string]*Partial

// A SweepKey is a place in a chain and a check of the task, both from 0.
type SweepKey struct{ Position, Check int }

// MarshalText makes SweepKey a key of JSON objects.
func (k SweepKey) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%d/%d", k.Position, k.Check), nil
}

// UnmarshalText reads what MarshalText wrote.
func (k *SweepKey) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "%d/%d", &k.Position, &k.Check)
	return err
}

func newSums(j *Job) *Sums {
	s := &Sums{
		Cells: make([]Splits, len(j.cells)), Routers: make([]RouterSums, len(j.routers)),
		References: make([]map[string]Splits, len(j.references)), Oracle: map[string]*OracleSums{},
		Crossed: make([]map[CrossKey]CrossSums, len(j.cells)), Control: make([]ControlSums, len(j.candidates)), Prices: make([]PriceSums, len(j.variants)),
		Tokens: make([]map[string]*TokenSums, len(j.references)), Sweeps: make([]map[SweepKey]Sweep, len(j.cells)),
		Checks: make([]CheckSums, len(j.cells)),
	}
	for i := range s.Cells {
		s.Cells[i] = Splits{}
		s.Sweeps[i] = map[SweepKey]Sweep{}
		s.Checks[i] = j.newCheckSums(j.cells[i].policy)
		s.Crossed[i] = map[CrossKey]CrossSums{}
	}
	for i := range s.References {
		s.References[i] = map[string]Splits{}
		s.Tokens[i] = map[string]*TokenSums{}
	}
	for i := range s.Routers {
		s.Routers[i] = newRouterSums(j.routers[i].rules)
		s.Models = append(s.Models, newRoutedModels(j.tables[j.routers[i].view].table.NumTasks(), len(j.references)))
	}
	return s
}

func (s *Sums) addBlock(b *block) {
	t := b.traffic
	for i := range t.Len {
		s.Rows.add(b.weight(i))
	}
	s.Hash = AddHash(s.Hash, t.Hash)
	if b.job.opts.Details {
		s.IDs = append(s.IDs, t.IDHash...)
	}
}

// Merge adds o, of other requests of the same job, to s.
func (s *Sums) Merge(o *Sums) {
	s.Rows.merge(&o.Rows)
	if o.Caches != nil { // which a run has as a whole, and parts of one never do
		s.Caches = o.Caches
	}
	s.Hash = AddHash(s.Hash, o.Hash)
	s.IDs = append(s.IDs, o.IDs...)
	for i := range s.Cells {
		s.Cells[i].merge(o.Cells[i])
		s.Crossed[i] = mergeMap(s.Crossed[i], o.Crossed[i], func(a, b CrossSums) CrossSums { a.merge(&b); return a })
		s.Checks[i].merge(&o.Checks[i])
		for key, sweep := range o.Sweeps[i] {
			s.Sweeps[i][key] = mergeMap(s.Sweeps[i][key], sweep, func(a, b SweepBin) SweepBin { a.merge(&b); return a })
		}
	}
	for i := range s.Routers {
		s.Routers[i].merge(&o.Routers[i])
		s.Models[i].merge(o.Models[i])
	}
	for i := range s.References {
		for task, splits := range o.References[i] {
			if s.References[i][task] == nil {
				s.References[i][task] = Splits{}
			}
			s.References[i][task].merge(splits)
		}
		for task, tokens := range o.Tokens[i] {
			if s.Tokens[i][task] == nil {
				s.Tokens[i][task] = &TokenSums{}
			}
			s.Tokens[i][task].merge(tokens)
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
	for i := range s.Prices {
		s.Prices[i].merge(&o.Prices[i])
	}
}

// mergeBins adds b to a copy of a.
func mergeBins(a, b []Bin) []Bin {
	out := make([]Bin, confidenceBins)
	for i := range out {
		if i < len(a) {
			out[i].merge(&a[i])
		}
		if i < len(b) {
			out[i].merge(&b[i])
		}
	}
	return out
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
			p.Answers, p.Spend = make([]Count, chain), make([]Spend, chain)
		}
		out.partials = append(out.partials, p)
	}
	return out
}
