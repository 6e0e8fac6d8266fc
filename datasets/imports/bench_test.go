package imports

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bench reads a file again and again.
func bench(b *testing.B, format, name string, data []byte) {
	path := filepath.Join(b.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		im, err := Open(format, []string{path}, nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range im.Rows(b.Context()) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// jsonlRows makes canonical rows of some 1.3 kB, with outcomes of four models.
func jsonlRows(n int, extra string) []byte {
	var b bytes.Buffer
	answer := strings.Repeat("An answer of a usual length. ", 6)
	for i := range n {
		fmt.Fprintf(&b, `{"id":"request-%d","prompt":"%s","task":"reply","outcomes":[`, i, strings.Repeat("What is asked? ", 10))
		for m := range 4 {
			if m > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"model":"model-%d","quality":0.%d,"cost_usd":1.25e-05,"input_tokens":120,"output_tokens":45,"latency_ms":812.5,"finish_reason":"stop","response":"%s"%s}`, m, i%10, answer, extra)
		}
		b.WriteString("]}\n")
	}
	return b.Bytes()
}

func BenchmarkJSONL(b *testing.B) {
	b.Run("canonical", func(b *testing.B) { bench(b, "jsonl", "t.jsonl", jsonlRows(5000, "")) })
	b.Run("unknown-keys", func(b *testing.B) { bench(b, "jsonl", "t.jsonl", jsonlRows(5000, `,"grade":"A"`)) })
}

func BenchmarkCSV(b *testing.B) {
	var t bytes.Buffer
	t.WriteString("id,prompt,task,model,quality,cost_usd,input_tokens,output_tokens\n")
	for i := range 20000 {
		fmt.Fprintf(&t, "request-%d,\"%s\",reply,model-%d,0.%d,1.25e-05,120,45\n", i/4, strings.Repeat("What is asked? ", 10), i%4, i%10)
	}
	bench(b, "csv", "t.csv", t.Bytes())
}

func BenchmarkPromptfoo(b *testing.B) {
	row := string(trapFile(b, "promptfoo_scale", "run.jsonl"))
	row, _, _ = strings.Cut(row, "\n")
	row = strings.Replace(row, `"score": 1.5`, `"score": 1`, 1)
	var t bytes.Buffer
	for i := range 5000 {
		t.WriteString(strings.NewReplacer(`"testIdx": 0`, fmt.Sprintf(`"testIdx": %d`, i), `"description": "a"`, fmt.Sprintf(`"description": "%d"`, i),
			`"q": "1"`, fmt.Sprintf(`"q": "%d"`, i)).Replace(row) + "\n")
	}
	bench(b, "promptfoo", "run.jsonl", t.Bytes())
}
