package bundle_test

import (
	"fmt"

	"github.com/tierwise/tierwise/eval/bundle"
	"github.com/tierwise/tierwise/routing"
)

func ExampleEdit() {
	threshold := -0.9
	config, err := bundle.Edit([]byte(`version = 1
baseline = "gpt-large"   # since March
tiers = { small = "gpt-small", large = "gpt-large" }
router = { default = "reply" }

# Legal wants no caching here.
[tasks.reply]
chain = ["large"]        # was small in May
cache = false
`), &bundle.Changes{Tasks: []bundle.TaskChange{{
		Name:     "reply",
		Chain:    []string{"small", "large"},
		Accept:   []routing.Accept{{Check: "logprob_mean", Min: &threshold}},
		Evidence: []string{"-0.3 pp, at worst -1.9 (tolerance 5 pp), n 312: holds"},
	}}})
	fmt.Printf("%s%v\n", config, err)
	// Output:
	// version = 1
	// baseline = "gpt-large"   # since March
	// tiers = { small = "gpt-small", large = "gpt-large" }
	// router = { default = "reply" }
	//
	// # Legal wants no caching here.
	// #:acc2 -0.3 pp, at worst -1.9 (tolerance 5 pp), n 312: holds
	// [tasks.reply]
	// chain = ["small", "large"]        # was small in May
	// accept = [{ check = "logprob_mean", min = -0.9 }]
	// cache = false
	// <nil>
}
