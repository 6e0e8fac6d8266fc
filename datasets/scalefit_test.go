package datasets

import (
	"context"
	"fmt"
	"testing"
)

// A scale on which all scores lie at the low end is refused, unless all are the worst: these fit any scale.
func TestCheckScale(t *testing.T) {
	for _, test := range []struct {
		scale  string
		scores []float64
		want   string // the highest, "" if the scale is taken
	}{
		{"", []float64{0, 0.001}, ""},
		{"0:100", []float64{0, 1, 0.5}, "1"},
		{"0:100", []float64{0, 1, 1.5}, ""},
		{"0:100", []float64{0, 0, 0}, ""},
		{"0:100", nil, ""},
		{"0:10", []float64{0, 1, 0.5}, "1"},
		{"0:10", []float64{0, 2}, ""},
		{"0:5", []float64{0, 1}, ""},
		{"1:10", []float64{1, 1}, ""},
		{"0:1000", []float64{0, 10}, "10"},
		{"0:1000", []float64{0, 11}, ""},
		{"100:0", []float64{0, 1}, ""},
		{"100:0", []float64{100, 99}, "99"},
		{"-1:1", []float64{-1, 0.25}, ""},
	} {
		var rows []Row
		for i, score := range test.scores {
			rows = append(rows, Row{ID: fmt.Sprint(i), Prompt: "p", Outcomes: []Outcome{{Model: "m", Quality: &score}, {Model: "ungraded"}}})
		}
		if rows == nil {
			rows = []Row{{ID: "a", Prompt: "p", Outcomes: []Outcome{{Model: "m"}}}}
		}
		opts := Options{}
		if test.scale != "" {
			scale, err := ParseScale(test.scale)
			if err != nil {
				t.Fatal(err)
			}
			opts.Scale = scale
		}
		d, err := Open(t.Context(), []string{"f"}, opening(parquetOf(t, rows), opts))
		if err != nil {
			t.Fatal(err)
		}
		got, want := d.CheckScale(t.Context()), ""
		if test.want != "" {
			want = fmt.Sprintf("%s: no score is above %s, all %d are at the low end of the scale: are they on another one? Scores from 0 to 1 need no scale",
				test.scale, test.want, len(test.scores))
		}
		if (got == nil) != (want == "") || got != nil && got.Error() != want {
			t.Errorf("%q of %v: %v, want %q", test.scale, test.scores, got, want)
		}
	}
}

// Bad data are left to who reads them, and a scale is not looked for once nobody waits for it.
func TestCheckScaleOfBadData(t *testing.T) {
	rows := []Row{{ID: "a", Prompt: "p", Outcomes: []Outcome{{Model: "m", Quality: new(101.0)}}}}
	d, err := Open(t.Context(), []string{"f"}, opening(parquetOf(t, rows), Options{Scale: &Scale{0, 100}}))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.CheckScale(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.CheckScale(ctx); err == nil {
		t.Error("it went on")
	}
}
