package eval

// Deltas are what a trial came to on each of TriedTask.Labeled: the quality less the baseline's; NaN: a model within reach is
// not graded or lacks a signal. Where outcomes are right or wrong, a delta takes one byte. They are immutable and safe for
// concurrent use.
type Deltas struct {
	chunks []*trialChunk
	trial  int // of the task
}

// Len returns how many there are.
func (d Deltas) Len() int {
	n := 0
	for _, c := range d.chunks {
		n += c.labeled
	}
	return n
}

// Append appends them to a slice, in the order of TriedTask.Labeled.
func (d Deltas) Append(to []float64) []float64 {
	for _, c := range d.chunks {
		if c.values[d.trial] != nil {
			to = append(to, c.values[d.trial]...)
			continue
		}
		for _, code := range c.codes[d.trial*c.labeled:][:c.labeled] {
			to = append(to, deltaOf[code])
		}
	}
	return to
}

// deltaOf are the deltas that have a code.
var deltaOf = [...]float64{0, 1, -1, nan}

// noCode is of all others.
const noCode = uint8(len(deltaOf))

func deltaCode(d float64) uint8 {
	switch {
	case d == 0:
		return 0
	case d == 1:
		return 1
	case d == -1:
		return 2
	case d != d:
		return 3
	}
	return noCode
}

// A trialChunk is the labeled requests of a block that are dispatched to a task, and what trials came to on them.
type trialChunk struct {
	shard   int
	first   int64 // row of the block's first request
	task    int
	labeled int
	rows    []TriedRequest
	codes   []uint8     // by trial of the task × labeled + request
	values  [][]float64 // by trial of the task; nil: all of its deltas have codes
}

// set notes the delta of a labeled request under a trial of the task.
func (c *trialChunk) set(trial, request int, delta float64) {
	at := trial*c.labeled + request
	c.codes[at] = deltaCode(delta)
	if c.codes[at] != noCode || c.values[trial] != nil {
		if c.values[trial] != nil {
			c.values[trial][request] = delta
		}
		return
	}
	values := make([]float64, c.labeled)
	for i, code := range c.codes[trial*c.labeled:][:request] {
		values[i] = deltaOf[code]
	}
	values[request] = delta
	c.values[trial] = values
}
