package eval_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/golden"
	"github.com/tierwise/tierwise/routing/routingtest"
)

// TestGoldenRequestsHold: whatever a replay came to, the router and the walk come to the same from the golden request, with
// its text and without.
func TestGoldenRequestsHold(t *testing.T) {
	met := map[string]int{}
	for seed := range uint64(300) {
		s, err := routingtest.Parse("random", []byte(randomScript(rand.New(rand.NewPCG(seed, 1)))))
		if err != nil {
			t.Fatal(err)
		}
		named := s.Requests[0].Task != ""
		var rows []datasets.Row
		for i := range s.Requests {
			row := recorded(s.Config, &s.Requests[i])
			row.ID = fmt.Sprint(i)
			rows = append(rows, row)
		}
		job, err := eval.NewJob([]eval.Candidate{{Label: "c", Config: s.Config}}, &eval.Options{GoldTasks: named})
		if err != nil {
			t.Fatal(err)
		}
		requests, err := job.GoldenRows(context.Background(), rows, 0)
		if err != nil {
			t.Fatal(err)
		}
		router := openConfig(t, s.Config)
		f := &golden.File{Header: golden.Header{DecisionHash: s.Config.DecisionHash(), Text: true}, Requests: requests}
		if err := f.Complete(context.Background(), router); err != nil {
			t.Fatal(err)
		}
		checkGolden(t, router, f)
		for i := range f.Requests {
			met[f.Requests[i].Want.Layer+" "+f.Requests[i].Want.Ended]++
			if f.Requests[i].Want.Split != "" {
				met["split"]++
			}
			if f.Requests[i].Decides != nil {
				met["decides otherwise"]++
			}
			f.Requests[i] = f.Requests[i].WithoutText()
		}
		f.Text = false
		checkGolden(t, router, f)
	}
	for _, way := range []string{"rule accepted", "embedding exhausted", "llm accepted", "default accepted", "caller failed", "decides otherwise", "split"} {
		if met[way] == 0 {
			t.Errorf("%q was never met: %v", way, met)
		}
	}
}

// checkGolden checks a file after it was written and read.
func checkGolden(t *testing.T, router *routing.Router, f *golden.File) {
	t.Helper()
	var b bytes.Buffer
	if err := golden.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	again, err := golden.Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	differences, err := golden.Check(context.Background(), router, again)
	if err != nil || len(differences) > 0 {
		t.Errorf("%v, %v\n%s\n%s", differences, err, b.Bytes(), router.Config().Text)
	}
}

// Of requests that the classifier was trained on, the evaluation counts what others said, and the deployed classifier says
// something else: both stand in the golden request.
func TestGoldenOutOfFold(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	rows := noise(r, 0, 100)
	c := leakCandidate(t, asLayer2, learnt(t, rows[:80], "t", "u"))
	predictions := outOfFold{}
	for i := range rows[:60] {
		predictions.add(&rows[i], "t", 0.7)
	}
	c.OutOfFold, c.OutOfFoldSum = predictions, "sum"
	job, err := eval.NewJob([]eval.Candidate{c}, nil)
	if err != nil {
		t.Fatal(err)
	}
	requests, err := job.GoldenRows(context.Background(), rows, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(requests) != 80 {
		t.Errorf("%d requests: want all but the 20 that were trained on and of which nobody else said anything", len(requests))
	}
	router := openConfig(t, c.Config)
	f := &golden.File{Header: golden.Header{DecisionHash: c.Config.DecisionHash(), Text: true}, Requests: requests}
	if err := f.Complete(context.Background(), router); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, router, f)
	outOfFold, decides, want := 0, 0, 0
	for i := range rows[:60] {
		if rows[i].Prompt[0] != '1' { // else the rule catches it
			want++
		}
	}
	for i := range f.Requests {
		q := &f.Requests[i]
		if q.OutOfFold {
			outOfFold++
			if q.Want.Task != "t" || q.Want.Layer != "embedding" {
				t.Errorf("request %s wants %+v: others said t", q.ID, q.Want.Route)
			}
		}
		if q.Decides != nil {
			decides++
		}
	}
	if outOfFold != want || decides != want {
		t.Errorf("%d out of fold, %d decided otherwise: want %d each", outOfFold, decides, want)
	}
}

// goldenFile writes rows to a file of the test.
func goldenFile(t *testing.T, rows []datasets.Row) string {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "*.parquet")
	if err != nil {
		t.Fatal(err)
	}
	w := datasets.NewWriter(file)
	if err := errors.Join(w.Write(rows...), w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

// Which requests are chosen depends neither on the order of the files nor on the workers, and there is one of each way.
func TestGoldenChoice(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	rows := noise(r, 0, 1500)
	for i := range rows {
		task := []string{"t", "u"}[r.IntN(2)]
		rows[i].RouterTask = task
		if i == 701 { // the rule does not catch it
			rows[i].RouterTask = "elsewhere"
		}
	}
	a, b := goldenFile(t, rows[:700]), goldenFile(t, rows[700:])
	job, err := eval.NewJob([]eval.Candidate{leakCandidate(t, strings.Replace(asLayer3, "0.6", "0", 1), nil)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var first []golden.Request
	for _, files := range [][]string{{a, b}, {b, a}} {
		for _, workers := range []int{1, 3} {
			d, err := datasets.Open(context.Background(), files, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := job.Golden(context.Background(), d, 0, &eval.RunOptions{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = got
			}
			if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("%v, %d workers: other requests:\n%s", files, workers, diff)
			}
			d.Close()
		}
	}
	if len(first) != 200 {
		t.Errorf("%d requests, want 200", len(first))
	}
	if !slices.ContainsFunc(first, func(r golden.Request) bool { return r.Want.Layer == "default" }) {
		t.Error("the one request that went to the default is not among them")
	}
	for _, layer := range []string{"rule", "llm"} {
		n := 0
		for i := range first {
			if first[i].Want.Layer == layer {
				n++
			}
		}
		if n < 50 {
			t.Errorf("%d of 200 by %s: ways take turns", n, layer)
		}
	}
}
