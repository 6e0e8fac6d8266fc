package routing

import (
	"context"

	"github.com/tierwise/tierwise/routing/llm"
)

// Models is the world that a walk acts on: live models in production, recorded outcomes in a replay.
type Models interface {
	// Call asks the step's model and keeps its answer for Measure. Retries on the same model are inside.
	Call(ctx context.Context, s *Step) llm.Cause
	// Measure returns the signal of the answer that the step's model just gave, false if there is none.
	Measure(ctx context.Context, s *Step, c *Check) (signal float64, ok bool)
}

// Ended says how a walk ended.
type Ended uint8

// How walks end.
const (
	Accepted    Ended = iota // an answer passed its checks
	Exhausted                // the chain's end was reached; the last answer is returned unless the task wants an error
	Failed                   // no model answered, or the request fits none
	Aborted                  // an error ended the walk before the chain's end: see Decision.Cause
	Unevaluable              // a replay lacks what the walk would have met
)

var endedNames = [...]string{"accepted", "exhausted", "failed", "aborted", "unevaluable"}

// String returns the word for e.
func (e Ended) String() string { return endedNames[e] }

// A Decision is what a walk came to.
type Decision struct {
	Task  TaskID
	Ended Ended
	// Cause is the error that ended the walk if Aborted, the last one if Failed, else OK.
	Cause llm.Cause
	// Answer is the place in the chain of the answer that is returned, −1 if none is.
	Answer      int8
	Attempts    int8 // calls made
	Escalations int8 // answers that a check refused with a tier left to ask
	Failovers   int8 // calls that failed with a tier left to ask
	// Unmeasured counts checks without a signal on tiers where the check decided, and the first such check is
	// UnmeasuredCheck at place UnmeasuredAt. In production such an answer is not accepted; a replay cannot tell.
	Unmeasured, UnmeasuredAt, UnmeasuredCheck int8
	// Skipped has a bit for each place in the chain that the request does not fit.
	Skipped uint64
}

// Returned reports whether the walk returns an answer.
func (d *Decision) Returned() bool { return d.Answer >= 0 }

// Reason returns how the walk ended in one word: the error's if one ended it.
func (d *Decision) Reason() string {
	if d.Ended == Aborted {
		return d.Cause.String()
	}
	return d.Ended.String()
}

// Dispatch walks the chain of a task for a request of so many tokens. It does no I/O of its own and allocates
// nothing. Tiers that the request does not fit are skipped, "last" means that no later tier fits.
func (t *Table) Dispatch(ctx context.Context, task TaskID, tokens int, m Models) Decision {
	var d Decision
	t.DispatchInto(ctx, task, tokens, m, &d)
	return d
}

// DispatchInto is Dispatch for those who walk millions of requests: it overwrites d, wherever that is. To return a Decision
// copies it in words right after its bytes were written one by one, which stalls the processor for as long as a call takes.
func (t *Table) DispatchInto(ctx context.Context, task TaskID, tokens int, m Models, d *Decision) {
	k := &t.tasks[task]
	*d = Decision{Task: task, Ended: Failed, Answer: -1}
	var last int
	d.Skipped, last = k.misfits(tokens)
	for i := range k.chain[:last+1] {
		step := &k.chain[i]
		if d.Skipped&(1<<i) != 0 {
			continue
		}
		d.Attempts++
		cause := m.Call(ctx, step)
		if cause != llm.OK {
			if cause == llm.Unrecorded {
				d.Ended, d.Answer = Unevaluable, -1
				d.UnmeasuredAt = int8(i)
				return
			}
			d.Cause = cause
			if cause.Ends() && !(cause == llm.ContentFilter && k.flags.FailoverWhenRefused) {
				d.Ended, d.Answer = Aborted, -1
				return
			}
			if i < last {
				d.Failovers++
			}
			continue
		}
		d.Answer = int8(i)
		if k.accepts(ctx, step, i == last, m, d) {
			d.Ended, d.Cause = Accepted, llm.OK
			return
		}
		d.Ended = Exhausted
		if i < last {
			d.Escalations++
		}
	}
	if d.Ended == Exhausted {
		d.Cause = llm.OK
		if k.flags.ErrorWhenExhausted {
			d.Answer = -1
		}
	}
}

// accepts runs the task's checks on the answer of step, in order, up to the first no.
func (k *tableTask) accepts(ctx context.Context, step *Step, last bool, m Models, d *Decision) bool {
	for i := range k.checks {
		c := &k.checks[i]
		if !k.checked(c, step.Position, last) {
			continue
		}
		signal, ok := m.Measure(ctx, step, c)
		if !ok && k.decides(last) {
			if d.Unmeasured == 0 {
				d.UnmeasuredAt, d.UnmeasuredCheck = int8(step.Position), int8(i)
			}
			d.Unmeasured++
		}
		if !c.Passes(step.Position, signal, ok) {
			return false
		}
	}
	return true
}

// checked reports whether check c is made at a place in the chain. On the last tier a check cannot lead to a better
// answer, so one that costs a call is skipped there, unless failing it turns the answer into an error.
func (k *tableTask) checked(c *Check, position int, last bool) bool {
	if _, ok := c.Threshold(position); !ok {
		return false
	}
	return k.decides(last) || !c.Kind.NeedsCall()
}

// decides reports whether the checks of a tier decide what the caller gets, or only mark it.
func (k *tableTask) decides(last bool) bool { return !last || k.flags.ErrorWhenExhausted }

// Reachable calls visit for every step of a task's chain that a walk could reach with a request of so many tokens,
// with a nil check, and then for each check that could decide there. It is what a replay must know of a request to
// judge it whatever the walk visits.
func (t *Table) Reachable(task TaskID, tokens int, visit func(s *Step, c *Check)) {
	k := &t.tasks[task]
	last := len(k.chain) - 1
	for last >= 0 && !k.chain[last].fits(tokens) {
		last--
	}
	for i := range k.chain[:last+1] {
		step := &k.chain[i]
		if !step.fits(tokens) {
			continue
		}
		visit(step, nil)
		if !k.decides(i == last) {
			continue
		}
		for j := range k.checks {
			if _, ok := k.checks[j].Threshold(i); ok {
				visit(step, &k.checks[j])
			}
		}
	}
}

// NeedsSize reports whether the walk of a task depends on the size of the request: a tier of its chain has a limit.
func (t *Table) NeedsSize(task TaskID) bool {
	for i := range t.tasks[task].chain {
		if t.tasks[task].chain[i].context > 0 {
			return true
		}
	}
	return false
}

// Tokens estimates the size of a request: a token for every four characters of all its messages, rounded up, and
// what the answer may take, 0 if the request does not limit it.
func Tokens(chars, maxTokens int) int { return (chars+3)/4 + maxTokens }
