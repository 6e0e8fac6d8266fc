package classify

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NGramsName is the name of the built-in embedder. It changes whenever the same text would get other features.
const NGramsName = "ngrams/1"

// maxBits is the size of the space that n-grams are hashed into, as a power of two. Artifacts may use fewer bits:
// a bucket's number in a smaller space is its leading bits.
const maxBits = 18

// NGrams is the built-in Embedder: words, pairs of words and character 3- to 5-grams of the prompt in lower case,
// hashed, and a few features of its form. The value of a feature is 1 + ln(how often it occurs).
type NGrams struct {
	Bits int // dimensions are 2^Bits; at most 18
}

// Name implements Embedder.
func (NGrams) Name() string { return NGramsName }

// Dims implements Embedder.
func (e NGrams) Dims() int { return 1 << e.Bits }

// Embed implements Embedder. It never fails.
func (e NGrams) Embed(dst []Feature, in *Input) ([]Feature, error) {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	s.read(in.Text)
	if len(s.occurs) < e.Dims() {
		s.occurs = make([]uint8, e.Dims())
	}
	s.touched = s.touched[:0]
	shift := 64 - e.Bits
	s.hash(in)
	for _, h := range s.hashes {
		bucket := uint32(h >> shift)
		switch n := s.occurs[bucket]; {
		case n == 0:
			s.touched = append(s.touched, bucket)
			s.occurs[bucket] = 1
		case n < math.MaxUint8:
			s.occurs[bucket] = n + 1
		}
	}
	for _, bucket := range s.touched {
		dst = append(dst, Feature{bucket, repeated[s.occurs[bucket]]})
		s.occurs[bucket] = 0
	}
	return dst, nil
}

// repeated is the value of a feature by how often it occurs: sublinear, as in Manning, Raghavan and Schütze,
// Introduction to Information Retrieval (2008), §6.4.1.
var repeated = func() (table [math.MaxUint8 + 1]float32) {
	for n := 1; n < len(table); n++ {
		table[n] = float32(1 + math.Log(float64(n)))
	}
	return table
}()

// maxText is how many bytes of a prompt are looked at: of a longer one the first and the last half of that, where
// instructions stand. It bounds the time that a prompt takes.
const maxText = 16 << 10

// read puts the symbols of a text into s: characters in lower case, runs of white space as one blank, with a blank
// before and after. Bytes that are no UTF-8 are U+FFFD.
func (s *scratch) read(text string) {
	s.symbols = append(s.symbols[:0], ' ')
	if len(text) <= maxText {
		s.append(text)
	} else {
		s.append(text[:maxText/2])
		s.append(text[len(text)-maxText/2:])
	}
	if s.symbols[len(s.symbols)-1] != ' ' {
		s.symbols = append(s.symbols, ' ')
	}
}

// classes of ASCII symbols, in lower case; 0 is white space.
var ascii = func() (table [utf8.RuneSelf]uint8) {
	for c := range table {
		switch r := rune(c); {
		case unicode.IsSpace(r):
			table[c] = ' '
		default:
			table[c] = uint8(unicode.ToLower(r))
		}
	}
	return table
}()

func (s *scratch) append(text string) {
	out := s.symbols
	last := out[len(out)-1]
	for i := 0; i < len(text); {
		c := text[i]
		var symbol uint32
		if c < utf8.RuneSelf {
			symbol = uint32(ascii[c])
			i++
		} else {
			r, size := utf8.DecodeRuneInString(text[i:])
			i += size
			symbol = uint32(unicode.ToLower(r))
			if unicode.IsSpace(r) {
				symbol = ' '
			}
		}
		if symbol == ' ' && last == ' ' {
			continue
		}
		last = symbol
		out = append(out, symbol)
	}
	s.symbols = out
}

