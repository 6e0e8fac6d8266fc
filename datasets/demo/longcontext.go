package demo

import "strings"

func longContextTask() task {
	return task{
		name: longContext, endpoint: "/v1/documents", otherwise: 0.1,
		quality: [numModels]float64{nano: 0.52, small: 0.70, mid: 0.882, large: 0.90},
		shared:  0.75, steps: []float64{0}, signal: 1.07, thinking: 70,
		ask: askMinutes,
	}
}

var summaryTasks = []string{
	"Below are the minutes of several meetings. List every decision with its owner and deadline.",
	"Go through this record and summarise what was decided, by whom, and until when.",
	"Bring the decisions of the following minutes together in one list: what, who, when.",
}

var paragraphs = []string{
	"{first} {last} reported on {topic}: of {number} open points {days} are closed, the others wait for {team} and for an answer from {company}. The figures for {month} were circulated beforehand and not disputed.",
	"There was a long discussion of {topic}. {first} thought the effort too high for {percent} percent of the customers, {first2} {last2} disagreed and pointed to the experience in {city}, where {team} had seen the opposite.",
	"The visit to {city} was described by {first} {last}. {company} showed its new site and is prepared to hold prices until {date}; a written offer for the {product} is to follow.",
	"{team} presented the figures of {month}: {number} cases, {percent} percent of them solved within {days} days. Two outliers are explained by {topic}.",
	"A question from {team} about {topic} could not be answered, as {first} {last} was travelling between {city} and {city2}. It stays on the list.",
	"On {topic}, everybody agreed that the present state is unsatisfactory, but not on what would be better. {first} will write down the three variants named by {company}.",
	"{first2} recalled that {topic} had been postponed in {month} already, at the request of {team}, and asked that this not happen a third time without a reason in writing.",
	"The {product} from {company} was tried by {number} colleagues in {city} for {days} days. Remarks concerned the noise and the manual; {percent} percent would use it again.",
}

var decisions = []string{
	"It was decided that {team} hands over {topic} to {first} {last} by {date}.",
	"Decision: {first} {last} renews the contract with {company} for {topic} by {date}.",
	"After a vote ({days} to 2) {first} {last} was asked to close {topic} by {date}.",
	"Agreed: {topic} is moved to {city}; {first} {last} is responsible, deadline {date}.",
}

func askMinutes(f *facts, difficulty float64) question {
	var text strings.Builder
	var decided []string
	text.WriteString(pick(f.r, summaryTasks) + f.fill("\n\nMinutes, {company}, {city}\n"))
	// Between two and six thousand characters; a few are shorter and look like any other document.
	length := 2300 + f.r.IntN(3600)
	if f.r.Float64() < 0.03 {
		length = 1600
	}
	every := 3
	if difficulty > 0.5 {
		every = 2
	}
	for n := 1; text.Len() < length; n++ {
		text.WriteString("\n" + say(f.r, paragraphs))
		if n%every == 0 && len(decided) < 5 {
			d := &facts{r: f.r}
			text.WriteString(" " + d.fill(pick(f.r, decisions)))
			decided = append(decided, "- "+d.fill("{first} {last}: {topic}, by {date}"))
		}
		text.WriteByte('\n')
	}
	return question{prompt: text.String(), expected: strings.Join(decided, "\n"), answer: func(m int, quality float64) string {
		return answerMinutes(f, m, quality, decided)
	}}
}

// answerMinutes lists the decisions; a wrong answer loses one and makes another up.
func answerMinutes(f *facts, m int, quality float64, decided []string) string {
	lines := append([]string(nil), decided...)
	if quality < 1 && len(lines) > 0 {
		lines[f.r.IntN(len(lines))] = say(f.r, []string{"- {first} {last}: {topic}, by {date}"})
	}
	text := "These decisions were taken:\n" + strings.Join(lines, "\n")
	if m >= mid {
		text += f.fill("\n\nOpen points without a decision: the answer of {company3} on {topic3}, and what {team3} reported for {month3}.")
	}
	return text
}
