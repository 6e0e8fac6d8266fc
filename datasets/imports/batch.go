package imports

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/datasets"
)

// A batchRequest is a line of the file that a batch was made of.
type batchRequest struct {
	id    string
	model string
	row   datasets.Row
	at    place
}

// A batchResult is a line of a file that came back: an answer or an error.
type batchResult struct {
	id      string
	lineID  string // of the result itself, "" if it has none
	model   string // as the provider names it, usually with a date; "" of errors
	outcome datasets.Outcome
	said    string // of an error
	at      place
}

// A batchFile is what one file holds: requests or results.
type batchFile struct {
	name     string
	requests []batchRequest
	results  []batchResult
}

// A batchFormat reads one line of either kind.
type batchFormat func(r *run, line []byte, at place) (*batchRequest, *batchResult, error)

func readOpenAIBatch(ctx context.Context, r *run, files []string) error {
	return r.readBatch(ctx, files, openAILine)
}
func readAnthropicBatch(ctx context.Context, r *run, files []string) error {
	return r.readBatch(ctx, files, anthropicLine)
}

// readBatch joins requests with their results on custom_id, and the batches of several models with each other.
func (r *run) readBatch(ctx context.Context, files []string, format batchFormat) error {
	var batches []*batch
	var results []*batchFile
	for _, name := range files {
		f, err := r.batchFile(ctx, name, format)
		if err != nil {
			return err
		}
		switch {
		case len(f.requests) > 0 && len(f.results) > 0:
			return r.problem(f.results[0].at, "a result in a file that started with requests", "give the files as the provider has them")
		case len(f.requests) > 0:
			b, err := r.newBatch(f)
			if err != nil {
				return err
			}
			batches = append(batches, b)
		case len(f.results) > 0:
			results = append(results, f)
		default:
			r.warn(place{file: name}, "an empty file")
		}
	}
	if len(batches) == 0 {
		return r.problem(place{file: files[0]}, "no requests in the files: results have no prompts", "give the batch's input file too")
	}
	if err := r.assign(batches, results); err != nil {
		return err
	}
	return r.joinBatches(ctx, batches)
}

func (r *run) batchFile(ctx context.Context, name string, format batchFormat) (*batchFile, error) {
	f := &batchFile{name: name}
	err := r.each(ctx, name, func(line []byte, at place) error {
		req, res, err := format(r, line, at)
		if req != nil {
			f.requests = append(f.requests, *req)
		}
		if res != nil {
			f.results = append(f.results, *res)
		}
		return err
	})
	return f, err
}

// A batch is one file of requests with the results that belong to it.
type batch struct {
	*batchFile
	byID    map[string]int // index in requests
	results map[string]*batchResult
}

func (r *run) newBatch(f *batchFile) (*batch, error) {
	b := &batch{f, map[string]int{}, map[string]*batchResult{}}
	for i, req := range f.requests {
		if first, ok := b.byID[req.id]; ok {
			if err := r.add(req.at, fmt.Sprintf("custom_id %q again; it stands at %s already", req.id, f.requests[first].at), "custom_ids are unique in a batch"); err != nil {
				return nil, err
			}
			continue
		}
		b.byID[req.id] = i
	}
	return b, nil
}

// fits reports whether all results of a file can be answers of the batch: their custom_ids stand in it and are not
// answered yet, and their models are those of its requests, with a date perhaps.
func (b *batch) fits(f *batchFile) bool {
	for i := range f.results {
		res := &f.results[i]
		at, ok := b.byID[res.id]
		if !ok || b.results[res.id] != nil {
			return false
		}
		if res.model != "" && !strings.HasPrefix(res.model, b.requests[at].model) {
			return false
		}
	}
	return true
}

// assign finds the batch of each file of results. Nothing in a result names its batch, and custom_ids are unique in
// one only; but a request is answered once, and answers name their model. Files that leave one choice are assigned
// first; each narrows the choice of the others.
func (r *run) assign(batches []*batch, files []*batchFile) error {
	for len(files) > 0 {
		progress := false
		files = slices.DeleteFunc(files, func(f *batchFile) bool {
			b := onlyFit(batches, f)
			if b == nil {
				return false
			}
			for i := range f.results {
				b.results[f.results[i].id] = &f.results[i]
			}
			progress = true
			return true
		})
		if !progress {
			return r.unassigned(batches, files[0])
		}
	}
	return nil
}

