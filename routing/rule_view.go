package routing

import (
	"strings"
	"unicode/utf8"
)

// A ruleView is one request as rules see it: what several rules may ask for is found out once, when the first asks.
type ruleView struct {
	features *Features
	shape    uint8

	known      uint8 // bits of what follows
	charCount  int
	hasFence   bool
	mostScript string
}

const (
	knowChars = 1 << iota
	knowFence
	knowScript
)

func newRuleView(f *Features) ruleView {
	v := ruleView{features: f}
	for _, b := range [...]struct {
		has bool
		bit uint8
	}{{f.Tools, withTools}, {f.Schema, withSchema}, {f.Attachment, withAttachment}} {
		if b.has {
			v.shape |= b.bit
		}
	}
	return v
}

// learn reports whether something is asked for the first time.
func (v *ruleView) learn(bit uint8) bool {
	first := v.known&bit == 0
	v.known |= bit
	return first
}

// chars returns the number of characters of the prompt.
func (v *ruleView) chars() int {
	if v.learn(knowChars) {
		v.charCount = utf8.RuneCountInString(v.features.Prompt)
	}
	return v.charCount
}

// charsIn reports whether the prompt has so many characters, counting them only if its bytes do not tell: a character
// is one to four of them.
func (v *ruleView) charsIn(i interval) bool {
	most := len(v.features.Prompt)
	least := (most + 3) / 4
	switch {
	case i.least <= least && most <= i.most:
		return true
	case most < i.least || i.most < least:
		return false
	}
	return i.holds(v.chars())
}

// tokens returns the estimated tokens of the whole request with its answer.
func (v *ruleView) tokens() int {
	chars := v.features.Chars
	if chars == 0 {
		chars = v.chars()
	}
	return Tokens(chars, v.features.MaxTokens)
}

// fenced reports whether the prompt has a fenced code block.
func (v *ruleView) fenced() bool {
	if v.learn(knowFence) {
		v.hasFence = opensFence(v.features.Prompt, "```") || opensFence(v.features.Prompt, "~~~")
	}
	return v.hasFence
}

// script returns the name of the script that most letters of the prompt are of, "" if it has no letters.
func (v *ruleView) script() string {
	if v.learn(knowScript) {
		v.mostScript = mainScript(v.features.Prompt)
	}
	return v.mostScript
}

// opensFence reports whether a line of the text begins with the fence, after three spaces at most.
func opensFence(text, fence string) bool {
	for start := 0; ; {
		i := strings.Index(text[start:], fence)
		if i < 0 {
			return false
		}
		line := start + i
		for spaces := 0; spaces < 3 && line > 0 && text[line-1] == ' '; spaces++ {
			line--
		}
		if line == 0 || text[line-1] == '\n' || text[line-1] == '\r' {
			return true
		}
		// No fence begins inside of this one: what stands before it would be the fence's own character.
		start += i + len(fence)
	}
}
