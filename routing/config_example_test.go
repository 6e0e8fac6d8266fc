package routing_test

import (
	"fmt"

	"github.com/tierwise/tierwise/routing"
)

func ExampleParseConfig() {
	_, err := routing.ParseConfig("dispatch.toml", []byte(`version  = 1
baseline = "gpt-large"

[tiers]
small = "gpt-small"
large = "gpt-large"

[tasks.reply]
chian = ["small", "large"]

[tasks.reasoning]
chain = ["frontier"]

[router]
default = "reply"
`), nil)
	fmt.Println(err)
	// Output:
	// dispatch.toml:8:8: tasks.reply has no chain: write the tiers to try, in order
	// dispatch.toml:9:1: unknown key "chian" in tasks.reply; did you mean "chain"?
	// dispatch.toml:12:10: unknown tier "frontier" in tasks.reasoning.chain[0]; valid: small, large
}
