package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/routing"
)

// pinned returns the tier of each task that is pinned.
func (f *tuneFlags) pinned(c *routing.Config) (map[string]string, error) {
	out := map[string]string{}
	for _, pin := range f.pins {
		at := strings.LastIndex(pin, "=") // a task may have one in its name
		if at <= 0 || at == len(pin)-1 {
			return nil, fmt.Errorf("--pin %s: want task=tier", pin)
		}
		task, tier := pin[:at], pin[at+1:]
		if before, ok := out[task]; ok && before != tier {
			return nil, fmt.Errorf("--pin %s: %s is pinned to %s too; name one tier", pin, task, before)
		}
		out[task] = tier
		for _, t := range c.Tiers {
			if t.Name == tier && slices.Contains(f.exclude, t.Model) {
				return nil, fmt.Errorf("--pin %s: the model of %s is %s, which --exclude leaves out; drop one of the two", pin, tier, t.Model)
			}
		}
	}
	return out, nil
}

// once is a text flag that may be given once: of two, neither is silently the last.
type once struct {
	to      *string
	instead string // what to do rather than naming it twice
}

// String implements pflag.Value.
func (o once) String() string {
	if o.to == nil {
		return ""
	}
	return *o.to
}

// Type implements pflag.Value.
func (o once) Type() string { return "string" }

// Set implements pflag.Value.
func (o once) Set(text string) error {
	if *o.to != "" && *o.to != text {
		return errors.New("is given twice: " + o.instead)
	}
	*o.to = text
	return nil
}
