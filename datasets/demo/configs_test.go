package demo

import (
	"encoding/json"
	"math"
	"testing"
)

// TestConfigs checks what the candidates have in common, and that their prices are those the traffic was made with.
func TestConfigs(t *testing.T) {
	for _, c := range Configs() {
		d := decode(t, c)
		if d.Version != 1 || d.Name != c.Name || d.Baseline != models[large].name {
			t.Errorf("%s: version %d, name %q, baseline %q", c.Name, d.Version, d.Name, d.Baseline)
		}
		if len(d.Models) != numModels || len(d.Tiers) != numModels {
			t.Errorf("%s has %d models and %d tiers, want %d", c.Name, len(d.Models), len(d.Tiers), numModels)
		}
		for _, m := range models {
			p := d.Models[m.name].Price
			if p["input"] != m.input || p["cached_input"] != m.cachedInput || p["output"] != m.output {
				t.Errorf("%s: price of %s is %v, traffic was made with %v, %v, %v", c.Name, m.name, p, m.input, m.cachedInput, m.output)
			}
		}
		for _, task := range tasks() {
			if len(d.Tasks[task.name].Chain) == 0 {
				t.Errorf("%s has no chain for %s", c.Name, task.name)
			}
		}
		if d.Router.Default != reasoning {
			t.Errorf("%s: default is %q, want the safe place, %s", c.Name, d.Router.Default, reasoning)
		}
		for name, data := range c.Schemas {
			if !json.Valid(data) {
				t.Errorf("%s: %s is not JSON", c.Name, name)
			}
		}
	}
}

// TestCandidates holds the candidates to their promises, on all answers, graded or not.
func TestCandidates(t *testing.T) {
	samples := seed1()
	type promise struct {
		meanLo, meanHi   float64 // points over the tasks that are moved
		savesLo, savesHi float64 // share of the bill
	}
	want := map[string]promise{
		"safe":     {-0.6, 0.6, 0.40, 0.50},
		"balanced": {-2.2, -0.8, 0.50, 0.70},
		"greedy":   {-10, -6.5, 0.75, 0.95},
	}
	for _, c := range Configs() {
		byTask, whole, right := replay(t, c, samples)
		if right < 0.93 || right > 0.99 {
			t.Errorf("%s: rules find the task of %.3f of the requests, want 0.93 to 0.99", c.Name, right)
		}
		var moved tally
		for _, a := range byTask {
			if a.cost < a.baseline {
				moved.n += a.n
				moved.delta += a.delta
			}
		}
		mean, w := 100*moved.delta/moved.n, want[c.Name]
		if mean < w.meanLo || mean > w.meanHi {
			t.Errorf("%s: delta in the moved tasks is %+.2f pp, want %v to %v", c.Name, mean, w.meanLo, w.meanHi)
		}
		if s := 1 - whole.cost/whole.baseline; s < w.savesLo || s > w.savesHi {
			t.Errorf("%s saves %.3f of the bill, want %v to %v", c.Name, s, w.savesLo, w.savesHi)
		}
		for _, task := range tasks() {
			t.Logf("%-9s %-15s %v", c.Name, task.name, byTask[task.name])
		}
		t.Logf("%-9s %-15s %v", c.Name, "whole", whole)
	}
}

// TestVerdicts checks, on the graded rows alone, what an evaluation will find: safe holds and greedy fails. The
// bounds are normal approximations, with a tolerance of 5 points, 95 % one-sided; eval has the exact tests.
func TestVerdicts(t *testing.T) {
	var graded []sample
	for _, s := range seed1() {
		if s.row.Expected != "" {
			graded = append(graded, s)
		}
	}
	const z, tolerance = 1.645, 5.0
	for _, c := range Configs() {
		byTask, _, _ := replay(t, c, graded)
		holds, fails := 0, 0
		for _, task := range tasks() {
			a := byTask[task.name]
			mean, sd := a.points()
			half := z * sd / math.Sqrt(a.n)
			switch {
			case mean-half >= -tolerance:
				holds++
			case mean+half < -tolerance:
				fails++
			}
			t.Logf("%-9s %-15s [%+.1f, %+.1f] %v", c.Name, task.name, mean-half, mean+half, a)
		}
		switch {
		case c.Name == "safe" && holds < 5:
			t.Errorf("safe holds in %d of 5 tasks, want all", holds)
		case c.Name == "balanced" && fails > 0:
			t.Errorf("balanced fails in %d tasks, want none", fails)
		case c.Name == "greedy" && fails < 2:
			t.Errorf("greedy fails in %d tasks, want at least 2", fails)
		}
	}
}

// TestSchemaCatches checks that the schema refuses most wrong answers and few right ones, as designed.
func TestSchemaCatches(t *testing.T) {
	schema := resolve(t, Configs()[0])
	var wrong, caught, right, alarms float64
	for _, s := range ofTask(seed1(), extraction) {
		for m := range s.row.Outcomes {
			o := &s.row.Outcomes[m]
			if o.Error != "" {
				continue
			}
			refused := 1 - signal("json_schema", o, schema)
			if s.truth[m] == 1 {
				right++
				alarms += refused
			} else {
				wrong++
				caught += refused
			}
		}
	}
	if share := caught / wrong; math.Abs(share-caughtShare) > 0.05 {
		t.Errorf("the schema refuses %.3f of wrong answers, designed %.2f", share, caughtShare)
	}
	if share := alarms / right; math.Abs(share-falseAlarmShare) > 0.01 {
		t.Errorf("the schema refuses %.3f of right answers, designed %.2f", share, falseAlarmShare)
	}
}
