package eval

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/datasets"
)

// changeColumns are the columns of a file of changed requests. DIFF.md documents them.
var changeColumns = []string{
	"id", "gold_task", "old_task", "new_task", "old_model", "new_model", "old_quality", "new_quality", "delta",
	"old_cost_usd", "new_cost_usd", "old_latency_ms", "new_latency_ms", "old_escalations", "new_escalations",
}

// WriteChanges replays all of a dataset once more and writes a CSV row for every request whose answer changes from the
// candidate labeled old to that labeled fresh, in the order of the data; only requests that one of the two sends to the
// task, if one is named. Unknown numbers are empty cells. No cell is a formula to a spreadsheet.
func (j *Job) WriteChanges(ctx context.Context, out io.Writer, d *datasets.Dataset, fresh, old, task string, run *RunOptions) error {
	v, err := j.newVersus(fresh, old)
	if err != nil {
		return err
	}
	if run == nil {
		run = &RunOptions{}
	}
	v.diff = newDiffer(v, task, false)
	var rows []*RequestChange // by request of the block; nil: not changed
	v.diff.each = func(i int, x *RequestChange) { rows[i] = x }
	w := &versusWorker{versus: v, replayer: j.NewReplayer(), sums: v.newSums()}
	reader, shards := d.NewReader(j.Columns()), d.Shards()
	progress := newProgress(shards, run.Progress)
	table := csv.NewWriter(out)
	if err := table.Write(changeColumns); err != nil {
		return err
	}
	for _, shard := range shards {
		for t, err := range reader.Read(ctx, shard) {
			if err != nil {
				return err
			}
			rows = resize(rows, t.Len)
			clear(rows)
			w.replay(ctx, t)
			for _, x := range rows {
				if x == nil {
					continue
				}
				if err := table.Write(x.cells()); err != nil {
					return err
				}
			}
			progress(int64(t.Len))
		}
	}
	table.Flush()
	return table.Error()
}

// cells are in the order of changeColumns.
func (x *RequestChange) cells() []string {
	var out []string
	for _, s := range []string{x.ID, x.GoldTask, x.OldTask, x.NewTask, x.OldModel, x.NewModel} {
		out = append(out, noFormula(s))
	}
	for _, n := range []Number{x.OldQuality, x.NewQuality, x.Delta, x.OldCostUSD, x.NewCostUSD, x.OldLatencyMS, x.NewLatencyMS} {
		cell := ""
		if n.Known() {
			cell = strconv.FormatFloat(float64(n), 'g', -1, 64)
		}
		out = append(out, cell)
	}
	return append(out, strconv.Itoa(x.OldEscalations), strconv.Itoa(x.NewEscalations))
}

// noFormula puts an apostrophe before a text that a spreadsheet would run as a formula (OWASP, CSV injection).
func noFormula(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
