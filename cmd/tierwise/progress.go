package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress returns a function that shows how far work has come, to be called from any goroutine, and one that ends the show.
// A terminal is shown a bar. A log must not fill with bars: it gets a line where work takes long. Who sets TIERWISE_PROGRESS to
// none sees neither.
func (a *app) progress(what string) (report func(done, total int64), end func()) {
	if progressHidden() {
		return func(int64, int64) {}, func() {}
	}
	if !isTerminal(a.stderr) {
		a.log.start()
		return func(done, total int64) { a.log.report(a.stderr, what, done, total) }, func() {}
	}
	var bar *progressbar.ProgressBar
	report = func(done, total int64) { bar.ChangeMax64(total); _ = bar.Set64(min(done, total)) }
	bar = progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(a.stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionClearOnFinish(),
	)
	return report, func() { _ = bar.Finish() }
}

func progressHidden() bool { return os.Getenv("TIERWISE_PROGRESS") == "none" }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
