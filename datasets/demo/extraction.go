package demo

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// An invoice is what extraction is asked for; invoice.schema.json describes it.
type invoice struct {
	Vendor   string  `json:"vendor"`
	Number   string  `json:"invoice_number"`
	Date     string  `json:"date"`
	Currency string  `json:"currency"`
	Items    []item  `json:"items"`
	Total    float64 `json:"total"`
}

type item struct {
	Description string  `json:"description"`
	Quantity    int     `json:"quantity"`
	UnitPrice   float64 `json:"unit_price"`
}

// Of wrong answers the schema catches this share; of right ones it refuses that.
const (
	caughtShare     = 0.60
	falseAlarmShare = 0.03
)

func extractionTask() task {
	return task{
		name: extraction, endpoint: "/v1/documents", otherwise: 0.06,
		quality: [numModels]float64{nano: 0.835, small: 0.90, mid: 0.925, large: 0.93},
		shared:  0.93, steps: []float64{0}, signal: 1.07, thinking: 60,
		ask: askInvoice,
	}
}

var extractTasks = []string{
	"Extract vendor, invoice_number, date (YYYY-MM-DD), currency, items (description, quantity, unit_price) and total from this invoice as JSON.",
	"Return the fields of the invoice below as JSON: vendor, invoice_number, date as YYYY-MM-DD, currency as three letters, items with description, quantity and unit_price, total.",
	"Read this bill and give me JSON with vendor, invoice_number, date, currency, items and total. Dates as YYYY-MM-DD.",
}

var terms = []string{
	"Payable within {days} days. Please quote {order} with your payment.",
	"Goods remain the property of {company} until they are paid in full.",
	"Claims are accepted until {days} days after delivery in {city}.",
	"Late payments bear interest of {percent} percent a year.",
	"Questions? Ask for {first2} {last2} in {city}.",
	"Delivered by {weekday} courier to the ramp of {company2}, {city2}.",
}

func askInvoice(f *facts, difficulty float64) question {
	inv, day := drawInvoice(f)
	date := day.Format("2 January 2006")
	if difficulty > 1 {
		date = day.Format("02.01.06")
	}
	var b strings.Builder
	b.WriteString(pick(f.r, extractTasks) + "\n\n" + f.fill("{company}\n{number} Harbour Road, {city}\n\n"))
	fmt.Fprintf(&b, "INVOICE %s\nDate: %s\n%s\n\n", inv.Number, date, f.fill("Bill to: {company2}, {first} {last}, {city2}"))
	for _, it := range inv.Items {
		fmt.Fprintf(&b, "%3d x %-28s @ %8.2f  %9.2f\n", it.Quantity, it.Description, it.UnitPrice, float64(it.Quantity)*it.UnitPrice)
	}
	fmt.Fprintf(&b, "\nTotal due: %s %.2f\n\n", inv.Currency, inv.Total)
	lines := 1 + f.r.IntN(4)
	if f.r.Float64() < 0.03 { // the small print of some vendors is longer than their invoices
		lines = 30
	}
	for range lines {
		b.WriteString(f.fill(pick(f.r, terms)) + " ")
	}
	return question{prompt: strings.TrimSpace(b.String()), expected: marshal(inv), answer: func(_ int, quality float64) string {
		return answerInvoice(f.r, inv, quality)
	}}
}

func drawInvoice(f *facts) (invoice, time.Time) {
	day := start().AddDate(0, 0, -f.r.IntN(120))
	inv := invoice{
		Vendor: f.get("company"), Number: f.get("order"), Date: day.Format(time.DateOnly),
		Currency: pick(f.r, []string{"EUR", "USD", "GBP", "CHF"}),
	}
	cents := 0
	for range 1 + f.r.IntN(4) {
		n, price := 1+f.r.IntN(12), 150+f.r.IntN(40_000)
		inv.Items = append(inv.Items, item{draw(f.r, "product"), n, float64(price) / 100})
		cents += n * price
	}
	inv.Total = float64(cents) / 100
	return inv, day
}

// answerInvoice writes an answer that is right or wrong, and that the schema accepts or refuses.
func answerInvoice(r *rand.Rand, inv invoice, quality float64) string {
	if quality == 1 {
		if r.Float64() < falseAlarmShare {
			// Right for a person, and for a lenient grader; not what was agreed with the program that reads it.
			return strings.Replace(marshal(inv), inv.Currency, strings.ToLower(inv.Currency), 1)
		}
		return marshal(inv)
	}
	if r.Float64() < caughtShare {
		return breakInvoice(r, marshal(inv))
	}
	switch r.IntN(3) {
	case 0:
		inv.Total = round(inv.Total*1.19, 2)
	case 1:
		inv.Vendor = draw(r, "company")
	default:
		inv.Number = draw(r, "order")
	}
	return marshal(inv)
}

// breakInvoice makes JSON that the schema refuses, or no JSON at all.
func breakInvoice(r *rand.Rand, text string) string {
	switch r.IntN(4) {
	case 0:
		return text[:len(text)*3/4]
	case 1:
		return "Here is what I found: " + text
	case 2:
		return strings.Replace(text, `"total":`, `"sum":`, 1)
	default:
		return strings.Replace(text, `"invoice_number":`, `"number":`, 1)
	}
}

func marshal(inv invoice) string {
	// A struct of strings and finite numbers has no way not to marshal.
	text, _ := json.Marshal(inv)
	return string(text)
}
