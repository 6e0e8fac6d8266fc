package eval

import (
	"fmt"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// RouterSums is where a router sends requests, and how often that is right.
type RouterSums struct {
	Tasks  map[Misroute]Count
	Layers map[string]RoutedSums // by what decided
	Rules  []RoutedSums          // by rule
	Splits map[string]SplitSums  // by the task that was found, of those with a split

	Unknown       map[string]Count // names that the table lacks → requests; "(none)" where no task is named
	Unrouted      Count            // requests of which the LLM router's answer is not recorded
	Unclassified  Count            // requests of which the classifier had no answer
	Unpriced      Count            // requests whose embedding has no known cost
	LeftOut       Count            // requests that the classifier or a split was trained on, without out-of-fold prediction
	LeftOutGraded Count            // those of them with a graded baseline outcome

	// Only with details.
	Reliability map[string][]Bin    // by layer
	Misrouted   map[string]Examples // by gold task
}

// RoutedSums count requests, those of known gold task, and those sent to it.
type RoutedSums struct {
	Requests, Gold, Right Count
	W2                    Fixed // Σw² of those of known gold task and a weight other than 1
}

func (s *RoutedSums) merge(o *RoutedSums) {
	s.Requests.merge(&o.Requests)
	s.Gold.merge(&o.Gold)
	s.Right.merge(&o.Right)
	s.W2.AddFixed(o.W2)
}

// merged returns the sum of two of them.
func merged(a, b RoutedSums) RoutedSums { a.merge(&b); return a }

// units returns how many requests of known gold task and weight 1 tell as much (Kish 1965).
func (s *RoutedSums) units() float64 {
	squares := s.W2
	squares.AddInt(s.Gold.Unit)
	if w := s.Gold.Weight(); w > 0 {
		return w * w / squares.Float64()
	}
	return 0
}

// A Misroute is an entry of the matrix of gold tasks ("" for none) and the tasks that were found, before any split.
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

func newRouterSums(rules int) RouterSums {
	return RouterSums{
		Tasks: map[Misroute]Count{}, Layers: map[string]RoutedSums{}, Rules: make([]RoutedSums, rules), Splits: map[string]SplitSums{}, Unknown: map[string]Count{},
		Reliability: map[string][]Bin{}, Misrouted: map[string]Examples{},
	}
}

func (s *RouterSums) merge(o *RouterSums) {
	addCounts := func(a, b Count) Count { a.merge(&b); return a }
	s.Tasks = mergeMap(s.Tasks, o.Tasks, addCounts)
	s.Layers = mergeMap(s.Layers, o.Layers, merged)
	for i := range o.Rules {
		s.Rules[i].merge(&o.Rules[i])
	}
	s.Splits = mergeMap(s.Splits, o.Splits, func(a, b SplitSums) SplitSums { a.merge(&b); return a })
	s.Unknown = mergeMap(s.Unknown, o.Unknown, addCounts)
	s.Unrouted.merge(&o.Unrouted)
	s.Unclassified.merge(&o.Unclassified)
	s.Unpriced.merge(&o.Unpriced)
	s.LeftOut.merge(&o.LeftOut)
	s.LeftOutGraded.merge(&o.LeftOutGraded)
	s.Misrouted = mergeMap(s.Misrouted, o.Misrouted, mergeExamples)
	s.Reliability = mergeMap(s.Reliability, o.Reliability, mergeBins)
}

// numLayers is the number of layers, which are sources of decisions; behind them come the rules, each one more.
const numLayers = int(routing.LayerDefault) + 1

// What came of a request that a source decided.
const (
	withoutGold = iota // it has no gold task
	misrouted
	wellRouted
	numOutcomes
)

// A sourceCount counts what came of the requests that one source decided.
type sourceCount struct {
	counts [numOutcomes]Count
	w2     Fixed
}

func (c *sourceCount) add(outcome int, weight float64) {
	c.counts[outcome].add(weight)
	if weight != 1 && outcome != withoutGold {
		c.w2.Add(weight * weight)
	}
}

func (c *sourceCount) sums() RoutedSums {
	t := RoutedSums{Requests: c.counts[withoutGold], Gold: c.counts[misrouted], Right: c.counts[wellRouted], W2: c.w2}
	t.Gold.merge(&t.Right)
	t.Requests.merge(&t.Gold)
	return t
}

// addRoutes counts which tasks the requests of a block were found to be of and by what, and whether that is what their gold
// task is: golds as goldTasks returns them. Where callers name the gold task there is nothing to be right about.
func (s *RouterSums) addRoutes(view *tableView, b *block, routes []routed, golds []routing.TaskID, named bool) {
	table := view.table
	t := b.traffic
	matrix := make([]Count, len(golds)*table.NumTasks())
	sources := make([]sourceCount, numLayers+len(s.Rules))
	splits := make([]SplitSums, len(view.splits))
	for i := range routes {
		r := &routes[i]
		weight := b.weight(i)
		if r.Task == leftOut {
			s.LeftOut.add(weight)
			if q := b.baseQuality(&b.variants[view.base], i); q == q {
				s.LeftOutGraded.add(weight)
			}
			continue
		}
		gold := 0
		if t.Task.Index != nil {
			gold = int(t.Task.Index[i]) + 1
		}
		found := r.Found()
		matrix[int(found)*len(golds)+gold].add(weight)
		outcome := withoutGold
		if gold > 0 && !named {
			outcome = misrouted
			if found == golds[gold] {
				outcome = wellRouted
			}
		}
		source := int(r.Layer)
		if r.Rule >= 0 {
			source = numLayers + r.Rule
		}
		sources[source].add(outcome, weight)
		s.addLacks(t, i, r, weight, named)
		if view.splits != nil && view.splits[found] >= 0 {
			splits[found].add(r, weight)
		}
	}
	for task := range splits {
		if splits[task].Asked.N > 0 {
			name := table.TaskName(routing.TaskID(task))
			sums := s.Splits[name]
			sums.merge(&splits[task])
			s.Splits[name] = sums
		}
	}
	s.addMatrix(table, matrix, t.Task.Names)
	s.addSources(sources)
}

// addLacks counts what was missing to route a request.
func (s *RouterSums) addLacks(t *datasets.Traffic, i int, r *routed, weight float64, named bool) {
	if r.Unrouted {
		s.Unrouted.add(weight)
	}
	if r.Unclassified {
		s.Unclassified.add(weight)
	}
	if r.unpriced {
		s.Unpriced.add(weight)
	}
	if r.Unknown {
		addTo(s.Unknown, unknownTask(t, i, named), weight)
	}
}

func (s *RouterSums) addMatrix(table *routing.Table, matrix []Count, names []string) {
	golds := len(names) + 1
	for i := range matrix {
		if matrix[i].N == 0 {
			continue
		}
		key := Misroute{Task: table.TaskName(routing.TaskID(i / golds))}
		if g := i % golds; g > 0 {
			key.Gold = names[g-1]
		}
		c := s.Tasks[key]
		c.merge(&matrix[i])
		s.Tasks[key] = c
	}
}

func (s *RouterSums) addSources(sources []sourceCount) {
	for k := range sources {
		t := sources[k].sums()
		if t.Requests.N == 0 {
			continue
		}
		layer := routing.LayerRule
		if k < numLayers {
			layer = routing.Layer(k)
		} else {
			s.Rules[k-numLayers].merge(&t)
		}
		s.Layers[layer.String()] = merged(s.Layers[layer.String()], t)
	}
}
