package demo

import (
	"slices"
	"strings"
)

// A label is a class of support e-mails, with what people write who mean it.
type label struct {
	name            string
	subjects, lines []string
}

var labels = []label{
	{"billing", []string{"Charged twice for {order}", "Question about my last bill", "Wrong amount on the {month} statement", "Please explain the fee of {amount}"},
		[]string{
			"I was charged {amount} on {date}, and the same amount again two days later.",
			"My card shows {amount}, but the plan {plan} is supposed to cost less.",
			"The {month} statement lists a fee that nobody told me about.",
			"You still bill me for the plan {plan}, which I ended on {date}.",
			"The discount of {percent} percent from your newsletter is missing from what I paid.",
		}},
	{"shipping", []string{"Where is {order}?", "Parcel to {city} is late", "Tracking has not moved since {date}", "Delivered to the wrong address"},
		[]string{
			"The {product} was to arrive on {date}, and tracking still says that it left {city}.",
			"Your courier says that my parcel {order} was handed over, but nobody here has it.",
			"It has been {days} days since I ordered the {product}.",
			"Can you send order {order} to {city} instead? I will be away.",
			"The tracking page has shown the same depot in {city} for {days} days.",
		}},
	{"return", []string{"Sending back the {product}", "Refund for {order}", "How do I return this?", "Wrong size, please exchange"},
		[]string{
			"I would like to send back the {product}, it is not what I expected.",
			"I posted the {product} to you {days} days ago and have no refund yet.",
			"Please let me have a label so that I can return order {order}.",
			"The {product} is too large for our room in {city}; can I swap it for the smaller one?",
			"It came in a colour that I did not choose, so I want my money back.",
		}},
	{"technical", []string{"{product} stopped working", "Error when I log the {product} in", "App crashes on start", "Firmware problem"},
		[]string{
			"Since the update of {date} the {product} switches itself off after {days} minutes.",
			"The app closes as soon as I open the settings of my {product}.",
			"I see error {amount} whenever I connect the {product} to our network in {city}.",
			"The light on the {product} blinks red and the manual does not say why.",
			"Restarting the {product} helps for a day, then the fault is back.",
		}},
	{"account", []string{"Cannot log in", "Change my e-mail address", "Close my account", "Please add {first} to our plan"},
		[]string{
			"The password link never arrives, although I asked for it {days} times.",
			"I have married and would like my account to say {last2}.",
			"Please remove my data and close the account by {date}.",
			"How do I give {first2} access to our {plan} plan without sharing my password?",
			"I changed phones and the login code still goes to the old one.",
		}},
	{"feedback", []string{"A suggestion", "Well done, {city} team", "Thoughts on the {product}", "Not a complaint, an idea"},
		[]string{
			"The {product} is lovely; a longer cable would make it perfect.",
			"{first2} at your {city} shop was patient with all of my questions, please pass on my thanks.",
			"It would help if the catalogue could be sorted by weight.",
			"I have used the {product} for {days} weeks and only miss a quieter fan.",
			"Why not offer the {plan} plan by the year as well?",
		}},
}

var smallTalk = []string{
	"I have been a customer since {month} and was always content.",
	"I am writing from my phone, sorry for mistakes.",
	"You can reach me on {weekday} after {days} past nine.",
	"My colleague {first3} {last3} is in copy.",
	"I tried the chat first but was number {number} in the queue.",
	"We are a small office in {city2} and depend on this.",
	"Thank you for looking into it.",
	"My customer number ends in {number}.",
	"I could not find an answer in the help pages.",
}

var labelTasks = []string{
	"Label this support e-mail with one of: billing, shipping, return, technical, account, feedback. Answer with the label only.",
	"Classify the message below. Allowed labels: billing, shipping, return, technical, account, feedback. One word.",
	"Which category fits this e-mail best (billing, shipping, return, technical, account, feedback)? Reply with the category alone.",
}

func classificationTask() task {
	return task{
		name: classification, endpoint: "/v1/triage", otherwise: 0.08,
		quality: [numModels]float64{nano: 0.865, small: 0.951, mid: 0.957, large: 0.958},
		shared:  0.97, steps: []float64{0}, signal: 1.07, thinking: 90,
		ask: askLabel,
	}
}

func askLabel(f *facts, difficulty float64) question {
	want := f.r.IntN(len(labels))
	l := &labels[want]
	lines := []string{f.fill(pick(f.r, l.lines)), f.fill(pick(f.r, smallTalk)), f.fill(pick(f.r, smallTalk))}
	if difficulty > 0.5 { // a second concern: what makes an e-mail hard to label
		lines = append(lines, f.fill(pick(f.r, labels[f.r.IntN(len(labels))].lines)))
	}
	f.r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	prompt := pick(f.r, labelTasks) + "\n\nSubject: " + f.fill(pick(f.r, l.subjects)) + "\n\n" +
		f.fill(pick(f.r, greetings)) + "\n" + strings.Join(slices.Compact(lines), " ") + "\n" + f.fill(pick(f.r, signatures))
	return question{prompt: prompt, expected: l.name, answer: func(_ int, quality float64) string {
		if quality == 1 {
			return l.name
		}
		return labels[(want+1+f.r.IntN(len(labels)-1))%len(labels)].name
	}}
}

var (
	greetings  = []string{"Hello,", "Good morning,", "Dear team,", "Hi there,", "To whom it may concern,", "Hello {first4},"}
	signatures = []string{"Regards, {first} {last}", "{first} {last}", "Best, {first}", "Kind regards\n{first} {last}, {city}", "Thanks, {first} {last}"}
)
