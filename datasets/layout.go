package datasets

import "strconv"

// A Layout is how labeled traffic is laid out in a file's columns; LAYOUTS.md describes each.
type Layout uint8

// The layouts that are read. The zero Layout means that it is to be detected.
const (
	Canonical Layout = iota + 1 // a row per request, with a list of outcomes
	Long                        // a row per request and model
	Wide                        // a row per request, with columns per model
)

// String is the layout's name in a mapping.
func (l Layout) String() string {
	switch l {
	case Canonical:
		return "canonical"
	case Long:
		return "long"
	case Wide:
		return "wide"
	default:
		return "Layout(" + strconv.Itoa(int(l)) + ")"
	}
}
