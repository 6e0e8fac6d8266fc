// Package tune chooses which cheaper chain may serve each task and certifies the choice, out of labeled requests: per
// task, that it loses no more than the task tolerance, and over all traffic, that the table loses no more than the
// tolerance.
//
// It is arithmetic on columns. What the options are, what they cost and how they answered each request is the caller's to
// find out by replay; nothing here reads a file, draws a random number or depends on the order of rows, tasks or options.
//
// # How it chooses
//
// Requests are cut into 20 folds ([Cut]). Four of them are the pilot: on it the options of each task are ranked by
// saving times the chance to pass, with deltas shrunk over the tasks, and the two best chains are kept. Each is walked on
// the other folds, from its safest option towards the cheapest, until a test fails (fixed sequence, Angelopoulos et al.
// 2021, arXiv:2110.01052), and the certified option that saves most serves the task. A task whose chains all fail their
// first step stays on the baseline.
//
// The delta of the whole table is cross-fitted: everything above is repeated without each fold, and the table that comes
// out is applied to that fold. The estimate on the rows that certified the table is shown beside it; it is too good,
// because the table was chosen for it. Three tables are built, at 0.6, 0.8 and 1 times the task tolerance, their overall
// claims are tested in that order, and the last before the first failure is the result. Where the labels do not tell of the
// first, the last that does not provably lose too much is, with that word; where the first does, nothing is moved.
//
// # Easy and hard requests
//
// A [Search] that may split looks for tasks of 300 labels or more that mix easy and hard requests. On the pilot, which then is a
// fifth of each of them, it learns from prompts what the baseline gains over a weak model (train.TrainGain). Where out-of-fold
// predictions tell actual gains by two standard errors, and two halves promise 15 % more savings than one task, and 3 % of its bill,
// the task is split: requests of a small predicted gain are a task of their own. The place of the cut is a share of requests; it never
// looks at quality. Halves are tuned and certified like any two tasks, each at the full level, on requests that taught nothing. How
// the unsplit task would have done there is never asked, so that the pilot's decision stands; where neither half is moved the task
// comes out whole, on the baseline.
//
// Every table without a fold of the pilot is made with splits learned without it, the fold's requests routed by them. What
// stays is which tasks are split, at which share, and the thresholds of the halves' options: quantiles of signals.
//
// # What it counts
//
// A unit of evidence is a request; requests of one group, and those that repeat a prompt or a whole chat up to case and white
// space, are one together. They share a fold, and weigh what all of them weigh: of 3,000 labels of which 90 % are of one prompt
// about one is effective, and nothing can be certified by them.
//
// # What it claims
//
// Per task: had its option truly lost more than the task tolerance, it would have been shipped with a chance of at most
// alpha. With many tasks at the edge some mistake is likely; [Settings.Family] shares alpha among them. Overall: simulated,
// not proved. The fold tables are made with a twentieth less data than the table that is shipped. Where no option of any
// task is within the tolerance, at most 7 % of the runs claim that the table is, at an alpha of 5 %.
//
// The simulation of the error rates and of how much is saved is
//
//	go test ./eval/tune -run 'TestReference|TestNothingToSave' -v -timeout 2h -args -sets 400
//
// that of whole searches, of made-up traffic in which the truth is known, and the ranges of real files with what a naive
// chooser would ship on them,
//
//	go test ./eval/tune -run TestHonesty -v -timeout 2h -args -worlds 1000
//	go test ./eval/tune -run TestRanges -v -timeout 1h -args -seeds 20
//
// and both with splits
//
//	go test ./eval/tune -run TestSplitHonesty -v -timeout 2h -args -split-worlds 400
//	go test ./eval/tune -run TestSplitRanges -v -timeout 3h -args -seeds 20
//
// Where prompts tell two kinds of requests apart splits certify what cannot be certified otherwise, 18 ± 15 % of the bill instead of
// nothing in such worlds. On the real files they certify nothing: BFCL, GSM8K and MMLU save the same with them and without.
//
// # What it does not claim
//
// [Search.Frontier] shows what quality could be had for what money: chains of up to four tiers under every threshold, and the whole
// tables that combine them. It is chosen on the labels that judge it, and nothing of it is certified; [Search.Halves] says about
// how much better than it is such a table looks.
package tune
