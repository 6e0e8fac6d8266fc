package imports

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// A format is one kind of file that can be imported.
type format struct {
	name    string
	aliases []string
	// prefix and suffixes choose the files of a folder; ".gz" may follow.
	prefix   string
	suffixes []string
	// options names the Options that mean something to this format beyond those that always do.
	options []string
	table   bool // columns or keys that a mapping can name
	read    func(context.Context, *run, []string) error
}

func formats() []format {
	return []format{
		{"promptfoo", nil, "", []string{".json", ".jsonl"}, []string{"Metric", "Quality", "Prompt", "Mapping"}, false, readPromptfoo},
		{"inspect_ai", []string{"inspect"}, "", []string{".json", ".eval"}, []string{"Metric", "Partial", "Mapping"}, false, readInspect},
		{"lm_eval", []string{"lm_evaluation_harness"}, "samples_", []string{".jsonl"}, []string{"Metric", "Filter", "Mapping"}, false, readLMEval},
		{"openai_batch", nil, "", []string{".jsonl"}, nil, false, readOpenAIBatch},
		{"anthropic_batch", nil, "", []string{".jsonl"}, nil, false, readAnthropicBatch},
		{"traces", []string{"trace"}, "trace-", []string{".jsonl"}, nil, false, readTraces},
		{"csv", nil, "", []string{".csv"}, []string{"Mapping"}, true, readCSV},
		{"jsonl", []string{"ndjson"}, "", []string{".jsonl", ".ndjson"}, []string{"Mapping"}, true, readJSONL},
	}
}

// Formats returns the names of the formats that can be imported.
func Formats() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// lookup finds a format by its name or by one of the names that people give it.
func lookup(name string) (format, error) {
	word := strings.ReplaceAll(strings.ToLower(name), "-", "_")
	for _, f := range formats() {
		if f.name == word || slices.Contains(f.aliases, word) {
			return f, nil
		}
	}
	return format{}, fmt.Errorf("unknown import format %q%s; there are %s", name, meant(word, Formats()), strings.Join(Formats(), ", "))
}

// meant returns ` (did you mean "x"?)` for the valid name nearest to name, "" if none is near.
func meant(name string, valid []string) string {
	best, distance := "", len(name)/2+1
	for _, v := range valid {
		if d := editDistance(strings.ToLower(name), strings.ToLower(v)); d < distance {
			best, distance = v, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// editDistance is Levenshtein's, in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// quoted lists names for a message: "a", "b" and 3 more.
func quoted(names []string) string {
	const most = 12
	var b strings.Builder
	for i, n := range names[:min(len(names), most)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", n)
	}
	if len(names) > most {
		fmt.Fprintf(&b, " and %d more", len(names)-most)
	}
	return b.String()
}
