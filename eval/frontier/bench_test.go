package frontier_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/tierwise/tierwise/eval/frontier"
)

var benchRequests = flag.Int("requests", 100_000, "requests that BenchmarkSweep sweeps, in 20 tasks")

// BenchmarkSweep sweeps all chains of up to 4 of 6 models on 20 tasks, with all thresholds of one or two tiers and quantiles
// of three, on two workers, and leaves out what other chains beat. An option is a combination of a chain and distinct thresholds that the sweep speaks for, a cell
// one that was computed.
func BenchmarkSweep(b *testing.B) {
	const tasks = 20
	rng := rand.New(rand.NewPCG(1, 8))
	var rows []*frontier.Rows
	for range tasks {
		rows = append(rows, noisyRows(rng, *benchRequests/tasks, 6))
	}
	var options, cells float64
	inexact, kept, rounds := 0, 0, 0
	b.ReportAllocs()
	for b.Loop() {
		rounds++
		var mu sync.Mutex
		var workers sync.WaitGroup
		work := make(chan *frontier.Rows, tasks)
		for _, r := range rows {
			work <- r
		}
		close(work)
		for range 2 {
			workers.Go(func() {
				for r := range work {
					s, err := frontier.NewSweeper(r, nil)
					if err != nil {
						b.Error(err)
						return
					}
					chains := r.Chains(4)
					slices.SortStableFunc(chains, func(a, b []int) int { return len(b) - len(a) })
					for _, chain := range chains {
						sweep, err := s.Sweep(chain)
						if err != nil {
							b.Error(err)
							return
						}
						s.Keep()
						mu.Lock()
						cells += float64(sweep.Cells)
						kept += len(sweep.Options)
						if sweep.Exact {
							options += sweep.Combinations
						} else {
							grid := 1.0
							for _, n := range sweep.Grid {
								grid *= float64(n)
							}
							options += grid
							if len(chain) == 3 {
								inexact++
							}
						}
						mu.Unlock()
					}
				}
			})
		}
		workers.Wait()
	}
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(options/seconds, "options/s")
	b.ReportMetric(cells/seconds, "cells/s")
	b.ReportMetric(float64(kept)/float64(rounds), "kept")
	b.ReportMetric(float64(inexact)/float64(rounds), "inexact-pairs")
	b.ReportMetric(float64(*benchRequests*rounds)/seconds, "requests/s")
}
