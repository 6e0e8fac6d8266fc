package bundle

import (
	stdcmp "cmp"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/tools/txtar"

	"github.com/tierwise/tierwise/routing"
)

// Whatever valid config is edited in whatever way: it decodes to the config it was with the values set, twice is once,
// and no comment of a person's is lost.
func FuzzEdit(f *testing.F) {
	for _, text := range configs(f) {
		for seed := range uint64(40) {
			f.Add(text, seed)
		}
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		config, err := parse([]byte(text))
		if err != nil {
			return
		}
		checkEdit(t, text, config, randomChanges(config, rand.New(rand.NewPCG(seed, 1))))
	})
}

// The same in whatever of TOML's forms a config is written.
func TestEditForms(t *testing.T) {
	valid, all := 0, uint64(500)
	for seed := range all {
		r := rand.New(rand.NewPCG(seed, 2))
		text := randomText(r)
		config, err := parse([]byte(text))
		if err != nil {
			continue // an inline table that another form would add to
		}
		valid++
		if checkEdit(t, text, config, randomChanges(config, r)); t.Failed() {
			t.Fatalf("seed %d\n%s", seed, text)
		}
	}
	if valid < int(all)*3/4 {
		t.Errorf("%d of %d texts are configs: too few", valid, all)
	}
}

// checkEdit makes changes to a config and checks what becomes of it.
func checkEdit(t *testing.T, text string, config *routing.Config, changes *Changes) {
	t.Helper()
	if same := withoutChange(config); !hasEvidence(text) {
		if out, err := Edit([]byte(text), same); err != nil || string(out) != text {
			t.Fatalf("what the config says already changes it: %v\n%s", err, cmp.Diff(text, string(out)))
		}
	}
	out, err := Edit([]byte(text), changes)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	got, err := parse(out)
	if err != nil {
		t.Fatalf("no valid config: %v\n%s", err, out)
	}
	want := set(config, changes)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(routing.Config{}), cmpopts.EquateEmpty(), cmpopts.EquateNaNs(),
		cmpopts.IgnoreFields(routing.Config{}, "Source", "Text", "Files"), cmp.Comparer(sameAccept)); diff != "" {
		t.Errorf("config (-want +got)\n%s\n%s", diff, out)
	}
	if again, err := Edit(out, changes); err != nil || string(again) != string(out) {
		t.Errorf("a second time: %v\n%s", err, cmp.Diff(string(out), string(again)))
	}
	was, is := theirs(text), theirs(string(out))
	slices.Sort(was)
	slices.Sort(is)
	if diff := cmp.Diff(was, is, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("comments (-want +got)\n%s\n%s", diff, out)
	}
}

// configs returns the dispatch configs of the tests here and the example of routing.
func configs(t testing.TB) []string {
	var out []string
	paths, err := filepath.Glob(filepath.Join("testdata", "edit", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(archive.Files[0].Data))
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "routing", "CONFIG.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```toml\n")
	example, _, found := strings.Cut(example, "```")
	if !found {
		t.Fatal("routing/CONFIG.md has no example")
	}
	return append(out, example, strings.ReplaceAll(example, "\n", "\r\n"), "\ufeff"+strings.TrimSuffix(example, "\n"))
}

// theirs returns the comments that tierwise did not write, or that were changed since.
func theirs(text string) []string {
	return slices.DeleteFunc(comments(text), sealed)
}

func hasEvidence(text string) bool { return slices.ContainsFunc(comments(text), sealed) }

func comments(text string) (out []string) {
	d := &document{text: strings.TrimPrefix(text, "\ufeff")}
	for _, c := range d.comments(span{0, len(d.text)}) {
		out = append(out, strings.TrimSpace(d.text[c.start:c.end]))
	}
	return out
}

// unchanged are the changes that say what a config says.
func withoutChange(config *routing.Config) *Changes {
	c := &Changes{}
	for _, t := range config.Tasks {
		c.Tasks = append(c.Tasks, TaskChange{Name: t.Name, Chain: t.Chain, Accept: t.Accept, Split: t.Split})
	}
	if e := config.Router.Embedding; e != nil {
		c.Artifact = e.Artifact
	}
	return c
}

// set is a config with the changes made.
func set(config *routing.Config, changes *Changes) *routing.Config {
	c := *config
	c.Tasks = slices.Clone(c.Tasks)
	added := slices.DeleteFunc(slices.Clone(changes.Tasks), func(t TaskChange) bool {
		i := slices.IndexFunc(c.Tasks, func(old routing.Task) bool { return old.Name == t.Name })
		if i >= 0 {
			if t.Chain != nil {
				c.Tasks[i].Chain = t.Chain
			}
			if t.Accept != nil {
				c.Tasks[i].Accept = t.Accept
			}
			if t.Split != nil && c.Tasks[i].Split == nil {
				c.Tasks[i].Split = t.Split
			}
		}
		return i >= 0
	})
	slices.SortStableFunc(added, func(a, b TaskChange) int { return stdcmp.Compare(b.Share, a.Share) })
	for _, t := range added {
		c.Tasks = append(c.Tasks, routing.Task{
			Name: t.Name, Chain: t.Chain, Accept: t.Accept, Cache: t.Cache, OnExhausted: t.OnExhausted, OnContentFilter: t.OnContentFilter,
		})
	}
	if changes.Artifact != "" {
		e := routing.EmbeddingRouter{}
		if c.Router.Embedding != nil {
			e = *c.Router.Embedding
		}
		e.Artifact = changes.Artifact
		c.Router.Embedding = &e
	}
	return &c
}

