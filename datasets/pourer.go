package datasets

import "slices"

// A pourer pours columns into a block that are not in the form of Parquet. It gathers one column at a time: whether
// each entry has a value, and the values.
type pourer struct {
	*block
	def    []byte
	values []float64
	ids    []int32
	micros []int64
	text   textColumn
}

// reset starts a column.
func (p *pourer) reset() {
	p.def, p.values, p.ids, p.micros = p.def[:0], p.values[:0], p.ids[:0], p.micros[:0]
	p.text.restart()
}

// column is all of the column, and whether it has a value at all.
func (p *pourer) column() (span, bool) {
	return span{0, p.def, 1}, slices.Contains(p.def, 1)
}

func (p *pourer) null() { p.def = append(p.def, 0) }

func (p *pourer) number(v float64) {
	p.def = append(p.def, 1)
	p.values = append(p.values, v)
}

// id adds the number of a name, negative for null.
func (p *pourer) id(v int32) {
	if v < 0 {
		p.null()
		return
	}
	p.def = append(p.def, 1)
	p.ids = append(p.ids, v)
}

func (p *pourer) name(n *names, s string) {
	if s == "" {
		p.null()
		return
	}
	p.id(n.internString(s))
}

func (p *pourer) time(us int64) {
	if us == NoTime {
		p.null()
		return
	}
	p.def = append(p.def, 1)
	p.micros = append(p.micros, us)
}

func (p *pourer) bytes(text []byte) error {
	p.def = append(p.def, 1)
	return p.text.append(text, false)
}

func (p *pourer) texts() textValues {
	return textValues{bytes: p.text.bytes, offsets: p.text.offsets}
}

// The following pour the column gathered. It stays absent if it has no value.

func (p *pourer) putRowNumber(column int) {
	if s, ok := p.column(); ok {
		p.startRowNumber(column)
		p.pourRowNumber(column, s, p.values)
	}
}

func (p *pourer) putRowName(column int) {
	if s, ok := p.column(); ok {
		p.startRowName(column)
		p.pourRowName(column, s, p.ids)
	}
}

func (p *pourer) putRowTime() {
	s, _ := p.column()
	p.pourTime(s, p.micros)
}

func (p *pourer) putRowText(column int) error {
	if len(p.text.bytes) == 0 && column != textID || !p.wantsText(column) {
		return nil
	}
	s, _ := p.column()
	p.block.texts[column].start()
	return p.pourRowText(column, s, p.texts())
}

func (p *pourer) putItemNumber(column int) {
	if s, ok := p.column(); ok {
		p.startNumber(column)
		p.pourNumber(column, s, p.values)
	}
}

func (p *pourer) putItemName(column int) {
	if s, ok := p.column(); ok {
		p.startName(column)
		p.pourName(column, s, p.ids)
	}
}

func (p *pourer) putResponses() error {
	s, ok := p.column()
	if !ok {
		return nil
	}
	p.answers.begin(p.slots())
	return p.pourAnswers(s, p.texts())
}
