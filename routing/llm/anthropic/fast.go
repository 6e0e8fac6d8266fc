package anthropic

import "github.com/tierwise/tierwise/routing/llm/internal/wire"

// fastText reads an event of the most common kind, a piece of text. It returns false for every other, which encoding/json
// must read.
func fastText(data []byte) (text string, ok bool) {
	s := wire.NewScan(data)
	types, deltas, kinds, texts := 0, 0, 0, 0
	delta := func(key []byte) bool {
		switch string(key) {
		case "type":
			kinds++
			return s.Is("text_delta")
		case "text":
			texts++
			var ok bool
			text, ok = s.Text()
			return ok
		}
		return false
	}
	ok = s.Object(func(key []byte) bool {
		switch string(key) {
		case "type":
			types++
			return s.Is("content_block_delta")
		case "index":
			_, ok := s.Whole()
			return ok
		case "delta":
			deltas++
			return s.Object(delta)
		}
		return false
	})
	return text, ok && s.End() && types == 1 && deltas == 1 && kinds == 1 && texts == 1
}
