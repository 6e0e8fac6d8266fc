package eval

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/tierwise/tierwise/routing"
)

// What bounds the work that a hostile mix can make: the TOML library takes memory for every prefix of a dotted key.
const (
	maxMixBytes     = 1 << 16
	maxMixLineBytes = 1 << 12
)

// ParseMix reads a mix in TOML: version = 1 and a table [shares] of task = number, shares or counts of the requests that
// production sends to each task. They are scaled to sum to 1. A task of the candidates that is not named has none. It is
// strict: unknown keys and tasks are errors, a [routing.ConfigErrors] with their places; name is the file's name in it.
func ParseMix(name string, data []byte, candidates []Candidate) (*Mix, error) {
	d := &mixDecoder{file: name, text: strings.TrimPrefix(string(data), "\ufeff")}
	var doc struct {
		Version any            `toml:"version"`
		Shares  map[string]any `toml:"shares"`
	}
	if !d.readable() {
		return nil, d.errs
	}
	meta, err := toml.Decode(d.text, &doc)
	if bad, ok := errors.AsType[toml.ParseError](err); ok {
		d.failAt(routing.Position{Line: max(bad.Position.Line, 1), Column: max(bad.Position.Col, 1)}, "%s", strings.TrimSuffix(bad.Message, "."))
		return nil, d.errs
	} else if err != nil {
		d.failAt(routing.Position{Line: 1, Column: 1}, "%s", strings.TrimPrefix(err.Error(), "toml: "))
		return nil, d.errs
	}
	for _, key := range meta.Undecoded() {
		if len(key) == 1 {
			d.fail(key[0], "unknown key %q: a mix has version and [shares]", key[0])
		}
	}
	if version, ok := doc.Version.(int64); !ok || version != 1 {
		d.fail("version", "version is missing or another than this program reads: write version = 1")
	}
	shares := d.shares(doc.Shares)
	d.checkTasks(doc.Shares, candidates)
	if len(d.errs) > 0 {
		slices.SortStableFunc(d.errs, func(a, b routing.ConfigError) int { return a.Position.Compare(b.Position) })
		return nil, d.errs
	}
	m := &Mix{Source: name, Gold: map[string]float64{}}
	for i := range candidates {
		of := map[string]float64{}
		for _, task := range configTasks(candidates[i].Config) {
			of[task], m.Gold[task] = shares[task], shares[task]
		}
		m.Tasks = append(m.Tasks, of)
	}
	return m, nil
}

// A mixDecoder collects what is wrong with a mix.
type mixDecoder struct {
	file, text string
	errs       routing.ConfigErrors
}

func (d *mixDecoder) failAt(at routing.Position, format string, args ...any) {
	d.errs = append(d.errs, routing.ConfigError{File: d.file, Position: at, Msg: fmt.Sprintf(format, args...)})
}

// maxMixErrors is how many problems are told at once.
const maxMixErrors = 20

func (d *mixDecoder) fail(key, format string, args ...any) {
	if len(d.errs) < maxMixErrors {
		d.failAt(d.find(key), format, args...)
	}
}

// readable refuses what is no text or out of bounds.
func (d *mixDecoder) readable() bool {
	start := routing.Position{Line: 1, Column: 1}
	switch {
	case len(d.text) > maxMixBytes:
		d.failAt(start, "is larger than a mix may be: %d bytes, %d are the most", len(d.text), maxMixBytes)
	case !utf8.ValidString(d.text):
		d.failAt(start, "is not UTF-8 text")
	}
	line := 0
	for text := range strings.Lines(d.text) {
		if line++; len(text) > maxMixLineBytes && len(d.errs) == 0 {
			d.failAt(routing.Position{Line: line, Column: 1}, "the line is longer than %d bytes", maxMixLineBytes)
		}
	}
	return len(d.errs) == 0
}

// find returns where a key stands, the start of the file if it is written in a way that is not found.
func (d *mixDecoder) find(key string) routing.Position {
	pattern := regexp.MustCompile(`(^|[\s{,."'\[])` + regexp.QuoteMeta(key) + `["']?\s*[.=\]]`)
	line := 0
	for text := range strings.Lines(d.text) {
		line++
		code, _, _ := strings.Cut(text, "#")
		if at := pattern.FindStringSubmatchIndex(code); at != nil {
			return routing.Position{Line: line, Column: utf8.RuneCountInString(code[:at[3]]) + 1}
		}
	}
	return routing.Position{Line: 1, Column: 1}
}

// shares returns the shares, scaled to sum to 1.
func (d *mixDecoder) shares(values map[string]any) map[string]float64 {
	out := map[string]float64{}
	sum := 0.0
	for _, task := range slices.Sorted(maps.Keys(values)) {
		x, ok := shareNumber(values[task])
		if !ok || !(x >= 0) || math.IsInf(x, 0) {
			d.fail(task, "the share of %q is no number of 0 or more", task)
			continue
		}
		out[task] = x
		sum += x
	}
	switch {
	case len(d.errs) > 0:
	case !(sum > 0):
		d.fail("shares", "there are no shares above 0: write [shares] and below it  task = number  for each task of production")
	case math.IsInf(sum, 0):
		d.fail("shares", "the shares are too large to add up")
	}
	for task := range out {
		out[task] /= sum
	}
	return out
}

func shareNumber(value any) (float64, bool) {
	switch x := value.(type) {
	case int64:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}

// checkTasks refuses tasks that a candidate does not have.
func (d *mixDecoder) checkTasks(values map[string]any, candidates []Candidate) {
	for _, task := range slices.Sorted(maps.Keys(values)) {
		for i := range candidates {
			names := configTasks(candidates[i].Config)
			if slices.Contains(names, task) {
				continue
			}
			hint := "it has " + strings.Join(names, ", ")
			if near := NearName(task, names); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			d.fail(task, "%q is no task of %s; %s", task, candidates[i].Label, hint)
			break
		}
	}
}

// configTasks returns the tasks of a config, in its order.
func configTasks(c *routing.Config) []string {
	var names []string
	for i := range c.Tasks {
		names = append(names, c.Tasks[i].Name)
	}
	return names
}
