package svg_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/svg"
)

func draw(t *testing.T, c *reports.Chart, opts *svg.Options) string {
	t.Helper()
	var b strings.Builder
	if err := svg.Write(&b, c, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// texts checks that s is well-formed and returns what stands in its elements of that name.
func texts(t *testing.T, s, name string) (out []string) {
	t.Helper()
	at := ""
	for d := xml.NewDecoder(strings.NewReader(s)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, s)
		}
		switch token := token.(type) {
		case xml.StartElement:
			at = token.Name.Local
		case xml.EndElement:
			at = ""
		case xml.CharData:
			if at == name {
				out = append(out, string(token))
			}
		}
	}
}

var kinds = []reports.ChartKind{reports.Scatter, reports.Forest, reports.Waterfall, reports.Bars}

func chart(kind reports.ChartKind, labels ...string) *reports.Chart {
	c := &reports.Chart{ID: "id", Kind: kind, Title: labels[0], About: labels[0], X: reports.Axis{Title: labels[0], Marks: []reports.Mark{{At: 0.5, Label: labels[0]}}}, Y: reports.Axis{Title: labels[0], Unit: reports.Share}}
	s := reports.Series{Name: labels[0]}
	for i, label := range labels {
		s.Points = append(s.Points, reports.Point{Label: label, Note: label, X: float64(i), Y: 1 / float64(i+1), Lo: math.NaN(), Hi: math.NaN(), Tone: reports.Tone(i % 4)})
	}
	c.Series = []reports.Series{s, {Name: "line", Joined: true, Step: true, Points: s.Points}}
	return c
}

// Whatever a label is, a drawing is well-formed, and what is pointed at says it.
func TestWriteHostile(t *testing.T) {
	labels := []string{`<script>alert("1")</script>`, "]]> & &amp;", "\x1b[2J\x00", "\u202eabc", "👩‍💻", "שלום", strings.Repeat("long ", 8000)}
	for _, kind := range kinds {
		for _, opts := range []*svg.Options{nil, {Alone: true}} {
			got := draw(t, chart(kind, labels...), opts)
			titles := strings.Join(texts(t, got, "title"), "\n")
			for _, want := range []string{labels[0], labels[1], "␛[2J␀", "<U+202E>abc", labels[4], labels[5]} {
				if !strings.Contains(titles, want) {
					t.Errorf("kind %d: no title has %q", kind, want)
				}
			}
			if strings.Contains(got, "NaN") || strings.Contains(got, "Inf") {
				t.Errorf("kind %d: a coordinate is no number:\n%s", kind, got)
			}
			if again := draw(t, chart(kind, labels...), opts); again != got {
				t.Errorf("kind %d: the same chart gives other bytes", kind)
			}
		}
	}
}

// A drawing that stands alone names no variable, which programs that show slides do not know.
func TestWriteAlone(t *testing.T) {
	for _, kind := range kinds {
		got := draw(t, chart(kind, "a", "b"), &svg.Options{Alone: true})
		if strings.Contains(got, "var(") || !strings.Contains(got, "<style>") {
			t.Errorf("kind %d depends on a page", kind)
		}
	}
}

// One value, equal values, and none at all are no reason to divide by zero.
func TestWriteFew(t *testing.T) {
	for _, kind := range kinds {
		c := chart(kind, "a")
		c.X.Marks = nil
		c.Series[0].Points[0].X, c.Series[0].Points[0].Y = 0, 0
		if got := draw(t, c, nil); strings.Contains(got, "NaN") {
			t.Errorf("kind %d: %s", kind, got)
		}
		if got := draw(t, &reports.Chart{Kind: kind}, nil); got != "" {
			t.Errorf("kind %d: a chart of nothing is %q", kind, got)
		}
		empty := &reports.Chart{Kind: kind, Series: []reports.Series{{Points: []reports.Point{{X: math.NaN(), Y: math.NaN()}}}}}
		if got := draw(t, empty, nil); strings.Contains(got, "NaN") {
			t.Errorf("kind %d: unknown values are drawn: %s", kind, got)
		}
	}
}

// Ticks are round, and written with the decimals that tell them apart.
func TestTicks(t *testing.T) {
	c := chart(reports.Scatter, "a", "b")
	c.X.Unit, c.Series = reports.USD, []reports.Series{{Points: []reports.Point{{X: 0.2, Y: 0.5}, {X: 2.9, Y: 0.52}}}}
	got := strings.Join(texts(t, draw(t, c, nil), "text"), " ")
	for _, want := range []string{"$0.50", "$2.50", "50.0 %", "51.5 %"} {
		if !strings.Contains(got, want) {
			t.Errorf("no tick is %s: %s", want, got)
		}
	}
}
