package demo

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// facts are the values of the slots of one question. A slot is drawn when a template first needs it, and keeps its
// value: the prompt, the right answer and the models' answers speak of the same order.
type facts struct {
	r             *rand.Rand
	names, values []string
}

// get returns the value of a slot.
func (f *facts) get(name string) string {
	if i := slices.Index(f.names, name); i >= 0 {
		return f.values[i]
	}
	v := draw(f.r, name)
	f.set(name, v)
	return v
}

// set gives a slot its value, before any template needs it.
func (f *facts) set(name, value string) {
	f.names, f.values = append(f.names, name), append(f.values, value)
}

// fill returns the template with its {slots} filled.
func (f *facts) fill(template string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		b.WriteString(f.get(name))
		template = after
	}
}

// say fills one of the templates with values of its own.
func say(r *rand.Rand, templates []string) string {
	return (&facts{r: r}).fill(pick(r, templates))
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// draw draws a value of a slot. A digit at the end of a name tells slots of a kind apart: {city}, {city2}.
func draw(r *rand.Rand, name string) string {
	switch strings.TrimRight(name, "0123456789") {
	case "first":
		return pick(r, firstNames)
	case "last":
		return pick(r, lastNames)
	case "company":
		return pick(r, companyNames) + " " + pick(r, companyForms)
	case "product":
		return pick(r, productStyles) + " " + pick(r, productNouns)
	case "city":
		return pick(r, cities)
	case "team":
		return pick(r, teams)
	case "topic":
		return pick(r, topics)
	case "plan":
		return pick(r, plans)
	case "month":
		return pick(r, months)
	case "weekday":
		return pick(r, weekdays)
	case "order":
		return string(rune('A'+r.IntN(26))) + "-" + strconv.Itoa(10_000+r.IntN(90_000))
	case "amount":
		return strconv.Itoa(4+r.IntN(480)) + "." + pick(r, []string{"00", "50", "90", "95", "99"})
	case "date":
		return strconv.Itoa(1+r.IntN(28)) + " " + pick(r, months)
	case "days":
		return strconv.Itoa(3 + r.IntN(25))
	case "percent":
		return strconv.Itoa(2 + r.IntN(60))
	default:
		return strconv.Itoa(2 + r.IntN(97))
	}
}
