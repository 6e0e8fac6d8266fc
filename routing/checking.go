package routing

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/trace"
)

// function has the service's own code measure the answer.
func (w *walk) function(ctx context.Context, c *Check, record *trace.Check) (signal float64, ok bool) {
	f := w.router.opts.Checks[c.Name]
	if f == nil {
		record.Reason = "the service has no function of that name"
		return math.NaN(), false
	}
	begun := w.router.opts.Now()
	signal, err := f(ctx, w.q, w.answer)
	record.LatencyMS = milliseconds(w.router.opts.Now().Sub(begun))
	if err != nil {
		record.Reason = "the service's function failed"
	}
	return signal, err == nil && !math.IsNaN(signal)
}

// lackingFuncs returns an error for each function that checks of the table measure by and the service did not supply.
func lackingFuncs(t *Table, funcs map[string]CheckFunc) []error {
	var errs []error
	for i := range t.signals {
		c := &t.signals[i]
		if c.Kind == accept.Func && funcs[c.Name] == nil {
			errs = append(errs, fmt.Errorf("check %s: the service has no function of that name in Options.Checks%s",
				c.Word(), suggest(c.Name, slices.Sorted(maps.Keys(funcs)))))
		}
	}
	return errs
}
