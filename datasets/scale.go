package datasets

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Scale is the range of recorded quality scores: Lo becomes 0, Hi becomes 1.
type Scale struct{ Lo, Hi float64 }

// ParseScale reads a scale as "lo:hi", such as "0:100". A scale may fall: with "5:1", 1 is best.
func ParseScale(s string) (*Scale, error) {
	lo, hi, ok := strings.Cut(s, ":")
	if !ok {
		return nil, fmt.Errorf("scale %q is not of the form lo:hi, such as 0:100", s)
	}
	var scale Scale
	for _, end := range []struct {
		text string
		to   *float64
	}{{lo, &scale.Lo}, {hi, &scale.Hi}} {
		v, err := strconv.ParseFloat(strings.TrimSpace(end.text), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("scale %q: %q is not a number", s, end.text)
		}
		*end.to = v
	}
	if scale.Lo == scale.Hi {
		return nil, fmt.Errorf("scale %q: both ends are the same", s)
	}
	return &scale, nil
}

// String is the scale as ParseScale reads it.
func (s Scale) String() string {
	return strconv.FormatFloat(s.Lo, 'g', -1, 64) + ":" + strconv.FormatFloat(s.Hi, 'g', -1, 64)
}

// unit is v on the scale from 0 to 1.
func (s *Scale) unit(v float64) float64 { return (v - s.Lo) / (s.Hi - s.Lo) }
