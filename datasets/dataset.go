package datasets

import (
	"context"
	"io"
)

// A File is an input that can be read at any place: a local file, an object in a store.
type File interface {
	io.ReaderAt
	io.Closer
	Size() int64
	// Version changes when the content does (an ETag, size and time); it binds parts of one evaluation together.
	Version() string
}

// An Opener opens the file of that name.
type Opener func(ctx context.Context, name string) (File, error)

// Options of Open; the zero value reads local files, with the layout detected.
type Options struct {
	Open      Opener            // nil: local files
	Mapping   *Mapping          // nil: detect the layout
	Scale     *Scale            // nil: quality is in [0, 1]
	SplitMap  map[string]string // names of splits in the file → "tune" or "verify"
	Where     []Condition       // all must hold
	MaxErrors int               // problems reported before reading stops; 0: 20
}
