package eval_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"golang.org/x/tools/txtar"
)

// TestWorkedCases runs worked examples of the replay semantics that lie beside the project: a config, a few rows, and
// what must come out.
func TestWorkedCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedDir(), "cases", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no worked cases: they are expected in ../shared/cases, or beside the folder that TIERWISE_DATA names")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			runCase(t, txtar.Parse(data))
		})
	}
}

// sharedDir is where real data and worked cases are looked for.
func sharedDir() string {
	if dir := os.Getenv("TIERWISE_DATA"); dir != "" {
		return filepath.Dir(filepath.Clean(dir))
	}
	return filepath.Join("..", "..", "shared")
}

func runCase(t *testing.T, archive *txtar.Archive) {
	files := map[string][]byte{}
	for _, f := range archive.Files {
		files[f.Name] = f.Data
	}
	comment := string(archive.Comment)
	opts := &eval.Options{GoldTasks: strings.Contains(comment, "--gold-tasks"), Caches: strings.Contains(comment, "--caches")}
	config, err := routing.ParseConfig("config.toml", files["config.toml"], func(path string) ([]byte, error) {
		if data, ok := files[path]; ok {
			return data, nil
		}
		return nil, os.ErrNotExist
	})
	if err != nil {
		t.Fatal(err)
	}
	job, err := eval.NewJob([]eval.Candidate{{Label: "case", Config: config}}, opts)
	if err != nil {
		t.Fatal(err)
	}
	traffic, err := datasets.FromRows(readRows(t, files["traffic.jsonl"]), job.Columns())
	if err != nil {
		t.Fatal(err)
	}
	collector := job.NewCacheCollector()
	collector.Add(context.Background(), traffic)
	plan, err := job.CacheTraffic(collector).Plan(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	newReplayer := func() *eval.Replayer {
		r := job.NewReplayer()
		if opts.Caches {
			r.UseCaches(plan)
		}
		return r
	}
	replayer := newReplayer()
	replayer.Replay(context.Background(), traffic)
	comparison := job.Finish(replayer.Sums())
	result := comparison.Candidates[0]
	records := map[string]*eval.Record{}
	err = newReplayer().Records(context.Background(), traffic, func(r *eval.Record) error {
		records[r.ID] = r
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(files["expected.jsonl"]) {
		if bytes.HasPrefix(line, []byte("#")) {
			continue
		}
		want := map[string]any{}
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		switch {
		case want["summary"] != nil:
			got = summaryFields(t, &result, want["summary"].(string))
		case want["reference"] == "run":
			got = map[string]any{"reference": "run", "caches_off": word(comparison.CachesOff)}
		case want["id"] != nil:
			got = recordFields(records[want["id"].(string)])
		default:
			t.Fatalf("neither id nor summary: %s", line)
		}
		compareFields(t, strings.TrimSpace(string(line)), "", got, want)
	}
}

func readRows(t *testing.T, jsonl []byte) []datasets.Row {
	t.Helper()
	var rows []datasets.Row
	scanner := bufio.NewScanner(bytes.NewReader(jsonl))
	for scanner.Scan() {
		var row datasets.Row
		if err := json.Unmarshal(scanner.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// number is how a float appears in expected lines: null if unknown.
func number[T float64 | eval.Number](x T) any {
	if math.IsNaN(float64(x)) {
		return nil
	}
	return float64(x)
}

func word(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func recordFields(r *eval.Record) map[string]any {
	layer := r.Layer
	if layer == "caller" {
		layer = "gold" // the cases' word for it
	}
	return map[string]any{
		"id": r.ID, "task": r.Task, "layer": layer, "rule": word(r.Rule), "confidence": number(r.Confidence),
		"unknown_task": word(r.UnknownTask), "ended": r.Ended, "why": word(r.Why), "answer": word(r.Answer),
		"attempts": attemptFields(r.Attempts), "skipped": list(r.Skipped),
		"escalations": float64(r.Escalations), "failovers": float64(r.Failovers),
		"covered": r.Covered, "uncovered": list(r.Uncovered), "changed": r.Changed,
		"quality": number(r.Quality), "base_quality": number(r.BaseQuality), "delta": number(r.Delta),
		"cost": number(r.CostUSD), "base_cost": number(r.BaseCostUSD),
		"router_cost": number(r.RouterCostUSD), "check_cost": number(r.CheckCostUSD),
		"latency": number(r.LatencyMS), "unbilled": float64(r.Unbilled), "cache": word(r.Cache), "source": word(r.Source),
	}
}

func list(names []string) any {
	out := []any{}
	for _, n := range names {
		out = append(out, n)
	}
	return out
}

func attemptFields(attempts []eval.Attempt) any {
	out := []any{}
	for _, a := range attempts {
		signals := []any{}
		failed := ""
		for _, s := range a.Signals {
			signals = append(signals, map[string]any{
				"check": s.Check, "signal": number(s.Signal), "min": s.Threshold, "passed": s.Passed,
			})
			if !s.Passed {
				failed = s.Check
			}
		}
		out = append(out, map[string]any{
			"tier": a.Tier, "model": a.Model, "error": word(a.Error), "passed": a.Passed,
			"signals": signals, "failed_check": word(failed),
		})
	}
	return out
}

func summaryFields(t *testing.T, c *eval.CandidateResult, task string) map[string]any {
	t.Helper()
	r := &c.Whole
	if task != "*" {
		r = nil
		for i := range c.Tasks {
			if c.Tasks[i].Task == task {
				r = &c.Tasks[i].Result
			}
		}
		if r == nil {
			t.Fatalf("no result of task %q", task)
		}
	}
	shares := map[string]any{}
	for _, a := range r.Answers {
		shares[a.Model] = float64(a.Share)
	}
	hits := map[string]any{}
	if c.Caches != nil {
		exact, semantic := &c.Caches.Exact, &c.Caches.Semantic
		for i := range c.Caches.Tasks {
			if k := &c.Caches.Tasks[i]; k.Task == task {
				exact, semantic = &k.Exact, &k.Semantic
			}
		}
		hits["exact"], hits["semantic"] = float64(exact.Hits), float64(semantic.Hits)
	}
	return map[string]any{
		"summary": task, "cache_hits": hits, "n": float64(r.Requests), "graded": float64(r.Graded), "covered": float64(r.Covered),
		"coverage": number(r.Coverage), "changed": float64(r.Changed), "delta": number(r.Delta),
		"b": float64(r.Better), "c": float64(r.Lost), "worse": float64(r.Worse),
		"cost": number(r.CostUSD), "cost_n": float64(r.CostKnown), "savings": number(r.Savings), "savings_n": float64(r.SavingsKnown),
		"unbilled": float64(r.Unbilled), "unevaluable": float64(r.Unevaluable), "shares": shares,
		"verdict": string(r.Verdict), "failover_rate": number(r.FailoverRate), "escalation_rate": number(r.EscalationRate),
		"statistics": map[string]any{"test": r.Test, "p": number(r.P), "bound": number(r.Bound)},
	}
}

// compareFields compares what an expected line names, numbers to 12 digits.
func compareFields(t *testing.T, line, path string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		fields, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: %s = %v, want %v", line, path, got, want)
			return
		}
		for name, w := range want {
			g, ok := fields[name]
			if !ok {
				t.Errorf("%s: nothing here answers to %q", line, path+name)
				continue
			}
			compareFields(t, line, path+name+".", g, w)
		}
	case []any:
		items, ok := got.([]any)
		if !ok || len(items) != len(want) {
			t.Errorf("%s: %s = %v, want %v", line, path, got, want)
			return
		}
		for i := range want {
			compareFields(t, line, fmt.Sprintf("%s%d.", path, i), items[i], want[i])
		}
	case float64:
		g, ok := got.(float64)
		if !ok || math.Abs(g-want) > 1e-12*max(1, math.Abs(want)) {
			t.Errorf("%s: %s = %v, want %v", line, path, got, want)
		}
	default:
		if got != want {
			t.Errorf("%s: %s = %v, want %v", line, path, got, want)
		}
	}
}
