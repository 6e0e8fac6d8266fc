package ledger

import (
	"fmt"
	"maps"
	"slices"
)

// A Plan says how a look is to be made.
type Plan struct {
	Number   int  // of the look, from 1, among all of the ledger
	Search   int  // ordinal of the search that it belongs to
	Look     int  // which of the search's looks it is, from 1
	Looks    int  // how many were declared
	Repeated bool // the ledger has it already: all is as it was then

	Share float64 // of alpha that this look may spend
	Next  float64 // what the look after it may, on all rows of this one and more
	// Spent is the sum of the levels of all looks up to this one, at most twice that of the first if all have one alpha.
	Spent float64

	Searched []bool // by row: it chooses and never certifies; nil: none is so
	Fresh    int    // rows that are not: 0 says that nothing can be certified

	// Chains are, by task, those that this look must walk and no others, because the first look of the search did; a task
	// that is not there may walk any.
	Chains map[string][]string
	// Splits are, of a later look of a search, how the first one split tasks: it must split these, and no others.
	Splits map[string]Split

	planned Look
	after   int
}

func (p *Plan) wasSearched(row int) bool { return p.Searched != nil && p.Searched[row] }

// Plan finds out how a look at rows is to be made, by their keys: those whose results it will see. declared is how many
// looks are to share a level, 1 or Schedule, whichever of them this is; 0 is 1. Neither the order of the rows nor rows that
// come twice make a difference. The error says what is not as it was in the declared looks before.
func (l *Ledger) Plan(look Look, declared int, rows []uint64) (*Plan, error) {
	if err := look.check(); err != nil {
		return nil, err
	}
	for i, key := range rows {
		if key >= 1<<keyBits {
			return nil, fmt.Errorf("row %d has the key %#x, of more than %d bits: keys are made by Key", i, key, keyBits)
		}
	}
	declared = max(declared, 1)
	for i := range l.entries {
		if e := &l.entries[i]; e.Look == look && e.Looks == declared {
			p := l.plan(look, declared, e.place, e.After, rows)
			p.Number, p.Repeated = i+1, true
			return p, nil
		}
	}
	extends := len(l.entries) > 0 && l.grown(l.entries[len(l.entries)-1].place, rows) == nil
	at, err := l.placeOf(&look, declared, len(l.entries), extends)
	if err != nil {
		return nil, err
	}
	if at.look > 1 {
		if err := l.grown(at, rows); err != nil {
			return nil, err
		}
	}
	return l.plan(look, declared, at, len(l.entries), rows), nil
}

// plan makes the plan of a look at a place after the first entries.
func (l *Ledger) plan(look Look, declared int, at place, after int, rows []uint64) *Plan {
	p := &Plan{
		Number: after + 1, Search: at.search, Look: at.look, Looks: declared, Share: at.share(declared), Next: at.next(declared),
		Fresh: len(rows), planned: look, after: after,
	}
	for i := range l.entries[:after] {
		e := &l.entries[i]
		p.Spent += e.Look.Alpha * e.share(e.Looks)
		if at.look > 1 && e.start == at.start {
			if p.Chains == nil {
				p.Chains = map[string][]string{}
			}
			maps.Copy(p.Chains, e.Chains)
		}
	}
	p.Spent += look.Alpha * p.Share
	searched := l.seen(after, at.start)
	if at.look > 1 {
		searched = searched.union(l.entries[at.start].Pilot)
		p.Splits = l.entries[at.start].Splits
	}
	for i, key := range rows {
		if !searched.has(key) {
			continue
		}
		if p.Searched == nil {
			p.Searched = make([]bool, len(rows))
		}
		p.Searched[i] = true
		p.Fresh--
	}
	return p
}

// seen returns the rows that the first entries have seen, but for those of the search that began at an entry.
func (l *Ledger) seen(after, start int) rowSet {
	var out rowSet
	for i := range l.entries[:after] {
		if e := &l.entries[i]; e.start != start {
			out = out.union(e.Rows)
		}
	}
	return out
}

// grown returns an error if rows that earlier looks of a search have seen are missing: leaving some out is choosing them.
func (l *Ledger) grown(at place, rows []uint64) error {
	now := newRowSet(slices.Clone(rows))
	missing := 0
	for i := range l.entries {
		if e := &l.entries[i]; e.start == at.start {
			missing += len(e.Rows.without(now))
		}
	}
	if missing > 0 {
		return fmt.Errorf("look %d of the %d that were declared must see all rows of those before: %d are missing; without declared looks it is a search of its own, on newer rows and at half the level",
			at.look, Schedule, missing)
	}
	return nil
}
