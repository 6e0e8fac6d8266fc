// Package eval measures dispatch configs on labeled traffic: what each candidate would have answered, what that would
// have cost, and how much quality it gives up, or gains, against one model that answers everything, the baseline.
//
// The decisions are made by package routing itself, over recorded outcomes instead of live models; nothing is decided
// here a second time. What a walk would have met and the traffic does not hold is never guessed: a request counts for
// quality only where every outcome and signal that the chain could reach is recorded, and [Result] has the share of
// those.
//
//	Replayer.Replay  a block of traffic → Sums   on as many cores, or machines, as there are
//	Sums.Merge       Sums + Sums → Sums          exact, so the order does not show in the result
//	Job.Finish       Sums → Comparison           the statistics: what results.json holds
//
// A [Job] does what its candidates share only once, so twenty configs that differ in one task cost little more than
// one. [Job.Run] replays and merges in one process; SHARDS.md tells how several do, RESULTS.md what the files say.
// Deltas are paired, candidate minus baseline on the same request, and their tests are those of package eval/stats.
// What a reader should know before trusting a figure is a [Finding] of the result, not a line in a log.
//
// A classifier of layer 2 is asked only about requests that it was not trained on. Of the others its out-of-fold predictions
// count, see [OutOfFold], and where there are none the requests are left out.
//
// [Inspect] needs no config: it describes the traffic itself, what its models do and cost, what so many labels can
// prove, and drafts a first config from that.
//
// What it does not do: it calls no models, grades no answers, imputes no outcome, and renders nothing, which is for
// package reports. A verdict is on the table as given; whoever picks the best of many on the same rows has chosen by
// luck in part, and must test the choice on others.
package eval
