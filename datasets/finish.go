package datasets

// finish completes the batch: repeats are folded, hashes summed up, requests as a whole checked. It returns nil if
// there were problems, which stay in b.problems.
func (b *block) finish() *Traffic {
	t := &b.t
	b.finishTexts()
	t.Embedding = b.vectors.vectors()
	b.hash()
	b.findLabeled()
	b.foldRepeats()
	b.exposeOutcomes()
	b.checkSplits()
	if len(b.problems.list) > b.before || b.problems.more {
		return nil
	}
	return t
}

// hash sums up the hashes of the requests.
func (b *block) hash() {
	b.t.Hash, b.t.IDHash = [2]uint64{}, b.idHash
	if b.cols.Bare {
		return
	}
	for i, r := range b.itemRow {
		if r < 0 || b.items.slot[i] < 0 {
			continue
		}
		var model uint64
		if m := b.model[i]; m >= 0 {
			model = b.models.hash[m]
		} else {
			model = b.unwanted.hash[^m]
		}
		// Mixed once more, so that a number cannot wander from one model to another unnoticed.
		item := b.items.sum[i]
		b.rows.sum[r].a += mix(item.a ^ model)
		b.rows.sum[r].b += mix(item.b + model)
	}
	for i, slot := range b.rows.slot {
		if slot >= 0 {
			add128(&b.t.Hash, b.idHash[slot], b.rows.sum[i])
		}
	}
}

// findLabeled finds the requests that somebody graded, or that nobody answered, by the outcomes of all models, also those
// that were not asked for.
func (b *block) findLabeled() {
	b.labeled, b.replied = filled(b.labeled, b.stride, false), filled(b.replied, b.stride, false)
	errs, quality := b.itemName[nameError], b.number[numQuality]
	for i, r := range b.itemRow {
		if r < 0 || b.items.slot[i] < 0 {
			continue
		}
		row, slot := b.rows.slot[r], b.items.slot[i]
		if errs[slot] != NoError {
			continue
		}
		b.replied[row] = true
		if len(quality) > 0 && quality[slot] == quality[slot] {
			b.labeled[row] = true
		}
	}
	for i, replied := range b.replied {
		b.labeled[i] = b.labeled[i] || !replied
	}
	b.t.Labeled = b.labeled
}

// exposeOutcomes makes Traffic.Outcomes of the columns by slot.
func (b *block) exposeOutcomes() {
	t := &b.t
	for i, n := range b.rowNames {
		b.dict(i).Names = n.list
	}
	t.Models = b.models.list
	b.outcomes = resize(b.outcomes, len(t.Models))
	t.Outcomes = b.outcomes
	for m := range t.Outcomes {
		lo := m * b.stride
		hi := lo + b.stride
		o := &t.Outcomes[m]
		*o = Outcomes{
			Error:      b.itemName[nameError][lo:hi:hi],
			ErrorNames: b.itemNames[nameError].list,
			FinishReason: Dict{
				Names: b.itemNames[nameFinishReason].list,
			},
			Repeats: b.repeats[m],
		}
		if f := b.itemName[nameFinishReason]; len(f) > 0 {
			o.FinishReason.Index = f[lo:hi:hi]
		}
		for i, column := range o.numbers() {
			if len(b.number[i]) == 0 || b.cols.Bare && isTokens(i) {
				*column = b.none
			} else {
				*column = b.number[i][lo:hi:hi]
			}
		}
		if b.answers.present {
			o.Response = b.answerColumn(m)
		}
	}
}

// numbers are the numeric columns, in the order of outcomeNumbers.
func (o *Outcomes) numbers() [numOutcomeNumbers]*[]float64 {
	return [numOutcomeNumbers]*[]float64{
		&o.Quality, &o.CostUSD, &o.InputTokens, &o.CachedInputTokens, &o.OutputTokens, &o.ReasoningTokens,
		&o.LatencyMS, &o.LogprobMean, &o.LogprobMin, &o.SelfCheck, &o.SelfCheckCostUSD, &o.SelfCheckLatencyMS,
	}
}

// answerColumn copies the responses of model m together.
func (b *block) answerColumn(m int) Strings {
	for len(b.answerOf) <= m {
		b.answerOf = append(b.answerOf, textColumn{})
	}
	c := &b.answerOf[m]
	c.start()
	for i := range b.stride {
		text, ok := b.answers.at(int32(m*b.stride + i))
		// It cannot fail: all answers together fit into one arena.
		_ = c.append(text, !ok)
	}
	return c.strings()
}

// checkSplits looks for splits other than tune and verify.
func (b *block) checkSplits() {
	split := &b.t.Split
	if split.Index == nil {
		return
	}
	bad := -1
	for i, name := range split.Names {
		if name != "tune" && name != "verify" {
			bad = i
		}
	}
	if bad < 0 {
		return
	}
	for i, s := range split.Index {
		if s >= 0 && split.Names[s] != "tune" && split.Names[s] != "verify" {
			b.requestProblem(i, "split", "\""+split.Names[s]+"\" is neither tune nor verify",
				"--split-map "+split.Names[s]+"=verify renames it")
		}
	}
}
