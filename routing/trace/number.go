package trace

import (
	"encoding/json"
	"math"
)

// A Number is a number that may be unknown. The zero Number is unknown; what is unknown is no zero.
type Number struct {
	value float64
	known bool
}

// Known returns the number f, the unknown one if f is NaN or infinite.
func Known(f float64) Number {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Number{}
	}
	return Number{f, true}
}

// Value returns the number, false if it is unknown.
func (n Number) Value() (value float64, ok bool) { return n.value, n.known }

// Float returns the number, NaN if it is unknown.
func (n Number) Float() float64 {
	if !n.known {
		return math.NaN()
	}
	return n.value
}

// MarshalJSON implements json.Marshaler: the unknown number is null.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.known {
		return []byte("null"), nil
	}
	return json.Marshal(n.value)
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(data []byte) error {
	*n = Number{}
	if string(data) == "null" {
		return nil
	}
	if err := json.Unmarshal(data, &n.value); err != nil {
		return err
	}
	n.known = true
	return nil
}
