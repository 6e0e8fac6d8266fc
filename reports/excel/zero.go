package excel

import (
	"fmt"
	"math"
	"strings"

	"github.com/xuri/excelize/v2"
)

// rounding returns how many decimals a number format shows of a cell's value, and the text of zero in it; false: it shows no
// number that could be rounded to a negative zero.
func rounding(format string) (decimals int, zero string, ok bool) {
	sections := strings.Split(format, ";")
	zero = sections[len(sections)-1] // that of zero, or the only one
	if len(sections) == 2 {
		zero = sections[0]
	}
	if strings.HasPrefix(format, "[") || len(sections) > 3 {
		return 0, "", false
	}
	zero = strings.NewReplacer(`"`, "", "#,##", "", "#", "").Replace(zero)
	_, fraction, _ := strings.Cut(zero, ".")
	decimals = len(fraction) - len(strings.TrimLeft(fraction, "0"))
	if strings.HasSuffix(zero, "%") {
		decimals += 2
	}
	return decimals, zero, format != "" && strings.Contains(zero, "0")
}

// signless is the format for a number: one that is rounded to zero is written as zero, without the sign that it has. Its value
// stays in the cell.
func signless(format string, v float64) string {
	if v == 0 || v > 0 && !strings.Contains(format, "+") {
		return format
	}
	decimals, zero, ok := rounding(format)
	if !ok || math.Abs(v) >= 0.5*math.Pow(10, -float64(decimals)) {
		return format
	}
	return literally(zero)
}

// literally is a format that writes a text for any number. The section of negative numbers is what keeps their sign away.
func literally(text string) string {
	quoted := `"` + text + `"`
	return quoted + ";" + quoted + ";" + quoted
}

// noNegativeZero does for formulas, whose values change, what signless does for numbers.
func (x *sheet) noNegativeZero(area, format string) {
	decimals, zero, ok := rounding(format)
	if !ok {
		return
	}
	literal := literally(zero)
	corner, _, _ := strings.Cut(area, ":")
	x.do(func() error {
		id, err := x.book.file.NewConditionalStyle(&excelize.Style{CustomNumFmt: &literal})
		if err != nil {
			return err
		}
		return x.book.file.SetConditionalFormat(x.name, area, []excelize.ConditionalFormatOptions{{
			Type: "formula", Format: &id, Criteria: fmt.Sprintf("AND(ISNUMBER(%[1]s),ABS(%[1]s)<%[2]s)", corner, threshold(decimals)),
		}})
	})
}

// threshold is half of the last decimal, as a formula has it.
func threshold(decimals int) string { return "0." + strings.Repeat("0", decimals) + "5" }
