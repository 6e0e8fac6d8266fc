package bundle

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/routing"
)

// Key writes a key of TOML, bare or quoted.
func Key(name string) string {
	if name != "" && !strings.ContainsFunc(name, func(r rune) bool { return !isBare(r) }) {
		return name
	}
	return Quote(name)
}

// Quote writes a basic string of TOML. Bytes that are no UTF-8, which TOML cannot hold, are replaced.
func Quote(s string) string {
	return escaped(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// escaped writes a string in double quotes, as TOML and YAML have them; odd says which characters cannot stand in it as they
// are.
func escaped(s string, odd func(r rune) bool) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case odd(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// float writes a finite number: plainly, unless that takes more digits than an integer of TOML may have.
func float(v float64) string {
	if a := math.Abs(v); a == 0 || a >= 1e-6 && a < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'e', -1, 64)
}

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = Quote(n)
	}
	return out
}

func list(values []string) string { return "[" + strings.Join(values, ", ") + "]" }

// check writes an acceptance check; thresholds by tier stand in the order of the chain.
func check(a routing.Accept, chain []string) string {
	parts := []string{"check = " + Quote(a.Check)}
	for _, p := range [][2]string{{"pattern", a.Pattern}, {"schema", a.Schema}, {"model", a.Model}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" = "+Quote(p[1]))
		}
	}
	if m := minimum(a, chain); m != "" {
		parts = append(parts, "min = "+m)
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// minimum writes a threshold, "" if there is none.
func minimum(a routing.Accept, chain []string) string {
	switch {
	case a.PerTier != nil:
		tiers := slices.SortedFunc(maps.Keys(a.PerTier), func(x, y string) int {
			if i, j := slices.Index(chain, x), slices.Index(chain, y); i != j {
				return i - j
			}
			return strings.Compare(x, y)
		})
		for i, t := range tiers {
			tiers[i] = Key(t) + " = " + float(a.PerTier[t])
		}
		if len(tiers) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(tiers, ", ") + " }"
	case a.Min != nil:
		return float(*a.Min)
	}
	return ""
}

// checks writes a list of checks: one to a line if there are several and lines are allowed.
func checks(all []routing.Accept, chain []string, lines bool, indent, eol string) string {
	out := make([]string, len(all))
	for i, a := range all {
		out[i] = check(a, chain)
	}
	if len(all) < 2 || !lines {
		return list(out)
	}
	var b strings.Builder
	b.WriteString("[" + eol)
	for _, c := range out {
		b.WriteString(indent + "  " + c + "," + eol)
	}
	b.WriteString(indent + "]")
	return b.String()
}
