package eval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/accept"
)

// pairUp finds which element of a list became which of another: for each of the new list's n the index in the old one,
// −1 if it is new. Earlier keys count first; among elements of one key the first is paired with the first. An element
// whose key is "" has none.
func pairUp(oldN, n int, keys ...func(fresh bool, i int) string) []int {
	pairs, taken := make([]int, n), make([]bool, oldN)
	for i := range pairs {
		pairs[i] = -1
	}
	for _, key := range keys {
		free := map[string][]int{}
		for i := range oldN {
			if k := key(false, i); !taken[i] && k != "" {
				free[k] = append(free[k], i)
			}
		}
		for i := range pairs {
			if pairs[i] >= 0 {
				continue
			}
			k := key(true, i)
			if k != "" && len(free[k]) > 0 {
				pairs[i] = free[k][0]
				free[k], taken[pairs[i]] = free[k][1:], true
			}
		}
	}
	return pairs
}

// moved reports whether elements that both lists have are in another order.
func moved(pairs []int) bool {
	kept := slices.DeleteFunc(slices.Clone(pairs), func(i int) bool { return i < 0 })
	return !slices.IsSorted(kept)
}

// gone returns the indices of the old list's n elements that are in no pair.
func gone(oldN int, pairs []int) []int {
	var out []int
	for i := range oldN {
		if !slices.Contains(pairs, i) {
			out = append(out, i)
		}
	}
	return out
}

// checks compares the acceptance checks of a task: in order, since they stop at the first no.
func (c *configComparer) checks(path string, old, fresh *routing.Task) {
	side := func(isFresh bool, i int) *routing.Accept {
		if isFresh {
			return &fresh.Accept[i]
		}
		return &old.Accept[i]
	}
	pairs := pairUp(len(old.Accept), len(fresh.Accept),
		func(isFresh bool, i int) string {
			a := side(isFresh, i)
			return fmt.Sprintf("%q", []string{a.Check, a.Pattern, a.Schema, a.Model})
		},
		func(isFresh bool, i int) string { return side(isFresh, i).Check })
	for i, k := range pairs {
		at := []string{fmt.Sprintf("%s.accept[%d]", path, i), path + ".accept", path}
		if k < 0 {
			c.note(DecisionChange, at, "", checkText(fresh, &fresh.Accept[i]))
			continue
		}
		was, is := checkText(old, &old.Accept[k]), checkText(fresh, &fresh.Accept[i])
		sum, sumWas := fileSum(c.fresh, fresh.Accept[i].Schema), fileSum(c.old, old.Accept[k].Schema)
		switch {
		case sum != sumWas:
			c.note(DecisionChange, at, was+sumWas, is+sum)
		case is != was && fresh.Accept[i].Schema != old.Accept[k].Schema && checkLimits(fresh, &fresh.Accept[i]) == checkLimits(old, &old.Accept[k]):
			c.note(OtherChange, at, was, is) // the same schema in another place
		default:
			c.text(DecisionChange, at, was, is)
		}
	}
	for _, k := range gone(len(old.Accept), pairs) {
		c.removed(fmt.Sprintf("%s.accept[%d]", path, k), checkText(old, &old.Accept[k]))
	}
	if moved(pairs) {
		c.note(DecisionChange, []string{path + ".accept", path}, "in the order "+checkNames(old), "in the order "+checkNames(fresh))
	}
}

func checkNames(t *routing.Task) string {
	var names []string
	for i := range t.Accept {
		names = append(names, t.Accept[i].Check)
	}
	return strings.Join(names, ", ")
}

// checkText writes a check as a comparison: "logprob_mean ≥ -0.9 at small, ≥ -1.4 at mid".
func checkText(t *routing.Task, a *routing.Accept) string {
	text := a.Check
	if a.Pattern != "" {
		text += " " + strconv.Quote(a.Pattern)
	}
	if a.Schema != "" {
		text += " " + a.Schema
	}
	if a.Model != "" {
		text += " by " + a.Model
	}
	return text + checkLimits(t, a)
}

// checkLimits writes the thresholds of a check: once if they are those of the whole chain.
func checkLimits(t *routing.Task, a *routing.Accept) string {
	var parts []string
	limits := map[float64]bool{}
	for _, tier := range t.Chain {
		limit, ok := 1.0, true
		switch {
		case a.Min != nil:
			limit = *a.Min
		case a.PerTier != nil:
			limit, ok = a.PerTier[tier]
		}
		if ok {
			limits[limit] = true
			parts = append(parts, fmt.Sprintf("≥ %s at %s", number(limit), tier))
		}
	}
	kind, _ := accept.ParseKind(a.Check)
	switch {
	case len(parts) < len(t.Chain) || len(limits) != 1:
		return " " + strings.Join(parts, ", ")
	case kind.Binary() && limits[1]:
		return ""
	}
	text, _, _ := strings.Cut(parts[0], " at ")
	return " " + text
}

// fileSum identifies the content of a file that a config refers to; "" if it refers to none.
func fileSum(c *routing.Config, path string) string {
	if path == "" {
		return ""
	}
	return fmt.Sprintf(" (sha256 %.8s…)", sumOf(c.Files[path]))
}

// number writes a number without a negative zero.
func number(x float64) string { return strconv.FormatFloat(x+0, 'g', -1, 64) }
