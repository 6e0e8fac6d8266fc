package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/ledger"
	"github.com/tierwise/tierwise/eval/tune"
	"github.com/tierwise/tierwise/reports"
)

// A looking keeps the ledger of a search.
type looking struct {
	path   string
	ledger *ledger.Ledger
	look   ledger.Look
	looks  int
	plan   *ledger.Plan
	keys   []uint64
}

// ledgerPath returns where the ledger of a search lies: beside the config; of one that was made on the fly in the current
// folder. That of a bundle's config lies beside the config that was tuned, and nobody but the caller knows where that is.
func (f *tuneFlags) ledgerPath(args []string) (string, error) {
	if f.ledger != "" {
		return f.ledger, nil
	}
	name := "dispatch.toml"
	if len(args) > 0 {
		_, name = cutLabel(args[0])
		if _, err := os.Stat(filepath.Join(filepath.Dir(name), certificateFile)); err == nil {
			return "", fmt.Errorf("%s is the config of a bundle, and the ledger of the labels that it was tuned on is not there: "+
				"tune the config that the bundle was made of, or name its ledger, --ledger NAME.ledger.jsonl", name)
		}
	}
	return strings.TrimSuffix(name, filepath.Ext(name)) + ".ledger.jsonl", nil
}

// openLedger reads the ledger of a search, and asks it how labeled requests may be looked at when it knows them.
func (f *tuneFlags) openLedger(args []string, c *eval.Candidate, mix *eval.Mix) (*looking, error) {
	path, err := f.ledgerPath(args)
	if err != nil {
		return nil, err
	}
	l := &looking{path: path, looks: f.looks, ledger: &ledger.Ledger{}}
	data, err := os.ReadFile(l.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if l.ledger, err = ledger.Read(l.path, bytes.NewReader(data)); err != nil {
			return nil, err
		}
	}
	options, err := f.canonical(c, mix)
	if err != nil {
		return nil, err
	}
	l.look = ledger.Look{
		Decision: c.Config.DecisionHash(), Costs: f.costs(c), Options: options, Alpha: (100 - f.confidence) / 100, Seed: f.seed,
		Salt: datasets.FoldSalt(f.seed), Recipe: tune.Recipe,
	}
	return l, nil
}

// costsPriced begins what is said of costs that were made of tokens and prices.
const costsPriced = "priced "

// costs says what money is made of.
func (f *tuneFlags) costs(c *eval.Candidate) string {
	if f.reprice {
		return costsPriced + c.Config.PriceHash()
	}
	return "recorded " + c.Config.PriceHash()
}

// canonical is what a search is asked for beside data, config and seed, in one text.
func (f *tuneFlags) canonical(c *eval.Candidate, mix *eval.Mix) (string, error) {
	var shares map[string]float64
	if mix != nil {
		shares = mix.Tasks[0]
	}
	exclude, pins := sorted(append([]string{}, f.exclude...)), sorted(append([]string{}, f.pins...))
	text, err := json.Marshal(struct {
		Baseline      string   `json:"baseline,omitempty"`
		GoldTasks     bool     `json:"gold_tasks,omitempty"`
		Tolerance     float64  `json:"tolerance"`
		TaskTolerance float64  `json:"task_tolerance"`
		Family        bool     `json:"family,omitempty"`
		Split         bool     `json:"split,omitempty"`
		Looks         int      `json:"looks"`
		MaxP95        float64  `json:"max_p95_ms,omitempty"`
		MaxEscalation float64  `json:"max_escalation,omitempty"`
		Pins          []string `json:"pins,omitempty"`
		Exclude       []string `json:"exclude,omitempty"`
		Where         []string `json:"where,omitempty"`
		OutOfFold     string   `json:"out_of_fold,omitempty"`

		Mix map[string]float64 `json:"mix,omitempty"` // production's shares of the tasks
	}{
		f.baseline, f.goldTasks, float64(f.tolerance), float64(f.taskTolerance), f.family, f.split, f.looks, f.maxP95, float64(f.maxEscalation),
		pins, exclude, sorted(append([]string{}, f.data.where...)), c.OutOfFoldSum, shares,
	})
	return string(text), err
}

// ask is tune.Search.Look.
func (l *looking) ask(data string, clusters []string) (*tune.Look, error) {
	l.look.Data = data
	for _, c := range clusters {
		l.keys = append(l.keys, ledger.Key(c))
	}
	var err error
	if l.plan, err = l.ledger.Plan(l.look, l.looks, l.keys); err != nil {
		return nil, fmt.Errorf("%s: %w", l.path, err)
	}
	if l.plan.Fresh == 0 && len(clusters) > 0 {
		return nil, fmt.Errorf("%s: other searches have seen all %s labeled requests, so that nothing can be certified on them: label new ones, "+
			"or go on with one of those searches, with the same config and options on the same data or more; tierwise eval judges any table at no cost",
			l.path, thousands(len(clusters)))
	}
	out := &tune.Look{Searched: l.plan.Searched, Share: l.plan.Share, Next: l.plan.Next, Chains: l.plan.Chains, Splits: map[string]tune.SplitAt{}}
	for task, s := range l.plan.Splits {
		out.Splits[task] = tune.SplitAt(s)
	}
	return out, nil
}

// notes are what a reader of the result must know of the looks before it.
func (l *looking) notes() (out []string) {
	for _, line := range l.ledger.Cut {
		out = append(out, fmt.Sprintf("%s: line %d is cut off. If a search showed results before that happened, its labels are not remembered", l.path, line))
	}
	p := l.plan
	if p == nil || p.Number == 1 && p.Looks == 1 {
		return out
	}
	seen := 0
	for _, is := range p.Searched {
		if is {
			seen++
		}
	}
	at := "another search"
	if p.Look > 1 || p.Looks > 1 {
		at = fmt.Sprintf("look %d of this search", p.Look)
		if p.Looks > 1 {
			at += fmt.Sprintf(" of %d", p.Looks)
		}
	}
	line := fmt.Sprintf("%s: this is %s, with %s of the error rate", l.path, at, reports.FormatNumber(reports.Share, p.Share))
	if seen > 0 {
		line += fmt.Sprintf("; %s of the %s labels only choose, because they were seen or chose before", thousands(seen), thousands(len(l.keys)))
	}
	return append(out, line)
}

// note appends the look to the ledger, before anything is shown of what it found.
func (l *looking) note(t *tune.Tuned) error {
	if l.plan == nil || l.plan.Repeated {
		return nil
	}
	found := &ledger.Found{Pilot: t.Pilot, Chains: t.Opened(&t.Menu)}
	for task, s := range t.Cuts() {
		if found.Splits == nil {
			found.Splits = map[string]ledger.Split{}
		}
		found.Splits[task] = ledger.Split(s)
	}
	var line bytes.Buffer
	if err := l.ledger.Append(&line, l.plan, l.keys, found); err != nil {
		return err
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(line.Bytes())
	return errors.Join(err, file.Sync(), file.Close())
}
