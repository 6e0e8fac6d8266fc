package github_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/github"
)

func write(t *testing.T, checks ...reports.Check) string {
	t.Helper()
	var b strings.Builder
	if err := github.Write(&b, &reports.Document{Title: "tierwise check", Checks: checks}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Worst first; what passes is not there; everything that the runner would take for its own is escaped.
func TestWrite(t *testing.T) {
	got := write(t,
		reports.Check{Group: "g", Name: "passes", Outcome: reports.Passed, Message: "fine"},
		reports.Check{Group: "g", Name: "waived", Outcome: reports.Waived, Message: "for now"},
		reports.Check{Group: "g", Name: "warns", Outcome: reports.Warned, Message: "slow", File: "a.toml"},
		reports.Check{Group: "g", Name: "open", Outcome: reports.Undecided, Message: "100 % unknown\r\nreally", Hint: "tierwise eval", File: "a,b:c.toml", Line: 3, Column: 9},
		reports.Check{Group: "g", Name: "fails", Outcome: reports.Failed, Message: "lost: a, b", File: "a.toml", Line: 1, Column: 2},
	)
	want := `::error file=a.toml,line=1,col=2,title=tierwise check%3A g fails::lost: a, b
::error file=a%2Cb%3Ac.toml,line=3,col=9,title=tierwise check%3A g open::100 %25 unknown%0D%0Areally%0Atierwise eval
::warning file=a.toml,title=tierwise check%3A g warns::slow
::notice title=tierwise check%3A g waived::for now
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWriteFew(t *testing.T) {
	var checks []reports.Check
	for i := range 12 {
		checks = append(checks, reports.Check{Name: fmt.Sprint(i), Outcome: reports.Warned, Message: "m"})
	}
	checks[11].Outcome = reports.Failed
	lines := strings.Split(strings.TrimSpace(write(t, checks...)), "\n")
	if len(lines) != 10 || !strings.HasPrefix(lines[0], "::error ") || lines[9] != "3 more in the job summary" {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	if got := write(t); got != "" {
		t.Errorf("nothing to say, and it says %q", got)
	}
}
