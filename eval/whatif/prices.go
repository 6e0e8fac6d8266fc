package whatif

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"github.com/tierwise/tierwise/eval"
)

// listVersion is the version of the format that this package reads.
const listVersion = 1

// maxListBytes bounds what a hostile file can make the parser do.
const maxListBytes = 1 << 20

// A PriceList is prices with the days from which they hold; PRICES.md documents its file.
type PriceList struct {
	Source string // the file's name
	prices []listed
}

// A listed price is an entry of a list.
type listed struct {
	model string
	from  string // a day, as in 2026-12-01
	price eval.ListPrice
	place string // of the entry, for messages
}

// ParsePriceList reads a price list. It is strict: a key that PRICES.md does not have is an error. name is the file's name
// in errors, which give the line where it is known.
func ParsePriceList(name string, data []byte) (*PriceList, error) {
	if len(data) > maxListBytes {
		return nil, fmt.Errorf("%s is larger than a price list may be: %d bytes, %d are the most", name, len(data), maxListBytes)
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("%s is not UTF-8 text", name)
	}
	var file struct {
		Version *int64    `toml:"version"`
		Prices  []rawItem `toml:"prices"`
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	md, err := toml.Decode(text, &file)
	if err != nil {
		if bad, ok := errors.AsType[toml.ParseError](err); ok {
			return nil, fmt.Errorf("%s:%d:%d: %s", name, bad.Position.Line, max(bad.Position.Col, 1), strings.TrimSuffix(bad.Message, "."))
		}
		return nil, wrongType(name, err)
	}
	if unknown := md.Undecoded(); len(unknown) > 0 {
		key := unknown[0]
		valid := []string{"version", "prices"}
		if len(key) > 1 {
			valid = []string{"model", "from", "input", "cached_input", "output", "reasoning"}
		}
		return nil, fmt.Errorf("%s%s: unknown key %q%s", name, keyLine(text, key[len(key)-1]), key.String(), suggestKey(key[len(key)-1], valid))
	}
	switch {
	case file.Version == nil:
		return nil, fmt.Errorf("%s: version is missing: it wants version = %d", name, listVersion)
	case *file.Version != listVersion:
		return nil, fmt.Errorf("%s: version %d is not read here: only version = %d is", name, *file.Version, listVersion)
	case len(file.Prices) == 0:
		return nil, fmt.Errorf("%s has no prices: add [[prices]]", name)
	}
	l := &PriceList{Source: name}
	lines := headerLines(text)
	seen := map[[2]string]string{}
	for i := range file.Prices {
		place := fmt.Sprintf("%s: prices[%d]", name, i)
		if len(lines) == len(file.Prices) {
			place = fmt.Sprintf("%s:%d", name, lines[i])
		}
		p, err := file.Prices[i].listed()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", place, err)
		}
		p.place = place
		key := [2]string{p.model, p.from}
		if before, ok := seen[key]; ok {
			return nil, fmt.Errorf("%s: %s has a second price from %s; the first is at %s", place, p.model, p.from, before)
		}
		seen[key] = place
		l.prices = append(l.prices, p)
	}
	return l, nil
}

// decodeError is how the decoder says that a value is of a wrong type: line, key and type found.
var decodeError = regexp.MustCompile(`^toml: line (\d+) \(last key "(.*)"\): (?:incompatible types: TOML value has|type mismatch for \S+ expected table but found) (?:type )?([^;\s]+)`)

// wrongType says in our words what the decoder says of a value of a wrong type.
func wrongType(name string, err error) error {
	m := decodeError.FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "toml: "))
	}
	want := "a number"
	switch m[2] {
	case "version":
		want = "a whole number"
	case "prices":
		want = "entries, each under [[prices]]"
	case "prices.model":
		want = "a text"
	}
	return fmt.Errorf("%s:%s: %s wants %s, not a value of type %s", name, m[1], m[2], want, m[3])
}

// A rawItem is an entry as it stands in the file.
type rawItem struct {
	Model       *string  `toml:"model"`
	From        *day     `toml:"from"`
	Input       *float64 `toml:"input"`
	CachedInput *float64 `toml:"cached_input"`
	Output      *float64 `toml:"output"`
	Reasoning   *float64 `toml:"reasoning"`
}

