package imports

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// promptfooErrored is the failureReason of errors; 0 is none, 1 a failed assertion.
const promptfooErrored = 2

// A promptfooRow is one result of promptfoo (EvaluateResult, version 3): one test in one column, where a column is
// a provider with a prompt. The row's own cost is not in it, for promptfoo writes 0 there where it is unknown; nor
// is its own tokenUsage, to which graders are added.
type promptfooRow struct {
	ID        string `json:"id"`
	TestIdx   *int   `json:"testIdx"`
	PromptIdx *int   `json:"promptIdx"`
	TestCase  struct {
		Description string          `json:"description"`
		Vars        json.RawMessage `json:"vars"`
		Metadata    map[string]any  `json:"metadata"`
		Assert      []promptfooTest `json:"assert"`
	} `json:"testCase"`
	Vars   json.RawMessage `json:"vars"`
	Prompt struct {
		Raw   string `json:"raw"`
		Label string `json:"label"`
	} `json:"prompt"`
	Provider struct {
		ID    string `json:"id"`
		Label string `json:"label"`
	} `json:"provider"`
	Score         *float64           `json:"score"`
	Success       bool               `json:"success"`
	NamedScores   map[string]float64 `json:"namedScores"`
	FailureReason *int               `json:"failureReason"`
	Error         string             `json:"error"`
	GradingResult *struct {
		Reason           string `json:"reason"`
		ComponentResults []*struct {
			Reason string `json:"reason"`
		} `json:"componentResults"`
	} `json:"gradingResult"`
	LatencyMS *float64           `json:"latencyMs"`
	Response  *promptfooResponse `json:"response"`
}

type promptfooTest struct {
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

type promptfooResponse struct {
	Output       json.RawMessage `json:"output"`
	Error        string          `json:"error"`
	Cost         *float64        `json:"cost"`
	Cached       bool            `json:"cached"`
	FinishReason string          `json:"finishReason"`
	LogProbs     []float64       `json:"logProbs"`
	TokenUsage   struct {
		Prompt     *int64 `json:"prompt"`
		Completion *int64 `json:"completion"`
		Details    struct {
			Reasoning *int64 `json:"reasoning"`
			CacheRead *int64 `json:"cacheReadInputTokens"`
		} `json:"completionDetails"`
	} `json:"tokenUsage"`
	Metadata struct {
		HTTP struct {
			Status int `json:"status"`
		} `json:"http"`
	} `json:"metadata"`
}

// A promptfooResult is what is kept of a row until all files are read.
type promptfooResult struct {
	record
	file           int
	test, column   int
	uuid           string
	name           string // description|label, "" without description
	label, content string
	asserts        string // the test's assertions, to see repeats that are graded by others
}

func readPromptfoo(ctx context.Context, r *run, files []string) error {
	var all []promptfooResult
	for i, name := range files {
		results, err := r.promptfooFile(ctx, name, i)
		if err != nil {
			return err
		}
		slices.SortStableFunc(results, func(a, b promptfooResult) int {
			return cmp.Or(cmp.Compare(a.test, b.test), cmp.Compare(a.column, b.column))
		})
		r.promptfooColumns(results)
		all = append(all, results...)
	}
	if err := r.promptfooTwice(all); err != nil {
		return err
	}
	var err error
	if all, err = r.promptfooPrompt(all, files[0]); err != nil {
		return err
	}
	r.promptfooKeys(all, len(files) > 1)
	return r.promptfooJoin(ctx, all)
}

// promptfooFile reads an export: one JSON document, or one row a line.
func (r *run) promptfooFile(ctx context.Context, name string, file int) ([]promptfooResult, error) {
	switch ext := filepath.Ext(strings.TrimSuffix(name, ".gz")); ext {
	case ".csv", ".html", ".yaml", ".yml", ".txt", ".xml":
		return nil, r.promptfooRefuse(place{file: name}, strings.TrimPrefix(ext, "."))
	}
	text, done, err := openText(name)
	if err != nil {
		return nil, err
	}
	defer done()
	return r.promptfooText(ctx, name, file, text)
}

// promptfooRefuse refuses the outputs that do not hold all of a run.
func (r *run) promptfooRefuse(at place, kind string) error {
	message := "neither .json nor .jsonl of promptfoo"
	if kind == "csv" {
		message = "promptfoo's csv output has no costs, tokens or latencies, and rounds scores"
	}
	return r.problem(at, message, "export .jsonl or .json: promptfoo eval -o results.jsonl")
}

func (r *run) promptfooText(ctx context.Context, name string, file int, text *bufio.Reader) ([]promptfooResult, error) {
	var results []promptfooResult
	add := func(data []byte, at place) error {
		var row promptfooRow
		if err := decode(data, &row); err != nil {
			return r.add(at, err.Error(), "")
		}
		result, err := r.promptfooResult(&row, at)
		if err == nil && result != nil {
			result.file = file
			results = append(results, *result)
		}
		return err
	}
	isDocument, err := startsDocument(text, "evalId", "results", "config")
	switch {
	case errors.Is(err, io.EOF):
		return nil, r.problem(place{file: name}, "the file is empty", "")
	case err != nil:
		kind := ""
		if line, _ := text.Peek(text.Buffered()); bytes.Contains(line, []byte(",Status,Score")) {
			kind = "csv"
		}
		return nil, r.promptfooRefuse(place{file: name}, kind)
	}
	if !isDocument {
		err := r.eachLine(ctx, name, text, add)
		return results, err
	}
	if err := r.file(ctx, name); err != nil {
		return nil, err
	}
	err = r.promptfooDocument(ctx, name, text, add)
	return results, err
}

var errNotObject = errors.New("this is no JSON object")

// startsDocument reports whether the first key of the object that a text starts with is one of keys: whether this
// is one document, and not one object a line.
func startsDocument(text *bufio.Reader, keys ...string) (bool, error) {
	head, err := text.Peek(1 << 12)
	if len(head) == 0 {
		return false, cmp.Or(err, io.EOF)
	}
	d := json.NewDecoder(strings.NewReader(string(head)))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false, errNotObject
	}
	t, _ := d.Token() // if there is no key, reading will say what is wrong
	key, _ := t.(string)
	return slices.Contains(keys, key), nil
}

