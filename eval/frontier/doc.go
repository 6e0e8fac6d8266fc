// Package frontier finds what quality can be had for what money: the options of one task ([Rows]: every chain of tiers
// under every combination of acceptance thresholds), the whole tables that combine one option of each task ([Table]), and
// the figures by which the literature sums up such a curve ([AIQ], [Calls]).
//
// It is arithmetic on columns and knows no configs, models or files. Costs are USD per request, qualities shares from 0 to
// 1. Everything is in hindsight: the best of many options on the rows that they are judged on looks better than it is, and
// nothing here says by how much. What may be claimed of a table is [eval/tune]'s to say; the frontier shows what there is
// to choose from.
//
// # Exactness
//
// Sums are of integers: each addend is rounded once, to a power of two that is fixed by the largest addend and their number, to
// between 2⁻⁴⁰ and 2⁻⁵⁰ of the largest. So results do not depend on the order of rows or on the number of workers, options
// that are equally good are known to be equal, and "exact" means exact up to that rounding.
//
// [eval/tune]: https://pkg.go.dev/github.com/tierwise/tierwise/eval/tune
package frontier
