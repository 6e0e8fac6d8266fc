package imports

import (
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
)

func TestSetVector(t *testing.T) {
	tests := []struct {
		json string // of the value
		want []float32
		err  string
	}{
		{`[1, -0.5, 1e3]`, []float32{1, -0.5, 1000}, ""},
		{`"[1, 2]"`, []float32{1, 2}, ""}, // as csv has it
		{`[]`, []float32{}, ""},
		{`3`, nil, `3 is not a list of numbers`},
		{`"text"`, nil, `"text" is not a list of numbers`},
		{`"{}"`, nil, `{} is not a list of numbers`},
		{`[1, "x"]`, nil, `number 2: "x" is not a number`},
		{`[1, null]`, nil, `number 2: null is not a number`},
		{`[NaN]`, nil, `number 1 is not finite in single precision`},
		{`[1e300]`, nil, `number 1 is not finite in single precision`},
	}
	for _, tt := range tests {
		value, err := decodeAny([]byte(tt.json))
		if err != nil {
			t.Fatal(err)
		}
		var row datasets.Row
		err = rowColumns.set(&row, "embedding", value)
		if tt.err == "" && (err != nil || !slices.Equal(row.Embedding, tt.want)) || tt.err != "" && (err == nil || err.Error() != tt.err) {
			t.Errorf("%s: got %v, %v; want %v, %s", tt.json, row.Embedding, err, tt.want, tt.err)
		}
	}
}
