// Package ledger remembers which searches have looked at which labeled requests, so that no request certifies what it
// helped to choose.
//
// A search that has opened the verifying requests and did not like what it saw can be run again with other options, and
// what looked best the first time will look good again on the same requests: such a second claim would be false far more
// often than its level says, however small that is. So requests whose results a search has seen only choose for every
// other one, never certify. The same search on more labels is another matter: its pilot and its chains stay as they were,
// so that nothing is chosen anew, and all other requests certify once more. The level of the k-th look is a 2^(k−1)-th, so
// that all together never spend more than twice the first's. Looks that are declared beforehand are cheaper: three of them
// share one level ([Schedule]).
//
// The same look again, with the same data, config, options, seed and salt, is no new one: [Ledger.Plan] finds it and
// returns the plan that it had, so that a stranger who runs it again gets the same bytes.
//
// The ledger is a file beside the config, NAME.ledger.jsonl, of one line for each look; LEDGER.md documents it. Nothing in
// it comes from a clock. The package reads and writes no files: it takes readers and writers.
package ledger
