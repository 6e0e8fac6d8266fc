package tune_test

import (
	"context"
	"flag"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
	"github.com/tierwise/tierwise/eval/tune"
)

var worlds = flag.Int("worlds", 16, "made-up worlds of each kind that are tuned through a whole search; the published figures are those of 1,000")

// TestHonesty makes traffic of worlds in which the truth is known, as Parquet, and tunes it through the whole search: survey,
// thresholds, walks, choice, config. What a table claims is held against what the config that comes out truly does.
// The published figures are
//
//	go test ./eval/tune -run TestHonesty -v -timeout 2h -args -worlds 1000
func TestHonesty(t *testing.T) {
	if testing.Short() {
		t.Skip("tunes many worlds")
	}
	for _, kind := range []struct {
		name  string
		draw  func(rng *rand.Rand) made
		moved float64 // share of the worlds in which something is moved, at most
		false float64 // share of the worlds with a false claim of the whole, at most
		wrong float64 // share of the tables said to be within the tolerance that are not, at most
	}{
		{"nothing to save, no signals", nothingPlain, 0.10, 0.05, 1},
		{"nothing to save, signals that tell nothing", nothingSignaled, 0.10, 0.05, 1},
		{"each task at its limit", atTaskLimit, 1, 0.05, 1},
		{"the whole at its limit", atLimit, 1, 0.07, 1}, // three tables: 7 %
		{"easy savings", easy, 1, 0.05, 0.05},
		{"mixed", mixed, 1, 0.05, 0.05},
	} {
		t.Run(kind.name, func(t *testing.T) {
			got := honesty(t, kind.draw, *worlds)
			got.report(t)
			for _, rate := range []struct {
				what    string
				n, of   int
				allowed float64
			}{
				{"worlds have something moved", got.moved, got.worlds, kind.moved},
				{"worlds have a false claim of the whole", got.false, got.worlds, kind.false},
				{"tables that are said to be within the tolerance are not", got.false, got.claimed, kind.wrong},
				{"tasks are moved beyond their tolerance", got.beyond, got.tasks, 0.054}, // the size of Tango's test with the floor
			} {
				if float64(rate.n) > float64(rate.of)*atMost(rate.allowed, rate.of) {
					t.Errorf("%d of %d %s; %.1f %% are allowed", rate.n, rate.of, rate.what, 100*rate.allowed)
				}
			}
		})
	}
}

// atMost is the largest share that is still no sign of a true one above share: three standard errors.
func atMost(share float64, runs int) float64 {
	return share + 3*math.Sqrt(share*(1-share)/float64(max(runs, 1)))
}

// A honestTally is what came of many worlds.
type honestTally struct {
	worlds  int
	tasks   int // in all worlds
	moved   int // worlds in which something is
	claimed int // of them those in which the whole is said to be within the tolerance
	false   int // of them those in which it is not, or just so
	shipped int // tasks that are moved
	beyond  int // of them those that truly lose the task tolerance or more
	saved   []float64
}

func (got *honestTally) add(o *honestTally) {
	got.worlds += o.worlds
	got.tasks += o.tasks
	got.moved += o.moved
	got.claimed += o.claimed
	got.false += o.false
	got.shipped += o.shipped
	got.beyond += o.beyond
	got.saved = append(got.saved, o.saved...)
}

func (got *honestTally) report(t *testing.T) {
	t.Helper()
	saved, sd := meanAndDeviation(got.saved)
	t.Logf("%d worlds: something is moved in %.1f %%; of %d tables that are said to be within the tolerance %d truly are not, %.1f %% of the worlds; of %d tasks moved %d truly lose their tolerance or more, %.2f %% of all tasks; certified savings %.0f ± %.0f %%",
		got.worlds, percent(got.moved, got.worlds), got.claimed, got.false, percent(got.false, got.worlds),
		got.shipped, got.beyond, percent(got.beyond, got.tasks), 100*saved, 100*sd)
}

// honesty tunes many worlds of a kind. Each has a stream of random numbers of its own: workers do not matter.
func honesty(t *testing.T, draw func(*rand.Rand) made, worlds int) *honestTally {
	t.Helper()
	results := make([]honestTally, worlds)
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				rng := rand.New(rand.NewPCG(41, uint64(i)))
				m := draw(rng)
				tuned, err := m.tune(t.Context(), rng)
				if err != nil {
					t.Error(err)
					continue
				}
				results[i] = m.judge(tuned)
			}
		})
	}
	for i := range worlds {
		next <- i
	}
	close(next)
	wg.Wait()
	out := &honestTally{}
	for i := range results {
		out.add(&results[i])
	}
	return out
}

