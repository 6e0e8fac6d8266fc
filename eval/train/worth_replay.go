package train

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/price"
)

// A pricing is Price at work.
type pricing struct {
	requests *Requests
	opts     *PriceOptions
	baseline string

	pilot []int // requests to price on, in requests.Train

	// candidates are the treatments of the config, then single models.
	candidates []treatment
	chains     int   // how many are of the config
	chainOf    []int // task of the config → its treatment

	quality, usd [][]float64 // candidate → pilot request; NaN: not known
}

// replay treats the pilot requests in all ways that matter.
func (p *pricing) replay(ctx context.Context, d *datasets.Dataset, models []string) error {
	for i := range p.requests.Train {
		if p.requests.Split || p.requests.Train[i].Fold < pilotFolds {
			p.pilot = append(p.pilot, i)
		}
	}
	if c := p.opts.Config; c != nil {
		p.addChains(c)
		models = nil
		for _, t := range c.Tiers {
			models = append(models, t.Model)
		}
		models = append(models, p.baseline)
		slices.Sort(models)
		models = slices.Compact(models)
	}
	for _, m := range models {
		p.candidates = append(p.candidates, treatment{m, alone(m, p.baseline, p.opts.Config)})
	}
	candidates := make([]eval.Candidate, len(p.candidates))
	for i, t := range p.candidates {
		candidates[i] = eval.Candidate{Label: fmt.Sprint(i), Config: t.config}
		p.quality = append(p.quality, unknown(len(p.pilot)))
		p.usd = append(p.usd, unknown(len(p.pilot)))
	}
	job, err := eval.NewJob(candidates, &eval.Options{Baseline: p.baseline, GoldTasks: true})
	if err != nil {
		return err
	}
	return p.record(ctx, d, job)
}

// addChains adds the config's treatments, each once: what tasks share is done once.
func (p *pricing) addChains(c *routing.Config) {
	byKey := map[string]int{}
	for i := range c.Tasks {
		t := &c.Tasks[i]
		// Marshalling cannot fail: these are strings, numbers and lists of them.
		key, _ := json.Marshal([]any{t.Chain, t.Accept, t.OnExhausted, t.OnContentFilter})
		n, ok := byKey[string(key)]
		if !ok {
			n = len(p.candidates)
			byKey[string(key)] = n
			p.candidates = append(p.candidates, treatment{strings.Join(t.Chain, " → "), everything(c, i)})
		}
		p.chainOf = append(p.chainOf, n)
	}
	p.chains = len(p.candidates)
}

// everything returns the config that treats all requests as those of task i.
func everything(c *routing.Config, i int) *routing.Config {
	out := *c
	out.Tasks = c.Tasks[i : i+1]
	out.Router = routing.RouterConfig{Default: c.Tasks[i].Name}
	return &out
}

// alone returns the config that sends everything to model m, at the price that the config has for it, if any.
func alone(m, baseline string, prices *routing.Config) *routing.Config {
	c := &routing.Config{
		Version: 1, Name: m, Baseline: baseline,
		Tiers:  []routing.Tier{{Name: m, Model: m}},
		Tasks:  []routing.Task{{Name: "all", Chain: []string{m}}},
		Router: routing.RouterConfig{Default: "all"},
	}
	for _, name := range slices.Compact([]string{m, baseline}) {
		c.Models = append(c.Models, routing.Model{Name: name, Price: price.Unknown()})
		if prices == nil {
			continue
		}
		if i := slices.IndexFunc(prices.Models, func(k routing.Model) bool { return k.Name == name }); i >= 0 {
			c.Models[len(c.Models)-1].Price = prices.Models[i].Price
		}
	}
	return c
}

func unknown(n int) []float64 { return slices.Repeat([]float64{math.NaN()}, n) }

// record replays the data and keeps what the candidates come to on the pilot requests.
func (p *pricing) record(ctx context.Context, d *datasets.Dataset, job *eval.Job) error {
	places := make(map[string]int, len(p.pilot))
	for n, i := range p.pilot {
		places[p.requests.Train[i].ID] = n
	}
	shards := d.Shards()
	var total int64
	for _, s := range shards {
		total += s.Rows
	}
	progress := half(p.opts.Progress, 1)
	var done atomic.Int64
	return parallel(ctx, len(shards), p.opts.Workers, func(i int) error {
		replayer := job.NewReplayer()
		for t, err := range d.NewReader(job.Columns()).Read(ctx, shards[i]) {
			if err != nil {
				return err
			}
			if err := replayer.Records(ctx, t, p.keeper(places)); err != nil {
				return err
			}
			if n := done.Add(int64(t.Len)); progress != nil {
				progress(n, total)
			}
		}
		return context.Cause(ctx)
	})
}

// keeper returns a function that keeps records of pilot requests. They come by request, then candidate.
func (p *pricing) keeper(places map[string]int) func(*eval.Record) error {
	next := -1
	return func(r *eval.Record) error {
		next = (next + 1) % len(p.candidates)
		place, ok := places[r.ID]
		if !ok {
			return nil
		}
		if r.Covered {
			p.quality[next][place] = float64(r.Quality)
		}
		p.usd[next][place] = float64(r.CostUSD)
		return nil
	}
}
