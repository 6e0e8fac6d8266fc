package eval_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/llm"
)

type questionPair struct {
	A     string `parquet:"a"`
	B     string `parquet:"b"`
	Label int64  `parquet:"label"` // 1: the same question
}

// TestQuestionPairs asks for each of 20,214 pairs of Quora questions, of which people said whether they ask the same: would
// the one be answered with the answer to the other? Pairs are near by how they were chosen, so the shares of false hits are
// far above those of traffic: they compare thresholds and guards, and do not predict.
func TestQuestionPairs(t *testing.T) {
	if testing.Short() {
		t.Skip("20,000 pairs: not in the short run")
	}
	pairs, err := parquet.ReadFile[questionPair](filepath.Join(sharedDir(), "data", "qqp_pairs.parquet"))
	if os.IsNotExist(err) {
		t.Skip("no qqp_pairs.parquet: it is expected in ../shared/data, or in the folder that TIERWISE_DATA names")
	} else if err != nil {
		t.Fatal(err)
	}
	thresholds := []float64{0.70, 0.75, 0.80, 0.85, 0.90, 0.925, 0.95, 0.97, 0.98, 0.99}
	type tally struct{ hits, wrong int }
	all, guarded := make([]tally, len(thresholds)), make([]tally, len(thresholds))
	same, reasons := 0, map[cache.Reason]tally{}
	for _, p := range pairs {
		if p.Label == 1 {
			same++
		}
		similarity, reason, ok := comparePair(p.A, p.B)
		if !ok {
			continue
		}
		for i, least := range thresholds {
			if similarity < least {
				break
			}
			wrong := 1 - int(p.Label)
			all[i].hits++
			all[i].wrong += wrong
			if reason == "" {
				guarded[i].hits++
				guarded[i].wrong += wrong
			} else if i == 0 {
				r := reasons[reason]
				reasons[reason] = tally{r.hits + 1, r.wrong + wrong}
			}
		}
	}
	var table strings.Builder
	for i, least := range thresholds {
		a, g := all[i], guarded[i]
		fmt.Fprintf(&table, "%.3f  all: %5d hits, found %4.1f %%, false %4.1f %%   guarded: %5d hits, found %4.1f %%, false %4.1f %%\n", least,
			a.hits, percent(a.hits-a.wrong, same), percent(a.wrong, a.hits), g.hits, percent(g.hits-g.wrong, same), percent(g.wrong, g.hits))
		if a.wrong*g.hits < g.wrong*a.hits {
			t.Errorf("at %.3f the guards make false hits more frequent", least)
		}
	}
	for _, r := range cache.Guards() {
		fmt.Fprintf(&table, "%-9s turned away %5d, rightly %4.1f %%\n", r, reasons[r].hits, percent(reasons[r].wrong, reasons[r].hits))
	}
	t.Logf("%d pairs, %d the same\n%s", len(pairs), same, table.String())
}

func percent(a, b int) float64 { return 100 * float64(a) / float64(max(b, 1)) }

// comparePair returns how similar two questions are and what a guard says.
func comparePair(a, b string) (similarity float64, reason cache.Reason, ok bool) {
	query := func(text string) (*cache.Query, bool) {
		f := cache.Fields{Messages: []llm.Message{{Role: "user", Text: text}}}
		q, reason := cache.NewQuery(&f, "t", cache.Builtin(), nil)
		return q, reason == ""
	}
	x, okX := query(a)
	y, okY := query(b)
	if !okX || !okY {
		return 0, "", false
	}
	similarity, reason = x.Compare(y)
	return similarity, reason, true
}
