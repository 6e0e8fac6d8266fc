package eval

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/tierwise/tierwise/datasets"
)

// add adds the requests of a block and their outcomes.
func (s *inspectSums) add(b *block, baseline string) {
	t := b.traffic
	graded, labeled := labelsOf(t)
	tasks := make([]*inspectTask, len(t.Task.Names)+1)
	groups := make([]uint64, t.Len)
	for i := range t.Len {
		w := b.weight(i)
		k := taskIndex(t, i)
		if tasks[k] == nil {
			name, _ := t.Task.At(i)
			tasks[k] = s.task(name)
		}
		tasks[k].rows.add(w)
		if graded[i] {
			tasks[k].graded.add(w)
		}
		groups[i] = s.addRequest(t, i, w)
	}
	s.hash = AddHash(s.hash, t.Hash)
	s.ids = append(s.ids, t.IDHash...)
	base := judgedQuality(t, baseline, labeled)
	cells := make([]*inspectCell, len(tasks))
	for k := range t.Outcomes {
		o := &t.Outcomes[k]
		clear(cells)
		for i, e := range o.Error[:t.Len] {
			if e == datasets.NoOutcome {
				continue
			}
			task := taskIndex(t, i)
			if cells[task] == nil {
				cells[task] = tasks[task].cell(t.Models[k])
			}
			cells[task].add(o, i, b.weight(i), labeled[i], base[i], groups[i])
		}
		for _, r := range byRow(o.Repeats) {
			cells[taskIndex(t, r[0].Row)].noise.add(at(o.Quality, r[0].Row), r)
		}
	}
}

// taskIndex returns the place of a request's task in the names, after that of no task.
func taskIndex(t *datasets.Traffic, i int) int {
	if t.Task.Index == nil {
		return 0
	}
	return int(t.Task.Index[i]) + 1
}

// addRequest adds what a request itself says and returns the hash of its group, 0 if it has none.
func (s *inspectSums) addRequest(t *datasets.Traffic, i int, w float64) (group uint64) {
	s.rows.add(w)
	s.squares.Add(w * w)
	if us := t.TimeUS[i]; us == datasets.NoTime {
		s.untimed++
	} else {
		s.from, s.to = min(s.from, us), max(s.to, us)
	}
	if split, ok := t.Split.At(i); ok {
		addTo(s.splits, split, w)
	}
	if prompt, ok := t.Prompt.At(i); ok {
		s.prompts = append(s.prompts, keyHash(datasets.ClusterKey("", string(prompt), "")))
	}
	if name, ok := t.Group.At(i); ok && len(name) > 0 {
		group = hashBytes(name) | 1
		s.groups = append(s.groups, group)
	}
	return group
}

// keyHash returns the first half of a cluster's key, which is a hash: among ten million requests two that differ have the
// same with a chance of 1 in 400,000.
func keyHash(key string) uint64 {
	h, _ := strconv.ParseUint(key[:16], 16, 64) // 32 hex digits by contract
	return h
}

// judgedQuality returns the quality of a model on each request, 0 where it failed, NaN where it was not judged.
func judgedQuality(t *datasets.Traffic, model string, labeled []bool) []float64 {
	out := make([]float64, t.Len)
	for i := range out {
		out[i] = nan
	}
	for k := range t.Outcomes {
		if t.Models[k] != model {
			continue
		}
		for i := range out {
			out[i] = judged(&t.Outcomes[k], i, labeled[i])
		}
	}
	return out
}

// judged returns the quality of an outcome, 0 if it failed, NaN if it was not judged.
func judged(o *datasets.Outcomes, i int, labeled bool) float64 {
	switch {
	case !labeled || o.Error[i] == datasets.NoOutcome:
		return nan
	case o.Error[i] != datasets.NoError:
		return 0
	}
	return at(o.Quality, i)
}

// add adds outcome i. base is the baseline's quality on the request, NaN if that was not judged.
func (c *inspectCell) add(o *datasets.Outcomes, i int, w float64, labeled bool, base float64, group uint64) {
	c.outcomes.add(w)
	if q := judged(o, i, labeled); q == q {
		c.judged.add(w)
		c.quality.Add(w * q)
		if base == base {
			c.pairs.addPair(w, q, base, group)
		}
	}
	if ms := at(o.LatencyMS, i); ms == ms { // whoever waits for a failure waits too
		c.latency.add(ms, w)
	}
	usd := at(o.CostUSD, i)
	if usd == usd {
		c.costKnown.add(w)
		c.cost.Add(w * usd)
	}
	if o.Error[i] != datasets.NoError {
		if usd != usd {
			c.unbilled.add(w)
		}
		if c.errors == nil {
			c.errors = map[string]int64{}
		}
		c.errors[o.ErrorNames[o.Error[i]]]++
		return
	}
	c.answered.add(w)
	c.input.add(at(o.InputTokens, i), w)
	c.output.add(at(o.OutputTokens, i), w)
	c.price.add(usd, at(o.InputTokens, i), at(o.CachedInputTokens, i), at(o.OutputTokens, i), at(o.ReasoningTokens, i))
	c.addSignals(o, i, w)
	if q := at(o.Quality, i); labeled && q == q && base == base {
		c.logprobs = c.logprobs.add(-at(o.LogprobMean, i), w, q-base)
		c.selfChecks = c.selfChecks.add(1-at(o.SelfCheck, i), w, q-base)
	}
}

func (c *inspectCell) addSignals(o *datasets.Outcomes, i int, w float64) {
	count := func(signal int, there bool) {
		if there {
			c.signals[signal].add(w)
		}
	}
	response, ok := o.Response.At(i)
	count(hasResponse, ok)
	count(hasJSON, ok && isJSONDocument(response))
	reason, ok := o.FinishReason.At(i)
	count(hasFinishReason, ok && reason != "")
	mean, least, check := at(o.LogprobMean, i), at(o.LogprobMin, i), at(o.SelfCheck, i)
	count(hasLogprobMean, mean == mean)
	count(hasLogprobMin, least == least)
	count(hasSelfCheck, check == check)
}

// isJSONDocument reports whether text is a JSON object or array: a number alone is JSON too, but nobody asked for that.
func isJSONDocument(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) > 0 && (text[0] == '{' || text[0] == '[') && json.Valid(text)
}
