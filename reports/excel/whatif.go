package excel

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/reports"
)

const whatIfAbout = "Type other prices, another volume or another mix of tasks into the yellow cells: costs, savings and the sentence follow."

// The rows of What-if down to the prices. Formulas refer to what stands below them, so all rows are known beforehand.
const (
	sentenceRow = 4
	caveatRow   = 5
	resultsRow  = 6 // heading
	baseRow     = 7
	tableRow    = 8
	savedRow    = 9
	shareRow    = 10
	qualityRow  = 11
	baseQualRow = 12
	deltaRow    = 13
	pricedRow   = 14 // only where not all costs are known
	volumeRow   = 16
	pricesRow   = 19 // heading
	inputColumn = 2  // of volume, first price and share
)

// A whatIf is the sheet in the making.
type whatIf struct {
	*sheet
	w     *reports.WhatIf
	r     *reports.Reckoning // of what is given
	kinds []priceKind
	// Rows of the headings of the blocks below the prices, and the first row of calls of each task.
	mixRow, callsRow int
	callRows         []int
	calls            [][]int // of each task, the table's first
}

// A priceKind is a column of prices and of tokens.
type priceKind struct {
	name   string
	price  func(*reports.WhatIfModel) float64
	tokens func(*reports.WhatIfCall) float64
}

var priceKinds = []priceKind{
	{"input", func(m *reports.WhatIfModel) float64 { return m.Input }, func(c *reports.WhatIfCall) float64 { return c.Input }},
	{"cached input", func(m *reports.WhatIfModel) float64 { return m.CachedInput }, func(c *reports.WhatIfCall) float64 { return c.CachedInput }},
	{"output", func(m *reports.WhatIfModel) float64 { return m.Output }, func(c *reports.WhatIfCall) float64 { return c.Output }},
	{"reasoning", func(m *reports.WhatIfModel) float64 { return m.Reasoning }, func(c *reports.WhatIfCall) float64 { return c.Reasoning }},
}

// The columns of the mix.
const (
	mixTask = iota + 1
	mixShare
	mixGiven
	mixUsed
	mixBase    // USD per 1,000 requests
	mixCost    // likewise
	mixSaves   // share
	mixBaseUSD // a month
	mixCostUSD
	mixQuality
	mixBaseQuality
	mixDelta
	mixGraded
	mixJudged
	mixPriced
	mixColumns = mixPriced
)

func (b *book) writeWhatIf(name string) error {
	x := &whatIf{w: b.doc.WhatIf, r: b.doc.WhatIf.Reckon(b.doc.WhatIf.Given())}
	x.layOut()
	widths := []float64{36}
	for len(widths) < max(mixColumns, 4+2*len(x.kinds)) {
		widths = append(widths, 14)
	}
	s, err := b.sheet(name, &frame{widths: widths, freezeRows: sentenceRow, color: "E5B800"})
	if err != nil {
		return err
	}
	x.sheet = s
	last := len(widths)
	x.head(&reports.Section{Title: "What if", About: fmt.Sprintf("Baseline: %s; routing table: %s. ", x.w.Baseline, x.w.Candidate) + whatIfAbout + " Prices change no answer, so quality moves with the mix alone, and without an interval of its own (tierwise eval --mix gives one)."}, last)
	x.sentence(last)
	x.caveats(last)
	x.results()
	x.volume()
	x.prices()
	x.mix()
	x.workings()
	x.chartOfTasks()
	x.protect()
	x.names()
	return x.close(last, 0)
}

// layOut fixes where everything stands.
func (x *whatIf) layOut() {
	for _, k := range priceKinds {
		if slices.ContainsFunc(x.w.Models, func(m reports.WhatIfModel) bool { return m.Priced && k.price(&m) == k.price(&m) }) {
			x.kinds = append(x.kinds, k)
		}
	}
	x.mixRow = pricesRow + len(x.w.Models) + 3
	x.callsRow = x.mixRow + len(x.w.Tasks) + 4
	row := x.callsRow + 1
	for i := range x.w.Tasks {
		order := make([]int, len(x.w.Tasks[i].Calls))
		for j := range order {
			order[j] = j
		}
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Compare(btoi(x.w.Tasks[i].Calls[a].Baseline), btoi(x.w.Tasks[i].Calls[b].Baseline))
		})
		x.calls, x.callRows = append(x.calls, order), append(x.callRows, row)
		row += len(order)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (x *whatIf) factorColumn() int { return inputColumn + len(x.kinds) }

