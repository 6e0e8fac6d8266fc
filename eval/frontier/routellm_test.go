package frontier_test

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/frontier"
)

// routeLLM is the qualities of the weak and the strong model of RouteLLM's benchmarks, contaminated requests left out.
type routeLLM struct {
	task         []string
	weak, strong []float64
}

func readRouteLLM(tb testing.TB, file string) (r routeLLM) {
	tb.Helper()
	path := filepath.Join(cmp.Or(os.Getenv("TIERWISE_DATA"), filepath.Join("..", "..", "..", "shared", "data")), file)
	d, err := datasets.Open(context.Background(), []string{path}, &datasets.Options{Where: []datasets.Condition{{Column: "contaminated", Value: "false"}}})
	if errors.Is(err, fs.ErrNotExist) {
		tb.Skipf("needs real data: set TIERWISE_DATA to the folder that has %s", file)
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer d.Close()
	models := []string{"mistralai/Mixtral-8x7B-Instruct-v0.1", "gpt-4-1106-preview"}
	reader := d.NewReader(datasets.Columns{Models: models})
	for _, shard := range d.Shards() {
		for block, err := range reader.Read(context.Background(), shard) {
			if err != nil {
				tb.Fatal(err)
			}
			for row := range block.Len {
				task, _ := block.Task.At(row)
				r.task = append(r.task, task)
				for m, to := range []*[]float64{&r.weak, &r.strong} {
					*to = append(*to, block.Outcomes[slices.Index(block.Models, models[m])].Quality[row])
				}
			}
		}
	}
	return r
}

// The ideal router sends first what only the strong model gets right and last what only the weak one does. Published (RouteLLM,
// arXiv 2406.18665 v4, Tables 2 and 3): CPT(50 %), CPT(80 %) and CPT(100 %), in percent of calls. Random routing there has an APGR of
// 0.500 and 0.497 in one draw; in expectation, and here, it is 0.5.
func TestRouteLLMIdeal(t *testing.T) {
	for _, c := range []struct {
		file         string
		weak, strong float64
		cpt          [3]float64
	}{
		{"routellm_mmlu.parquet", 68.091, 80.587, [3]float64{6.25, 10.00, 12.50}},
		{"routellm_gsm8k.parquet", 63.734, 85.769, [3]float64{11.02, 17.67, 22.04}},
	} {
		t.Run(c.file, func(t *testing.T) {
			r := readRouteLLM(t, c.file)
			gain := make([]float64, len(r.weak))
			for i := range gain {
				gain[i] = r.strong[i] - r.weak[i]
			}
			curve := frontier.CallCurve(gain, r.weak, r.strong, nil)
			within := func(what string, got, want, by float64) {
				t.Helper()
				if !(math.Abs(got-want) <= by) {
					t.Errorf("%s is %.4f, want %.3f", what, got, want)
				}
			}
			within("the weak model's quality", 100*curve[0].Quality, c.weak, 0.0006)
			within("the strong model's quality", 100*curve[len(curve)-1].Quality, c.strong, 0.0006)
			for k, pgr := range []float64{0.5, 0.8, 1} {
				// The paper counts whole requests.
				within("CPT", 100*frontier.CPT(curve, pgr), c.cpt[k], 100/float64(len(gain)))
			}
			within("the APGR of random routing", frontier.APGR(frontier.CallCurve(make([]float64, len(gain)), r.weak, r.strong, nil)), 0.5, 1e-12)
		})
	}
}

// A table that knows nothing but the subject, each subject's gain shrunk towards the mean as if by ten requests, judged on
// the requests that it has not seen: better than the best trained router of the paper, which has an APGR of 0.603, CPT(50 %)
// 35.40 and CPT(80 %) 71.55 (Table 2).
func TestRouteLLMSubjects(t *testing.T) {
	r := readRouteLLM(t, "routellm_mmlu.parquet")
	const seeds = 20
	for _, c := range []struct {
		labels int
		least  float64
	}{{300, 0.603}, {7021, 0.67}} {
		var apgr, half, most float64
		for seed := range uint64(seeds) {
			order := rand.New(rand.NewPCG(seed, 11)).Perm(len(r.task))
			curve := r.subjectTable(order[:c.labels], order[c.labels:])
			apgr += frontier.APGR(curve) / seeds
			half += 100 * frontier.CPT(curve, 0.5) / seeds
			most += 100 * frontier.CPT(curve, 0.8) / seeds
		}
		t.Logf("%d labels, %d seeds: APGR %.4f, CPT(50 %%) %.2f, CPT(80 %%) %.2f", c.labels, seeds, apgr, half, most)
		if !(apgr > c.least) {
			t.Errorf("%d labels: mean APGR %.4f, want more than %.3f", c.labels, apgr, c.least)
		}
	}
}

func (r *routeLLM) subjectTable(learn, judge []int) []frontier.Point {
	const shrink = 10
	gain, n, mean := map[string]float64{}, map[string]float64{}, 0.0
	for _, i := range learn {
		gain[r.task[i]] += r.strong[i] - r.weak[i]
		n[r.task[i]]++
		mean += (r.strong[i] - r.weak[i]) / float64(len(learn))
	}
	var score, weak, strong []float64
	for _, i := range judge {
		score = append(score, (gain[r.task[i]]+shrink*mean)/(n[r.task[i]]+shrink))
		weak, strong = append(weak, r.weak[i]), append(strong, r.strong[i])
	}
	return frontier.CallCurve(score, weak, strong, nil)
}