// tune searches traffic of the world.
func (m *made) tune(ctx context.Context, rng *rand.Rand) (*tune.Tuned, error) {
	d, err := m.dataset(rng)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	s := tune.Search{
		Candidate: eval.Candidate{Label: "made", Config: m.config()},
		Options:   eval.Options{GoldTasks: true, Seed: rng.Uint64()},
	}
	return s.Run(ctx, d, &tune.RunOptions{Workers: 1})
}

// judge holds what is claimed of the config that came out against what it truly does. At a limit counts as beyond it.
func (m *made) judge(tuned *tune.Tuned) honestTally {
	out := honestTally{worlds: 1, tasks: len(m.tasks), saved: []float64{0}}
	const edge = 1e-9
	whole := 0.0
	for k := range tuned.Config.Tasks {
		served := &tuned.Config.Tasks[k]
		if len(served.Chain) == 1 {
			continue
		}
		delta := m.tasks[k].truth(served)
		whole += delta / float64(len(m.tasks))
		out.shipped++
		if delta < -tuned.Settings.TaskTolerance+edge {
			out.beyond++
		}
	}
	if out.shipped == 0 {
		return out
	}
	out.moved = 1
	if tuned.Verdict == stats.Holds {
		out.claimed = 1
		out.saved[0] = tuned.Tables[tuned.Table].SavingShare
		if whole < -tuned.Settings.Tolerance+edge {
			out.false = 1
		}
	}
	return out
}

// between draws from a range.
func between(rng *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*rng.Float64() }

// madeOf makes a world of tasks whose cheaper tiers lose what loss says.
func madeOf(rng *rand.Rand, tasks, labels int, loss func() float64) made {
	m := made{labels: labels}
	for range tasks {
		t := madeTask{base: between(rng, 0.75, 0.95)}
		for range madeCost {
			t.tiers = append(t.tiers, loses(loss(), t.base, between(rng, 0.1, 0.5), 0))
		}
		m.tasks = append(m.tasks, t)
	}
	return m
}

// nothingPlain: every cheaper model loses 6 to 15 points in every task, and there are no signals to escalate by.
func nothingPlain(rng *rand.Rand) made {
	return madeOf(rng, 8, 300, func() float64 { return between(rng, 0.06, 0.15) })
}

// nothingSignaled: every cheaper model loses 20 to 40 points, so that one whose answers pass by chance in 30 % of the requests
// loses 6 to 12, and the signals by which they pass tell nothing.
func nothingSignaled(rng *rand.Rand) made {
	m := madeOf(rng, 8, 300, func() float64 { return between(rng, 0.20, 0.40) })
	m.signal = true
	return m
}

// atTaskLimit: every cheaper model loses 5 points in every task, what a task may lose.
func atTaskLimit(rng *rand.Rand) made { return madeOf(rng, 8, 300, func() float64 { return 0.05 }) }

// atLimit: every cheaper model loses so much in every task that seven of the eight moved are what the whole may lose, and with
// a thousand labels each most are moved.
func atLimit(rng *rand.Rand) made {
	return madeOf(rng, 8, 1000, func() float64 { return 0.01 * 8 / 7 })
}

// easy: cheaper models are nearly as good, and signals tell when they are not.
func easy(rng *rand.Rand) made {
	m := madeOf(rng, 8, 300, func() float64 { return between(rng, -0.02, 0.02) })
	m.signal = true
	m.tell(rng, 0.8, 1.5)
	return m
}

// mixed: tasks in which a cheaper model is as good, and tasks in which it is much worse; signals that tell much or nothing;
// checks in some tasks; 100 to 600 labels.
func mixed(rng *rand.Rand) made {
	m := madeOf(rng, 8, 100+rng.IntN(501), func() float64 { return between(rng, -0.02, 0.20) })
	m.signal = true
	m.tell(rng, 0, 1.5)
	for k := range m.tasks {
		m.tasks[k].check = k%2 == 0
	}
	return m
}

// tell has the signals of each tier tell right answers from wrong ones, between so and so much.
func (m *made) tell(rng *rand.Rand, lo, hi float64) {
	for k := range m.tasks {
		for i := range m.tasks[k].tiers {
			m.tasks[k].tiers[i].tells = between(rng, lo, hi)
		}
	}
}
