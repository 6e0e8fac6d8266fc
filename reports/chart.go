package reports

// A ChartKind is how points are drawn.
type ChartKind int

// Kinds of charts.
const (
	Scatter   ChartKind = iota // points, lines where a series says so
	Forest                     // a row for each point: label, X, and its interval Lo to Hi
	Waterfall                  // a bar for each point: from where the one before ended, by Y; Total starts at 0
	Bars                       // a bar for each point: label and Y
)

// A Chart is points with their axes. Renderers draw it as they can: SVG, a native chart, or not at all; nothing is said
// by a chart alone, the numbers stand in a table too.
type Chart struct {
	ID     string // of the file that it is written to, and of the element on a page
	Kind   ChartKind
	Title  string
	About  string // what is to be seen, for those who do not see it
	X, Y   Axis
	Series []Series
}

// An Axis is what is measured along it.
type Axis struct {
	Title string
	Unit  Unit
	Log   bool
	// Marks are values with a line across the chart: a tolerance, the baseline.
	Marks []Mark
}

// A Mark is a value worth a line.
type Mark struct {
	At    float64
	Label string
}

// A Series is points that belong together.
type Series struct {
	Name string
	// Role tells renderers how to draw it alike in all charts.
	Role   Role
	Points []Point
	Joined bool // by a line, in their order
	Step   bool // the line moves along the axes, as an empirical distribution does
}

// A Role is what a series is in the story.
type Role int

// Roles.
const (
	Other     Role = iota
	Baseline       // the single model that everything is compared with
	Reference      // other single models, mixes, the diagonal of a reliability diagram
	Chosen         // the table that the document speaks for
	Candidate      // other tables
	Curve          // what could be had: a frontier
)

// A Point is a place in a chart.
type Point struct {
	Label  string
	X, Y   float64
	Lo, Hi float64 // of X in a Forest, else of Y; both NaN or both 0: no interval
	N      int64   // requests behind it, 0: not said
	Note   string  // for hover and screen readers
	Tone   Tone
	Total  bool // in a Waterfall: a bar from 0
}
