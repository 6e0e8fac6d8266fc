package routingtest

import (
	"strings"

	"github.com/tierwise/tierwise/routing/classify/classifytest"
)

// openFile opens the files that the configs of scripts refer to: reply+extraction.bin is a classifier of these tasks, and
// prove.gain a predictor of gains, of 1 for the prompt "prove" and less the less a prompt has in common with it.
func openFile(path string) ([]byte, error) {
	if word, ok := strings.CutSuffix(path, ".gain"); ok {
		return classifytest.Gain(word, 0), nil
	}
	return classifytest.Artifact(0.5, "", strings.Split(strings.TrimSuffix(path, ".bin"), "+")...), nil
}
