package routing

import (
	"regexp/syntax"
	"slices"
)

// An edge is a place in a text that is not empty.
type edge uint8

const (
	textStart edge = iota
	textEnd
)

// findsInAll reports whether a pattern is found in every text, since it matches nothing at all at an end of it. It may
// miss patterns that do so otherwise.
func findsInAll(pattern string) bool {
	re, err := syntax.Parse(pattern, syntax.Perl)
	return err == nil && (matchesNothingAt(re, textStart) || matchesNothingAt(re, textEnd))
}

// matchesNothingAt reports whether the empty text matches at an edge of every text.
func matchesNothingAt(re *syntax.Regexp, at edge) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpBeginLine, syntax.OpBeginText:
		return at == textStart
	case syntax.OpEndLine, syntax.OpEndText:
		return at == textEnd
	case syntax.OpCapture, syntax.OpPlus:
		return matchesNothingAt(re.Sub[0], at)
	case syntax.OpRepeat:
		return re.Min == 0 || matchesNothingAt(re.Sub[0], at)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !matchesNothingAt(sub, at) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return matchesNothingAt(sub, at) })
	default: // a character, or a boundary of words
		return false
	}
}

// leastMatch returns how many characters a text has at least in which the pattern is found, false if there is none
// such.
func leastMatch(pattern string) (chars int, ok bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, true
	}
	return shortest(re)
}

func shortest(re *syntax.Regexp) (chars int, ok bool) {
	switch re.Op {
	case syntax.OpNoMatch:
		return 0, false
	case syntax.OpLiteral:
		return len(re.Rune), true
	case syntax.OpCharClass:
		return 1, len(re.Rune) > 0
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, true
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min == 0 {
			return 0, true
		}
		chars, ok = shortest(re.Sub[0])
		return chars * re.Min, ok
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			n, ok := shortest(sub)
			if !ok {
				return 0, false
			}
			chars += n
		}
		return chars, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if n, matches := shortest(sub); matches && (!ok || n < chars) {
				chars, ok = n, true
			}
		}
		return chars, ok
	default: // nothing, or as little as nothing
		return 0, true
	}
}
