package datasets

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// lowShare is the part of a scale, from its worst score on, in which no honest grader leaves all scores.
const lowShare = 0.01

// LowEnd returns up to which share of the scale scores look as if they were on another one: the lowest hundredth, and of a
// scale from 0 to 10 or more all that is from 0 to 1, where scores are if nobody says otherwise.
func (s *Scale) LowEnd() float64 {
	if s.Lo == 0 && s.Hi >= 10 {
		return max(lowShare, 1/s.Hi)
	}
	return lowShare
}

// CheckScale refuses a scale that the scores are not on: no score is above its low end, and they are not all the worst. On
// such a scale every difference of quality comes out a hundredth of what it is, and every tolerance holds. It reads up to the
// first score above the low end, which is the first block of most data. Faults of the data are no error here: reading finds
// them again.
func (d *Dataset) CheckScale(ctx context.Context) error {
	if d.opts.Scale == nil {
		return nil
	}
	f := scaleFit{scale: d.opts.Scale}
	reader := d.NewReader(Columns{Bare: true})
	for _, shard := range d.shards {
		for t, err := range reader.Read(ctx, shard) {
			if _, faulty := errors.AsType[*Problems](err); faulty {
				return nil
			}
			if err != nil {
				return err
			}
			if f.add(t); f.fits {
				return nil
			}
		}
	}
	if f.highest == 0 {
		return nil
	}
	return fmt.Errorf("%s: no score is above %s, all %d are at the low end of the scale: are they on another one? Scores from 0 to 1 need no scale",
		f.scale, formatNumber(f.raw), f.scores)
}

// A scaleFit is how the scores seen so far lie on a scale.
type scaleFit struct {
	scale   *Scale
	scores  int64
	highest float64 // on the scale from 0 to 1
	raw     float64 // the same as recorded
	fits    bool    // one is above the low end
}

func (f *scaleFit) add(t *Traffic) {
	for k := range t.Outcomes {
		o := &t.Outcomes[k]
		if o.Quality != nil {
			for _, q := range o.Quality[:t.Len] {
				f.score(q)
			}
		}
		for i := range o.Repeats {
			f.score(o.Repeats[i].Quality)
		}
	}
}

func (f *scaleFit) score(q float64) {
	if math.IsNaN(q) { // not graded
		return
	}
	f.scores++
	f.fits = f.fits || q > f.scale.LowEnd()
	if q > f.highest {
		f.highest, f.raw = q, f.scale.Lo+q*(f.scale.Hi-f.scale.Lo)
	}
}
