package eval

import (
	"context"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/tierwise/tierwise/datasets"
)

// A decision is a row of a decisions file: one request under one candidate, for pandas and DuckDB. RESULTS.md documents
// it. Numbers that are not known are null.
type decision struct {
	ID          string   `parquet:"id"`
	Candidate   string   `parquet:"candidate,dict"`
	GoldTask    *string  `parquet:"gold_task,dict"`
	Task        *string  `parquet:"task,dict"`
	Layer       *string  `parquet:"layer,dict"`
	Rule        *string  `parquet:"rule,dict"`
	Confidence  *float64 `parquet:"confidence"`
	Split       *string  `parquet:"split,dict"`
	Gain        *float64 `parquet:"gain"`
	Ended       string   `parquet:"ended,dict"`
	Why         *string  `parquet:"why,dict"`
	Answer      *string  `parquet:"answer,dict"`
	Tier        *string  `parquet:"tier,dict"`
	Attempts    int32    `parquet:"attempts"`
	Escalations int32    `parquet:"escalations"`
	Failovers   int32    `parquet:"failovers"`
	Skipped     []string `parquet:"skipped,list"`
	Covered     bool     `parquet:"covered"`
	Uncovered   []string `parquet:"uncovered,list"`
	Changed     *bool    `parquet:"changed"`
	Quality     *float64 `parquet:"quality"`
	BaseQuality *float64 `parquet:"baseline_quality"`
	Delta       *float64 `parquet:"delta"`
	CostUSD     *float64 `parquet:"cost_usd"`
	BaseCostUSD *float64 `parquet:"baseline_cost_usd"`
	RouterUSD   *float64 `parquet:"router_cost_usd"`
	CheckUSD    *float64 `parquet:"check_cost_usd"`
	LatencyMS   *float64 `parquet:"latency_ms"`
	Cache       *string  `parquet:"cache,dict"`
	Source      *string  `parquet:"source"`
}

// DecisionsFormat and DecisionsVersion are in the metadata of a decisions file.
const (
	DecisionsFormat  = "tierwise.decisions"
	DecisionsVersion = "1"

	// DecisionsHash is the key of the data hash of the traffic, as [Data] has it, in the metadata of a decisions file.
	DecisionsHash = "tierwise.data_hash"
)

// WriteDecisions replays the shards once more and writes a Parquet file with a row for every request and candidate, in
// the order of the data.
func (j *Job) WriteDecisions(ctx context.Context, w io.Writer, d *datasets.Dataset, opts *RunOptions) error {
	if opts == nil {
		opts = &RunOptions{}
	}
	out := parquet.NewGenericWriter[decision](w, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(122_880),
		parquet.KeyValueMetadata(DecisionsFormat, DecisionsVersion))
	columns := j.Columns()
	replayer, reader := j.NewReplayer(), d.NewReader(columns)
	var hash [2]uint64
	shards := d.Shards()
	if j.anyCaches() {
		plan, err := j.planCaches(ctx, d, shards, opts)
		if err != nil {
			return err
		}
		replayer.UseCaches(plan)
	}
	progress := newProgress(shards, opts.Progress)
	buf := make([]decision, 0, 1024)
	flush := func() error {
		_, err := out.Write(buf)
		buf = buf[:0]
		return err
	}
	for _, shard := range shards {
		for t, err := range reader.Read(ctx, shard) {
			if err != nil {
				return err
			}
			err := replayer.Records(ctx, t, func(r *Record) error {
				buf = append(buf, r.decision())
				if len(buf) == cap(buf) {
					return flush()
				}
				return nil
			})
			if err != nil {
				return err
			}
			hash = AddHash(hash, t.Hash)
			progress(int64(t.Len))
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if !columns.Bare {
		out.SetKeyValueMetadata(DecisionsHash, HashText(hash))
	}
	return out.Close()
}

func (r *Record) decision() decision {
	d := decision{
		ID: r.ID, Candidate: r.Candidate, GoldTask: orNull(r.GoldTask), Task: orNull(r.Task), Layer: orNull(r.Layer), Rule: orNull(r.Rule),
		Confidence: known(r.Confidence), Ended: r.Ended, Why: orNull(r.Why), Answer: orNull(r.Answer), Tier: orNull(r.Tier),
		Attempts: int32(len(r.Attempts)), Escalations: int32(r.Escalations), Failovers: int32(r.Failovers), Skipped: r.Skipped,
		Covered: r.Covered, Uncovered: r.Uncovered, Quality: known(r.Quality), BaseQuality: known(r.BaseQuality),
		Delta: known(r.Delta), CostUSD: known(r.CostUSD), BaseCostUSD: known(r.BaseCostUSD),
		RouterUSD: known(r.RouterCostUSD), CheckUSD: known(r.CheckCostUSD), LatencyMS: known(r.LatencyMS),
	}
	d.Split, d.Cache, d.Source = orNull(r.Split), orNull(r.Cache), orNull(r.Source)
	if r.Gain != nil {
		d.Gain = known(*r.Gain)
	}
	if d.Delta != nil {
		d.Changed = &r.Changed
	}
	return d
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func known(n Number) *float64 {
	if !n.Known() {
		return nil
	}
	return (*float64)(&n)
}
