package main

import (
	"os"
	"runtime/debug"
)

// lean has garbage collected as often as Go does by default, for work that keeps much of what it makes, where to wait until
// there is four times as much garbage would take gigabytes. What it returns puts things back. GOGC of the environment stands.
func lean() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	percent := debug.SetGCPercent(100)
	return func() { debug.SetGCPercent(percent) }
}
