package bundle

import (
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing"
)

// An edit that went wrong is refused, whatever went wrong.
func TestVerify(t *testing.T) {
	const source = `
baseline = "large"
router = { default = "reply", embedding = { artifact = "a.bin", min_confidence = 0.5 } }
[tasks.reply]
chain = ["small", "large"]
accept = [{ check = "chars", min = 20 }]
cache = false
[tasks.other]
chain = ["large"]
`
	threshold := 30.0
	changes := &Changes{Artifact: "b.bin", Tasks: []TaskChange{
		{Name: "reply", Accept: []routing.Accept{{Check: "chars", Min: &threshold}}},
		{Name: "new", Chain: []string{"small"}},
	}}
	const right = `
baseline = "large"
router = { default = "reply", embedding = { artifact = "b.bin", min_confidence = 0.5 } }
[tasks.reply]
chain = ["small", "large"]
accept = [{ check = "chars", min = 30 }]
cache = false
[tasks.new]
chain = ["small"]
[tasks.other]
chain = ["large"]
`
	tests := []struct{ name, old, new, want string }{
		{"right", "", "", ""},
		{"a setting that is not tune's", "cache = false", "cache = true", "cannot edit tasks"},
		{"a setting that is gone", "cache = false", "", "cannot edit tasks"},
		{"a setting more", "cache = false", "cache = false\ndescription = ''", "cannot edit tasks"},
		{"a chain that should stay", `["small", "large"]`, `["large"]`, "cannot edit tasks.reply"},
		{"the old threshold", "min = 30", "min = 20", "cannot edit tasks.reply"},
		{"another task's chain", "[\"large\"]\n", "[\"small\"]\n", "cannot edit tasks"},
		{"no new task", "[tasks.new]", "[tasks.now]", "cannot edit tasks.new"},
		{"the old artifact", "b.bin", "a.bin", "cannot edit router.embedding"},
		{"no TOML", "[tasks.new]", "[tasks.new", "cannot edit tasks"},
	}
	before, err := decode(source)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(right, test.old, test.new, 1)
			err := verify(before, text, changes)
			if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got the error %v, want %q", err, test.want)
			}
		})
	}
}
