package eval

import (
	"encoding/json"
	"fmt"
)

// Values holds the deltas other than 0 of ungrouped units that counts do not tell: graded ones, and those of a weight other
// than 1. The bootstrap draws from them. Beyond maxValues of them it holds none: with so many, the interval that
// inverts the test is as good.
type Values struct {
	Counts map[Value]int64
	N      int64 // how many there are
	// Over is set where they are not held: there are too many, or nobody wants them.
	Over bool
}

// A Value is a unit's weight and its delta times that.
type Value struct{ W, WD float64 }

// maxValues is how many values are held for one table of one task.
const maxValues = 20_000

func (v *Values) add(w, wd float64) {
	v.N++
	if v.Over = v.Over || v.N > maxValues; v.Over {
		v.Counts = nil
		return
	}
	if v.Counts == nil {
		v.Counts = map[Value]int64{}
	}
	v.Counts[Value{w, wd}]++
}

func (v *Values) merge(o *Values) {
	v.N += o.N
	if v.Over = v.Over || o.Over || v.N > maxValues; v.Over {
		v.Counts = nil
		return
	}
	v.Counts = mergeMap(v.Counts, o.Counts, func(a, b int64) int64 { return a + b })
}

// MarshalText makes Value a key of JSON objects.
func (v Value) MarshalText() ([]byte, error) {
	w, err := json.Marshal(v.W)
	if err != nil {
		return nil, err
	}
	wd, err := json.Marshal(v.WD)
	return fmt.Appendf(w, " %s", wd), err
}

// UnmarshalText reads what MarshalText wrote.
func (v *Value) UnmarshalText(text []byte) error {
	_, err := fmt.Sscan(string(text), &v.W, &v.WD)
	return err
}
