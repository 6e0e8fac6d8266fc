package imports

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/tierwise/tierwise/datasets"
)

// A columnSet knows the canonical columns of a row or an outcome by name: the keys of their JSON.
type columnSet struct {
	names   []string // in order of the struct
	index   map[string]int
	numbers map[string]bool // of those that hold numbers
}

func columnsOf(t reflect.Type) columnSet {
	set := columnSet{index: map[string]int{}, numbers: map[string]bool{}}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "outcomes" {
			continue
		}
		set.names = append(set.names, name)
		set.index[name] = i
		set.numbers[name] = t.Field(i).Type == reflect.TypeFor[*float64]() || t.Field(i).Type == reflect.TypeFor[*int64]()
	}
	return set
}

var (
	rowColumns     = columnsOf(reflect.TypeFor[datasets.Row]())
	outcomeColumns = columnsOf(reflect.TypeFor[datasets.Outcome]())
)

// set gives a column of a row or an outcome (a pointer to it) a value: a string as csv has it, or a value of JSON
// whose numbers are json.Number. The value is not null.
func (c columnSet) set(target any, column string, value any) error {
	field := reflect.ValueOf(target).Elem().Field(c.index[column])
	switch to := field.Addr().Interface().(type) {
	case *string:
		*to = text(value)
	case **string:
		s := text(value)
		*to = &s
	case **float64:
		v, err := number(value)
		*to = &v
		return err
	case **int64:
		v, err := integer(value)
		*to = &v
		return err
	case **time.Time:
		t, err := instant(value)
		*to = &t
		return err
	case *[]float32:
		v, err := vector(value)
		*to = v
		return err
	default:
		return fmt.Errorf("column %q cannot be filled", column)
	}
	return nil
}

// text is a value as text: strings as they are, everything else as JSON.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return compactJSON(value)
}

// number is a value as a number, which may be NaN but not infinite. A bool is 0 or 1.
func number(value any) (float64, error) {
	switch v := value.(type) {
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case float64:
		return v, nil
	case json.Number:
		return parseNumber(v.String())
	case string:
		switch strings.ToLower(v) {
		case "true":
			return 1, nil
		case "false":
			return 0, nil
		}
		return parseNumber(strings.TrimSpace(v))
	}
	return 0, fmt.Errorf("%s is not a number", short(compactJSON(value)))
}

func parseNumber(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		if errors.Is(err, strconv.ErrRange) {
			return 0, fmt.Errorf("%s is beyond the range of numbers", short(s))
		}
		return 0, fmt.Errorf("%q is not a number", short(s))
	}
	if math.IsInf(v, 0) {
		return 0, fmt.Errorf("%v is not finite", v)
	}
	return v, nil
}

// integer is a value as a count; pandas writes counts of a column with nulls as 12.0.
func integer(value any) (int64, error) {
	v, err := number(value)
	if err != nil {
		return 0, err
	}
	if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
		return 0, fmt.Errorf("%v is not a whole number", v)
	}
	return int64(v), nil
}

// vector is a value as a list of numbers: a list of JSON, or one in a text, as csv has it.
func vector(value any) ([]float32, error) {
	if s, ok := value.(string); ok {
		list, err := decodeAny([]byte(s))
		if err != nil {
			return nil, fmt.Errorf("%q is not a list of numbers", short(s))
		}
		value = list
	}
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("%s is not a list of numbers", short(compactJSON(value)))
	}
	v := make([]float32, len(list))
	for i, x := range list {
		n, err := number(x)
		if err != nil {
			return nil, fmt.Errorf("number %d: %w", i+1, err)
		}
		v[i] = float32(n)
		if v[i]-v[i] != 0 {
			return nil, fmt.Errorf("number %d is not finite in single precision", i+1)
		}
	}
	return v, nil
}

// instant is a value as a time: RFC 3339, or without zone in UTC, with a space for the T if need be, or a date.
func instant(value any) (time.Time, error) {
	s := text(value)
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time such as 2026-11-20T09:15:30Z", short(s))
}

// short cuts a text for a message.
func short(s string) string { return cut(s, 60) }

// firstLine is what is kept of an error's text.
func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return cut(strings.TrimSpace(s), 200)
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// isNumber reports whether a column holds numbers.
func (c columnSet) isNumber(column string) bool { return c.numbers[column] }
