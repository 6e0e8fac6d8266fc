package train_test

import (
	"cmp"
	"context"
	"flag"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/frontier"
	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/routing/classify"
)

// gainSeeds is 20 for the figures that are published: -args -gain-seeds 20. Thousands of labels take half a minute a draw, so
// that by default only hundreds are learned from.
var gainSeeds = flag.Int("gain-seeds", 0, "how often labels are drawn to learn the gain of escalation from; 0: few, a few times")

// remembered are the features of prompts that were seen before: each seed asks about most of them.
type remembered struct {
	classify.Embedder
	mu       sync.Mutex
	features map[string][]classify.Feature
}

func (r *remembered) Embed(dst []classify.Feature, in *classify.Input) ([]classify.Feature, error) {
	r.mu.Lock()
	known, ok := r.features[in.Text]
	r.mu.Unlock()
	if ok {
		return append(dst, known...), nil
	}
	known, err := r.Embedder.Embed(nil, in)
	r.mu.Lock()
	r.features[in.Text] = known
	r.mu.Unlock()
	return append(dst, known...), err
}

// mmluGains reads RouteLLM's MMLU in the order of the file, contaminated requests left out.
func mmluGains(tb testing.TB) []train.GainRow {
	tb.Helper()
	d := realData(tb, "routellm_mmlu.parquet", &datasets.Options{Where: []datasets.Condition{{Column: "contaminated", Value: "false"}}})
	models := []string{"mistralai/Mixtral-8x7B-Instruct-v0.1", "gpt-4-1106-preview"}
	reader := d.NewReader(datasets.Columns{Prompt: true, Models: models})
	var rows []train.GainRow
	for _, shard := range d.Shards() {
		for block, err := range reader.Read(context.Background(), shard) {
			if err != nil {
				tb.Fatal(err)
			}
			for i := range block.Len {
				id, _ := block.ID.At(i)
				prompt, _ := block.Prompt.At(i)
				task, _ := block.Task.At(i)
				r := train.GainRow{ID: string(id), Input: classify.Input{Text: string(prompt)}, Task: task}
				for m, to := range []*float64{&r.Weak, &r.Strong} {
					*to = block.Outcomes[slices.Index(block.Models, models[m])].Quality[i]
				}
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// judged is what a router that sends the requests of highest score to the strong model comes to.
type judged struct{ apgr, half, most float64 }

func judge(rows []train.GainRow, score func(r *train.GainRow) float64) judged {
	var scores, weak, strong []float64
	for i := range rows {
		scores, weak, strong = append(scores, score(&rows[i])), append(weak, rows[i].Weak), append(strong, rows[i].Strong)
	}
	curve := frontier.CallCurve(scores, weak, strong, nil)
	return judged{frontier.APGR(curve), 100 * frontier.CPT(curve, 0.5), 100 * frontier.CPT(curve, 0.8)}
}

// subjectTable knows nothing but the subject, each subject's gain shrunk towards the mean as if by ten requests.
func subjectTable(rows []train.GainRow) func(r *train.GainRow) float64 {
	const shrink = 10
	gain, n, mean := map[string]float64{}, map[string]float64{}, 0.0
	for i := range rows {
		r := &rows[i]
		gain[r.Task] += r.Strong - r.Weak
		n[r.Task]++
		mean += (r.Strong - r.Weak) / float64(len(rows))
	}
	return func(r *train.GainRow) float64 { return (gain[r.Task] + shrink*mean) / (n[r.Task] + shrink) }
}

// Learned on half of MMLU, or on 300 requests of it, and judged on all others. For 20 seeds of both:
//
//	go test ./eval/train -run TestGainRouteLLM -v -timeout 60m -args -gain-seeds 20
//
// For comparison, the best trained router of RouteLLM's paper has an
// APGR of 0.603, CPT(50 %) 35.40 and CPT(80 %) 71.55 (arXiv 2406.18665 v4, Table 2).
func TestGainRouteLLM(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	all := mmluGains(t)
	embedder := &remembered{Embedder: classify.NGrams{Bits: 18}, features: map[string][]classify.Feature{}}
	for _, c := range []struct {
		labels, seeds int
		least         float64
	}{{300, cmp.Or(*gainSeeds, 20), 0.615}, {len(all) / 2, *gainSeeds, 0.675}} {
		if c.seeds == 0 {
			continue
		}
		t.Run(strconv.Itoa(c.labels), func(t *testing.T) {
			var table, learned judged
			for seed := range uint64(c.seeds) {
				var rows []train.GainRow
				for _, i := range rand.New(rand.NewPCG(seed, 11)).Perm(len(all)) {
					rows = append(rows, all[i])
				}
				for i := range rows {
					rows[i].Fold = i % datasets.FoldCount
				}
				labeled, others := rows[:c.labels], rows[c.labels:]
				m, err := train.TrainGain(context.Background(), labeled, &train.GainOptions{Embedder: embedder, Workers: runtime.GOMAXPROCS(0)})
				if err != nil {
					t.Fatal(err)
				}
				predict := func(r *train.GainRow) float64 {
					gain, err := m.Predict(r.Task, &r.Input)
					if err != nil {
						t.Fatal(err)
					}
					return gain
				}
				a, b := judge(others, subjectTable(labeled)), judge(others, predict)
				t.Logf("%d labels, seed %d: APGR %.4f, table %.4f; %+v", c.labels, seed, b.apgr, a.apgr, m.Strength)
				table.add(a, c.seeds)
				learned.add(b, c.seeds)
			}
			t.Logf("%d labels, %d seeds: APGR %.4f, CPT(50 %%) %.2f, CPT(80 %%) %.2f; table of subjects %.4f, %.2f, %.2f",
				c.labels, c.seeds, learned.apgr, learned.half, learned.most, table.apgr, table.half, table.most)
			if !(learned.apgr > max(c.least, table.apgr)) || math.IsNaN(learned.half+learned.most) {
				t.Errorf("%d labels: mean APGR %.4f, want more than %.3f and than the table of subjects, %.4f", c.labels, learned.apgr, c.least, table.apgr)
			}
		})
	}
}

func (j *judged) add(other judged, of int) {
	n := float64(of)
	j.apgr += other.apgr / n
	j.half += other.half / n
	j.most += other.most / n
}
