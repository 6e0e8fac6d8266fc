package anthropic_test

import (
	"testing"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/anthropic"
	"github.com/tierwise/tierwise/routing/routingtest"
)

func TestFaults(t *testing.T) {
	routingtest.Client(t, func(url string, limits llm.Limits) (llm.Client, error) {
		return anthropic.New(&anthropic.Options{BaseURL: url, Key: llm.NewSecret(routingtest.ClientKey), Limits: limits, MaxBytes: 1 << 20})
	})
}
