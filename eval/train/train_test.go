package train_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/routing/classify"
)

func artifact(tb testing.TB, c *classify.Classifier) []byte {
	tb.Helper()
	b, err := c.MarshalBinary()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestTrain(t *testing.T) {
	rows := traffic(60, 1)
	rng := rand.New(rand.NewPCG(8, 8))
	for i := range 40 {
		rows = append(rows, datasets.Row{ID: fmt.Sprint("other-", i), Task: "other", Prompt: prompt(rng, "nonsense")})
	}
	for i := range rows {
		rows[i].Split = "tune"
		if i%4 == 0 {
			rows[i].Split = "verify"
		}
	}
	rows[0].Task = "unheard of" // to verify
	r := read(t, rows, &train.ReadOptions{Reject: "other", Seed: 3, Workers: 2})
	if diff := cmp.Diff([]string{"billing", "code", "travel"}, r.Tasks); diff != "" {
		t.Fatal(diff)
	}
	calls := map[string]int{}
	result := fit(t, r, &train.Options{Precision: 0.9, Progress: func(stage string, done, total int) {
		if calls[stage]++; done != calls[stage] || total < done {
			t.Errorf("progress %d of %d at call %d of %s", done, total, calls[stage], stage)
		}
	}})
	report := result.Report
	if report.Accuracy < 0.9 || report.AUROC < 0.9 || report.Verify.Accuracy < 0.9 {
		t.Errorf("accuracy %.3f, AUROC %.3f, verify %.3f: want 0.9 of tasks with words of their own", report.Accuracy, report.AUROC, report.Verify.Accuracy)
	}
	if got := report.Verify.Requests + report.Verify.Seen + report.Trained; got != len(rows) || report.Verify.Unknown != 1 {
		t.Errorf("%d of %d requests accounted for, %d of an unknown task", got, len(rows), report.Verify.Unknown)
	}
	at := report.Curve[int(100*report.MinConfidence+0.5)]
	if at.Precision < 0.9 || at.MinConfidence != report.MinConfidence || !strings.Contains(report.Why, "0.90") {
		t.Errorf("min_confidence %v (%s) has precision %v", report.MinConfidence, report.Why, at.Precision)
	}
	if h := result.Classifier.Header(); h.MinConfidence != report.MinConfidence || h.Training.Reject != "other" || h.Training.Requests != report.Trained {
		t.Errorf("header %+v", h)
	}
	if _, err := json.Marshal(report); err != nil {
		t.Errorf("the report has no JSON: %v", err)
	}
	for i := range r.Train {
		if !result.Classifier.Seen(r.Train[i].PromptKey) {
			t.Fatalf("%s was trained on and is not listed", r.Train[i].ID)
		}
	}
}

// The figures under verify are those of the classifier that ships.
func TestVerifyIsWhatShips(t *testing.T) {
	rows := traffic(40, 2)
	for i := range rows {
		rows[i].Split = []string{"tune", "verify"}[i%2]
	}
	r := read(t, rows, nil)
	result := fit(t, r, &train.Options{Head: train.Average})
	decoded, err := classify.Decode(artifact(t, result.Classifier))
	if err != nil {
		t.Fatal(err)
	}
	right, sum, n := 0.0, 0.0, 0.0
	for i := range r.Verify {
		q := &r.Verify[i]
		if decoded.Seen(q.PromptKey) {
			continue
		}
		p, err := decoded.Predict(&q.Input)
		if err != nil {
			t.Fatal(err)
		}
		n++
		sum += p.Confidence
		if p.Task == q.Task {
			right++
		}
	}
	mean := 0.0
	for _, b := range result.Report.Verify.Reliability {
		mean += b.Confidence * float64(b.Requests)
	}
	if got := result.Report.Verify.Accuracy; math.Abs(got-right/n) > 1e-12 {
		t.Errorf("accuracy %v, asked one by one %v", got, right/n)
	}
	if math.Abs(mean-sum)/n > 1e-5 {
		t.Errorf("mean confidence %v, asked one by one %v", mean/n, sum/n)
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	rows := traffic(50, 3)
	type made struct {
		artifact, oof []byte
		report        *train.Report
	}
	trained := func(seed uint64, workers int) made {
		result := fit(t, read(t, rows, &train.ReadOptions{Seed: seed, Workers: workers}), &train.Options{Workers: workers})
		var b bytes.Buffer
		if err := result.OutOfFold.Write(&b, "00"); err != nil {
			t.Fatal(err)
		}
		return made{artifact(t, result.Classifier), b.Bytes(), result.Report}
	}
	one, three, other := trained(1, 1), trained(1, 3), trained(2, 1)
	if !bytes.Equal(one.artifact, three.artifact) || !bytes.Equal(one.oof, three.oof) {
		t.Error("other bytes with three workers than with one")
	}
	ignore := cmpopts.IgnoreUnexported(train.Trial{}, train.Bin{})
	if diff := cmp.Diff(one.report, three.report, ignore); diff != "" {
		t.Errorf("another report with three workers than with one:\n%s", diff)
	}
	if bytes.Equal(one.artifact, other.artifact) {
		t.Error("the seed changes nothing")
	}
}

func TestEmbeddings(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	var rows []datasets.Row
	for i := range 120 {
		v := make([]float32, 24)
		for d := range v {
			v[d] = float32(rng.NormFloat64())
		}
		v[i%3] += 5
		rows = append(rows, datasets.Row{ID: fmt.Sprint(i), Task: string('a' + rune(i%3)), Prompt: fmt.Sprint("prompt ", i), Embedding: v})
	}
	rows[5].Embedding = nil
	r := read(t, rows, &train.ReadOptions{Embedder: "some-model"})
	if r.Counts.NoEmbedding != 1 {
		t.Errorf("%d requests without embedding: want 1", r.Counts.NoEmbedding)
	}
	for _, head := range []string{"", train.Prototypes} {
		result := fit(t, r, &train.Options{Head: head})
		if got := result.Report.Accuracy; got < 0.95 {
			t.Errorf("head %q: accuracy %.3f", result.Report.Head, got)
		}
		if h := result.Classifier.Header(); h.Embedder != "some-model" || h.Dims != 24 {
			t.Errorf("embedder %s of %d dimensions", h.Embedder, h.Dims)
		}
	}
}

// Requests with a wrong label are found, and few others are suspected. How many depends on the words that were drawn, so
// several draws count together.
func TestSuspects(t *testing.T) {
	found, suspected, mislabeled := 0, 0, 0
	for seed := range uint64(6) {
		rows := traffic(80, seed)
		wrong := map[string]bool{}
		for _, i := range []int{3, 50, 97, 120, 200} {
			wrong[rows[i].ID] = true
			rows[i].Task = map[string]string{"billing": "code", "code": "travel", "travel": "billing"}[rows[i].Task]
		}
		suspects := fit(t, read(t, rows, nil), &train.Options{Head: train.Logistic}).Report.Suspects
		mislabeled, suspected = mislabeled+len(wrong), suspected+len(suspects)
		for _, s := range suspects {
			if wrong[s.ID] {
				found++
			}
		}
	}
	if found*2 < mislabeled || found*10 < suspected*9 {
		t.Errorf("%d of %d wrong labels are among %d suspects: want half of them, and nine in ten suspects wrong", found, mislabeled, suspected)
	}
}

func TestSample(t *testing.T) {
	rows := traffic(400, 6)
	for i := range 12 {
		rows = append(rows, datasets.Row{ID: fmt.Sprint("rare-", i), Task: "rare", Prompt: prompt(rand.New(rand.NewPCG(9, uint64(i))), "nonsense")})
	}
	r := read(t, rows, &train.ReadOptions{MaxRows: 606})
	counts, weights := map[string]int{}, map[string]float64{}
	for _, q := range r.Train {
		counts[r.Tasks[q.Task]]++
		weights[r.Tasks[q.Task]] += q.Weight
	}
	if counts["rare"] != 12 || len(r.Train) > 620 || r.Counts.Sampled != len(rows)-len(r.Train) {
		t.Errorf("kept %v, left out %d", counts, r.Counts.Sampled)
	}
	if diff := cmp.Diff(map[string]float64{"billing": 400, "code": 400, "travel": 400, "rare": 12}, weights, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Errorf("weights of those kept do not stand for all:\n%s", diff)
	}
}

func TestReadFails(t *testing.T) {
	task := func(rows []datasets.Row, name string) []datasets.Row {
		for i := range rows {
			rows[i].Task = name
		}
		return rows
	}
	twice := traffic(5, 1)
	twice[3].ID = twice[2].ID
	tests := []struct {
		name string
		rows []datasets.Row
		opts *train.ReadOptions
		want string
	}{
		{"no task", task(traffic(5, 1), ""), nil, "no request has a task"},
		{"one task", task(traffic(5, 1), "a"), nil, `all requests to train on are of task "a"`},
		{"no such task to reject", traffic(5, 1), &train.ReadOptions{Reject: "oos"}, `the task "oos" to reject`},
		{"no embeddings", traffic(5, 1), &train.ReadOptions{Embedder: "m"}, "no embedding column"},
		{"an id twice", twice, nil, "is also the id of"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := train.Read(context.Background(), dataset(t, test.rows), test.opts)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v: want %q", err, test.want)
			}
		})
	}
}

