package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
)

// readRows reads decisions and traffic, row by row, as far as they are named.
func (a *app) readRows(ctx context.Context, f *reportFlags, in *reports.FullInput) error {
	if f.rows == "" && len(f.data.data) == 0 {
		return nil
	}
	c := in.Comparison
	if c == nil || len(c.Candidates) == 0 {
		return errors.New("--rows and -d go with results of eval that have a candidate")
	}
	label := in.Candidate
	if label == "" {
		label = reports.Speaker(c).Label
	}
	in.Rows = &reports.Rows{}
	if f.rows != "" {
		if err := readDecisions(ctx, f.rows, label, c, in.Rows); err != nil {
			return fmt.Errorf("--rows %s: %w", f.rows, err)
		}
	} else {
		in.Rows.FromExamples(c, label)
	}
	if len(f.data.data) == 0 {
		return nil
	}
	return a.readTexts(ctx, f, in)
}

// readDecisions reads the rows of one candidate of the results.
func readDecisions(ctx context.Context, path, label string, c *eval.Comparison, rows *reports.Rows) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := checkDecisionsHash(file, info.Size(), c); err != nil {
		return err
	}
	seen, tally := false, decisionTally{}
	err = eval.ReadDecisions(ctx, file, info.Size(), func(r *eval.Record) error {
		if r.Candidate == label {
			seen = true
			rows.Add(r)
			tally.add(r)
		}
		return nil
	})
	if err == nil && !seen {
		err = fmt.Errorf("no row is of the candidate %q: are these the decisions of the same evaluation?", label)
	}
	if err != nil {
		return err
	}
	return tally.check(c, label)
}

// readTexts reads the prompts and answers of the worst requests, and how long the baseline's calls took.
func (a *app) readTexts(ctx context.Context, f *reportFlags, in *reports.FullInput) error {
	d, _, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	report, end := a.progress("reading traffic")
	defer end()
	wanted := map[string]*reports.Request{}
	for i := range in.Rows.Worst {
		wanted[in.Rows.Worst[i].ID] = &in.Rows.Worst[i]
	}
	var refs []datasets.RowRef
	baseline := in.Comparison.Baseline
	reader := d.NewReader(datasets.Columns{Models: []string{baseline}}) // with its hash
	done, hash := int64(0), [2]uint64{}
	for _, shard := range d.Shards() {
		for t, err := range reader.Read(ctx, shard) {
			if err != nil {
				return err
			}
			outcomes := outcomesOf(t, baseline)
			for i := range t.Len {
				if id, _ := t.ID.At(i); wanted[string(id)] != nil {
					refs = append(refs, datasets.RowRef{File: t.File, Row: t.Rows[i]})
				}
				if outcomes != nil && in.Rows.Latency.N > 0 {
					in.Rows.BaselineMS.Add(outcomes.LatencyMS[i])
				}
			}
			hash = eval.AddHash(hash, t.Hash)
			done += int64(t.Len)
			report(done, d.NumRows())
		}
	}
	if err := f.checkTraffic(in.Comparison, hash, done); err != nil {
		return err
	}
	if f.noText {
		return nil
	}
	rows, err := d.Fetch(ctx, refs)
	if err != nil {
		return err
	}
	for i := range rows {
		setTexts(wanted[rows[i].ID], &rows[i], baseline)
	}
	return nil
}

// outcomesOf returns a model's outcomes; nil: the block has none.
func outcomesOf(t *datasets.Traffic, model string) *datasets.Outcomes {
	if i := slices.Index(t.Models, model); i >= 0 {
		return &t.Outcomes[i]
	}
	return nil
}

// maxReportText is how many bytes of each text are shown.
const maxReportText = 20_000

func setTexts(r *reports.Request, row *datasets.Row, baseline string) {
	r.Prompt, r.PromptChars = cutText(row.Prompt)
	if row.Prompt == "" {
		r.Prompt, r.PromptChars = cutText(row.Messages)
	}
	r.Expected, r.ExpectedChars = cutText(row.Expected)
	for i := range row.Outcomes {
		o := &row.Outcomes[i]
		if o.Response == nil {
			continue
		}
		if o.Model == r.Answer && r.Response == "" {
			r.Response, r.ResponseChars = cutText(*o.Response)
		}
		if o.Model == baseline && r.BaseResponse == "" {
			r.BaseResponse, r.BaseResponseChars = cutText(*o.Response)
		}
	}
}

// cutText cuts a text that is too long, at the end of a character, and returns how many it had then, else 0.
func cutText(s string) (cut string, chars int) {
	if len(s) <= maxReportText {
		return s, 0
	}
	n := maxReportText
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], utf8.RuneCountInString(s)
}
