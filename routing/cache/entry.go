package cache

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// entryVersion is the first byte of a stored entry. What another version wrote is a miss.
const entryVersion = 1

// An Entry is a kept answer and where it came from.
type Entry struct {
	Request string    // the id of the request that it answered
	Task    string    // that it was dispatched to
	Tier    string    // that answered
	Model   string    // of the tier
	Stored  time.Time // to the nanosecond
	CostUSD float64   // of the request back then; NaN: unknown
	Text    string    // the prompt, for semantic hits; "" in the exact cache
	Answer  []byte    // the response, in the form that the caller chose
}

var errEntry = errors.New("not an entry of this version")

// Append appends the entry's bytes to b: a version, times and costs as eight bytes, texts after their length.
func (e *Entry) Append(b []byte) []byte {
	b = append(b, entryVersion)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Stored.UnixNano()))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(e.CostUSD))
	for _, s := range [...]string{e.Request, e.Task, e.Tier, e.Model, e.Text} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return append(b, e.Answer...)
}

// Parse sets e to the entry that b holds. Its Answer is a part of b.
func (e *Entry) Parse(b []byte) error {
	if len(b) < 17 || b[0] != entryVersion {
		return errEntry
	}
	e.Stored = time.Unix(0, int64(binary.LittleEndian.Uint64(b[1:])))
	e.CostUSD = math.Float64frombits(binary.LittleEndian.Uint64(b[9:]))
	b = b[17:]
	for _, field := range [...]*string{&e.Request, &e.Task, &e.Tier, &e.Model, &e.Text} {
		n, used := binary.Uvarint(b)
		if used <= 0 || n > uint64(len(b)-used) {
			return errEntry
		}
		*field = string(b[used : used+int(n)])
		b = b[used+int(n):]
	}
	e.Answer = b
	return nil
}
