package datasets

import (
	"cmp"
	"math"
	"slices"
)

// foldRepeats makes one outcome of several of one request and model: the mean of those that answered, of all if
// none did.
func (b *block) foldRepeats() {
	for len(b.repeats) < len(b.models.list) {
		b.repeats = append(b.repeats, nil)
	}
	for m := range b.repeats {
		b.repeats[m] = b.repeats[m][:0]
	}
	b.extras = slices.DeleteFunc(b.extras, func(e extra) bool { return e.first < 0 })
	slices.SortFunc(b.extras, func(x, y extra) int {
		return cmp.Or(cmp.Compare(x.first, y.first), cmp.Compare(x.slot, y.slot))
	})
	slots := b.folded[:0]
	for i := 0; i < len(b.extras); {
		first := b.extras[i].first
		slots = append(slots[:0], first)
		for ; i < len(b.extras) && b.extras[i].first == first; i++ {
			slots = append(slots, b.extras[i].slot)
		}
		b.foldInto(first, slots)
	}
	b.folded = slots
}

// foldInto folds the outcomes at slots, in the order of the file, into the one at first, which is among them.
func (b *block) foldInto(first int32, slots []int32) {
	state := b.itemName[nameError]
	b.answered = b.answered[:0]
	for _, s := range slots {
		if state[s] == NoError {
			b.answered = append(b.answered, s)
		}
	}
	if answered := b.answered; len(answered) > 0 {
		slots = answered
		m, row := int(first)/b.stride, int(first)%b.stride
		for _, s := range answered[1:] {
			b.repeats[m] = append(b.repeats[m], b.repeat(row, s))
		}
	}
	for i := range b.number {
		if column := b.number[i]; len(column) > 0 {
			column[first] = meanOfKnown(column, slots)
		}
	}
	text := slots[0]
	state[first] = state[text]
	if f := b.itemName[nameFinishReason]; len(f) > 0 {
		f[first] = f[text]
	}
	if b.answers.present {
		b.answers.start[first], b.answers.end[first] = b.answers.start[text], b.answers.end[text]
	}
}

func (b *block) repeat(row int, slot int32) Repeat {
	r := Repeat{Row: row, Quality: nan}
	if q := b.number[numQuality]; len(q) > 0 {
		r.Quality = q[slot]
	}
	if f := b.itemName[nameFinishReason]; len(f) > 0 && f[slot] >= 0 {
		r.FinishReason = b.itemNames[nameFinishReason].list[f[slot]]
	}
	if text, ok := b.answers.at(slot); ok {
		r.Response, r.HasResponse = string(text), true
	}
	return r
}

// meanOfKnown is the mean of the entries at slots that are not null, null if all are.
func meanOfKnown(column []float64, slots []int32) float64 {
	sum, n := 0.0, 0
	for _, s := range slots {
		if v := column[s]; !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	if n == 0 {
		return nan
	}
	return sum / float64(n)
}
