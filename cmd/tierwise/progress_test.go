package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// Without a terminal there is a line a minute, whatever the number of works and of reports.
func TestLogProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr bytes.Buffer
		a := &app{stderr: &stderr}
		for _, what := range []string{"reading", "training"} {
			report, end := a.progress(what)
			for done := range int64(5) {
				time.Sleep(19 * time.Second)
				report(1000*(done+1), 5000)
			}
			end()
		}
		const want = "reading: 4,000 of 5,000\ntraining: 3,000 of 5,000\n"
		if got := stderr.String(); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	})
}
