package imports_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/datasets/imports"
)

func ExampleRead() {
	folder, err := os.MkdirTemp("", "imports")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	table := filepath.Join(folder, "grades.csv")
	text := "nr,question,grade_small,grade_large\n1,What is 6 × 7?,60,100\n2,Name a prime.,100,\n"
	if err := os.WriteFile(table, []byte(text), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	res, err := imports.Read(context.Background(), "csv", []string{table}, &imports.Options{
		Scale:   &datasets.Scale{Lo: 0, Hi: 100},
		Mapping: &datasets.Mapping{Columns: map[string]string{"id": "nr", "prompt": "question", "quality": "grade_{model}"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range res.Report.Models {
		fmt.Printf("%s: %d of %d requests, quality %.2f\n", m.Name, m.Requests, res.Report.Requests, *m.QualityMean)
	}
	// Output:
	// large: 1 of 2 requests, quality 1.00
	// small: 2 of 2 requests, quality 0.80
}