func TestTrainFails(t *testing.T) {
	r := read(t, traffic(5, 1), nil)
	for want, opts := range map[string]*train.Options{
		`head "forest"`: {Head: "forest"}, "l2 -1": {L2: -1}, "precision 1": {Precision: 1},
	} {
		if _, err := train.Train(context.Background(), r, opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v: want %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := train.Train(ctx, r, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the end of the context", err)
	}
}

// Few requests, empty and strange prompts, a task in one fold only: there is a classifier all the same.
func TestOddTraffic(t *testing.T) {
	rows := []datasets.Row{
		{ID: "1", Task: "a", Prompt: "one two three"}, {ID: "2", Task: "b", Prompt: "four five six"}, {ID: "3", Task: "a", Prompt: "?"},
		{ID: "4", Task: "b", Prompt: "\x00\xff"}, {ID: "5", Task: "c", Prompt: strings.Repeat("long ", 100_000)},
	}
	result := fit(t, read(t, rows, nil), nil)
	ids := map[string]int{}
	for _, f := range result.Report.Findings {
		ids[f.ID]++
	}
	if ids["one-cluster"] != 1 || ids["few-labels"] != 2 {
		t.Errorf("findings %v", result.Report.Findings)
	}
	artifact(t, result.Classifier)
}
