package eval

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/golden"
	"github.com/tierwise/tierwise/routing/llm"
)

// Golden chooses up to 200 requests of a dataset, of all the ways that they take through a candidate, and returns them in
// the order of their ids, with their text, what the layers and models did, and what the replay came to. Requests that cannot
// be replayed to the end are none of them, nor those that are left out, nor such as JSON cannot hold.
func (j *Job) Golden(ctx context.Context, d *datasets.Dataset, candidate int, opts *RunOptions) ([]golden.Request, error) {
	chosen, err := j.chooseGolden(ctx, d, candidate, opts)
	if err != nil {
		return nil, err
	}
	refs := make([]datasets.RowRef, len(chosen))
	for i := range chosen {
		refs[i] = chosen[i].ref
	}
	rows, err := d.Fetch(ctx, refs)
	if err != nil {
		return nil, err
	}
	return j.GoldenRows(ctx, affordable(rows), candidate)
}

// maxGoldenBytes bounds the texts of golden requests: they are checked in beside code.
const maxGoldenBytes = 4 << 20

// affordable returns the first of the rows whose texts are not too much together. One that is too large makes way for later
// ones.
func affordable(rows []datasets.Row) []datasets.Row {
	total := 0
	return slices.DeleteFunc(rows, func(row datasets.Row) bool {
		const perNumber = 12 // characters of a float32 and its comma
		size := len(row.Prompt) + len(row.Messages) + len(row.Tools) + len(row.ResponseFormat) + perNumber*len(row.Embedding)
		if total+size > maxGoldenBytes {
			return true
		}
		total += size
		return false
	})
}

// GoldenRows returns those of the rows that can be golden requests, as Golden does.
func (j *Job) GoldenRows(ctx context.Context, rows []datasets.Row, candidate int) ([]golden.Request, error) {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b datasets.Row) int { return cmp.Compare(a.ID, b.ID) })
	columns := j.Columns()
	columns.Chars = true // every golden request says its size
	t, err := datasets.FromRows(rows, columns)
	if err != nil {
		return nil, err
	}
	g := newGoldenReplay(j, candidate)
	g.load(t)
	var out []golden.Request
	for i := range t.Len {
		input := goldenInput(&rows[i])
		if input == nil {
			continue
		}
		input.MaxTokens = maxTokens(t, i)
		if request := g.request(ctx, i); request != nil {
			request.ID, request.Input = rows[i].ID, input
			out = append(out, *request)
		}
	}
	return out, nil
}

// goldenInput returns a row as a caller would send it, nil if JSON cannot hold it. Tools and formats that are none to a replay
// are left out.
func goldenInput(row *datasets.Row) *golden.Input {
	for _, text := range []string{row.ID, row.Prompt, row.Messages, row.Tools, row.ResponseFormat, row.Endpoint, row.Tenant} {
		if !utf8.ValidString(text) {
			return nil
		}
	}
	in := &golden.Input{Prompt: row.Prompt, Endpoint: row.Endpoint, Tenant: row.Tenant, Embedding: row.Embedding}
	if strings.TrimSpace(row.Prompt) == "" {
		in.Prompt = ""
	}
	if row.Messages != "" {
		in.Messages = json.RawMessage(row.Messages)
	}
	if json.Valid([]byte(row.Tools)) {
		in.Tools = json.RawMessage(row.Tools)
	}
	if json.Valid([]byte(row.ResponseFormat)) {
		in.ResponseFormat = json.RawMessage(row.ResponseFormat)
	}
	return in
}

// A goldenReplay replays single requests of a block under one candidate, and notes what the layers said.
type goldenReplay struct {
	*Replayer
	candidate, router int
	table             *routing.Table
	features          routing.Features
	said              [2]*golden.Answer // by the classifier, by the LLM router; nil: nothing
	gain              *float64          // by the split of the task that was found; nil: it has none
}

func newGoldenReplay(j *Job, candidate int) *goldenReplay {
	return &goldenReplay{
		Replayer: j.NewReplayer(), candidate: candidate, router: j.cells[j.plan[candidate][0]].router, table: j.tables[candidate].table,
	}
}

func (g *goldenReplay) load(t *datasets.Traffic) {
	g.block.load(t)
	g.covered = resize(g.covered, t.Len)
	g.measureSizes(t)
	g.predict(t)
}

