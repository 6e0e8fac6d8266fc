package datasets

// pourRowNumber pours values of a numeric column of requests, which must have been started.
func (b *block) pourRowNumber(column int, s span, values []float64) {
	c := &rowNumbers[column]
	b.rows.numbers(b.rowNumber[column], c, s, values, func(pos int, v float64) {
		b.oddNumber(c, b.rows.number[pos], "", v)
	})
}

// pourRowName pours values of a named column of requests, which must have been started.
func (b *block) pourRowName(column int, s span, values []int32) {
	b.rows.names(b.rowName[column], b.rowNames[column], rowNames[column].key, s, values)
}

// pourRowText pours values of a text column of requests, which must have been started.
func (b *block) pourRowText(column int, s span, values textValues) error {
	c := &b.texts[column]
	from := len(c.offsets) - 1
	if err := b.rows.texts(c, s, values); err != nil {
		return err
	}
	if column == textGroup {
		b.hashGroups(s, from)
	}
	return nil
}

// hashGroups adds the groups just poured, of which from is the first slot, to the hashes of their requests.
func (b *block) hashGroups(s span, from int) {
	if b.cols.Bare {
		return
	}
	c := &b.texts[textGroup]
	for i := range s.def {
		if b.rows.slot[s.from+i] < 0 {
			continue
		}
		if !c.null[from] {
			text := c.bytes[c.offsets[from]:c.offsets[from+1]]
			b.rows.sum[s.from+i].add(hashString(text), rowTexts[textGroup].key)
		}
		from++
	}
}

// pourTime pours times in microseconds.
func (b *block) pourTime(s span, values []int64) {
	b.rows.times(b.t.TimeUS, timeColumn.key, s, values)
}

// pourNumber pours values of a numeric column of outcomes, which must have been started.
func (b *block) pourNumber(column int, s span, values []float64) {
	b.items.see(s)
	c := &outcomeNumbers[column]
	if column == numQuality && b.opts.Scale != nil {
		b.scaled = resize(b.scaled, len(values))
		for i, v := range values {
			b.scaled[i] = b.opts.Scale.unit(v)
		}
		values = b.scaled
	}
	b.items.numbers(b.number[column], c, s, values, func(pos int, v float64) {
		b.oddNumber(c, b.items.number[pos], b.modelName(pos), v)
	})
}

// pourName pours values of a named column of outcomes, which must have been started.
func (b *block) pourName(column int, s span, values []int32) {
	b.items.see(s)
	b.items.names(b.itemName[column], b.itemNames[column], outcomeNames[column].key, s, values)
}

// pourAnswers pours responses; b.answers must have begun.
func (b *block) pourAnswers(s span, values textValues) error {
	return b.items.answers(&b.answers, s, values)
}

// wantsText reports whether a text column of requests is to be read.
func (b *block) wantsText(column int) bool {
	switch column {
	case textPrompt:
		return b.cols.Prompt || b.cols.Chars
	case textMessages:
		return b.cols.Prompt || b.cols.Chars || b.cols.Shape
	case textTools, textResponseFormat:
		return b.cols.Shape
	case textExpected:
		return b.cols.Expected
	default:
		return true
	}
}
