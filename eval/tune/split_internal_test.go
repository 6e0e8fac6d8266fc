package tune

import (
	"math"
	"testing"
)

func TestSplitNames(t *testing.T) {
	for task, want := range map[string]string{"reasoning": "reasoning", "code review/Go": "code-review-Go", "über_1": "ber_1", "–": "task", "../x": "x"} {
		if got := fileName(task); got != want {
			t.Errorf("%q: %q, want %q", task, got, want)
		}
	}
	taken := map[string]bool{"chat-easy": true}
	same := func(name string) string { return name }
	for _, want := range []string{"chat-easy-2", "chat-easy-3"} {
		if got := free("chat-easy", taken, same); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// taught are gains of a task's requests, in order, of parts that are predicted by a model each.
func taught(folds []int, predicted, actual []float64) *gains {
	g := &gains{lesson: &lesson{}, folds: folds, outOfFold: predicted, actual: actual}
	for i := range folds {
		g.rows, g.lesson.rows = append(g.rows, i), append(g.lesson.rows, lessonRow{at: i})
	}
	return g
}

// Parts are halved and compared each by itself: their models differ in what they predict for all requests alike.
func TestSplitParts(t *testing.T) {
	g := taught([]int{0, 0, 1, 1}, []float64{0.1, 0.2, 0.5, 0.6}, []float64{0, 1, 0, 1})
	easy, hard := g.halve(0, 0.5)
	if len(easy) != 2 || easy[0] != 0 || easy[1] != 2 || len(hard) != 2 || hard[0] != 1 || hard[1] != 3 {
		t.Errorf("easy are %v, hard %v", easy, hard)
	}
	for _, test := range []struct {
		actual []float64
		want   float64
	}{
		{[]float64{0, 1, 0, 1}, math.Sqrt2},  // two free requests, correlation 1
		{[]float64{1, 0, 1, 0}, -math.Sqrt2}, // −1
		{[]float64{0, 0, 1, 1}, 0},           // the parts differ, and nothing within them
	} {
		g.actual = test.actual
		if got := g.tells(0); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%v: %v, want %v", test.actual, got, test.want)
		}
	}
	if got := g.tells(1); got != 0 {
		t.Errorf("a task without requests: %v", got)
	}
}
