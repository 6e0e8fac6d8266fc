package datasets

import (
	"io"

	"github.com/parquet-go/parquet-go"
)

// pageReader is what a cursor reads pages from.
type pageReader interface {
	ReadPage() (parquet.Page, error)
	Close() error
}

// aheadPages reads one page ahead of its caller, in a goroutine of its own. parquet.AsyncPages would do that too, but
// a panic over a corrupt page would end the process.
type aheadPages struct {
	pages chan aheadPage
	stop  chan struct{}
}

type aheadPage struct {
	page parquet.Page
	err  error
}

// readAhead reads pages ahead, while it holds a place in slots, of which there are as many as pages may be decoded at
// a time.
func readAhead(pages pageReader, slots chan struct{}) *aheadPages {
	a := &aheadPages{make(chan aheadPage), make(chan struct{})}
	go func() {
		defer close(a.pages)
		defer pages.Close()
		for {
			select {
			case slots <- struct{}{}:
			case <-a.stop:
				return
			}
			var next aheadPage
			next.err = unpanicked(func() (err error) { next.page, err = pages.ReadPage(); return err })
			<-slots
			select {
			case a.pages <- next:
			case <-a.stop:
				if next.page != nil {
					parquet.Release(next.page)
				}
				return
			}
			if next.err != nil {
				return
			}
		}
	}()
	return a
}

func (a *aheadPages) ReadPage() (parquet.Page, error) {
	next, ok := <-a.pages
	if !ok {
		return nil, io.EOF
	}
	return next.page, next.err
}

// Close ends the goroutine and waits for it.
func (a *aheadPages) Close() error {
	close(a.stop)
	for next := range a.pages {
		if next.page != nil {
			parquet.Release(next.page)
		}
	}
	return nil
}
