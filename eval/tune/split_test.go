package tune_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
)

var splitWorlds = flag.Int("split-worlds", 4, "made-up worlds of each kind that are tuned with splits; the published figures are those of 400")

// kinds makes a task of two kinds of requests, in which every cheaper model loses so much.
func kinds(rng *rand.Rand, tells, easy, hard float64) splitTask {
	t := splitTask{hard: between(rng, 0.3, 0.6), tells: tells}
	base := between(rng, 0.85, 0.95)
	for kind, loss := range []float64{easy, hard} {
		t.kinds[kind] = madeTask{base: base}
		for range madeCost {
			t.kinds[kind].tiers = append(t.kinds[kind].tiers, loses(loss, base, between(rng, 0.1, 0.4), 0))
		}
	}
	return t
}

// fourTasks is a world of four tasks.
func fourTasks(labels int, task func() splitTask) splitWorld {
	w := splitWorld{labels: labels}
	for range 4 {
		w.tasks = append(w.tasks, task())
	}
	return w
}

// Worlds for splits. In the first two nothing tells one request from another, in the others prompts do.
func noise(rng *rand.Rand) splitWorld {
	return fourTasks(500, func() splitTask { return kinds(rng, 0, 0.05, 0.05) })
}

func hiddenKinds(rng *rand.Rand) splitWorld {
	return fourTasks(500, func() splitTask { return kinds(rng, 0, 0, 0.15) })
}

func easyAtLimit(rng *rand.Rand) splitWorld {
	return fourTasks(500, func() splitTask { return kinds(rng, 1, 0.05, 0.4) })
}

func nothingEasy(rng *rand.Rand) splitWorld {
	return fourTasks(500, func() splitTask { return kinds(rng, 1, 0.08, 0.4) })
}

func nearlyEqual(rng *rand.Rand) splitWorld {
	return fourTasks(500, func() splitTask { return kinds(rng, 0, between(rng, -0.02, 0.02), between(rng, -0.02, 0.02)) })
}

func twoKinds(rng *rand.Rand) splitWorld {
	return fourTasks(500, func() splitTask { return kinds(rng, 0.9, between(rng, -0.01, 0.01), between(rng, 0.2, 0.4)) })
}

func anyKinds(rng *rand.Rand) splitWorld {
	return fourTasks(300+rng.IntN(600), func() splitTask {
		t := kinds(rng, rng.Float64(), between(rng, -0.02, 0.06), between(rng, 0, 0.4))
		for kind := range t.kinds {
			for i := range t.kinds[kind].tiers {
				t.kinds[kind].tiers[i].tells = between(rng, 0, 1.5)
			}
		}
		return t
	})
}

// TestSplitHonesty tunes made-up worlds through whole searches that may split tasks, and holds what is claimed against what the
// configs truly do, halves each by itself. The published figures are
//
//	go test ./eval/tune -run TestSplitHonesty -v -timeout 2h -args -split-worlds 400
func TestSplitHonesty(t *testing.T) {
	if testing.Short() {
		t.Skip("tunes many worlds")
	}
	for _, kind := range []struct {
		name  string
		draw  func(*rand.Rand) splitWorld
		gains bool // splits must save more than no splits
	}{
		{"gains are noise, each task at its limit", noise, false},
		{"kinds that no prompt tells", hiddenKinds, false},
		{"easy halves at their limit", easyAtLimit, false},
		{"no half within its limit", nothingEasy, false},
		{"nothing to split, nearly equal", nearlyEqual, false},
		{"two kinds", twoKinds, true},
		{"anything", anyKinds, false},
	} {
		t.Run(kind.name, func(t *testing.T) {
			split, one := splitHonesty(t, kind.draw, *splitWorlds, true), splitHonesty(t, kind.draw, *splitWorlds, false)
			t.Logf("%d tasks are split in %d worlds, %d of them are used", split.wanted, split.worlds, split.used)
			split.report(t)
			one.report(t)
			for _, rate := range []struct {
				what    string
				n, of   int
				allowed float64
			}{
				{"worlds have a false claim of the whole", split.false, split.worlds, 0.05},
				{"tasks and halves are moved beyond their tolerance", split.beyond, split.tasks, 0.054},
			} {
				if float64(rate.n) > float64(rate.of)*atMost(rate.allowed, rate.of) {
					t.Errorf("%d of %d %s; %.1f %% are allowed", rate.n, rate.of, rate.what, 100*rate.allowed)
				}
			}
			with, _ := meanAndDeviation(split.saved)
			without, _ := meanAndDeviation(one.saved)
			if kind.gains && with < without+0.1 {
				t.Errorf("splits save %.3f, no splits %.3f", with, without)
			}
		})
	}
}

