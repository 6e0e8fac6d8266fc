package train_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/train"
)

// The same requests in another order make the same files.
func TestRowOrder(t *testing.T) {
	rows := traffic(60, 1)
	other := slices.Clone(rows)
	rand.New(rand.NewPCG(3, 3)).Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
	made := func(rows []datasets.Row) (artifact, predictions []byte) {
		result := fit(t, read(t, rows, nil), nil)
		artifact, err := result.Classifier.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		return artifact, written(t, result.OutOfFold, "cafe")
	}
	a, p := made(rows)
	b, q := made(other)
	if !bytes.Equal(a, b) || !bytes.Equal(p, q) {
		t.Errorf("another order makes another artifact (%t) or other predictions (%t)", !bytes.Equal(a, b), !bytes.Equal(p, q))
	}
}

func TestReservedEmbedder(t *testing.T) {
	rows := traffic(2, 1)
	for _, name := range []string{"ngrams", "ngrams/2"} {
		if _, err := train.Read(t.Context(), dataset(t, rows), &train.ReadOptions{Embedder: name}); err == nil {
			t.Errorf("Read takes an embedder %q", name)
		}
		if _, err := train.Discover(t.Context(), dataset(t, rows), &train.DiscoverOptions{Embedder: name}); err == nil {
			t.Errorf("Discover takes an embedder %q", name)
		}
	}
}

// Nothing can be said of traffic where no request stands for any.
func TestWeightless(t *testing.T) {
	rows := traffic(5, 1)
	zero := 0.0
	for i := range rows {
		rows[i].Weight = &zero
	}
	if _, err := train.Train(t.Context(), read(t, rows, nil), nil); err == nil {
		t.Error("all weights are 0, and it trains")
	}
}
