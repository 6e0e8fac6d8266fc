package demo

import (
	"fmt"
	"strconv"
	"strings"
)

func reasoningTask() task {
	return task{
		name: reasoning, endpoint: "/v1/analyse", otherwise: 0.55,
		quality: [numModels]float64{nano: 0.48, small: 0.64, mid: 0.79, large: 0.88},
		shared:  0.75, steps: []float64{0}, signal: 0.2, thinking: 190,
		ask: askPuzzle,
	}
}

// A puzzle is a question with a number as its answer, and the steps that lead there.
type puzzle struct {
	text   string
	steps  []string
	result float64
	unit   string
}

func askPuzzle(f *facts, _ float64) question {
	p := pick(f.r, []func(*facts) puzzle{meeting, budget, shifts, penalty, mixture, subscription})(f)
	answer := format(p.result) + " " + p.unit
	prompt := pick(f.r, []string{"Work this out step by step.", "Think carefully and show your reasoning.", "Solve the following; give the steps and the final figure."}) +
		"\n\n" + p.text + "\n\nEnd with a line \"Answer: …\"."
	return question{prompt: prompt, expected: answer, answer: func(m int, quality float64) string {
		if quality < 1 {
			off := 1 + float64(3+f.r.IntN(40))/100*float64(1-2*f.r.IntN(2))
			answer = format(p.result*off) + " " + p.unit
		} else {
			answer = format(p.result) + " " + p.unit
		}
		return p.derive(f, m) + "\nAnswer: " + answer
	}}
}

// rambling is what models write between the steps.
var rambling = []string{
	"Let me restate what is given before I go on to step {number}.",
	"Check of the units, line {number}: they agree.",
	"It is tempting to stop here, but the question asks for more.",
	"To be sure, I compute this a second time and arrive at the same figure.",
	"An equation in {days} terms would do as well, and leads to the same place.",
	"Note that the order of steps {days} and {days2} matters.",
	"Nothing in the text says otherwise, so I take the figures as they stand.",
	"With {number} in place of the figure, the result would be out by {percent} percent, so that is not meant.",
	"Rounding after {days2} digits changes nothing that matters here.",
	"Were it {number} instead, the argument would be the same.",
}

// derive writes the steps. gpt-mid thinks aloud, at length, where gpt-large thinks before it writes: that is why it
// saves so little in this task.
func (p puzzle) derive(f *facts, m int) string {
	lines := append([]string(nil), p.steps...)
	extra := [numModels]int{nano: 3, small: 6, mid: 30, large: 1}[m]
	for range extra {
		lines = append(lines, say(f.r, rambling))
	}
	return strings.Join(lines, "\n")
}

func meeting(f *facts) puzzle {
	d, a, b, early := 120+10*f.r.IntN(60), 40+5*f.r.IntN(12), 45+5*f.r.IntN(12), 1+f.r.IntN(2)
	rest := d - a*early
	return puzzle{
		text: f.fill("A van leaves {city} at 7:00 for {city2}, ") + fmt.Sprintf("%d km away, at a steady %d km/h. ", d+200, a) +
			f.fill("{first} leaves {city2} on the same road towards it, ") +
			fmt.Sprintf("%d hours later, at %d km/h. How many minutes after the second start do they meet?", early, b),
		steps: []string{
			fmt.Sprintf("In the first %d hours the van covers %d km.", early, a*early),
			fmt.Sprintf("That leaves %d km between the two.", rest+200),
			fmt.Sprintf("They close in at %d km/h.", a+b),
		},
		result: float64(rest+200) / float64(a+b) * 60, unit: "minutes",
	}
}

func budget(f *facts) puzzle {
	n, price, off, tax, freight := 5+f.r.IntN(60), 12+f.r.IntN(180), 5*(1+f.r.IntN(5)), 7+f.r.IntN(15), 20+f.r.IntN(130)
	net := float64(n*price) * (1 - float64(off)/100)
	return puzzle{
		text: f.fill("{company} orders from a dealer in {city} ") + fmt.Sprintf("%d pieces of the ", n) + f.fill("{product}") +
			fmt.Sprintf(" at %d each. The dealer takes %d percent off the goods, then adds freight of %d, and %d percent tax on everything. What is to be paid?", price, off, freight, tax),
		steps: []string{
			fmt.Sprintf("Goods: %d × %d = %d.", n, price, n*price),
			fmt.Sprintf("After the discount: %.2f.", net),
			fmt.Sprintf("With freight: %.2f.", net+float64(freight)),
		},
		result: (net + float64(freight)) * (1 + float64(tax)/100), unit: "in total",
	}
}