type splitTally struct {
	honestTally
	wanted, used int
}

func splitHonesty(t *testing.T, draw func(*rand.Rand) splitWorld, worlds int, split bool) *splitTally {
	t.Helper()
	results := make([]splitTally, worlds)
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				rng := rand.New(rand.NewPCG(43, uint64(i)))
				w := draw(rng)
				tuned, err := w.tune(t.Context(), rng, split)
				if err == nil {
					results[i], err = w.judge(tuned, rng)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range worlds {
		next <- i
	}
	close(next)
	wg.Wait()
	out := &splitTally{}
	for i := range results {
		out.add(&results[i].honestTally)
		out.wanted, out.used = out.wanted+results[i].wanted, out.used+results[i].used
	}
	return out
}

// judge holds what is claimed of the config that came out against what it truly does.
func (w *splitWorld) judge(tuned *tune.Tuned, rng *rand.Rand) (out splitTally, err error) {
	delta, share, err := w.truths(tuned.Config, rng)
	if err != nil {
		return out, err
	}
	out.worlds, out.tasks, out.saved, out.wanted = 1, len(tuned.Config.Tasks), []float64{0}, len(tuned.Splits)
	const edge = 1e-9
	whole := 0.0
	for i := range tuned.Config.Tasks {
		served := &tuned.Config.Tasks[i]
		whole += share[served.Name] * delta[served.Name]
		if len(served.Chain) == 1 {
			continue
		}
		out.shipped++
		if delta[served.Name] < -tuned.Settings.TaskTolerance+edge {
			out.beyond++
		}
	}
	for i := range tuned.Splits {
		if tuned.Splits[i].Used {
			out.used++
		}
	}
	if out.shipped == 0 {
		return out, nil
	}
	out.moved = 1
	if tuned.Verdict == stats.Holds {
		out.claimed = 1
		out.saved[0] = tuned.Tables[tuned.Table].SavingShare
		if whole < -tuned.Settings.Tolerance+edge {
			out.false = 1
		}
	}
	return out, nil
}

// TestSplitRanges tunes files of real outcomes with many seeds, with splits and without. The published ranges are
//
//	go test ./eval/tune -run TestSplitRanges -v -timeout 3h -args -seeds 20
func TestSplitRanges(t *testing.T) {
	if testing.Short() {
		t.Skip("tunes real data many times")
	}
	for _, r := range realFiles {
		t.Run(r.name, func(t *testing.T) {
			if *seeds <= 2 && r.name == "RouteLLM MMLU" {
				t.Skip("learns from thousands of prompts: minutes a seed")
			}
			d := openOutcomes(t, r.file)
			for _, split := range []bool{false, true} {
				s := tune.Search{Candidate: eval.Candidate{Label: r.name, Config: r.config(t)}, Split: split}
				got := rangeTally{verdicts: map[stats.Verdict]int{}}
				used, wanted, what := 0, 0, ""
				for seed := range uint64(*seeds) {
					s.Options = eval.Options{GoldTasks: true, Seed: seed + 1}
					tuned := search(t, &s, d, runtime.GOMAXPROCS(0))
					got.add(tuned)
					wanted += len(tuned.Splits)
					for i := range tuned.Splits {
						if x := &tuned.Splits[i]; x.Used {
							used++
							what += fmt.Sprintf(" %s (%.0f %% by %s)", x.Task, 100*x.EasyShare, x.Weak)
						}
					}
				}
				t.Logf("with splits: %v; %d are wanted, %d used:%s", split, wanted, used, what)
				got.report(t)
				// No file of these has a task whose prompts tell easy requests from hard ones well enough: splits certify no more.
				if lo, hi := 100*slices.Min(got.saved), 100*slices.Max(got.saved); lo < r.saved[0]-1 || hi > r.saved[1]+1 || used > 0 {
					t.Errorf("saves %.1f to %.1f %% with %d splits, published %v with none", lo, hi, used, r.saved)
				}
			}
		})
	}
}
