package train_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/train"
)

// With tasks dealt out at random there is nothing to learn: no figure may say otherwise, though the classifier knows
// most of its own requests by heart.
func TestShuffledTasksLookLikeChance(t *testing.T) {
	rows := traffic(150, 1)
	rng := rand.New(rand.NewPCG(2, 2))
	for i, j := range rng.Perm(len(rows)) {
		rows[i].Task = []string{"a", "b", "c"}[j%3]
	}
	for _, head := range []string{train.Logistic, train.Prototypes, train.Average} {
		t.Run(head, func(t *testing.T) {
			r := read(t, rows, nil)
			result := fit(t, r, &train.Options{Head: head})
			// 450 requests at ⅓: three standard errors are 0.067.
			if got := result.Report.Accuracy; got > 1.0/3+0.067 {
				t.Errorf("accuracy %.3f out of fold; chance is 0.333", got)
			}
			sure := 0
			for _, p := range result.OutOfFold.Rows() {
				if p.Confidence > 0.6 {
					sure++
				}
			}
			if sure > len(rows)/50 {
				t.Errorf("%d of %d predictions have a confidence above 0.6", sure, len(rows))
			}
			if m := result.Report.MinConfidence; m < 0.6 {
				t.Errorf("min_confidence %v is recommended for a precision of 0.80", m)
			}
			if head != train.Logistic {
				return
			}
			inSample := 0
			for i := range r.Train {
				p, err := result.Classifier.Predict(&r.Train[i].Input)
				if err != nil {
					t.Fatal(err)
				}
				if p.Task == r.Train[i].Task {
					inSample++
				}
			}
			if inSample < len(rows)*6/10 {
				t.Errorf("only %d of %d right in sample: the test wants a classifier that memorises", inSample, len(rows))
			}
		})
	}
}

// A request that is there many times, or in many guises of one group, is no evidence about itself.
func TestRepeatedRequestsShareAFold(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	var rows []datasets.Row
	for i := range 40 {
		task := []string{"a", "b"}[rng.IntN(2)]
		text := prompt(rng, "billing")
		for j := range 5 {
			row := datasets.Row{ID: fmt.Sprintf("%d/%d", i, j), Task: task, Prompt: text}
			if i%2 == 0 {
				row.Group, row.Prompt = fmt.Sprint("group ", i), text+" "+prompt(rng, "")
			} else if j%2 == 0 {
				row.Prompt = "  " + text + "\n"
			}
			rows = append(rows, row)
		}
	}
	r := read(t, rows, nil)
	fold := map[string]int{}
	for _, q := range r.Train {
		var cluster, twin int
		fmt.Sscanf(q.ID, "%d/%d", &cluster, &twin)
		key := fmt.Sprint(cluster)
		if at, ok := fold[key]; ok && at != q.Fold {
			t.Fatalf("requests of cluster %s are in folds %d and %d", key, at, q.Fold)
		}
		fold[key] = q.Fold
	}
	if got := fit(t, r, &train.Options{Head: train.Logistic, L2: 0.01}).Report.Accuracy; got > 0.75 {
		t.Errorf("accuracy %.3f on tasks drawn at random, of 40 clusters: clusters leak", got)
	}
}

// Folds are those that tuning cuts: of all rows that have no task, too.
func TestFoldsAreThoseOfTheFile(t *testing.T) {
	rows := traffic(30, 4)
	var clusters []datasets.Cluster
	for i := range rows {
		if i%7 == 0 {
			rows[i].Task = ""
		}
		clusters = append(clusters, datasets.Cluster{ID: rows[i].ID, Task: rows[i].Task, Key: datasets.ClusterKey("", rows[i].Prompt, rows[i].ID)})
	}
	want := map[string]int{}
	for i, f := range datasets.Folds(clusters, datasets.FoldCount, datasets.FoldSalt(9)) {
		want[rows[i].ID] = f
	}
	r := read(t, rows, &train.ReadOptions{Seed: 9})
	if r.Counts.NoTask == 0 || len(r.Train)+r.Counts.NoTask != len(rows) {
		t.Errorf("%d trained on and %d without task of %d", len(r.Train), r.Counts.NoTask, len(rows))
	}
	for _, q := range r.Train {
		if q.Fold != want[q.ID] {
			t.Errorf("%s is in fold %d: want %d", q.ID, q.Fold, want[q.ID])
		}
	}
}
