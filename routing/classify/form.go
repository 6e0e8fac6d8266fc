package classify

import (
	"math/bits"
	"strings"
)

// Features of a request's form.
const (
	formLength = iota
	formMessages
	formTools
	formSchema
	formAttachment
	formFence
	formOpens
	formCloses
	formLines
	formDigits
)

// hashForm hashes a feature for each property of a request's form, such as its length to a factor of two.
func (s *scratch) hashForm(in *Input) {
	symbols := s.symbols
	form := func(kind, value int) {
		s.hashes = append(s.hashes, (uint64(kind)<<32+uint64(value)+seedForm)*mul1)
	}
	form(formLength, bits.Len(uint(len(in.Text))))
	if in.Messages > 1 {
		form(formMessages, bits.Len(uint(in.Messages)))
	}
	for kind, is := range [...]bool{formTools: in.Tools, formSchema: in.Schema, formAttachment: in.Attachment} {
		if is {
			form(kind, 1)
		}
	}
	if n := len(symbols); n > 2 {
		form(formOpens, int(shape(symbols[1])))
		form(formCloses, int(shape(symbols[n-2])))
	}
	digits, ticks, fenced := 0, 0, false
	for _, symbol := range symbols {
		if symbol-'0' < 10 {
			digits++
		}
		ticks++
		if symbol != '`' {
			ticks = 0
		}
		fenced = fenced || ticks == 3
	}
	if fenced {
		form(formFence, 1)
	}
	form(formDigits, 8*digits/len(symbols))
	if lines := strings.Count(in.Text[:min(len(in.Text), maxText+1)], "\n"); lines > 0 {
		form(formLines, bits.Len(uint(lines)))
	}
}

// shape is the kind of a symbol: letters are alike, digits are, anything else is itself.
func shape(symbol uint32) uint32 {
	switch {
	case symbol-'0' < 10:
		return '0'
	case isWord(symbol):
		return 'a'
	}
	return symbol
}
