package tune

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
)

// try replays the halves of the tasks that the pilot wants split, as learned on the whole pilot and without each fold of it:
// requests are routed to them by the config that does so, as any router would.
func (s *splitting) try(ctx context.Context, d *datasets.Dataset, run *RunOptions, wanted []int, splits map[int]Split) ([]searched, error) {
	names, files := map[string]bool{}, map[string]bool{}
	for i := range s.Candidate.Config.Tasks {
		names[s.Candidate.Config.Tasks[i].Name] = true
	}
	for path := range s.Candidate.Config.Files {
		files[strings.ToLower(path)] = true
	}
	var usable []int
	for _, k := range wanted {
		split := splits[k]
		g, err := s.usable(ctx, k, &split, run.Workers)
		if err != nil {
			return nil, err
		}
		if g == nil {
			continue
		}
		split.Task, split.Strong, split.Labels = s.tasks[k].tried.Task, s.out.Baseline, g.model.Labels
		split.Easy = free(split.Task+"-easy", names, func(name string) string { return name })
		split.Artifact = free(fileName(split.Task)+".split", files, func(name string) string { return strings.ToLower(name + ".bin") }) + ".bin"
		s.out.Splits, usable = append(s.out.Splits, split), append(usable, k)
	}
	if len(usable) == 0 {
		return s.tasks, nil
	}
	tried := make([][]eval.TriedTask, 0, 1+pilotFolds)
	var ways [][]Way
	for without := whole; without <= s.lastFold(); without++ {
		c, err := s.learnAll(ctx, without, run.Workers)
		if err != nil {
			return nil, err
		}
		halves := s.halves(c)
		var trials []eval.Trial
		if without == whole {
			s.out.Candidate = *c
			surveys, err := eval.NewTrials(c, s.ladder.surveysOf(halves), &s.Options)
			if err != nil {
				return nil, err
			}
			surveyed, err := surveys.Survey(ctx, d, run.stage("looking at signals of halves"))
			if err != nil {
				return nil, err
			}
			ways, trials = s.layOut(s.ladder, halves, surveyed, s.builder)
		} else {
			// The thresholds stay those of the halves that are shipped: they look at signals, never at quality.
			for i := range halves {
				for _, w := range ways[i] {
					trials = append(trials, eval.Trial{Task: halves[i].Name, Chain: w.Chain, Accept: w.Accept})
				}
			}
		}
		tries, err := eval.NewTrials(c, trials, &s.Options)
		if err != nil {
			return nil, err
		}
		result, err := tries.Run(ctx, d, run.stage("trying options of halves"))
		if err != nil {
			return nil, err
		}
		var own []eval.TriedTask
		for i := range halves {
			at := slices.IndexFunc(result.Tasks, func(t eval.TriedTask) bool { return t.Task == halves[i].Name })
			own = append(own, result.Tasks[at])
		}
		tried = append(tried, own)
	}
	s.out.mixHalves(tried[0])
	return s.withHalves(usable, tried, ways), nil
}

// withHalves puts what was tried of halves in the place of their tasks.
func (s *splitting) withHalves(split []int, tried [][]eval.TriedTask, ways [][]Way) (out []searched) {
	folds := map[string]int{}
	for k := range s.tasks {
		for i := range s.tasks[k].tried.Labeled {
			folds[s.tasks[k].tried.Labeled[i].ID] = s.tasks[k].folds[i]
		}
	}
	for k := range s.tasks {
		if !slices.Contains(split, k) {
			out = append(out, s.tasks[k])
		}
	}
	for i := range ways {
		var all []*searched
		for m := range tried {
			half := &searched{tried: &tried[m][i], ways: ways[i], piloted: true}
			for r := range half.tried.Labeled {
				half.folds = append(half.folds, folds[half.tried.Labeled[r].ID])
			}
			all = append(all, half)
		}
		half := *all[0]
		half.without = all[1:]
		out = append(out, half)
	}
	return out
}

// usable returns what was learned for a split on the whole pilot, nil if it cannot be made of that or of what is learned without
// some fold, and where the split is.
func (s *splitting) usable(ctx context.Context, task int, split *Split, workers int) (out *gains, err error) {
	for without := whole; without <= s.lastFold(); without++ {
		g, err := s.lesson.gains(ctx, split.Weak, without, workers)
		if err != nil || !g.usable() {
			return nil, err
		}
		below, ok := split.Below, true
		if split.share > 0 {
			below, ok = g.below(task, split.share)
		}
		if !ok {
			return nil, nil
		}
		split.belows = append(split.belows, below)
		if without == whole {
			out = g
		}
	}
	split.Below = split.belows[0]
	return out, nil
}

// lastFold is the last fold of the pilot that splits are learned without.
func (s *splitting) lastFold() int {
	if s.isSearched() {
		return whole // the pilot has no folds
	}
	return pilotFolds - 1
}

func (s *splitting) isSearched() bool {
	return slices.ContainsFunc(s.tasks, func(t searched) bool { return slices.Contains(t.folds, Searched) })
}

// learnAll learns all splits without a fold and returns the candidate that has them.
func (s *splitting) learnAll(ctx context.Context, without, workers int) (*eval.Candidate, error) {
	c := s.Candidate
	c.Config = splitConfig(s.Candidate.Config, s.out.Splits, without)
	c.Splits = maps.Clone(s.Candidate.Splits)
	if c.Splits == nil {
		c.Splits = map[string]eval.SplitGains{}
	}
	for i := range s.out.Splits {
		split := &s.out.Splits[i]
		g, err := s.lesson.gains(ctx, split.Weak, without, workers)
		if err != nil {
			return nil, err
		}
		artifact, sidecar, out, err := g.artifact(split, s.Options.Seed)
		if err != nil {
			return nil, err
		}
		c.Config.Files[split.Artifact], c.Splits[split.Artifact] = artifact, out
		if without == whole {
			if s.out.Sidecars == nil {
				s.out.Sidecars = map[string][]byte{}
			}
			s.out.Sidecars[split.Artifact] = sidecar
		}
	}
	return &c, nil
}

// halves are the tasks of a config that are halves, hard and easy of one split after the other.
func (s *splitting) halves(c *eval.Candidate) (out []routing.Task) {
	for i := range s.out.Splits {
		for _, name := range []string{s.out.Splits[i].Task, s.out.Splits[i].Easy} {
			k := slices.IndexFunc(c.Config.Tasks, func(t routing.Task) bool { return t.Name == name })
			out = append(out, c.Config.Tasks[k])
		}
	}
	return out
}

// free returns a name that is not taken, and takes it.
func free(name string, taken map[string]bool, key func(string) string) string {
	out := name
	for i := 2; taken[key(out)]; i++ {
		out = fmt.Sprintf("%s-%d", name, i)
	}
	taken[key(out)] = true
	return out
}

// fileName makes a file's name of a task's.
func fileName(task string) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) || r == '_' {
			return r
		}
		return '-'
	}, task), "-_")
	if name == "" {
		return "task"
	}
	return name
}
