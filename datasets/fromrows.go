package datasets

// FromRows makes one block of rows in memory, checked and folded as rows of a file are. File is "", Rows count from
// 1. Columns of which all rows are null are absent. The error is Problems.
func FromRows(rows []Row, cols Columns) (*Traffic, error) {
	b := newBlock(&Options{}, cols)
	b.begin("", 0, 1, len(rows))
	b.settle()
	p := &pourer{block: b}
	err := p.requests(rows)
	if err == nil {
		err = p.outcomes(rows)
	}
	if err != nil {
		return nil, problem("", err.Error(), "")
	}
	t := b.finish()
	if t == nil {
		return nil, b.problems.err()
	}
	return t, nil
}

// requests pours all columns of requests.
func (p *pourer) requests(rows []Row) error {
	for column := range numRowNumbers {
		p.reset()
		for i := range rows {
			if v, ok := rows[i].getNumber(column); ok {
				p.number(v)
			} else {
				p.null()
			}
		}
		p.putRowNumber(column)
	}
	for column := range numRowNames {
		p.reset()
		for i := range rows {
			p.name(p.rowNames[column], *rows[i].name(column))
		}
		p.putRowName(column)
	}
	for column := range numRowTexts {
		p.reset()
		for i := range rows {
			if err := p.bytes([]byte(*rows[i].text(column))); err != nil {
				return err
			}
		}
		if err := p.putRowText(column); err != nil {
			return err
		}
	}
	p.reset()
	for i := range rows {
		if t := rows[i].Time; t != nil {
			p.time(t.UnixMicro())
		} else {
			p.null()
		}
	}
	p.putRowTime()
	p.embeddings(rows)
	return nil
}

// embeddings pours the embeddings; all must be as long as the first.
func (p *pourer) embeddings(rows []Row) {
	if !p.cols.Embedding {
		return
	}
	for i := range rows {
		v := rows[i].Embedding
		if len(v) == 0 {
			continue
		}
		if !p.vectors.present && len(v) <= maxDims {
			p.size = vectorSize{len(v), RowRef{Row: int64(i + 1)}}
			p.startVectors()
		}
		p.pourVector(i, v)
	}
}

// outcomes pours the lists of outcomes.
func (p *pourer) outcomes(rows []Row) error {
	var all []*Outcome
	for i := range rows {
		for k := range rows[i].Outcomes {
			o := &rows[i].Outcomes[k]
			all = append(all, o)
			p.outcome(int32(i), p.modelIndex([]byte(o.Model)), int64(i+1))
		}
	}
	p.place()
	for column := range numOutcomeNumbers {
		p.reset()
		for _, o := range all {
			if v, ok := o.getNumber(column); ok {
				p.number(v)
			} else {
				p.null()
			}
		}
		p.putItemNumber(column)
	}
	for column := range numOutcomeNames {
		p.reset()
		for _, o := range all {
			p.name(p.itemNames[column], *o.name(column))
		}
		p.putItemName(column)
	}
	if !p.cols.Response {
		return nil
	}
	p.reset()
	for _, o := range all {
		if o.Response == nil {
			p.null()
		} else if err := p.bytes([]byte(*o.Response)); err != nil {
			return err
		}
	}
	return p.putResponses()
}
