package ledger

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Format and version of each line of a ledger. LEDGER.md documents it.
const (
	Format  = "tierwise.ledger"
	Version = "1"
)

// maxBytes bounds what is read: room for a hundred million rows.
const maxBytes = 1 << 30

// A Ledger is the looks at labeled requests that were made for one config, in order. The zero Ledger has none.
type Ledger struct {
	// Cut are the numbers of lines, from 1, that end before they are complete: whoever wrote them was stopped. They are no
	// looks, because a look is written before anything that it found is shown.
	Cut []int

	entries []entry
	open    bool // the last line has no end
}

// An entry is a line of the file, and its place among the others.
type entry struct {
	Format  string      `json:"format"`
	Version json.Number `json:"version"`
	// After is how many entries before this one its writer knew: all of them, unless two wrote at the same time.
	After int  `json:"after"`
	Look  Look `json:"look"`
	Looks int  `json:"looks"` // declared: 1, or Schedule
	// Rows are those that no look before had seen.
	Rows rowSet `json:"rows"`

	// Extends says that the look is one more of the search before it, on more rows; Open that such looks may follow.
	Extends bool `json:"extends,omitempty"`
	Open    bool `json:"open,omitempty"`
	// Of the first look of a search: its rows that only chose, how it split tasks, and by task the chains that it walked.
	// Later looks add tasks to Chains.
	Pilot  rowSet              `json:"pilot,omitempty"`
	Splits map[string]Split    `json:"splits,omitempty"`
	Chains map[string][]string `json:"chains,omitempty"`

	place
}

// A place is which look an entry is.
type place struct {
	start  int // index of the entry that began the search
	search int // ordinal of the search, from 1
	look   int // ordinal in the search, from 1
	// halvings is how many looks, or searches of declared looks, there were before: each halves what the next may spend.
	halvings int
}

// Read reads a ledger. name is the file's name in errors.
func Read(name string, r io.Reader) (*Ledger, error) {
	l := &Ledger{}
	in := bufio.NewReader(io.LimitReader(r, maxBytes+1))
	size := 0
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		end := errors.Is(err, io.EOF)
		size += len(line)
		if size > maxBytes {
			return nil, fmt.Errorf("%s: is larger than a ledger may be: %d bytes are the most", name, maxBytes)
		}
		if err != nil && !end {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			if err := l.readLine(number, text); err != nil {
				return nil, fmt.Errorf("%s: line %d: %w", name, number, err)
			}
		}
		if end {
			l.open = len(line) > 0
			return l, nil
		}
	}
}

