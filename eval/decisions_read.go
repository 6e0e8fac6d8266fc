package eval

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// ReadDecisions reads a decisions file and calls visit with a record for each row, in their order. Only what the file holds
// is in a record: neither the calls nor where the request stands. The record is the visitor's only until it returns. Memory
// does not grow with the file.
func ReadDecisions(ctx context.Context, r io.ReaderAt, size int64, visit func(*Record) error) error {
	file, err := openDecisions(r, size)
	if err != nil {
		return err
	}
	in := parquet.NewGenericReader[decision](file)
	defer func() { _ = in.Close() }() // it was only read
	buf := make([]decision, 512)
	var record Record
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		clear(buf)
		n, err := in.Read(buf)
		for i := range buf[:n] {
			buf[i].record(&record)
			if err := visit(&record); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// DecisionsDataHash returns the data hash of the traffic that decisions are of; "" if the file does not say.
func DecisionsDataHash(r io.ReaderAt, size int64) (string, error) {
	file, err := openDecisions(r, size)
	if err != nil {
		return "", err
	}
	hash, _ := file.Lookup(DecisionsHash)
	return hash, nil
}

func openDecisions(r io.ReaderAt, size int64) (*parquet.File, error) {
	file, err := parquet.OpenFile(r, size)
	if err != nil {
		return nil, err
	}
	switch version, ok := file.Lookup(DecisionsFormat); {
	case !ok:
		return nil, errors.New("no decisions: tierwise eval CONFIG -d FILE -o decisions.parquet writes them")
	case version != DecisionsVersion:
		return nil, fmt.Errorf("decisions of version %s, and this program reads %s", version, DecisionsVersion)
	}
	return file, nil
}

// record is the other way round of [Record.decision].
func (d *decision) record(r *Record) {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	number := func(x *float64) Number {
		if x == nil {
			return Unknown
		}
		return Number(*x)
	}
	*r = Record{
		ID: d.ID, Candidate: d.Candidate, GoldTask: text(d.GoldTask), Task: text(d.Task), Layer: text(d.Layer), Rule: text(d.Rule),
		Confidence: number(d.Confidence), Split: text(d.Split), Ended: d.Ended, Why: text(d.Why), Answer: text(d.Answer), Tier: text(d.Tier),
		Skipped: d.Skipped, Escalations: int(d.Escalations), Failovers: int(d.Failovers), Covered: d.Covered, Uncovered: d.Uncovered,
		Changed: d.Changed != nil && *d.Changed, Quality: number(d.Quality), BaseQuality: number(d.BaseQuality), Delta: number(d.Delta),
		CostUSD: number(d.CostUSD), BaseCostUSD: number(d.BaseCostUSD), RouterCostUSD: number(d.RouterUSD), CheckCostUSD: number(d.CheckUSD),
		LatencyMS: number(d.LatencyMS),
	}
	if d.Gain != nil {
		gain := Number(*d.Gain)
		r.Gain = &gain
	}
}
