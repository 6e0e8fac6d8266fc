package whatif

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// most bounds factors and prices (USD per million tokens): far above what anyone charges, far below what sums can hold.
const most = 1e6

var errPrice = errors.New("want MODEL=xFACTOR, such as gpt-mid=x1.4, or MODEL=INPUT/OUTPUT or INPUT/OUTPUT/CACHED in dollars per million tokens, such as gpt-mid=0.40/1.60")

// ParsePrice reads what --price takes: a model or tier and a factor on what its calls cost, or a price per million tokens.
func ParsePrice(text string) (eval.SupposedPrice, error) {
	fail := func(err error) (eval.SupposedPrice, error) {
		return eval.SupposedPrice{}, fmt.Errorf("--price %s: %w", text, err)
	}
	i := strings.LastIndexByte(text, '=')
	if i <= 0 {
		return fail(errPrice)
	}
	out := eval.SupposedPrice{Model: text[:i], Factor: 1}
	value := text[i+1:]
	for _, sign := range []string{"x", "X", "×"} {
		if rest, ok := strings.CutPrefix(value, sign); ok {
			var err error
			if out.Factor, err = parseAmount(rest); err != nil {
				return fail(err)
			}
			return out, nil
		}
	}
	parts := strings.Split(value, "/")
	if len(parts) < 2 || len(parts) > 3 {
		return fail(errPrice)
	}
	out.Price = &eval.ListPrice{CachedInput: eval.Unknown, Reasoning: eval.Unknown}
	for k, to := range []*eval.Number{&out.Price.Input, &out.Price.Output, &out.Price.CachedInput}[:len(parts)] {
		amount, err := parseAmount(parts[k])
		if err != nil {
			return fail(err)
		}
		*to = eval.Number(amount)
	}
	return out, nil
}

// parseAmount reads a plain decimal number.
func parseAmount(text string) (float64, error) {
	if text == "" || strings.Trim(text, "0123456789.") != "" {
		return 0, errPrice
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, errPrice
	}
	return x, checkAmount(x)
}

func checkAmount(x float64) error {
	if !(x >= 0 && x <= most) || math.Signbit(x) {
		return fmt.Errorf("%v is outside 0 to %.0f", x, most)
	}
	return nil
}
