package eval

import (
	"math"

	"github.com/tierwise/tierwise/routing/price"
)

// A PriceGuess is the price that explains a model's recorded costs.
type PriceGuess struct {
	// USD per million tokens; cached and reasoning tokens are null where they cost what the others do, or there are none.
	Input       Number `json:"input"`
	CachedInput Number `json:"cached_input"`
	Output      Number `json:"output"`
	Reasoning   Number `json:"reasoning"`

	Outcomes int64  `json:"outcomes"` // that it was told from
	Error    Number `json:"error"`    // root mean square of the relative error of their costs
}

// Price returns the guess as a price.
func (g *PriceGuess) Price() price.Price {
	return price.Price{
		Input: float64(g.Input), CachedInput: float64(g.CachedInput), Output: float64(g.Output), Reasoning: float64(g.Reasoning),
	}
}

// The kinds of tokens that may have a price of their own.
const (
	freshInput = iota
	cachedInput
	freshOutput
	reasoningOutput
	numKinds
)

// priceSums are the normal equations of relative least squares: prices p such that Σ(1 − p·x)² is least, where x are an
// outcome's tokens of each kind, per cost, in dollars per million tokens. That makes the error the relative one of each
// outcome, whatever it cost.
type priceSums struct {
	n       int64 // outcomes with a cost and tokens
	odd     int64 // of no cost although there are tokens, or tokens that do not add up
	xx      [numKinds][numKinds]Fixed
	x       [numKinds]Fixed
	unknown int64 // outcomes of which the cost or the tokens are unknown
}

func (s *priceSums) merge(o *priceSums) {
	s.n += o.n
	s.odd += o.odd
	s.unknown += o.unknown
	for i := range s.x {
		s.x[i].AddFixed(o.x[i])
		for j := range s.xx[i] {
			s.xx[i][j].AddFixed(o.xx[i][j])
		}
	}
}

// add adds an outcome. Unknown cached and reasoning tokens count as none, as in price.Price.
func (s *priceSums) add(usd, input, cached, output, reasoning float64) {
	if usd != usd || input != input || output != output {
		s.unknown++
		return
	}
	cached, reasoning = orZero(cached), orZero(reasoning)
	if !(usd > 0) || cached > input || reasoning > output {
		s.odd++
		return
	}
	s.n++
	tokens := [numKinds]float64{input - cached, cached, output - reasoning, reasoning}
	for i := range tokens {
		tokens[i] /= 1e6 * usd
	}
	for i, a := range tokens {
		s.x[i].Add(a)
		for j, b := range tokens {
			s.xx[i][j].Add(float64(a * b))
		}
	}
}

func orZero(x float64) float64 {
	if x != x {
		return 0
	}
	return x
}

const (
	minPriced     = 20   // outcomes that a price is told from, at least
	maxPriceError = 0.01 // relative, of costs and of prices
	// roundingError is what rounding a price to a clean figure may add to the error of costs.
	roundingError = 0.0005
	roundingMove  = 0.002 // and by how much it may change a price
)

// guess returns the price that explains the costs, nil unless it explains them to within 1 % and the tokens tell its parts
// apart.
func (s *priceSums) guess() *PriceGuess {
	if s.n < minPriced || s.odd*100 > s.n {
		return nil
	}
	m := s.moments()
	var kinds []int
	for k := range numKinds {
		if m.x[k] > 0 {
			kinds = append(kinds, k)
		}
	}
	p, spread, ok := m.solve(kinds)
	if !ok {
		return nil
	}
	fit := m.error(p)
	for _, k := range kinds {
		if !(p[k] >= 0) || !(fit*spread[k] <= maxPriceError*p[k]) {
			return nil
		}
	}
	if !(fit <= maxPriceError) {
		return nil
	}
	p = m.round(p, fit)
	g := &PriceGuess{
		Input: Number(p[freshInput]), CachedInput: Unknown, Output: Number(p[freshOutput]), Reasoning: Unknown,
		Outcomes: s.n, Error: Number(m.error(p)),
	}
	if m.x[cachedInput] > 0 && p[cachedInput] != p[freshInput] {
		g.CachedInput = Number(p[cachedInput])
	}
	if m.x[reasoningOutput] > 0 && p[reasoningOutput] != p[freshOutput] {
		g.Reasoning = Number(p[reasoningOutput])
	}
	return g
}

// priceMoments are priceSums as means.
type priceMoments struct {
	n  float64
	xx [numKinds][numKinds]float64
	x  [numKinds]float64
}

func (s *priceSums) moments() *priceMoments {
	m := &priceMoments{n: float64(s.n)}
	for i := range m.x {
		m.x[i] = s.x[i].Float64() / m.n
		for j := range m.xx[i] {
			m.xx[i][j] = s.xx[i][j].Float64() / m.n
		}
	}
	return m
}

// error returns the root mean square of the relative error of costs at prices p.
func (m *priceMoments) error(p [numKinds]float64) float64 {
	mean := 1.0
	for i := range p {
		mean -= 2 * p[i] * m.x[i]
		for j := range p {
			mean += p[i] * p[j] * m.xx[i][j]
		}
	}
	return math.Sqrt(max(mean, 0))
}

// solve returns the prices of the kinds that fit best, and for each the standard error that a residual of 1 would leave it.
// It is not ok where tokens of the kinds rise and fall together, or where one of input and output is missing.
func (m *priceMoments) solve(kinds []int) (p, spread [numKinds]float64, ok bool) {
	n := len(kinds)
	if m.x[freshInput] <= 0 || m.x[freshOutput] <= 0 {
		return p, spread, false
	}
	// Gauss-Jordan on [A | x | I], scaled to a unit diagonal so that pivots can be compared with 1.
	rows := make([][]float64, n)
	scale := make([]float64, n)
	for i, k := range kinds {
		scale[i] = math.Sqrt(m.xx[k][k])
	}
	for i, a := range kinds {
		rows[i] = make([]float64, 2*n+1)
		for j, b := range kinds {
			rows[i][j] = m.xx[a][b] / (scale[i] * scale[j])
		}
		rows[i][n] = m.x[a] / scale[i]
		rows[i][n+1+i] = 1
	}
	for i := range rows {
		pivot := rows[i][i] // the matrix is positive semidefinite: no exchange of rows makes it better
		if !(pivot > 1e-9) {
			return p, spread, false
		}
		for j := range rows[i] {
			rows[i][j] /= pivot
		}
		for r := range rows {
			if factor := rows[r][i]; r != i {
				for j := range rows[r] {
					rows[r][j] -= factor * rows[i][j]
				}
			}
		}
	}
	for i, k := range kinds {
		p[k] = rows[i][n] / scale[i]
		spread[k] = math.Sqrt(max(rows[i][n+1+i], 0)/m.n) / scale[i]
	}
	return p, spread, true
}

// round returns prices with as few significant digits as explain the costs about as well as the fitted ones.
func (m *priceMoments) round(p [numKinds]float64, fit float64) [numKinds]float64 {
	for k := range p {
		for digits := 1; digits <= 6; digits++ {
			rounded := p
			rounded[k] = roundTo(p[k], digits)
			// The price itself must hardly move either: a kind of few tokens hides in the error of costs.
			if m.error(rounded) <= fit+roundingError && math.Abs(rounded[k]-p[k]) <= roundingMove*p[k] {
				p = rounded
				break
			}
		}
	}
	return p
}

// roundTo returns x with that many significant digits.
func roundTo(x float64, digits int) float64 {
	if x == 0 {
		return 0
	}
	scale := math.Pow(10, float64(digits-1)-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}
