package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/golden"
)

// GoldenOptions say what goes into a golden file.
type GoldenOptions struct {
	Tool   string // version of the program
	NoText bool   // no prompts, nor anything else that a caller sent: what the layers made of it in its place
}

// Golden renders GoldenFile for the router of the bundle's config: requests as eval's Job.Golden has them. It puts them to the
// router and fails if something comes out otherwise than in the evaluation, so that no bundle is written whose test fails.
func Golden(ctx context.Context, router *routing.Router, requests []golden.Request, opts *GoldenOptions) ([]byte, error) {
	if len(requests) == 0 {
		return nil, errors.New("there is no request to test the Go package with: of none is known what all the models of its way did")
	}
	if opts == nil {
		opts = &GoldenOptions{}
	}
	c := router.Config()
	f := &golden.File{Header: golden.Header{Tool: opts.Tool, Name: c.Name, DecisionHash: c.DecisionHash(), Text: !opts.NoText}}
	f.Requests = append(f.Requests, requests...)
	if err := f.Complete(ctx, router); err != nil {
		return nil, err
	}
	if opts.NoText {
		for i := range f.Requests {
			f.Requests[i] = f.Requests[i].WithoutText()
		}
	}
	differences, err := golden.Check(ctx, router, f)
	if err != nil {
		return nil, err
	}
	if len(differences) > 0 {
		return nil, fmt.Errorf("the config decides otherwise than it was evaluated, on %d counts: %s", len(differences), differences[0])
	}
	var b bytes.Buffer
	err = golden.Write(&b, f)
	return b.Bytes(), err
}
