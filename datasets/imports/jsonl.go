package imports

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/tierwise/tierwise/datasets"
)

// readJSONL reads one JSON object a line, in the canonical, long or wide shape.
func readJSONL(ctx context.Context, r *run, files []string) error {
	var t *table
	for _, name := range files {
		err := r.each(ctx, name, func(line []byte, at place) error {
			if t != nil && t.strict {
				row, ok := strictRow(line)
				if ok {
					t.fillPrompt(&row)
					return t.whole(row, at)
				}
				t.strict = false // it is likely that the next ones are like this
			}
			v, err := decodeAny(line)
			if err != nil {
				return r.add(at, err.Error(), "")
			}
			record, ok := v.(map[string]any)
			if !ok {
				return r.add(at, "no JSON object", "each line is one")
			}
			if t == nil {
				t = r.newTable(record)
				t.strict = t.layout == datasets.Canonical && r.opts.Mapping == nil
			}
			return t.add(record, at)
		})
		if err != nil {
			return err
		}
	}
	if t == nil {
		return nil
	}
	return t.join.emit(ctx)
}

// strictRow decodes a line that is exactly a canonical row, more than twice as fast as the long way, which any other
// line goes: with unknown keys, messages as a list, numbers for texts, or NaN.
func strictRow(line []byte) (datasets.Row, bool) {
	var row datasets.Row
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if d.Decode(&row) != nil || row.ID == "" {
		return row, false
	}
	_, err := d.Token()
	return row, err == io.EOF
}
