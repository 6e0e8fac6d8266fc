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
// # What it does not claim
//
// [Search.Frontier] shows what quality could be had for what money: chains of up to four tiers under every threshold, and the whole
// tables that combine them. It is chosen on the labels that judge it, and nothing of it is certified; [Search.Halves] says about
// how much better than it is such a table looks.
package tune
