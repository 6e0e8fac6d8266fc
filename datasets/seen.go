package datasets

// In the wide layout every request has columns of every model, and an outcome is there if one of its numbers or
// names is. Its response does not count: it is not always read.

// startSeen begins to note which outcomes have a value.
func (b *block) startSeen() {
	b.items.seen = filled(b.items.seen, len(b.items.slot), false)
}

// endSeen takes back the outcomes that have none.
func (b *block) endSeen() {
	state := b.itemName[nameError]
	for i, slot := range b.items.slot {
		if slot >= 0 && !b.items.seen[i] {
			state[slot] = NoOutcome
			b.items.slot[i] = -1
			if b.answers.present {
				b.answers.start[slot], b.answers.end[slot] = 1, 0
			}
		}
	}
	b.items.seen = nil
}
