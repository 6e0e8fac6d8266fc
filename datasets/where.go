package datasets

import (
	"fmt"
	"strings"
)

// A Condition keeps the rows whose Column equals Value, or with Not those where it does not. Columns of the file
// that are not of the canonical layout are kept for it. Numbers compare as numbers, booleans as true and false,
// strings exactly; null equals the empty value.
type Condition struct {
	Column, Value string
	Not           bool
}

// ParseCondition reads a condition as 'contaminated=false' or 'lang!=de'.
func ParseCondition(s string) (Condition, error) {
	column, value, ok := strings.Cut(s, "=")
	c := Condition{Value: strings.TrimSpace(value)}
	column, c.Not = strings.CutSuffix(column, "!")
	c.Column = strings.TrimSpace(column)
	if !ok || c.Column == "" {
		return Condition{}, fmt.Errorf("condition %q is not of the form column=value or column!=value", s)
	}
	return c, nil
}

// String is the condition as ParseCondition reads it.
func (c Condition) String() string {
	if c.Not {
		return c.Column + "!=" + c.Value
	}
	return c.Column + "=" + c.Value
}
