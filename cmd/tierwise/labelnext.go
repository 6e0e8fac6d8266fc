package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/datasets/labels"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
)

// labelFile is the name that reports suggest.
const labelFile = "label-next.csv"

// drawLabels writes the requests to label next, and notes what there is to say of them.
func (a *app) drawLabels(ctx context.Context, f *evalFlags, job *eval.Job, d *datasets.Dataset, c *eval.Comparison) error {
	report, end := a.progress("drawing requests to label")
	defer end()
	list, err := job.LabelNext(ctx, d, c, &eval.RunOptions{Workers: f.data.workers, Progress: report})
	if err != nil {
		return collapse(err)
	}
	sheet := labelSheet{flag: "-o", path: f.labels, data: f.data, noText: f.noText, several: len(c.Candidates) > 1}
	f.labelNote, err = sheet.write(ctx, d, list)
	return err
}

// labelRows makes a row of each answer to grade, with its texts.
func labelRows(ctx context.Context, d *datasets.Dataset, list *eval.LabelList, noText bool) ([]labels.Row, error) {
	texts := make([]map[string]string, len(list.Requests)) // of each request: responses by model
	prompts := make([][2]string, len(list.Requests))
	if !noText {
		order := make([]int, len(list.Requests))
		for i := range order {
			order[i] = i
		}
		at := func(i int) datasets.RowRef { return list.Requests[i].Ref }
		slices.SortFunc(order, func(i, k int) int {
			return cmp.Or(cmp.Compare(at(i).File, at(k).File), cmp.Compare(at(i).Row, at(k).Row))
		})
		const batch = 4096
		for some := range slices.Chunk(order, batch) {
			refs := make([]datasets.RowRef, len(some))
			for k, i := range some {
				refs[k] = at(i)
			}
			fetched, err := d.Fetch(ctx, refs)
			if err != nil {
				return nil, err
			}
			for k, i := range some {
				prompts[i] = [2]string{fetched[k].Transcript(), fetched[k].Expected}
				texts[i] = responses(&fetched[k], list.Requests[i].Models)
			}
		}
	}
	var rows []labels.Row
	for i := range list.Requests {
		r := &list.Requests[i]
		for _, model := range r.Models {
			rows = append(rows, labels.Row{
				ID: r.ID, Task: r.Task, Model: model, Candidates: r.Candidates,
				Prompt: prompts[i][0], Expected: prompts[i][1], Response: texts[i][model],
			})
		}
	}
	return rows, nil
}

// responses returns what models answered, the first answer where there are repeats.
func responses(row *datasets.Row, models []string) map[string]string {
	out := map[string]string{}
	for i := range row.Outcomes {
		o := &row.Outcomes[i]
		if _, ok := out[o.Model]; !ok && o.Response != nil && o.Error == "" && slices.Contains(models, o.Model) {
			out[o.Model] = *o.Response
		}
	}
	return out
}

// note says what is in the file, and what is not for want of requests.
func (s *labelSheet) note(list *eval.LabelList, answers int) string {
	path := s.path
	var b strings.Builder
	if len(list.Requests) == 0 {
		fmt.Fprintf(&b, "%s: no request to label", path)
		if len(list.Needs) == 0 {
			b.WriteString(": no verdict is inconclusive for want of labels alone")
		}
	} else {
		byTask := map[string]int{}
		var tasks []string
		for i := range list.Requests {
			task := list.Requests[i].Task
			if byTask[task]++; byTask[task] == 1 {
				tasks = append(tasks, task)
			}
		}
		for i, task := range tasks {
			tasks[i] = task + " " + thousands(byTask[task])
		}
		fmt.Fprintf(&b, "%s: %s of %s: %s", path, howMany(answers, "answer"), howMany(len(list.Requests), "request"), strings.Join(tasks, ", "))
	}
	b.WriteByte('\n')
	for i := range list.Needs {
		n := &list.Needs[i]
		if n.There >= n.Wanted {
			continue
		}
		name := n.Task
		if s.several {
			name = n.Candidate + ": " + name
		}
		do := "collect more traffic"
		if n.Incomplete > 0 {
			do = thousands(n.Incomplete) + " more lack an outcome or a signal of a model: collect these"
		}
		there := "none"
		if n.There > 0 {
			there = thousands(n.There)
		}
		fmt.Fprintf(&b, "%s: %s wanted, %s there: %s\n", name, thousands(n.Wanted), there, do)
	}
	if len(list.Requests) > 0 {
		fmt.Fprintf(&b, "Fill in quality (0 to 1), then:  tierwise import labels %s %s -o labeled.parquet\n", shellQuote(path), s.importArgs())
	}
	return b.String()
}

// labelCommand is the command line that draws the requests to label next.
func (f *evalFlags) labelCommand(command string, args []string, output string) string {
	var b strings.Builder
	b.WriteString("tierwise " + command)
	for _, arg := range args {
		b.WriteString(" " + shellQuote(arg))
	}
	b.WriteString(" " + f.data.args() + f.replayFlags())
	for _, flag := range []struct {
		set         bool
		name, value string
	}{
		{f.tolerance != defaultTolerance, "--tolerance", f.tolerance.String()},
		{f.taskTolerance != defaultTaskTolerance, "--task-tolerance", f.taskTolerance.String()},
		{f.mix != "", "--mix", f.mix}, {f.seed != defaultSeed, "--seed", strconv.FormatUint(f.seed, 10)},
	} {
		if flag.set {
			b.WriteString(" " + flag.name + " " + shellQuote(flag.value))
		}
	}
	return b.String() + " " + output + " " + labelFile
}

// replayFlags are the flags that say how requests are replayed.
func (f *evalFlags) replayFlags() string {
	var b strings.Builder
	if f.baseline != "" {
		b.WriteString(" --baseline " + shellQuote(f.baseline))
	}
	if f.goldTasks {
		b.WriteString(" --gold-tasks")
	}
	if f.reprice {
		b.WriteString(" --reprice")
	}
	return b.String()
}

func thousands[T int | int64](n T) string { return reports.FormatNumber(reports.Count, float64(n)) }

// howMany writes a number of things whose plural has an s.
func howMany(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return thousands(n) + " " + thing
}
