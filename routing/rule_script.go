package routing

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A letterRange is a run of letters of one script.
type letterRange struct {
	first, last rune
	script      int16 // index in letterTable.names
}

// A letterTable knows the script of every letter.
type letterTable struct {
	names  []string
	latin  int16
	ranges []letterRange // by first; they do not overlap
}

// maxScripts bounds the scripts that a prompt's letters are counted by; Unicode 17 has 172.
const maxScripts = 256

// letters is made when the first rule that looks at scripts is compiled: it takes a few milliseconds.
var letters = sync.OnceValue(newLetterTable)

func newLetterTable() *letterTable {
	t := &letterTable{names: slices.Sorted(maps.Keys(unicode.Scripts))}
	t.names = slices.DeleteFunc(t.names, sharedScript)
	for i, name := range t.names {
		if name == "Latin" {
			t.latin = int16(i)
		}
		for _, r := range unicode.Scripts[name].R16 {
			t.add(rune(r.Lo), rune(r.Hi), rune(r.Stride), int16(i))
		}
		for _, r := range unicode.Scripts[name].R32 {
			t.add(rune(r.Lo), rune(r.Hi), rune(r.Stride), int16(i))
		}
	}
	slices.SortFunc(t.ranges, func(a, b letterRange) int { return cmp.Compare(a.first, b.first) })
	return t
}

// add adds the letters among the characters from first to last.
func (t *letterTable) add(first, last, stride rune, script int16) {
	for r := first; r <= last; r += stride {
		if !unicode.IsLetter(r) {
			continue
		}
		if n := len(t.ranges); n > 0 && t.ranges[n-1].script == script && t.ranges[n-1].last == r-1 {
			t.ranges[n-1].last = r
		} else {
			t.ranges = append(t.ranges, letterRange{r, r, script})
		}
	}
}

// find returns the range that r is in, false if it is no letter of one script.
func (t *letterTable) find(r rune) (letterRange, bool) {
	i, ok := slices.BinarySearchFunc(t.ranges, r, func(l letterRange, r rune) int { return cmp.Compare(l.first, r) })
	if !ok {
		i--
	}
	if i < 0 || r > t.ranges[i].last {
		return letterRange{}, false
	}
	return t.ranges[i], true
}

// mainScript returns the name of the script that most letters of the text are of, of equals the one met first; "" if
// the text has no letters.
func mainScript(text string) string {
	t := letters()
	c := scriptCount{}
	var near letterRange // what the last letter was in: the next is mostly in it too
	for len(text) > 0 {
		script, n := t.latin, 0
		var size int
		if text[0] < utf8.RuneSelf {
			n, size = asciiLetters(text)
		} else {
			var r rune
			r, size = utf8.DecodeRuneInString(text)
			var ok bool
			if script, ok = t.script(r, &near); ok {
				n = 1
			}
		}
		text = text[size:]
		c.add(script, n)
		// A letter has a byte at least: here the rest of the text cannot outweigh this script any more.
		if 2*c.letters[script] > c.total+len(text) {
			return t.names[script]
		}
	}
	best := c.most()
	if best < 0 {
		return ""
	}
	return t.names[best]
}

// asciiLetters returns how many letters are among the next bytes of text: the next eight if they are all ASCII, else
// the first alone, which must be.
func asciiLetters(text string) (letters, size int) {
	if len(text) >= 8 {
		const ones = 0x0101010101010101
		b := uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
			uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
		if b&(0x80*ones) == 0 {
			// In each byte the high bit becomes whether it is 'a' or more and not more than 'z', in either case.
			b |= ('a' - 'A') * ones
			b = (b + (0x80-'a')*ones) &^ (b + (0x80-'z'-1)*ones) & (0x80 * ones)
			return bits.OnesCount64(b), 8
		}
	}
	if b := text[0] | ('a' - 'A'); 'a' <= b && b <= 'z' {
		letters = 1
	}
	return letters, 1
}

// A scriptCount counts the letters of each script.
type scriptCount struct {
	letters [maxScripts]int
	total   int
	met     [maxScripts]int16 // the scripts in the order in which they were met
	scripts int
}

func (c *scriptCount) add(script int16, n int) {
	if n == 0 {
		return
	}
	if c.letters[script] == 0 {
		c.met[c.scripts] = script
		c.scripts++
	}
	c.letters[script] += n
	c.total += n
}

// most returns the script with most letters, the first met of equals, −1 if there are no letters.
func (c *scriptCount) most() int16 {
	if c.scripts == 0 {
		return -1
	}
	best := c.met[0]
	for _, script := range c.met[1:c.scripts] {
		if c.letters[script] > c.letters[best] {
			best = script
		}
	}
	return best
}

// script returns the script of r, which is not ASCII, false if it is no letter of one script. It looks first in the
// range that the letter before it was in, and keeps the one it finds.
func (t *letterTable) script(r rune, near *letterRange) (int16, bool) {
	if r < near.first || near.last < r {
		found, ok := t.find(r)
		if !ok {
			return 0, false
		}
		*near = found
	}
	return near.script, true
}
