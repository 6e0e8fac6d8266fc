package eval

import (
	"encoding/json"
	"math"
)

// A Number is a measured number; NaN, null in JSON, means unknown.
type Number float64

// Unknown is the number that is not known.
var Unknown = Number(math.NaN())

// Known reports whether n is a number at all.
func (n Number) Known() bool { return n == n }

// MarshalJSON writes null for an unknown number.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads null as an unknown number.
func (n *Number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*n = Unknown
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}