func (x *whatIf) taskRow(i int) int { return x.mixRow + 1 + i }

func (x *whatIf) totalRow() int { return x.mixRow + 1 + len(x.w.Tasks) }

// taskColumn is the range of a column of the mix.
func (x *whatIf) taskColumn(c int) string {
	return absolute(c, x.taskRow(0)) + ":" + absolute(c, x.totalRow()-1)
}

// at is the row at which the next one has to be written.
func (x *whatIf) at(row int) { x.row = row - 1 }

// results are the figures, beside what they are as measured.
func (x *whatIf) results() {
	x.at(resultsRow)
	x.heading("What it comes to", "as typed", "as measured")
	total := func(c int) string { return cell(c, x.totalRow()) }
	// That nothing changes in tasks that stay says nothing while no task is graded.
	change := fmt.Sprintf(`IF(SUMPRODUCT(%s,%s)>0,%s,"%s")`, x.taskColumn(mixUsed), x.taskColumn(mixGraded), x.weighted(mixDelta, mixJudged), dash)
	usd := numberFormat(reports.USD, dollarDecimals(x.r.Base))
	share, points := numberFormat(reports.Share, 1), numberFormat(reports.Points, 1)
	for _, line := range []struct {
		name, formula, format string
		now                   float64
		strong                bool
	}{
		{"Everything on the baseline, a month", total(mixBaseUSD), usd, x.r.Base, false},
		{"The routing table, a month", total(mixCostUSD), usd, x.r.Cost, false},
		{"Saved a month", fmt.Sprintf(`IF(ISNUMBER(%[1]s),%[1]s-%[2]s,"%[3]s")`, cell(2, baseRow), cell(2, tableRow), dash), usd, x.r.Saved, true},
		{"Saved, of the bill (negative: dearer)", saves(cell(2, baseRow), cell(2, tableRow)), share, x.r.Savings, true},
		{"Quality of the routing table", x.weighted(mixQuality, mixGraded), share, x.r.Quality, false},
		{"Quality of the baseline", x.weighted(mixBaseQuality, mixGraded), share, x.r.BaseQuality, false},
		{"Change of quality" + x.otherChange(" (Summary: %s)"), change, points, value(reports.Points, x.r.Delta), true},
		{"Requests of known costs", fmt.Sprintf("SUMPRODUCT(%s,%s)", x.taskColumn(mixUsed), x.taskColumn(mixPriced)), share, x.r.Priced, false},
	} {
		if x.row >= pricedRow-1 && !x.partlyPriced() {
			break
		}
		look := style{format: line.format, right: true, line: faint, bold: line.strong}
		was := style{format: line.format, right: true, line: faint, color: muted}
		x.put(0, x.text(line.name, style{line: faint, bold: line.strong}), x.formula(line.formula, line.now, look), x.number(line.now, was))
	}
	x.noNegativeZero(cell(2, savedRow)+":"+cell(3, savedRow), usd)
	x.noNegativeZero(cell(2, shareRow)+":"+cell(3, shareRow), share)
	x.noNegativeZero(cell(2, deltaRow)+":"+cell(3, deltaRow), points)
}

// weighted is the mean of a column of the mix by the shares used, over the tasks whose figure counts.
func (x *whatIf) weighted(of, counts int) string {
	sum := fmt.Sprintf("SUMPRODUCT(%s,%s)", x.taskColumn(mixUsed), x.taskColumn(counts))
	return fmt.Sprintf(`IF(%s>0,SUMPRODUCT(%s,%s)/%s,"%s")`, sum, x.taskColumn(mixUsed), x.taskColumn(of), sum, dash)
}

// partlyPriced reports whether the costs of some requests are unknown.
func (x *whatIf) partlyPriced() bool {
	return slices.ContainsFunc(x.w.Tasks, func(t reports.WhatIfTask) bool { return t.Priced < 1 })
}

// heading writes the heading of a block.
func (x *whatIf) heading(titles ...string) {
	row := make([]any, len(titles))
	lines := 1
	for i, t := range titles {
		left := i == 0 || t == "model" || t == "for" // columns of text
		row[i] = x.text(t, style{bold: true, color: white, fill: blue, wrap: true, middle: true, right: !left})
		lines = max(lines, wordLines(clean(t), x.widths[i]-1))
	}
	x.put(float64(lines)*lineHeight+3, row...)
}

