package train_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/routing/classify"
)

// gainWorld draws requests of three tasks in which the strong model is right more often by 5, 15 and 45 points and, with
// text, by 40 more where the prompt is about code. The weak model is always wrong, so that gains are 0 or 1.
func gainWorld(n int, text float64, seed uint64) (rows []train.GainRow, expected []float64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		k := rng.IntN(3)
		topic := []string{"billing", "code"}[rng.IntN(2)]
		p := []float64{0.05, 0.15, 0.45}[k]
		if topic == "code" {
			p += text
		}
		r := train.GainRow{
			ID: fmt.Sprintf("r%d", i), Task: fmt.Sprintf("task %d", k), Fold: i % 20,
			Input: classify.Input{Text: prompt(rng, topic)},
		}
		if rng.Float64() < p {
			r.Strong = 1
		}
		rows, expected = append(rows, r), append(expected, p)
	}
	return rows, expected
}

func trainGain(tb testing.TB, rows []train.GainRow, opts *train.GainOptions) *train.GainModel {
	tb.Helper()
	m, err := train.TrainGain(tb.Context(), rows, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func predictGain(tb testing.TB, m *train.GainModel, r *train.GainRow) float64 {
	tb.Helper()
	gain, err := m.Predict(r.Task, &r.Input)
	if err != nil {
		tb.Fatal(err)
	}
	return gain
}

// Where prompts tell of the gain, the model is nearer to what is expected than the table of tasks; where they do not, it is
// about as near, with few labels and with many: not knowing that they do not has its price, a tenth with 20 labels.
func TestGainBesideTable(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector")
	}
	const seeds = 10
	for _, c := range []struct {
		labels int
		text   float64
		most   float64 // of the table's squared error
	}{{20, 0, 1.2}, {60, 0, 1.1}, {600, 0, 1.1}, {60, 0.4, 0.9}, {600, 0.4, 0.5}} {
		var table, learned float64
		for seed := range uint64(seeds) {
			rows, expected := gainWorld(c.labels+500, c.text, seed)
			m, of := trainGain(t, rows[:c.labels], nil), subjectTable(rows[:c.labels])
			for i := c.labels; i < len(rows); i++ {
				a, b := of(&rows[i])-expected[i], predictGain(t, m, &rows[i])-expected[i]
				table += a * a
				learned += b * b
			}
		}
		t.Logf("%d labels, text %v: squared error %.3f of the table's", c.labels, c.text, learned/table)
		if share := learned / table; !(share <= c.most) {
			t.Errorf("%d labels, text %v: the squared error is %.3f of the table's, want %v at most", c.labels, c.text, share, c.most)
		}
	}
}

func TestGainOrder(t *testing.T) {
	rows, _ := gainWorld(200, 0.4, 1)
	opts := &train.GainOptions{OutOfFold: true}
	m := trainGain(t, rows, opts)
	order := rand.New(rand.NewPCG(5, 5)).Perm(len(rows))
	var shuffled []train.GainRow
	for _, i := range order {
		shuffled = append(shuffled, rows[i])
	}
	other := trainGain(t, shuffled, &train.GainOptions{OutOfFold: true, Workers: 3})
	back := make([]float64, len(rows))
	for k, i := range order {
		back[i] = other.OutOfFold[k]
	}
	other.OutOfFold = back
	if !reflect.DeepEqual(m, other) {
		t.Error("another order of the rows, or more workers, make another model")
	}
}

// What is predicted out of a fold does not know its labels.
func TestGainOutOfFold(t *testing.T) {
	rows, _ := gainWorld(400, 0.4, 2)
	m := trainGain(t, rows, &train.GainOptions{OutOfFold: true})
	var inside, outside, n float64
	for i := range rows {
		gain := rows[i].Strong - rows[i].Weak
		inside += math.Abs(gain - predictGain(t, m, &rows[i]))
		outside += math.Abs(gain - m.OutOfFold[i])
		n++
	}
	if !(outside > inside+0.01*n) {
		t.Errorf("mean error %.3f out of fold, %.3f in it: rows tell of themselves", outside/n, inside/n)
	}
	for i := range rows {
		rows[i].Fold = 0
	}
	m = trainGain(t, rows, &train.GainOptions{OutOfFold: true})
	if i := slices.IndexFunc(m.OutOfFold, func(x float64) bool { return !math.IsNaN(x) }); i >= 0 {
		t.Errorf("row %d of the only fold is predicted out of it: %v", i, m.OutOfFold[i])
	}
}

// The weights say what Predict says.
func TestGainWeights(t *testing.T) {
	rows, _ := gainWorld(300, 0.4, 3)
	m := trainGain(t, rows, &train.GainOptions{Embedder: classify.NGrams{Bits: 16}})
	if m.Embedder != classify.NGramsName || m.Dims != 1<<16 || m.Labels != 300 || len(m.Tasks) != 3 {
		t.Fatalf("%s of %d dimensions, %d labels, tasks %v", m.Embedder, m.Dims, m.Labels, m.Tasks)
	}
	at := map[uint32]int{}
	for k, f := range m.Features {
		at[f] = k
	}
	for _, r := range append(rows[:20:20], train.GainRow{Task: "another", Input: classify.Input{Text: "compile the function"}}) {
		features, err := classify.NGrams{Bits: 16}.Embed(nil, &r.Input)
		if err != nil {
			t.Fatal(err)
		}
		var sum, squares float64
		for _, f := range features {
			if k, ok := at[f.Index]; ok {
				x := float64(f.Value) * float64(m.IDF[k])
				sum += x * float64(m.Weights[k])
				squares += x * x
			}
		}
		want := m.TaskIntercept(r.Task) + sum/math.Sqrt(squares)
		if got := predictGain(t, m, &r); math.Abs(got-min(max(want, -1), 1)) > 1e-6 {
			t.Errorf("%s: predicts %v, the weights say %v", r.ID, got, want)
		}
	}
	if got := m.TaskIntercept("another"); got != m.Intercept {
		t.Errorf("the intercept of an unknown task is %v, want %v", got, m.Intercept)
	}
}

// With one label, with gains of nothing and with but one task there is a model too.
func TestGainFew(t *testing.T) {
	one := []train.GainRow{{ID: "a", Task: "t", Strong: 1, Input: classify.Input{Text: "hello"}}}
	if gain := predictGain(t, trainGain(t, one, nil), &one[0]); !(gain > 0 && gain < 1) {
		t.Errorf("after one request that gains 1, the gain is %v: want it drawn to 0", gain)
	}
	rows, _ := gainWorld(50, 0, 4)
	for i := range rows {
		rows[i].Strong, rows[i].Weak = 1, 1
	}
	m := trainGain(t, rows, &train.GainOptions{OutOfFold: true})
	if gain := predictGain(t, m, &rows[0]); gain != 0 || m.OutOfFold[3] != 0 || m.Strength.Noise != 0 {
		t.Errorf("where both models are always right, the gain is %v, out of fold %v, the noise %v", gain, m.OutOfFold[3], m.Strength.Noise)
	}
}

func TestGainRefuses(t *testing.T) {
	row := train.GainRow{ID: "a", Task: "t"}
	bad := row
	bad.Strong = math.NaN()
	for _, c := range []struct {
		rows []train.GainRow
		opts *train.GainOptions
		want string
	}{
		{nil, nil, "no request with qualities"},
		{[]train.GainRow{row, row}, nil, `"a" is there twice`},
		{[]train.GainRow{bad}, nil, `request "a" has the qualities 0 and NaN`},
		{[]train.GainRow{row}, &train.GainOptions{Embedder: classify.External{Model: "m", Size: 2}}, `request "a": the request has no embedding`},
	} {
		if _, err := train.TrainGain(t.Context(), c.rows, c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: want %s", err, c.want)
		}
	}
}

func BenchmarkTrainGain(b *testing.B) {
	rows, _ := gainWorld(2000, 0.4, 1)
	b.ReportAllocs()
	for b.Loop() {
		trainGain(b, rows, nil)
	}
	b.ReportMetric(float64(b.N*len(rows))/b.Elapsed().Seconds(), "rows/s")
}
