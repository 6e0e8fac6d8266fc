package datasets_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/tierwise/tierwise/datasets"
)

// Traffic is read shard by shard, each in blocks of columns.
func ExampleOpen() {
	folder, err := os.MkdirTemp("", "traffic")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	name := filepath.Join(folder, "traffic.parquet")
	if err := writeTraffic(name); err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	d, err := datasets.Open(ctx, []string{name}, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	r := d.NewReader(datasets.Columns{})
	for _, shard := range d.Shards() {
		for block, err := range r.Read(ctx, shard) {
			if err != nil {
				log.Fatal(err)
			}
			for m, model := range block.Models {
				for i, quality := range block.Outcomes[m].Quality {
					id, _ := block.ID.At(i)
					fmt.Printf("%s on %s: %g\n", model, id, quality)
				}
			}
		}
	}
	// Output:
	// small on a: 0
	// small on b: 1
	// large on a: 1
	// large on b: NaN
}

func writeTraffic(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	no, yes := 0.0, 1.0
	w := datasets.NewWriter(f)
	if err := w.Write(
		datasets.Row{ID: "a", Prompt: "why?", Outcomes: []datasets.Outcome{{Model: "small", Quality: &no}, {Model: "large", Quality: &yes}}},
		datasets.Row{ID: "b", Prompt: "who?", Outcomes: []datasets.Outcome{{Model: "small", Quality: &yes}}},
	); err != nil {
		return err
	}
	return w.Close()
}
