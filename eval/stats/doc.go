// Package stats holds the paired statistics of a quality comparison: noninferiority tests with their bounds, intervals
// for deltas, rates, shares and savings, how well a check's signal tells right answers from wrong, and how many labels a
// claim takes.
//
// It takes numbers and returns structs. It knows no tasks, models or tables, reads nothing, logs nothing and draws random
// numbers only in [Estimates], from a seed, so every function can be tested against a published table or a derivation. Quality is in [0, 1] and a
// delta, candidate minus baseline on the same request, in [−1, 1]; bounds and tolerances are in the same unit, so 0.05 is
// 5 points. Arguments outside their range (a negative count, an alpha of 2) give NaN and the verdict inconclusive.
//
// What it does not do: it corrects for nothing. Each test is at the level it is given; choosing among candidates on the
// rows that test them, or testing many tasks, costs more than one alpha, which is for the caller to spend.
//
// The error rates of the tests and the coverage of the intervals are simulated in its tests, few runs in each, the whole
// grid by
//
//	go test ./eval/stats -run 'TestErrorRates|TestCoverage|TestExactSize' -v -timeout 3h -args -runs 20000
//
// which prints every cell, those outside their limit marked, and one line a claim. On two cores it takes about an hour and a half,
// most of it for the intervals of deltas; -only TEXT takes the cells whose name contains the text.
package stats
