package embed_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tierwise/tierwise/routing/embed"
	"github.com/tierwise/tierwise/routing/llm"
)

// An endpoint answers with the length of each text, and a token for each byte.
type endpoint struct {
	calls  [][]string
	fail   []error // of the calls to come
	answer func(texts []string) [][]float32
}

// Embeddings implements embed.Endpoint.
func (e *endpoint) Embeddings(_ context.Context, texts []string) ([][]float32, float64, error) {
	e.calls = append(e.calls, slices.Clone(texts))
	if len(e.fail) > 0 {
		err := e.fail[0]
		e.fail = e.fail[1:]
		if err != nil {
			return nil, 0, err
		}
	}
	if e.answer != nil {
		return e.answer(texts), 1, nil
	}
	var out [][]float32
	tokens := 0
	for _, t := range texts {
		out = append(out, []float32{float32(len(t)), 0.5})
		tokens += len(t)
	}
	return out, float64(tokens), nil
}

// TestEmbedAll: texts go out in batches, each once, and never again while the store has them.
func TestEmbedAll(t *testing.T) {
	e, store := new(endpoint), embed.OpenStore(filepath.Join(t.TempDir(), "store"))
	c := embed.New(e, &embed.Options{Model: "m", Store: store, Batch: 2, PriceUSD: 0.5})
	texts := []string{"a", "bbb", "a", "cc", "", "bbb"}
	got, report, err := c.EmbedAll(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if len(v.Values) != 2 || v.Values[0] != float32(len(texts[i])) || v.Tokens != float64(len(texts[i])) {
			t.Errorf("%q: %+v", texts[i], v)
		}
	}
	if len(e.calls) != 2 || !slices.Equal(e.calls[0], []string{"a", "bbb"}) || !slices.Equal(e.calls[1], []string{"cc", ""}) {
		t.Errorf("calls %q", e.calls)
	}
	if report != (embed.Report{Texts: 6, Stored: 2, Calls: 2, Tokens: 6}) {
		t.Errorf("report %+v", report)
	}
	if _, report, err = c.EmbedAll(t.Context(), texts); err != nil || report != (embed.Report{Texts: 6, Stored: 6}) || len(e.calls) != 2 {
		t.Errorf("again: %+v in %d calls, error %v", report, len(e.calls), err)
	}
	other := embed.New(e, &embed.Options{Model: "n", Store: store, PriceUSD: 0.5})
	for _, want := range []float64{1.5e-6, 0} { // paid for once
		if v, cost, err := other.Embed(t.Context(), "bbb"); err != nil || cost != want || v[0] != 3 {
			t.Errorf("another model: %v for $%v, error %v; want $%v", v, cost, err, want)
		}
	}
	if _, cost, err := embed.New(e, &embed.Options{PriceUSD: math.NaN()}).Embed(t.Context(), "x"); err != nil || !math.IsNaN(cost) {
		t.Errorf("without a price: $%v, error %v", cost, err)
	}
}

// TestRetries: what may pass is asked again, as often as is allowed and while there is time.
func TestRetries(t *testing.T) {
	busy := &llm.Error{Cause: llm.RateLimit, Unbilled: true, RetryAfter: 7 * time.Second}
	down, wrong := &llm.Error{Cause: llm.Server}, &llm.Error{Cause: llm.Auth}
	for _, test := range []struct {
		name        string
		fail        []error
		within      time.Duration // 0: any time
		calls       int
		least, most time.Duration
		err         error
	}{
		{"it works", nil, 0, 1, 0, 0, nil},
		{"it passes", []error{down, down}, 0, 3, 750 * time.Millisecond, 2250 * time.Millisecond, nil},
		{"it is asked to wait", []error{busy}, 0, 2, 7 * time.Second, 7 * time.Second, nil},
		{"there is no time to wait", []error{busy}, 5 * time.Second, 1, 0, 0, busy},
		{"it does not pass", []error{down, down, down, down, down}, 0, 4, time.Second, 10 * time.Second, down},
		{"the key is wrong", []error{wrong}, 0, 1, 0, 0, wrong},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			if test.within > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, test.within)
				defer cancel()
			}
			e := &endpoint{fail: test.fail}
			begun := time.Now()
			_, _, err := embed.New(e, &embed.Options{Retries: 3}).Embed(ctx, "x")
			if took := time.Since(begun); !errors.Is(err, test.err) || len(e.calls) != test.calls || took < test.least || took > test.most {
				t.Errorf("%s: error %v after %d calls and %v", test.name, err, len(e.calls), took)
			}
		})
	}
}

// TestErrorKeepsWhatWasAnswered: the batches before an error need no second call.
func TestErrorKeepsWhatWasAnswered(t *testing.T) {
	e := &endpoint{fail: []error{nil, &llm.Error{Cause: llm.Quota}}}
	c := embed.New(e, &embed.Options{Store: embed.OpenStore(t.TempDir())})
	if _, _, err := c.EmbedAll(t.Context(), []string{"a", "b", "c"}); err == nil {
		t.Fatal("no error")
	}
	if _, report, err := c.EmbedAll(t.Context(), []string{"a", "b", "c"}); err != nil || report.Stored != 1 || report.Calls != 2 {
		t.Errorf("report %+v, error %v", report, err)
	}
}

func TestBadVectors(t *testing.T) {
	for name, answer := range map[string][][]float32{
		"too few": {}, "too many": {{1}, {2}}, "empty": {{}}, "not a number": {{float32(math.NaN())}}, "infinite": {{1, float32(math.Inf(-1))}},
	} {
		store := embed.OpenStore(t.TempDir())
		c := embed.New(&endpoint{answer: func([]string) [][]float32 { return answer }}, &embed.Options{Store: store})
		if v, _, err := c.Embed(t.Context(), "x"); err == nil {
			t.Errorf("%s: %v", name, v)
		}
		if _, ok, _ := store.Get("", "x"); ok {
			t.Errorf("%s: it was kept", name)
		}
	}
}

// TestDamagedStore: a file that is not whole counts as absent and is replaced.
func TestDamagedStore(t *testing.T) {
	folder := t.TempDir()
	store := embed.OpenStore(folder)
	want := embed.Vector{Values: []float32{1, -2.5, 3e-20}, Tokens: math.NaN()}
	files := func() (out []string) {
		out, err := filepath.Glob(filepath.Join(folder, "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if err := store.Put("m", "text", want); err != nil || len(files()) != 1 || !strings.HasSuffix(files()[0], ".vec") {
		t.Fatalf("files %v, error %v", files(), err)
	}
	whole, err := os.ReadFile(files()[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, ok, err := store.Get("m", "text"); err != nil || !ok || !slices.Equal(got.Values, want.Values) || !math.IsNaN(got.Tokens) {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
	for i := range len(whole) {
		for _, damaged := range [][]byte{whole[:i], slices.Concat(whole[:i], []byte{whole[i] ^ 4}, whole[i+1:])} {
			if err := os.WriteFile(files()[0], damaged, 0o644); err != nil {
				t.Fatal(err)
			}
			if got, ok, err := store.Get("m", "text"); ok || err != nil {
				t.Fatalf("damaged at %d: %+v, error %v", i, got, err)
			}
		}
	}
	if err := store.Put("m", "text", want); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := store.Get("m", "text"); !ok || len(files()) != 1 {
		t.Errorf("it was not replaced: %v", files())
	}
	if strings.Contains(string(whole), "text") {
		t.Error("the text is in the file")
	}
}
