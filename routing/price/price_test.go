package price_test

import (
	"math"
	"testing"

	"github.com/tierwise/tierwise/routing/price"
)

func TestUSD(t *testing.T) {
	none := math.NaN()
	full := price.Price{Input: 10, CachedInput: 1, Output: 100, Reasoning: 200}
	plain := price.Price{Input: 10, CachedInput: none, Output: 100, Reasoning: none}
	for _, tt := range []struct {
		name  string
		price price.Price
		usage price.Usage
		want  float64
	}{
		// (600·10 + 400·1 + 30·100 + 20·200) / 10⁶
		{"all prices", full, price.Usage{Input: 1000, CachedInput: 400, Output: 50, Reasoning: 20}, 0.0134},
		// (1000·10 + 50·100) / 10⁶: what has no price of its own costs as the rest
		{"plain prices", plain, price.Usage{Input: 1000, CachedInput: 400, Output: 50, Reasoning: 20}, 0.015},
		{"details unknown", full, price.Usage{Input: 1000, CachedInput: none, Output: 50, Reasoning: none}, 0.015},
		{"output unknown", plain, price.Usage{Input: 1000, CachedInput: none, Output: none, Reasoning: none}, none},
		{"no price", price.Unknown(), price.Usage{Input: 1000, Output: 50}, none},
		{"nothing used", plain, price.Usage{}, 0},
	} {
		got := tt.price.USD(tt.usage)
		if math.Abs(got-tt.want) > 1e-15 || math.IsNaN(got) != math.IsNaN(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if price.Unknown().Known() || !plain.Known() {
		t.Error("Known: a price is known when input and output are")
	}
}
