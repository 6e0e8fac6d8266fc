package cache

import "slices"

// What guards see that two texts differ in.
const (
	Script   Reason = "script"   // the one is written in other letters than the other
	Language Reason = "language" // … in another language
	Negation Reason = "negation" // the one says not, or says it more often
	Number   Reason = "number"   // other numbers, or in another order
	Date     Reason = "date"     // other days, months or times
	Quote    Reason = "quote"    // other words in quotation marks
	Name     Reason = "name"     // a name that the other does not mention
	Order    Reason = "order"    // the same names in another order
)

// Guards are the reasons of Guard, in the order in which it looks.
func Guards() []Reason {
	return []Reason{Script, Language, Negation, Number, Date, Quote, Name, Order}
}

// Guard returns in what two texts differ that similarity is blind to, "" if in nothing of that kind. Its rules are lexical
// and cautious: they know nothing of meaning, and a text in doubt is a miss, which costs a call and no wrong answer.
func Guard(a, b *Facts) Reason {
	switch {
	case a.script != b.script:
		return Script
	case a.language != b.language && a.language != "" && b.language != "":
		return Language
	case a.negations != b.negations:
		return Negation
	case !slices.Equal(a.numbers, b.numbers):
		return Number
	case !slices.Equal(a.dates, b.dates):
		return Date
	case !slices.Equal(a.quotes, b.quotes):
		return Quote
	}
	if reason := namesIn(a, b); reason != "" {
		return reason
	}
	return namesIn(b, a)
}

// namesIn looks for the names of a in b, in their order.
func namesIn(a, b *Facts) Reason {
	last := -1
	for _, name := range a.names {
		at := slices.Index(b.words, name)
		if at < 0 {
			return Name
		}
		if at < last {
			return Order
		}
		last = at
	}
	return ""
}