func (x *whatIf) volume() {
	x.at(volumeRow - 1)
	x.heading("Volume", "type here", "as given")
	name := "Requests a month"
	if x.w.Assumed {
		name += " (assumed)"
	}
	count := numberFormat(reports.Count, 0)
	x.put(0, x.text(name, style{line: faint}), x.number(x.w.Volume, input(count)), x.number(x.w.Volume, style{format: count, right: true, color: muted, line: faint}))
	x.validate(cell(inputColumn, volumeRow), "Requests a month", "A number from 0 up.")
}

// input is what a cell to type into looks like.
func input(format string) style {
	return style{format: format, right: true, fill: yellow, frame: "D9B300", unlocked: true}
}

// validate takes only numbers from 0 up in an area.
func (x *whatIf) validate(area, title, text string) {
	v := excelize.NewDataValidation(true)
	v.SetSqref(area)
	x.do(func() error {
		return v.SetRange(0, 1e15, excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween)
	})
	v.SetError(excelize.DataValidationErrorStyleStop, title, text)
	v.SetInput(title, text)
	x.do(func() error { return x.book.file.AddDataValidation(x.name, v) })
}

const priceFormat = "$0.00####"

// prices are the models' prices, and what they were.
func (x *whatIf) prices() {
	x.at(pricesRow - 1)
	x.put(0, x.text("Prices in dollars per million tokens. The factor multiplies all of a model's costs: 110 % is a tenth dearer.", style{color: muted, size: 10}))
	titles := []string{"Model"}
	for range 2 {
		for _, k := range x.kinds {
			titles = append(titles, k.name)
		}
		titles = append(titles, "factor")
	}
	for i := x.factorColumn(); i < len(titles); i++ {
		titles[i] += ", as given"
	}
	x.heading(titles...)
	percent := "0.0 %"
	for i := range x.w.Models {
		m := &x.w.Models[i]
		row := []any{x.text(m.Model, style{line: faint})}
		for _, given := range []bool{false, true} {
			for _, k := range x.kinds {
				p := k.price(m)
				switch {
				case !m.Priced || math.IsNaN(p):
					row = append(row, x.text(dash, style{right: true, color: muted, line: faint}))
				case given:
					row = append(row, x.number(p, style{format: priceFormat, right: true, color: muted, line: faint}))
				default:
					row = append(row, x.number(p, input(priceFormat)))
				}
			}
			look := input(percent)
			if given {
				look = style{format: percent, right: true, color: muted, line: faint}
			}
			row = append(row, x.number(m.Factor, look))
		}
		x.put(0, row...)
	}
	if n := len(x.w.Models); n > 0 {
		x.validate(cell(inputColumn, pricesRow+1)+":"+cell(x.factorColumn(), pricesRow+n), "Price", "A number from 0 up: dollars per million tokens, or a factor in percent.")
	}
}

