package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// silence is how long a command without a terminal says nothing of its progress.
const silence = time.Minute

// A logProgress writes a line whenever there was none for long: whoever reads a log learns that work goes on, and a command
// that is soon done leaves no trace.
type logProgress struct {
	mu   sync.Mutex
	last time.Time // of a line, or when the first work began
}

// start starts the clock, once.
func (l *logProgress) start() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.IsZero() {
		l.last = time.Now()
	}
}

func (l *logProgress) report(w io.Writer, what string, done, total int64) {
	if !l.mu.TryLock() { // another worker is at it
		return
	}
	defer l.mu.Unlock()
	if time.Since(l.last) < silence {
		return
	}
	l.last = time.Now()
	fmt.Fprintf(w, "%s: %s of %s\n", what, thousands(done), thousands(total))
}