// Multipliers of the hashes: odd, random. Sums of products of symbols and such multipliers are strongly universal in
// their upper bits (Lemire and Kaser, Strongly universal string hashing is fast, 2014).
const (
	mul1 = 0x9e3779b97f4a7c15
	mul2 = 0xbf58476d1ce4e5b9
	mul3 = 0x94d049bb133111eb
	mul4 = 0xd6e8feb86659fd93
	mul5 = 0xa0761d6478bd642f

	seedFour  = 0xe7037ed1a0b428db // tells 4-grams from 3-grams
	seedFive  = 0x8ebc6af09c88c6e3
	seedTwo   = 0x589965cc75374cc3
	seedWord  = 0x1d8e4e27c47d124f
	seedPair  = 0xeb44accab455d165
	seedForm  = 0x2f83bb8ab3d7c2b1
	wordPrime = 0x100000001b3
)

// hash fills in the hash of every feature of the text that was read, as often as it occurs; of a hash, the leading bits
// count.
func (s *scratch) hash(in *Input) {
	s.hashes = slices.Grow(s.hashes[:0], 6*len(s.symbols)+16) // at most 4 n-grams and 2 words begin at a symbol
	s.hashCharacters()
	s.hashWords()
	s.hashForm(in)
}

// hashCharacters hashes the character 3- to 5-grams, and, where characters are words or syllables, 2-grams.
func (s *scratch) hashCharacters() {
	symbols, out := s.symbols, s.hashes
	for ; len(symbols) >= 5; symbols = symbols[1:] {
		two := uint64(symbols[0])*mul1 + uint64(symbols[1])*mul2
		three := two + uint64(symbols[2])*mul3
		four := three + uint64(symbols[3])*mul4
		out = append(out, three, four+seedFour, four+uint64(symbols[4])*mul5+seedFive)
		if symbols[0] >= firstIdeograph {
			out = append(out, two+seedTwo)
		}
	}
	for ; len(symbols) >= 2; symbols = symbols[1:] {
		two := uint64(symbols[0])*mul1 + uint64(symbols[1])*mul2
		if symbols[0] >= firstIdeograph {
			out = append(out, two+seedTwo)
		}
		if len(symbols) == 2 {
			break
		}
		three := two + uint64(symbols[2])*mul3
		out = append(out, three)
		if len(symbols) == 4 {
			out = append(out, three+uint64(symbols[3])*mul4+seedFour)
		}
	}
	s.hashes = out
}

// wordASCII says which ASCII symbols, in lower case, are parts of words.
var wordASCII = func() (table [utf8.RuneSelf]bool) {
	for c := range table {
		r := rune(c)
		table[c] = unicode.IsLower(r) || unicode.IsDigit(r) || strings.ContainsRune("'_", r)
	}
	return table
}()

// firstIdeograph is where the East Asian blocks begin, whose texts do without blanks.
const firstIdeograph = 0x2e80

// hashWords hashes the words and the pairs of adjacent words. A word is a run of letters and digits, or any other
// symbol alone.
func (s *scratch) hashWords() {
	const none = 1
	out := s.hashes
	word, previous := uint64(none), uint64(none)
	for _, symbol := range s.symbols { // the last one is a blank
		letter := isWord(symbol)
		if letter {
			word = (word + uint64(symbol)) * wordPrime
			continue
		}
		if word != none {
			out = append(out, (word+seedWord)*mul1, (previous*mul2+word+seedPair)*mul1)
			previous, word = word, none
		}
		if symbol != ' ' {
			mark := (none + uint64(symbol)) * wordPrime
			out = append(out, (mark+seedWord)*mul1, (previous*mul2+mark+seedPair)*mul1)
			previous = mark
		}
	}
	s.hashes = append(out, (previous*mul2+none+seedPair)*mul1) // the last word is the last
}

func isWord(symbol uint32) bool {
	if symbol < utf8.RuneSelf {
		return wordASCII[symbol]
	}
	return unicode.IsLetter(rune(symbol)) || unicode.IsNumber(rune(symbol)) || unicode.IsMark(rune(symbol))
}
