package datasets

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestClusterKey(t *testing.T) {
	type args struct{ group, prompt, id string }
	tests := []struct {
		name string
		a, b args
		same bool
	}{
		{"one group, other prompts", args{"g", "p", "1"}, args{"g", "q", "2"}, true},
		{"one prompt, other groups", args{"g", "p", "1"}, args{"h", "p", "2"}, false},
		{"case and white space", args{"", " What\tIs\n\nthis ", "1"}, args{"", "what is this", "2"}, true},
		{"words matter", args{"", "what is this", "1"}, args{"", "what isthis", "2"}, false},
		{"other prompts", args{"", "p", "1"}, args{"", "q", "1"}, false},
		{"no prompt: id", args{"", "", "1"}, args{"", " \n", "1"}, true},
		{"no prompt, other ids", args{"", "", "1"}, args{"", "", "2"}, false},
		{"a group is no prompt", args{"x", "", "1"}, args{"", "x", "1"}, false},
		{"a prompt is no id", args{"", "x", "1"}, args{"", "", "x"}, false},
	}
	for _, test := range tests {
		a, b := ClusterKey(test.a.group, test.a.prompt, test.a.id), ClusterKey(test.b.group, test.b.prompt, test.b.id)
		if (a == b) != test.same {
			t.Errorf("%s: keys of %q and %q are %s and %s, want same = %v", test.name, test.a, test.b, a, b, test.same)
		}
	}
}

// TestFoldsPinned holds the division still: a certificate is bound to it. Derived with
// printf 'salt\0KEY' | sha256sum, the keys of a task sorted by it, dealt in turn.
func TestFoldsPinned(t *testing.T) {
	rows := []Cluster{
		{"1", "a", "k1"}, {"2", "a", "k2"}, {"3", "a", "k3"}, {"4", "a", "k4"},
		{"5", "b", "k5"}, {"6", "b", "k6"}, {"7", "", "k7"}, {"8", "a", "k1"},
	}
	want := []int{1, 0, 2, 0, 1, 0, 0, 1}
	if got := Folds(rows, 3, "salt"); !slices.Equal(got, want) {
		t.Errorf("Folds = %v, want %v", got, want)
	}
}

// sampleClusters has n rows of three tasks, about a quarter of them in clusters of several rows.
func sampleClusters(n int, r *rand.Rand) []Cluster {
	rows := make([]Cluster, n)
	for i := range rows {
		id := fmt.Sprintf("id-%04d", i)
		rows[i] = Cluster{ID: id, Task: []string{"", "easy", "hard"}[r.IntN(3)], Key: ClusterKey("", "", id)}
		if i > 0 && r.IntN(4) == 0 {
			rows[i].Key = rows[r.IntN(i)].Key
		}
	}
	return rows
}

// TestFoldsLaws checks what Folds promises, on random rows of awkward numbers.
func TestFoldsLaws(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 19, 20, 21, 63, 64, 65, 1023, 1024, 1025} {
		for _, folds := range []int{-1, 0, 1, 2, 3, 20} {
			rows := sampleClusters(n, r)
			got := Folds(rows, folds, "s")
			checkTogether(t, rows, got, folds)
			checkBalance(t, rows, got, folds)
			perm := r.Perm(n)
			shuffled := make([]Cluster, n)
			for i, p := range perm {
				shuffled[p] = rows[i]
			}
			again := Folds(shuffled, folds, "s")
			for i, p := range perm {
				if got[i] != again[p] {
					t.Fatalf("n %d, folds %d: fold of %s is %d, in another order of rows %d", n, folds, rows[i].ID, got[i], again[p])
				}
			}
		}
	}
}

func checkTogether(t *testing.T, rows []Cluster, fold []int, folds int) {
	t.Helper()
	of := map[string]int{}
	for i, r := range rows {
		if fold[i] < 0 || fold[i] >= max(folds, 1) {
			t.Fatalf("fold %d of %d", fold[i], folds)
		}
		if f, ok := of[r.Key]; ok && f != fold[i] {
			t.Fatalf("cluster %s is in folds %d and %d", r.Key, f, fold[i])
		}
		of[r.Key] = fold[i]
	}
}

// checkBalance wants the clusters of each task spread over the folds to within one.
func checkBalance(t *testing.T, rows []Cluster, fold []int, folds int) {
	t.Helper()
	if folds < 1 {
		return
	}
	counts := map[string][]int{}
	seen := map[string]bool{}
	for i, r := range rows { // ids rise with i: the first row met is the first by id
		if seen[r.Key] {
			continue
		}
		seen[r.Key] = true
		if counts[r.Task] == nil {
			counts[r.Task] = make([]int, folds)
		}
		counts[r.Task][fold[i]]++
	}
	for task, c := range counts {
		if slices.Max(c)-slices.Min(c) > 1 {
			t.Errorf("task %q: clusters per fold %v differ by more than one", task, c)
		}
	}
}

func TestFoldsSalt(t *testing.T) {
	rows := sampleClusters(500, rand.New(rand.NewPCG(3, 4)))
	if slices.Equal(Folds(rows, 20, "a"), Folds(rows, 20, "b")) {
		t.Error("two salts give the same folds")
	}
}

// TestFoldsOtherTasks checks that rows of one task leave the folds of the others alone.
func TestFoldsOtherTasks(t *testing.T) {
	rows := []Cluster{{"1", "a", "k1"}, {"2", "b", "k2"}, {"3", "b", "k3"}, {"4", "c", "k4"}}
	all := Folds(rows, 2, "s")
	without := Folds(rows[1:], 2, "s")
	if !slices.Equal(all[1:], without) {
		t.Errorf("folds of tasks b and c are %v with task a, %v without", all[1:], without)
	}
}

func BenchmarkFolds(b *testing.B) {
	rows := sampleClusters(100_000, rand.New(rand.NewPCG(1, 1)))
	for b.Loop() {
		Folds(rows, 20, "salt")
	}
	b.ReportMetric(float64(len(rows)*b.N)/b.Elapsed().Seconds(), "rows/s")
}