func (l *Ledger) readLine(number int, text []byte) error {
	if cut(text) {
		l.Cut = append(l.Cut, number)
		return nil
	}
	var head struct {
		Format  string      `json:"format"`
		Version json.Number `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return fmt.Errorf("is no look: %w", err)
	}
	if head.Format != Format {
		return fmt.Errorf("is no look: its format is %q, not %q", head.Format, Format)
	}
	if major, _, _ := strings.Cut(head.Version.String(), "."); major != Version {
		return fmt.Errorf("version %q is not read here: only version %s is; update tierwise", head.Version, Version)
	}
	var e entry
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	return l.add(&e)
}

// cut reports whether a line is the beginning of one.
func cut(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	var value json.RawMessage
	return errors.Is(d.Decode(&value), io.ErrUnexpectedEOF)
}

// add puts an entry in its place.
func (l *Ledger) add(e *entry) error {
	if err := e.Look.check(); err != nil {
		return err
	}
	if e.After < 0 || e.After > len(l.entries) {
		return fmt.Errorf("the look comes after %d others, and there are %d before it", e.After, len(l.entries))
	}
	at, err := l.placeOf(&e.Look, e.Looks, e.After, e.Extends)
	if err == nil && e.Extends && at.look == 1 {
		err = errors.New("the look extends a search that is not the one before it")
	}
	if err != nil {
		return err
	}
	e.place = at
	l.entries = append(l.entries, *e)
	return nil
}

// placeOf returns the place of a new look after the first entries. extends says that it sees all rows that the search of the
// last of them did.
func (l *Ledger) placeOf(look *Look, looks, after int, extends bool) (place, error) {
	if looks != 1 && looks != Schedule {
		return place{}, fmt.Errorf("%d looks cannot be declared: it is 1 or %d", looks, Schedule)
	}
	starts, halvings := map[int]bool{}, 0
	for i := range l.entries[:after] {
		e := &l.entries[i]
		starts[e.start] = true
		if e.Looks == 1 || e.look == 1 {
			halvings++
		}
	}
	if after > 0 && looks == Schedule {
		if last := &l.entries[after-1]; last.Looks == Schedule && last.look < Schedule {
			if what := last.Look.differs(look); what != "" {
				return place{}, fmt.Errorf("look %d of the %d that were declared must be made as look %d was, but for more data: %s; without declared looks it is a search of its own, on newer rows and at half the level",
					last.look+1, Schedule, last.look, what)
			}
			return place{start: last.start, search: last.search, look: last.look + 1, halvings: last.halvings}, nil
		}
	}
	if after > 0 && looks == 1 && extends {
		if last := &l.entries[after-1]; last.Looks == 1 && last.Open && last.Look.differs(look) == "" {
			return place{start: last.start, search: last.search, look: last.look + 1, halvings: halvings}, nil
		}
	}
	return place{start: len(l.entries), search: len(starts) + 1, look: 1, halvings: halvings}, nil
}

// A Split is how a task was split by difficulty.
type Split struct {
	Weak  string  `json:"weak"`  // the model that the baseline is compared with
	Below float64 `json:"below"` // the predicted gain below which requests are easy
}

// Found is what a search has to tell about itself for the looks that may follow.
type Found struct {
	Pilot  []bool              // by row: it only chose; nil: none did
	Chains map[string][]string // by task, the chains that were walked
	Splits map[string]Split    // by task, how it was split
}

// Append writes a look that was planned by l, and adds it to l: one line, in one call of w.Write, to be appended to the file
// that l was read from, before anything that the search found is shown. rows are all rows whose results it has seen, in the
// order that was planned; found may be nil unless several looks were declared, and then no look extends this one. A look that is a repetition writes nothing.
func (l *Ledger) Append(w io.Writer, p *Plan, rows []uint64, found *Found) error {
	if p.Repeated {
		return nil
	}
	if p.after != len(l.entries) {
		return fmt.Errorf("the look was planned after %d others, and there are %d now: plan it again", p.after, len(l.entries))
	}
	if p.Looks > 1 && found == nil || found != nil && found.Pilot != nil && len(found.Pilot) != len(rows) {
		return errors.New("a look must tell of each of its rows whether it only chose: later ones are held to it")
	}
	e := entry{Format: Format, Version: Version, After: p.after, Look: p.planned, Looks: p.Looks, Extends: p.Looks == 1 && p.Look > 1, Open: found != nil}
	e.Rows = newRowSet(slices.Clone(rows)).without(l.seen(p.after, -1))
	if found != nil {
		e.keep(p, rows, found)
	}
	line, err := json.Marshal(&e)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if l.open { // what was cut stays a line of its own
		line = append([]byte{'\n'}, line...)
	}
	if _, err := w.Write(line); err != nil {
		return err
	}
	l.open = false
	return l.add(&e)
}

// keep notes what later looks of the search must know.
func (e *entry) keep(p *Plan, rows []uint64, found *Found) {
	if p.Look == 1 {
		var pilot []uint64
		for i, chose := range found.Pilot {
			if chose && !p.wasSearched(i) {
				pilot = append(pilot, rows[i])
			}
		}
		e.Pilot, e.Splits = newRowSet(pilot), found.Splits
	}
	for task, chains := range found.Chains {
		if _, known := p.Chains[task]; !known && len(chains) > 0 {
			if e.Chains == nil {
				e.Chains = map[string][]string{}
			}
			e.Chains[task] = chains
		}
	}
}
