package gate

import (
	"encoding/json"
	"io"
)

// ReadResult reads a result file back.
func ReadResult(r io.Reader) (*Result, error) {
	var out Result
	if err := json.NewDecoder(r).Decode(&out); err != nil {
		return nil, err
	}
	return &out, nil
}