func (x *whatIf) mix() {
	x.at(x.mixRow - 1)
	x.put(0, x.text("Mix of tasks. Shares that do not add up to 100 % are scaled.", style{color: muted, size: 10}))
	x.heading("Task", "share: type here", "share, as given", "share used", "baseline, $ per 1,000", "routing table, $ per 1,000", "saves", "baseline, $ a month", "routing table, $ a month",
		"quality", "baseline's quality", "change of quality (pp)", "is graded", "change is known", "costs are known of")
	share, points := numberFormat(reports.Share, 1), numberFormat(reports.Points, 1)
	most := 0.0
	for i := range x.r.Tasks {
		most = max(most, x.r.Tasks[i].Base, x.r.Tasks[i].Cost)
	}
	usd, month := numberFormat(reports.USD, dollarDecimals(most)), numberFormat(reports.USD, dollarDecimals(x.r.Base))
	look := func(format string) style { return style{format: format, right: true, line: faint} }
	for i := range x.w.Tasks {
		t, r, n := &x.w.Tasks[i], &x.r.Tasks[i], x.taskRow(i)
		first, moved := x.callRows[i], x.tableCalls(i)
		cost, base := x.sumCalls(first, moved), x.sumCalls(first+moved, len(t.Calls)-moved)
		volume := absolute(inputColumn, volumeRow)
		volumes := func(c int) string { return fmt.Sprintf("%s*%s/1000*%s", cell(mixUsed, n), cell(c, n), volume) }
		// What is not known is a text: sums leave it out.
		known := func(formula string, now float64, look style) excelize.Cell {
			if t.Priced == 0 {
				return x.number(math.NaN(), look)
			}
			return x.formula(formula, now, look)
		}
		x.put(0, x.text(t.Task, style{line: faint}), x.number(t.Share, input(share)), x.number(t.Share, style{format: share, right: true, color: muted, line: faint}),
			x.formula(fmt.Sprintf("IF(SUM(%[1]s)>0,%[2]s/SUM(%[1]s),0)", x.taskColumn(mixShare), cell(mixShare, n)), r.Share, look(share)),
			known(base, r.Base, look(usd)), known(cost, r.Cost, look(usd)),
			known(saves(cell(mixBase, n), cell(mixCost, n)), 1-r.Cost/r.Base, look(share)),
			known(volumes(mixBase), r.Share*r.Base/1000*x.w.Volume, look(month)),
			known(volumes(mixCost), r.Share*r.Cost/1000*x.w.Volume, look(month)),
			x.number(t.Quality, look(share)), x.number(t.BaseQuality, look(share)), x.number(value(reports.Points, t.Delta), look(points)),
			x.counts(t.Quality), x.counts(t.Delta), x.number(t.Priced, look("0 %;;\"none\"")))
	}
	bold := func(format string) style { return style{format: format, right: true, bold: true, fill: pale} }
	sum := func(c int) string { return "SUM(" + x.taskColumn(c) + ")" }
	n := x.totalRow()
	// Tasks of unknown costs are taken to cost what the others do.
	scaled := func(c int) string {
		costed := fmt.Sprintf("SUMPRODUCT((%s>0)*%s)", x.taskColumn(mixPriced), x.taskColumn(mixUsed))
		return fmt.Sprintf(`IF(%[1]s>0,%[2]s/%[1]s,"%[3]s")`, costed, sum(c), dash)
	}
	row := []any{
		x.text("All", style{bold: true, fill: pale}), x.formula(sum(mixShare), x.shares(), bold(share)), x.formula(sum(mixGiven), x.shares(), bold(share)), x.formula(sum(mixUsed), 1.0, bold(share)),
		x.text("", bold("")), x.text("", bold("")), x.formula(saves(cell(mixBaseUSD, n), cell(mixCostUSD, n)), x.r.Savings, bold(share)),
		x.formula(scaled(mixBaseUSD), x.r.Base, bold(month)), x.formula(scaled(mixCostUSD), x.r.Cost, bold(month)),
	}
	x.put(0, row...)
	column := func(c int) string { return cell(c, x.taskRow(0)) + ":" + cell(c, n) }
	x.noNegativeZero(column(mixSaves), share)
	x.noNegativeZero(column(mixDelta), points)
	if len(x.w.Tasks) > 0 {
		x.validate(cell(mixShare, x.taskRow(0))+":"+cell(mixShare, n-1), "Share of the requests", "A number from 0 up; 25 % is a quarter.")
	}
}

func saves(base, cost string) string {
	return fmt.Sprintf(`IF(N(%[1]s)>0,1-%[2]s/%[1]s,"%[3]s")`, base, cost, dash)
}

func (x *whatIf) shares() float64 {
	sum := 0.0
	for i := range x.w.Tasks {
		sum += x.w.Tasks[i].Share
	}
	return sum
}

// counts says whether a task's figure is known, in a form to multiply by.
func (x *whatIf) counts(v float64) excelize.Cell {
	return x.number(float64(btoi(!math.IsNaN(v))), style{format: `"yes";;"no"`, right: true, color: muted, line: faint})
}

// tableCalls is how many of a task's calls are the routing table's.
func (x *whatIf) tableCalls(i int) int {
	n := 0
	for _, c := range x.w.Tasks[i].Calls {
		n += 1 - btoi(c.Baseline)
	}
	return n
}

// sumCalls adds up the dollars of n calls from a row on.
func (x *whatIf) sumCalls(first, n int) string {
	if n == 0 {
		return "0"
	}
	c := x.usdColumn()
	return "SUM(" + absolute(c, first) + ":" + absolute(c, first+n-1) + ")"
}

func (x *whatIf) usdColumn() int { return 5 + len(x.kinds) }

// workings are the calls behind the costs: what they take, and what that costs at the prices above.
func (x *whatIf) workings() {
	x.at(x.callsRow - 1)
	x.put(0, x.text("Behind the costs: what the calls take for 1,000 requests of a task, as measured.", style{color: muted, size: 10}))
	titles := []string{"Task", "model", "for"}
	for _, k := range x.kinds {
		titles = append(titles, k.name+" tokens")
	}
	x.heading(append(titles, "other costs ($)", "costs ($)")...)
	for i := range x.w.Tasks {
		for _, j := range x.calls[i] {
			x.callRow(i, j)
		}
	}
}