// promptfooDocument reads results.results of an export, and compares its tests with those of its config.
func (r *run) promptfooDocument(ctx context.Context, name string, text *bufio.Reader, add func([]byte, place) error) error {
	d := newDocument(text)
	whole := place{file: name}
	found, tests, seen := false, -1, map[int]bool{}
	var stop error // an error of add, which says where it was by itself
	err := d.object(func(key string) error {
		switch key {
		case "config":
			var config struct {
				Tests any `json:"tests"`
			}
			err := d.decode(&config)
			if list, ok := config.Tests.([]any); ok {
				tests = len(list)
			}
			return err
		case "results":
			return d.object(func(key string) error {
				switch key {
				case "outputs":
					stop = r.problem(whole, "results.outputs is a shape that promptfoo documents but does not write",
						"export with promptfoo eval -o results.json, which writes results.results")
					return stop
				case "results":
					found = true
					return d.list(func(i int) error {
						var raw json.RawMessage
						if err := d.decode(&raw); err != nil {
							return err
						}
						var index struct {
							TestIdx int `json:"testIdx"`
						}
						if json.Unmarshal(raw, &index) == nil {
							seen[index.TestIdx] = true
						}
						stop = cmp.Or(ctx.Err(), add(raw, place{file: name, at: fmt.Sprintf("results.results[%d]", i)}))
						return stop
					})
				}
				return d.skip()
			})
		}
		return d.skip()
	})
	switch {
	case stop != nil:
		return stop
	case err != nil:
		return r.problem(whole, err.Error(), "is the file complete? a run that was killed leaves only its .jsonl")
	case !found:
		return r.problem(whole, "there is no results.results in it", "export with promptfoo eval -o results.json")
	case tests > len(seen):
		r.warn(whole, fmt.Sprintf("its config lists %d tests, its results hold %d: the run was filtered, or a provider stopped it (HTTP 401, 403, 404 or 501)", tests, len(seen)))
	}
	return nil
}
