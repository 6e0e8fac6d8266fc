package train

import "math"

// temperature returns what the scores of rows, n each, are to be divided by for the least mean −ln probability of the
// labels (Guo et al., On calibration of modern neural networks, 2017), and that mean. Nil weights are all 1.
func temperature(scores []float32, labels []int, weights []float64, n int) (t, loss float64) {
	// The loss is convex in 1/t; in its logarithm it has one minimum.
	const lo, hi = -4.0, 4.0 // of ln t
	x := minimise(lo, hi, 14, func(x float64) float64 { return logLoss(scores, labels, weights, n, math.Exp(x)) })
	t = math.Exp(x)
	return t, logLoss(scores, labels, weights, n, t)
}

// logLoss returns the mean −ln probability of the labels, none above 20.
func logLoss(scores []float32, labels []int, weights []float64, n int, t float64) float64 {
	inverse := float32(1 / t)
	sum, total := 0.0, 0.0
	for i, k := range labels {
		row := scores[i*n:][:n]
		most := row[argmax(row)]
		z := float32(0)
		for _, s := range row {
			z += exp32(float32((s - most) * inverse))
		}
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		sum += w * min(math.Log(float64(z))+float64((most-row[k])*inverse), 20)
		total += w
	}
	if total == 0 {
		return 0
	}
	return sum / total
}

// minimise returns where f, with one minimum between lo and hi, has it, by so many steps of the golden section.
func minimise(lo, hi float64, steps int, f func(float64) float64) float64 {
	const golden = 0.6180339887498949
	a, b := hi-golden*(hi-lo), lo+golden*(hi-lo)
	fa, fb := f(a), f(b)
	for range steps {
		if fa <= fb {
			hi, b, fb = b, a, fa
			a = hi - golden*(hi-lo)
			fa = f(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + golden*(hi-lo)
			fb = f(b)
		}
	}
	return (lo + hi) / 2
}
