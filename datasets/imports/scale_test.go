package imports

import (
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
)

// Scores that are all at the low end of a scale are on another one; the same scores with one above it are not.
func TestCheckScale(t *testing.T) {
	opts := &Options{Scale: &datasets.Scale{Lo: 0, Hi: 100}}
	file := writeFile(t, "t.jsonl", []byte(twoRows))
	_, err := Read(t.Context(), "jsonl", []string{file}, opts)
	wantError(t, err, "no score is above 1, all are at the low end of the scale 0:100: are they on another one?; scores from 0 to 1 need no scale")
	high := writeFile(t, "t.jsonl", []byte(strings.Replace(twoRows, `"quality":0`, `"quality":2`, 1)))
	if got := mustRead(t, "jsonl", opts, high).Rows; *got[1].Outcomes[0].Quality != 0.02 {
		t.Errorf("got %+v", got)
	}
}