func (r *rawItem) listed() (listed, error) {
	switch {
	case r.Model == nil || *r.Model == "":
		return listed{}, errors.New("the entry has no model")
	case r.From == nil:
		return listed{}, fmt.Errorf("the price of %s does not say from when it holds: add from = 2026-01-01", *r.Model)
	case r.Input == nil || r.Output == nil:
		return listed{}, fmt.Errorf("the price of %s wants input and output, in dollars per million tokens", *r.Model)
	}
	out := listed{model: *r.Model, from: string(*r.From)}
	for _, amount := range []struct {
		name string
		from *float64
		to   *eval.Number
	}{
		{"input", r.Input, &out.price.Input}, {"cached_input", r.CachedInput, &out.price.CachedInput},
		{"output", r.Output, &out.price.Output}, {"reasoning", r.Reasoning, &out.price.Reasoning},
	} {
		*amount.to = eval.Unknown
		if amount.from == nil {
			continue
		}
		if err := checkAmount(*amount.from); err != nil {
			return listed{}, fmt.Errorf("%s of %s: %w", amount.name, *r.Model, err)
		}
		*amount.to = eval.Number(*amount.from)
	}
	return out, nil
}

// A day is a TOML local date, kept as 2026-12-01.
type day string

// UnmarshalTOML implements toml.Unmarshaler.
func (d *day) UnmarshalTOML(value any) error {
	t, ok := value.(time.Time)
	if !ok || t.Location().String() != "date-local" {
		return errors.New("from wants a date without quotes, such as from = 2026-01-01")
	}
	*d = day(t.Format(time.DateOnly))
	return nil
}

// headerLines returns the lines that start an entry of prices.
func headerLines(text string) []int {
	var lines []int
	n := 0
	for line := range strings.Lines(text) {
		n++
		if head, ok := strings.CutPrefix(strings.TrimSpace(line), "[["); ok && strings.TrimSpace(strings.SplitN(head, "]]", 2)[0]) == "prices" {
			lines = append(lines, n)
		}
	}
	return lines
}

// keyLine returns the first line that sets a key as :LINE, "" if none seems to.
func keyLine(text, key string) string {
	n := 0
	for line := range strings.Lines(text) {
		n++
		left, _, ok := strings.Cut(line, "=")
		if name := strings.Trim(left, " \t\"'"); ok && name == key || strings.Trim(line, " \t\r\n[]") == key {
			return fmt.Sprintf(":%d", n)
		}
	}
	return ""
}

func suggestKey(name string, valid []string) string {
	if near := eval.NearName(name, valid); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; valid: " + strings.Join(valid, ", ")
}

// on returns the prices that hold on a day for the given models, in the order of models. A model that the list lacks is
// left out, and so is an entry of a model that no config has: one list may serve many configs. But it must not be a slip
// of the pen for a model that has no entry.
func (l *PriceList) on(date string, models []string) ([]eval.SupposedPrice, error) {
	has := func(model string) bool {
		return slices.ContainsFunc(l.prices, func(p listed) bool { return p.model == model })
	}
	var lacking []string
	for _, m := range models {
		if !has(m) {
			lacking = append(lacking, m)
		}
	}
	for _, p := range l.prices {
		if near := eval.NearName(p.model, lacking); near != "" && !slices.Contains(models, p.model) {
			return nil, fmt.Errorf("%s: no config has a model %q; did you mean %q?", p.place, p.model, near)
		}
	}
	if len(lacking) == len(models) {
		return nil, fmt.Errorf("%s has a price of none of the configs' models: they have %s", l.Source, strings.Join(models, ", "))
	}
	var out []eval.SupposedPrice
	first := ""
	for _, m := range models {
		latest := -1
		for i := range l.prices {
			p := &l.prices[i]
			if p.model != m {
				continue
			}
			if first == "" || p.from < first {
				first = p.from
			}
			if p.from <= date && (latest < 0 || p.from > l.prices[latest].from) {
				latest = i
			}
		}
		if latest >= 0 {
			price := l.prices[latest].price
			out = append(out, eval.SupposedPrice{Model: m, Price: &price, Factor: 1})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no price of %s holds on %s: the first does from %s (--price-date)", l.Source, date, first)
	}
	return out, nil
}

// CheckDate refuses what is no day, as in 2026-12-01.
func CheckDate(date string) error {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return fmt.Errorf("--price-date %s: want a day, such as 2026-12-01", date)
	}
	return nil
}
