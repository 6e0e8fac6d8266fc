package demo_test

import (
	"fmt"

	"github.com/tierwise/tierwise/datasets/demo"
)

func ExampleRows() {
	rows := demo.Rows(&demo.Options{Seed: 1, PerTask: 200, Graded: 50, GradedLongContext: 20})
	graded := 0
	for _, r := range rows {
		if r.Expected != "" {
			graded++
		}
	}
	first := rows[0]
	fmt.Println(len(rows), "requests,", graded, "graded")
	fmt.Println(first.ID, "has outcomes of", first.Outcomes[0].Model, "to", first.Outcomes[len(first.Outcomes)-1].Model)
	// Output:
	// 1000 requests, 220 graded
	// r-000001 has outcomes of gpt-nano to gpt-large
}