func shifts(f *facts) puzzle {
	workers, days, gone := 4+f.r.IntN(9), 6+f.r.IntN(20), 1+f.r.IntN(3)
	done := 2 + f.r.IntN(days/2)
	rest := float64(workers * (days - done))
	return puzzle{
		text: fmt.Sprintf("%d people would pack the orders of ", workers) + f.fill("{company} in {city}") +
			fmt.Sprintf(" in %d days. After %d days %d of them are called away to ", days, done, gone) + f.fill("{city2}") +
			". All work at the same pace. How many days does the whole job take?",
		steps: []string{
			fmt.Sprintf("The job is %d person-days.", workers*days),
			fmt.Sprintf("After %d days %.0f person-days are left.", done, rest),
			fmt.Sprintf("%d people remain.", workers-gone),
		},
		result: float64(done) + rest/float64(workers-gone), unit: "days",
	}
}

func penalty(f *facts) puzzle {
	value, rate, ceiling, late, grace := 1000*(10+f.r.IntN(190)), 1+f.r.IntN(9), 4+f.r.IntN(9), 4+f.r.IntN(40), f.r.IntN(7)
	days := max(0, late-grace)
	due := min(float64(value)*float64(rate)/1000*float64(days), float64(value*ceiling)/100)
	return puzzle{
		text: f.fill("Under its contract with {company}, {company2} owes ") + fmt.Sprintf("%d per mille of the contract value for each day of delay, "+
			"not counting the first %d days, and never more than %d percent of that value. ", rate, grace, ceiling) +
			// Some contracts speak of invoices; rules on words take them for invoices to be read.
			pick(f.r, []string{"The contract value is ", "The order is worth ", "The works are valued at ", "The value on the invoice is "}) +
			fmt.Sprintf("%d, and delivery to ", value) + f.fill("{city}") + fmt.Sprintf(" was %d days late. What is owed?", late),
		steps: []string{
			fmt.Sprintf("Days that count: %d.", days),
			fmt.Sprintf("A day costs %.2f.", float64(value)*float64(rate)/1000),
			fmt.Sprintf("The ceiling is %.2f.", float64(value*ceiling)/100),
		},
		result: due, unit: "owed",
	}
}

func mixture(f *facts) puzzle {
	litres, strong, weak := 20+5*f.r.IntN(30), 60+5*f.r.IntN(7), 5+5*f.r.IntN(5)
	target := weak + 5 + 5*f.r.IntN((strong-weak)/5-1)
	return puzzle{
		text: f.fill("The workshop of {company} in {city} needs ") + fmt.Sprintf("%d litres of a cleaning fluid of %d percent. "+
			"It has one of %d percent and one of %d percent. How many litres of the stronger one go into it?", litres, target, strong, weak),
		steps: []string{
			fmt.Sprintf("The two differ by %d points.", strong-weak),
			fmt.Sprintf("The target lies %d points above the weaker.", target-weak),
		},
		result: float64(litres) * float64(target-weak) / float64(strong-weak), unit: "litres",
	}
}

func subscription(f *facts) puzzle {
	flat, each, free, alt := 20+f.r.IntN(180), 1+f.r.IntN(9), 5+f.r.IntN(40), 2+f.r.IntN(9)
	each += alt
	return puzzle{
		text: fmt.Sprintf("Offer one costs %d a month and includes %d calls, each further call costs %d. Offer two costs %d a call and nothing else. ", flat, free, alt, each) +
			f.fill("{first} of {company} in {city} asks: from how many calls a month is offer one the cheaper?"),
		steps: []string{
			fmt.Sprintf("Beyond the included calls, offer one costs %d + %d·(x − %d).", flat, alt, free),
			fmt.Sprintf("Offer two costs %d·x.", each),
		},
		result: crossing(float64(flat), float64(free), float64(alt), float64(each)), unit: "calls",
	}
}

// crossing is the number of calls at which a flat rate meets a price per call.
func crossing(flat, free, further, each float64) float64 {
	if flat/each <= free {
		return flat / each
	}
	return (flat - further*free) / (each - further)
}

func format(x float64) string { return strconv.FormatFloat(round(x, 2), 'f', -1, 64) }