// onlyFit is the one batch that a file of results fits; of several, the one of requests for a model that another of
// them continues (gpt-4 and gpt-4o), or the only one in the same folder.
func onlyFit(batches []*batch, f *batchFile) *batch {
	var fit []*batch
	for _, b := range batches {
		if b.fits(f) {
			fit = append(fit, b)
		}
	}
	if len(fit) > 1 {
		longest := 0
		for _, b := range fit {
			longest = max(longest, b.modelLength(f))
		}
		fit = slices.DeleteFunc(fit, func(b *batch) bool { return b.modelLength(f) < longest })
	}
	if len(fit) > 1 {
		fit = slices.DeleteFunc(fit, func(b *batch) bool { return filepath.Dir(b.name) != filepath.Dir(f.name) })
	}
	if len(fit) != 1 {
		return nil
	}
	return fit[0]
}

// modelLength is how much of the answers' model names the batch's explain; 0 if the file holds errors only.
func (b *batch) modelLength(f *batchFile) int {
	n := 0
	for i := range f.results {
		if f.results[i].model != "" {
			n = max(n, len(b.requests[b.byID[f.results[i].id]].model))
		}
	}
	return n
}

// unassigned says why a file of results has no batch.
func (r *run) unassigned(batches []*batch, f *batchFile) error {
	fits := 0
	for _, b := range batches {
		if b.fits(f) {
			fits++
		}
	}
	if fits > 1 {
		return r.problem(place{file: f.name}, fmt.Sprintf("its results could belong to %d of the batches", fits), "put the files of each batch into a folder of its own and give the folders")
	}
	lines := map[string]place{}
	for i := range f.results {
		res := &f.results[i]
		if res.lineID != "" {
			if first, ok := lines[res.lineID]; ok {
				return r.problem(res.at, fmt.Sprintf("the same result (%s) stands at %s", res.lineID, first), "give each file once")
			}
			lines[res.lineID] = res.at
		}
		known := slices.ContainsFunc(batches, func(b *batch) bool { _, ok := b.byID[res.id]; return ok })
		if !known {
			return r.problem(res.at, fmt.Sprintf("custom_id %q is in none of the files of requests", res.id), "give the input file of this batch too")
		}
		free := slices.ContainsFunc(batches, func(b *batch) bool { _, ok := b.byID[res.id]; return ok && b.results[res.id] == nil })
		if !free {
			return r.problem(res.at, fmt.Sprintf("custom_id %q is answered already, at %s", res.id, answered(batches, res.id)), "give each file once, and the input file of every batch")
		}
	}
	return r.problem(place{file: f.name}, "its results fit no file of requests: their models or custom_ids differ", "give the input file of this batch too")
}

func answered(batches []*batch, id string) place {
	for _, b := range batches {
		if res := b.results[id]; res != nil {
			return res.at
		}
	}
	return place{}
}

// joinBatches joins the requests of all batches; the same custom_id must ask the same.
func (r *run) joinBatches(ctx context.Context, batches []*batch) error {
	j := newJoiner(r, "custom_ids are unique within one batch only: import the batches of one set of requests")
	r.warn(place{file: batches[0].name}, "no quality (to be graded) and no cost (a batch costs half): tokens stand for it")
	for _, b := range batches {
		for i := range b.requests {
			req := &b.requests[i]
			if b.byID[req.id] != i {
				continue // noted before
			}
			rec := record{key: req.id, row: req.row, at: req.at}
			rec.row.ID = req.id
			res := b.results[req.id]
			if res == nil {
				r.warn(req.at, "a request without result: no outcome of its model")
				if _, err := j.request(&rec); err != nil {
					return err
				}
				continue
			}
			rec.outcome = res.outcome
			rec.outcome.Model = r.model(req.model)
			if e := rec.outcome.Error; e != "" {
				r.failed(rec.outcome.Model, e, res.said, res.at)
				if e == batchExpired || e == batchCanceled {
					r.warn(res.at, "a request that never ran: it counts as a failed call of its model")
				}
			}
			if err := j.add(rec); err != nil {
				return err
			}
		}
	}
	return j.emit(ctx)
}

// Errors of requests that a batch did not get to. They are no causes that replay knows: the caller of a single
// request never meets them, so the walk goes on to the next tier.
const (
	batchExpired  = "batch_expired"
	batchCanceled = "batch_canceled"
)
