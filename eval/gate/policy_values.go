package gate

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ruleReaders are the rules and how their limits are written.
var ruleReaders = map[string]func(d *decoder, path string, value any) float64{
	Tolerance:     (*decoder).points,
	TaskTolerance: (*decoder).points,
	MinSavings:    func(d *decoder, path string, v any) float64 { return d.percent(path, v, -1000) },
	MaxEscalation: func(d *decoder, path string, v any) float64 { return d.percent(path, v, 0) },
	MaxFalseHits:  func(d *decoder, path string, v any) float64 { return d.percent(path, v, 0) },
	MinCoverage:   func(d *decoder, path string, v any) float64 { return d.percent(path, v, 0) },
	MaxP95:        func(d *decoder, path string, v any) float64 { return d.number(path, v, "milliseconds") },
	MaxCost:       func(d *decoder, path string, v any) float64 { return d.number(path, v, "dollars for 1,000 requests") },
	MinLabels:     (*decoder).labels,
	CertificateIs: (*decoder).required,
}

// points reads a difference of quality: "1pp".
func (d *decoder) points(path string, value any) float64 {
	const want = `points in quotes with their unit, such as "1pp"`
	s, ok := value.(string)
	if !ok {
		d.fail(path, "%s wants %s, got %v", path, want, display(value))
		return 0
	}
	if number, ok := strings.CutSuffix(strings.TrimSpace(s), "%"); ok {
		such := "1pp"
		if x, err := parseNumber(number); err == nil && x > 0 && x < 100 {
			such = strings.TrimSpace(number) + "pp"
		}
		d.fail(path, "%s is %q: a loss of quality is in points, not in percent, such as %q", path, s, such)
		return 0
	}
	number, ok := strings.CutSuffix(strings.TrimSpace(s), "pp")
	x, err := parseNumber(number)
	switch {
	case !ok || err != nil:
		d.fail(path, "%s wants %s, got %q", path, want, s)
	case !(x > 0) || x >= 100:
		d.fail(path, "%s is %q: it wants more than 0pp and less than 100pp", path, s)
	}
	return x / 100
}

// percent reads a share: "20%", from least to 100.
func (d *decoder) percent(path string, value any, least float64) float64 {
	const want = `percent in quotes with their sign, such as "20%"`
	s, ok := value.(string)
	if !ok {
		d.fail(path, "%s wants %s, got %v", path, want, display(value))
		return 0
	}
	if number, ok := strings.CutSuffix(strings.TrimSpace(s), "pp"); ok {
		such := `, such as "20%"`
		if x, err := parseNumber(number); err == nil && x >= least && x <= 100 {
			such = fmt.Sprintf(": %q", strings.TrimSpace(number)+"%")
		}
		d.fail(path, "%s is %q: it is a share, in percent, not in points%s", path, s, such)
		return 0
	}
	number, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	x, err := parseNumber(number)
	switch {
	case !ok || err != nil:
		d.fail(path, "%s wants %s, got %q", path, want, s)
	case !(x >= least) || x > 100:
		d.fail(path, "%s is %q: it wants %v%% to 100%%", path, s, least)
	}
	return x / 100
}

// parseNumber reads a decimal number: no Inf, no NaN, no hexadecimal.
func parseNumber(s string) (float64, error) {
	s = strings.TrimSpace(s)
	if strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789.+-", r) }) {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(s, 64)
}

// number reads a bare number above 0.
func (d *decoder) number(path string, value any, unit string) float64 {
	var x float64
	switch v := value.(type) {
	case int64:
		x = float64(v)
	case float64:
		x = v
	default:
		d.fail(path, "%s wants a number, %s, got %s", path, unit, display(value))
		return 0
	}
	if !(x > 0) || math.IsInf(x, 0) {
		d.fail(path, "%s is %v: it wants more than 0 %s", path, value, unit)
	}
	return x
}

// maxLabels is more than anybody has.
const maxLabels = 1_000_000_000

func (d *decoder) labels(path string, value any) float64 {
	n, ok := value.(int64)
	switch {
	case !ok:
		d.fail(path, "%s wants an integer, labels for each task, got %s", path, display(value))
	case n < 1 || n > maxLabels:
		d.fail(path, "%s is %d: it wants 1 or more labels for each task", path, n)
	}
	return float64(n)
}

func (d *decoder) required(path string, value any) float64 {
	if value != "required" {
		d.fail(path, "%s wants \"required\", got %s; leave it out if none is", path, display(value))
	}
	return 0
}

// confidence reads percent, a bare number: 95.
func (d *decoder) confidence(path string, value any) float64 {
	x := math.NaN()
	switch v := value.(type) {
	case int64:
		x = float64(v)
	case float64:
		x = v
	}
	if !(x > 50 && x < 100) {
		d.fail(path, "%s wants a number between 50 and 100, such as %v, got %s", path, 100*defaultConfidence, display(value))
		return defaultConfidence
	}
	return x / 100
}

func (d *decoder) text(path string, value any, what string) string {
	s, ok := value.(string)
	switch {
	case !ok:
		d.fail(path, "%s wants %s, got %s", path, what, display(value))
	case strings.TrimSpace(s) == "":
		d.fail(path, "%s is empty: it wants %s", path, what)
	}
	return s
}

// day reads a date, bare or in quotes.
func (d *decoder) day(path string, value any) time.Time {
	switch v := value.(type) {
	case time.Time:
		if v.Location().String() == "date-local" { // as the TOML library marks a date without time
			return time.Date(v.Year(), v.Month(), v.Day(), 0, 0, 0, 0, time.UTC)
		}
	case string:
		if day, err := time.Parse(time.DateOnly, v); err == nil {
			return day
		}
	}
	d.fail(path, "%s wants a date, the last day, such as 2026-12-31, got %s", path, display(value))
	return time.Time{}
}

// display shows a value that is not what it should be.
func display(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(v)
	case int64, float64, bool:
		return fmt.Sprint(v)
	}
	return typeName(value)
}

func typeName(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case int64:
		return "an integer"
	case float64:
		return "a float"
	case time.Time:
		return "a date or time"
	case []map[string]any:
		return "an array of tables"
	case []any:
		return "an array"
	}
	return "a table"
}
