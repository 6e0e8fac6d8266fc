package svg

import "strings"

// Style is the style sheet of charts in a page: colours are its variables, named in [Palette].
const Style = `.chart{display:block;width:100%;height:auto;font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
.chart text{fill:var(--ink)}
.chart .tick,.chart .axis-title,.chart .mark-label,.chart .legend{fill:var(--muted)}
.chart .label,.chart .mark-label{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
.chart .strong{font-weight:650}
.chart .heading{font-size:16px;font-weight:650}
.chart .paper{fill:var(--paper)}
.chart .grid{stroke:var(--grid)}
.chart .axis{stroke:var(--rule)}
.chart .mark{stroke:var(--muted);stroke-dasharray:4 4}
.chart .hit{fill:transparent;stroke:none}
.chart .line{fill:none;stroke-width:2;stroke-linejoin:round}
.chart .whisker,.chart .interval{stroke-width:2}
.chart .connector{stroke:var(--rule)}
.chart .symbol{stroke:var(--paper);stroke-width:1.5}
.chart .symbol.reference{fill:var(--paper);stroke:var(--muted);stroke-width:2}
.chart .symbol.baseline{fill:var(--ink)}
.chart .symbol.chosen{fill:var(--accent)}
.chart .symbol.candidate{fill:var(--violet)}
.chart .symbol.other,.chart .symbol.curve{fill:var(--orange)}
.chart .whisker.chosen,.chart .line.chosen{stroke:var(--accent)}
.chart .whisker.candidate{stroke:var(--violet)}
.chart .whisker.baseline,.chart .line.baseline{stroke:var(--ink)}
.chart .line.baseline{stroke-dasharray:7 4}
.chart .whisker.reference,.chart .line.reference{stroke:var(--muted)}
.chart .line.reference{stroke-dasharray:3 4;stroke-width:1.5}
.chart .whisker.other,.chart .line.curve,.chart .whisker.curve{stroke:var(--orange)}
.chart .line.s0{stroke:var(--accent)}.chart .dot.s0{fill:var(--accent)}
.chart .line.s1{stroke:var(--orange);stroke-dasharray:7 4}.chart .dot.s1{fill:var(--orange)}
.chart .line.s2{stroke:var(--green);stroke-dasharray:2 4}.chart .dot.s2{fill:var(--green)}
.chart .line.s3{stroke:var(--violet);stroke-dasharray:9 3 2 3}.chart .dot.s3{fill:var(--violet)}
.chart .line.s4{stroke:var(--sky);stroke-dasharray:12 4}.chart .dot.s4{fill:var(--sky)}
.chart .line.s5{stroke:var(--muted);stroke-dasharray:5 2}.chart .dot.s5{fill:var(--muted)}
.chart .dot.curve{fill:var(--orange)}
.chart .dot.chosen{fill:var(--accent)}
.chart .dot.baseline{fill:var(--ink)}
.chart .interval{stroke:var(--muted)}
.chart .interval.good{stroke:var(--good)}.chart .interval.unsure{stroke:var(--unsure)}.chart .interval.bad{stroke:var(--bad)}
.chart .dot.neutral{fill:var(--muted)}.chart .dot.good{fill:var(--good)}.chart .dot.unsure{fill:var(--unsure)}.chart .dot.bad{fill:var(--bad)}
.chart .figure.good{fill:var(--good)}.chart .figure.unsure{fill:var(--unsure)}.chart .figure.bad{fill:var(--bad)}
.chart .bar{fill:var(--muted)}
.chart .bar.baseline{fill:var(--ink)}.chart .bar.chosen{fill:var(--accent)}.chart .bar.less{fill:var(--green)}.chart .bar.more{fill:var(--orange)}
`

// A Theme names colours.
type Theme []struct{ Name, Light, Dark string }

// Palette are the colours of charts and pages, on light and on dark paper. Those of series are Okabe and Ito's, which people who
// are colour-blind tell apart, darker or lighter for contrast.
var Palette = Theme{
	{"paper", "#ffffff", "#15181d"},
	{"panel", "#f6f7f9", "#1d2127"},
	{"ink", "#1b1f24", "#e7eaee"},
	{"muted", "#5b6470", "#9fa8b4"},
	{"rule", "#c9cfd6", "#3d444d"},
	{"grid", "#e9ecef", "#272c33"},
	{"accent", "#0a5fa8", "#6bb1f0"},
	{"orange", "#b85c00", "#f0a04b"},
	{"green", "#00805f", "#3fc99f"},
	{"violet", "#8a3f78", "#d79ac6"},
	{"sky", "#2a7fa6", "#86cdf0"},
	{"good", "#006b50", "#4fd1a5"},
	{"unsure", "#805500", "#e9b949"},
	{"bad", "#b3261e", "#ff8f80"},
}

// alone is the style sheet of a drawing that stands alone: programs that show slides know no variables.
var alone = func() string {
	s := Style
	for _, c := range Palette {
		s = strings.ReplaceAll(s, "var(--"+c.Name+")", c.Light)
	}
	return s
}()