func (x *whatIf) callRow(i, j int) {
	c, n := &x.w.Tasks[i].Calls[j], x.row+1
	text := style{line: faint, size: 10}
	number := func(format string) style { return style{format: format, right: true, line: faint, size: 10} }
	model := "embeddings"
	if c.Model >= 0 {
		model = x.w.Models[c.Model].Model
	}
	row := []any{x.text(x.w.Tasks[i].Task, text), x.text(model, text), x.text(purpose(c), text)}
	var parts []string
	for k, kind := range x.kinds {
		tokens := 1000 * kind.tokens(c)
		row = append(row, x.number(tokens, number("#,##0")))
		if c.Model >= 0 && x.w.Models[c.Model].Priced {
			if p := kind.price(&x.w.Models[c.Model]); p == p {
				parts = append(parts, cell(4+k, n)+"*"+absolute(inputColumn+k, pricesRow+1+c.Model))
			}
		}
	}
	other := cell(4+len(x.kinds), n)
	row = append(row, x.number(1000*c.USD, number("$0.0000")))
	formula := other
	if len(parts) > 0 {
		formula = "((" + strings.Join(parts, "+") + ")/1000000+" + other + ")"
	}
	if c.Model >= 0 {
		formula += "*" + absolute(x.factorColumn(), pricesRow+1+c.Model)
	}
	row = append(row, x.formula(formula, x.r.Tasks[i].Calls[j], number("$0.0000")))
	x.put(0, row...)
}

// purpose says whose calls these are.
func purpose(c *reports.WhatIfCall) string {
	switch {
	case c.Baseline:
		return "baseline"
	case c.Role == eval.RoleAnswer:
		return "answers"
	}
	return string(c.Role)
}

// chartOfTasks stands beside the results. It follows the cells.
func (x *whatIf) chartOfTasks() {
	if len(x.w.Tasks) == 0 {
		return
	}
	ref := func(c int) string {
		return "'" + x.name + "'!" + absolute(c, x.taskRow(0)) + ":" + absolute(c, x.taskRow(min(len(x.w.Tasks), crowded)-1))
	}
	heading := func(c int) string { return "'" + x.name + "'!" + absolute(c, x.mixRow) }
	title := "Dollars a month, by task"
	if all := len(x.w.Tasks); all > crowded {
		title = fmt.Sprintf("Dollars a month: the %d dearest tasks of %d", crowded, all)
	}
	c := &reports.Chart{ID: "what-if", Title: title, About: "What each task costs a month on the baseline and by the routing table, at the prices, volume and mix typed here."}
	out := &excelize.Chart{Type: excelize.Col, Series: []excelize.ChartSeries{
		{Name: heading(mixBaseUSD), Categories: ref(mixTask), Values: ref(mixBaseUSD), Fill: solid(grey)},
		{Name: heading(mixCostUSD), Categories: ref(mixTask), Values: ref(mixCostUSD), Fill: solid(blue)},
	}}
	out.XAxis, out.YAxis = axis(&reports.Axis{}), axis(&reports.Axis{Unit: reports.USD})
	out.YAxis.NumFmt.CustomNumFmt = "$#,##0"
	out.YAxis.MajorGridLines = true
	x.book.dress(out, c)
	out.Dimension = excelize.ChartDimension{Width: 760, Height: (pricesRow - resultsRow - 1) * rowPixels}
	x.do(func() error { return x.book.file.AddChart(x.name, cell(5, resultsRow), out) })
}

// protect locks everything but the inputs, without a password: against slips, not against people.
func (x *whatIf) protect() {
	x.do(func() error {
		return x.book.file.ProtectSheet(x.name, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true, EditScenarios: true})
	})
}

// names are for formulas of the reader's own.
func (x *whatIf) names() {
	for _, n := range []struct {
		name string
		row  int
	}{
		{"Requests_per_month", volumeRow}, {"Baseline_cost_per_month", baseRow}, {"Table_cost_per_month", tableRow}, {"Saved_per_month", savedRow}, {"Saved_share", shareRow}, {"Quality_change_points", deltaRow},
	} {
		x.do(func() error {
			return x.book.file.SetDefinedName(&excelize.DefinedName{Name: n.name, RefersTo: "'" + x.name + "'!" + absolute(inputColumn, n.row)})
		})
	}
}