func randomChanges(config *routing.Config, r *rand.Rand) *Changes {
	c := &Changes{}
	for _, t := range config.Tasks {
		if r.IntN(5) == 0 {
			continue
		}
		change := TaskChange{Name: t.Name, Evidence: randomEvidence(r)}
		chain := t.Chain
		if r.IntN(2) == 0 {
			chain = randomChain(config, r)
			change.Chain = chain
		}
		if change.Chain != nil || r.IntN(2) == 0 {
			change.Accept = randomAccept(t.Accept, chain, r)
		}
		c.Tasks = append(c.Tasks, change)
	}
	known := len(c.Tasks)
	for _, name := range []string{"new", "a \"b\"", "ü.#"} {
		if r.IntN(3) == 0 && !slices.ContainsFunc(config.Tasks, func(t routing.Task) bool { return t.Name == name }) {
			chain := randomChain(config, r)
			at := r.IntN(max(known, 1))
			split := func(t routing.Task) bool { return t.Split != nil }
			if at < known && r.IntN(2) == 0 && !slices.ContainsFunc(config.Tasks, split) {
				c.Tasks[at].Split = &routing.Split{Artifact: "easy.split.bin", Below: []float64{1, 0, -0.5, 1.0 / 3}[r.IntN(4)], Task: name}
			}
			never := false
			c.Tasks = append(c.Tasks, TaskChange{
				Cache: []*bool{nil, &never}[r.IntN(2)], OnExhausted: []string{"", "error"}[r.IntN(2)], OnContentFilter: []string{"", "error"}[r.IntN(2)],
				Name: name, Share: float64(r.IntN(3)) / 4, Chain: chain,
				Accept: randomAccept(nil, chain, r), Evidence: randomEvidence(r),
			})
		}
	}
	if r.IntN(2) == 0 {
		c.Head = randomEvidence(r)
	}
	if len(config.Tasks) > 1 && r.IntN(3) == 0 {
		c.Artifact = "tuned.bin"
	}
	r.Shuffle(len(c.Tasks), func(i, j int) { c.Tasks[i], c.Tasks[j] = c.Tasks[j], c.Tasks[i] })
	return c
}

func randomEvidence(r *rand.Rand) []string {
	return [][]string{nil, {}, {"holds"}, {"n 12", "", "at worst\n-1.9 pp \x00 # = [x]"}}[r.IntN(4)]
}

// randomChain returns tiers that reach no model twice.
func randomChain(config *routing.Config, r *rand.Rand) []string {
	var chain []string
	used := map[string]bool{}
	for _, i := range r.Perm(len(config.Tiers)) {
		tier := config.Tiers[i]
		if !used[tier.Model] && (len(chain) == 0 || r.IntN(3) > 0) && len(chain) < routing.MaxChain {
			chain = append(chain, tier.Name)
			used[tier.Model] = true
		}
	}
	return chain
}

func randomAccept(old []routing.Accept, chain []string, r *rand.Rand) []routing.Accept {
	out := []routing.Accept{}
	for _, a := range old {
		if r.IntN(6) > 0 {
			out = append(out, randomMin(a, chain, r))
		}
	}
	for _, check := range []string{"chars", "logprob_min", "finish"} {
		if r.IntN(5) == 0 && len(out) < 60 {
			out = append(out, randomMin(routing.Accept{Check: check}, chain, r))
		}
	}
	return out
}

// randomMin returns a check with a threshold that fits the chain: often the one that it had.
func randomMin(a routing.Accept, chain []string, r *rand.Rand) routing.Accept {
	fits := true
	for tier := range a.PerTier {
		fits = fits && slices.Contains(chain, tier)
	}
	if fits && (a.Min != nil || a.PerTier != nil) && r.IntN(3) == 0 {
		return a
	}
	v := []float64{0, 1, 0.5, 1.0 / 3}[r.IntN(4)]
	a.Min, a.PerTier = nil, nil
	if r.IntN(2) == 0 {
		a.Min = &v
		return a
	}
	a.PerTier = map[string]float64{chain[0]: v}
	if len(chain) > 1 && r.IntN(2) == 0 {
		a.PerTier[chain[1]] = v / 2
	}
	return a
}