// route decides the task of request i: leftOut if it is not judged, or if callers name their task and this one does not.
func (g *goldenReplay) route(ctx context.Context, i int) (route routing.Route, named string) {
	t := g.block.traffic
	g.said, g.gain = [2]*golden.Answer{}, nil
	g.enterRouter(g.router, &g.features)
	w := &g.world
	w.row = i
	if g.job.opts.GoldTasks {
		name, _ := t.Task.At(i)
		if name == "" || w.leavesOut(w.view, i) {
			return routing.Route{Task: leftOut}, ""
		}
		return g.table.Route(ctx, &routing.Features{Task: name}, g), name
	}
	if w.leavesOut(w.view, i) {
		return routing.Route{Task: leftOut}, ""
	}
	setFeatures(&g.features, t, i)
	return g.table.Route(ctx, &g.features, g), ""
}

// Classify implements routing.Classifier.
func (g *goldenReplay) Classify(ctx context.Context, layer routing.Layer) (task string, confidence float64, ok bool) {
	task, confidence, ok = g.world.Classify(ctx, layer)
	if ok {
		place := 0
		if layer == routing.LayerLLM {
			place = 1
		}
		g.said[place] = &golden.Answer{Task: task, Confidence: known(Number(confidence))}
	}
	return task, confidence, ok
}

// Gain implements routing.Classifier.
func (g *goldenReplay) Gain(ctx context.Context, task routing.TaskID) float64 {
	gain := g.world.Gain(ctx, task)
	g.gain = &gain
	return gain
}

// request returns what request i came to, nil if that is not known.
func (g *goldenReplay) request(ctx context.Context, i int) *golden.Request {
	route, named := g.route(ctx, i)
	if route.Task == leftOut {
		return nil
	}
	w := g.walker(g.job.cells[g.job.plan[g.candidate][route.Task]].policy)
	var log walkLog
	g.world.log = &log
	var result result
	w.walk(ctx, i, &routed{Route: route}, &result)
	g.world.log = nil
	if result.Ended == routing.Unevaluable {
		return nil
	}
	out := &golden.Request{
		Task: named, Tokens: int(g.tokens[i]), Classifier: g.said[0], LLM: g.said[1], Gain: g.gain,
		Want: golden.Want{
			Route: golden.Route{
				Task: g.table.TaskName(route.Task), Layer: route.Layer.String(), Rule: route.Rule + 1, Confidence: known(Number(route.Confidence)),
			},
			Ended: result.Reason(), Escalations: int(result.Escalations), Failovers: int(result.Failovers),
		},
	}
	if route.Split {
		out.Want.Split = g.table.TaskName(route.From)
	}
	if p := g.world.predictions; p != nil && out.Classifier != nil {
		out.OutOfFold = p.state[i] == byOutOfFold
	}
	for place, step := range w.chain {
		out.Want.Chain = append(out.Want.Chain, golden.Step{
			Tier: g.table.TierName(step.Tier), Model: g.table.ModelName(step.Model), Skipped: result.Skipped&(1<<place) != 0,
		})
	}
	for _, a := range log.attempts {
		out.Want.Calls = append(out.Want.Calls, a.Model)
	}
	if result.Returned() {
		out.Want.Answer = out.Want.Chain[result.Answer].Model
	}
	out.Outcomes = g.outcomes(ctx, w)
	return out
}

// outcomes returns what the models of a chain did with the request that was walked last.
func (g *goldenReplay) outcomes(ctx context.Context, w *walker) []golden.Outcome {
	var out []golden.Outcome
	for i := range w.chain {
		step := &w.chain[i]
		cause := g.world.Call(ctx, step)
		if cause == llm.Unrecorded {
			continue
		}
		o := golden.Outcome{Model: g.table.ModelName(step.Model), Error: cause.String()}
		if cause == llm.OK {
			checks := g.table.Checks(w.task)
			for k := range checks {
				signal := golden.Signal{Check: checks[k].Word()}
				if _, made := checks[k].Threshold(step.Position); made {
					if x, ok := g.world.Measure(ctx, step, &checks[k]); ok {
						signal.Signal = &x
					}
				}
				o.Signals = append(o.Signals, signal)
			}
		}
		out = append(out, o)
	}
	return out
}
