package trace_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/tierwise/tierwise/routing/trace"
)

func Example() {
	dir, err := os.MkdirTemp("", "traces")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	w, err := trace.NewWriter(dir, nil)
	if err != nil {
		log.Fatal(err)
	}
	err = w.Write(&trace.Record{
		ID: "7f3a", Time: time.Now(), Task: "reply", Layer: "caller", Confidence: 1,
		Attempts: []trace.Attempt{{Tier: "small", Model: "gpt-small", CostUSD: trace.Known(0.00002), OutputTokens: trace.Known(40)}},
		Ended:    "accepted", Model: "gpt-small", CostUSD: trace.Known(0.00002), Prompt: "is not kept without Options.Text",
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}

	names, err := filepath.Glob(filepath.Join(dir, "trace-*.jsonl"))
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			log.Fatal(err)
		}
		for r, err := range trace.NewReader(f).All() {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("%s: %s by %s, $%.5f %q\n", r.ID, r.Ended, r.Model, r.CostUSD.Float(), r.Prompt)
		}
		f.Close()
	}
	// Output:
	// 7f3a: accepted by gpt-small, $0.00002 ""
}
