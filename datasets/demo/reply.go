package demo

import "strings"

func replyTask() task {
	return task{
		name: reply, endpoint: "/v1/chat",
		quality: [numModels]float64{nano: 0.765, small: 0.835, mid: 0.860, large: 0.868},
		shared:  0.85, steps: []float64{0, 0.5, 1, 1.5}, signal: 1.9, thinking: 110, selfCheck: true,
		ask: askReply,
	}
}

// A concern is what a customer writes about, what the house rules say, and the right answer in two sentences.
type concern struct{ mail, rule, solution, next string }

var concerns = []concern{
	{"my {product} (order {order}) arrived with a crack along the side. I photographed the box before I opened it, and {first2} at the depot in {city} has seen it too. What can you do?",
		"Damage reported within {days} days: replacement or refund, the customer chooses.",
		"I am sorry that the {product} reached you damaged: you may choose a replacement or a full refund for order {order}.",
		"Please tell us which you prefer and send the photographs within {days} days; we pay for the return from {city}."},
	{"I ordered the {product} on {date} and was promised delivery by {weekday}. Nothing has come to {city}, and order {order} still says packed.",
		"Late orders: apologise, name the new date, offer {percent} percent off the delivery fee.",
		"Order {order} was held up at our depot, and your {product} will leave for {city} on {weekday}.",
		"As an apology we take {percent} percent off the delivery fee, which you will see on your statement within {days} days."},
	{"we want to move our {number} seats from the {plan} plan to the {plan2} plan before {month}. Do we lose what we have paid for, and who changes it?",
		"Plan changes: what is paid is credited by the day; an owner changes the plan under Settings.",
		"Nothing is lost: what you have paid for the {plan} plan is credited by the day when {number} seats move to {plan2}.",
		"An owner of the account can make the change under Settings; if you do so before the first of {month}, no extra month is billed."},
	{"the {product} I bought in {city} hums so loudly that we can hear it in the next room. Is that normal, and does the warranty cover it?",
		"Noise: ask for the serial number, warranty 24 months, repair within {days} days.",
		"A hum that can be heard in the next room is not normal for the {product}, and the warranty of 24 months covers it.",
		"Please send the serial number from the base plate; the repair in {city} takes at most {days} days and costs you nothing."},
	{"I would like to cancel order {order} for the {product}. I pressed the wrong button, and your page says that it is too late.",
		"Cancellation: possible until dispatch; after it, free return within {days} days.",
		"Order {order} has already left us, so it can no longer be cancelled, but you can send the {product} back free of charge.",
		"Leave the parcel closed and hand it in within {days} days with the label that we have sent you; the {amount} go back to your card."},
	{"we are planning an event in {city} on {date} and need {number} of the {product}. Can you lend them to us, and what would it cost?",
		"Rental: up to 50 pieces, {amount} a piece and day, deposit one day's rent.",
		"We can lend you the {product} for your event on {date}, at {amount} a piece and day.",
		"To reserve {number} pieces we need the delivery address in {city} and a deposit of one day's rent at least {days} days before."},
	{"the receipt for order {order} is made out to {first2} {last2}, but it should name {company}. Our bookkeeping in {city} cannot use it as it is.",
		"Receipts: may be reissued within the quarter; the old number is cancelled, the amount stays.",
		"We can make the receipt for order {order} out to {company}; the amount stays the same and the old number is cancelled.",
		"Please confirm the address in {city} and the tax number, and the new receipt reaches you within {days} days."},
	{"you changed the opening hours in {city}, and I stood before a closed door with the {product} under my arm. I had come {number} kilometres. When can I bring it?",
		"Repairs in shops: by appointment, evenings on {weekday}; offer collection for free after a wasted trip.",
		"I am sorry that you came to {city} in vain; we will collect the {product} from your door, free of charge.",
		"If you would rather bring it, we are open until eight on {weekday}, and I can reserve a time for you."},
	{"I would love to give the {product} as a present, but it must be in {city} before {date}. Can you wrap it, and can the price be left off the slip?",
		"Presents: wrapping {amount}, slip without price on request, order {days} days ahead.",
		"We can wrap the {product} as a present for {amount}, and the slip will not show a price.",
		"To have it in {city} before {date}, please order {days} days ahead and tick the box for presents."},
	{"is the {product} safe for a nursery? The page mentions a coating, but not which, and {first2} at the shop in {city} did not know.",
		"Materials: data sheets on request; coating tested for food contact; no claims beyond the sheet.",
		"The coating of the {product} is tested for contact with food, as its data sheet says, which I attach.",
		"The sheet makes no statement on nurseries; our laboratory can answer the question within {days} days if you wish."},
}

var replyTasks = []string{
	"Reply to this customer. Be friendly and brief, follow the house rule, and say what happens next.",
	"Write a reply to the mail below in our usual tone. Use the house rule, do not promise more.",
	"Please answer this mail for customer care; keep to the rule given.",
}

// oddTasks ask for a reply without saying so: rules on words do not know them.
var oddTasks = []string{
	"What would you tell this person? The rule below applies.",
	"Compose something polite for the following, sticking to our rule.",
}

var (
	openers = []string{"thank you for writing to us.", "thank you for your patience, and for the details you gave.", "thank you for getting in touch about this.", "we are glad that you asked."}
	closers = []string{"If anything is unclear, just answer this mail and it comes straight back to me.", "Please do not hesitate to ask if you need anything else; we are here from eight to six.", "You can also call us, quoting your name and {city}, if that is easier for you."}
	vague   = []string{"Your message is important to us and has been noted.", "Many questions are answered in our help pages.", "We always strive for the best experience."}
	wrong   = []string{"Unfortunately our policy leaves no room for an exception here.", "A fee of {amount} applies to this request.", "This can only be settled in our shop in {city3}."}
	details = []string{"I have added a note to your file, so that any colleague who picks this up knows what was agreed.", "You will find the same information in your account, under the messages of {month3}.", "For your records: this case is number {order3}, opened for {first} {last} in {city}.", "We have told the colleagues in {city} about it, so that it does not happen again."}
)

func askReply(f *facts, _ float64) question {
	c := pick(f.r, concerns)
	instruction := pick(f.r, replyTasks)
	if f.r.Float64() < 0.05 {
		instruction = pick(f.r, oddTasks)
	}
	prompt := instruction + "\n\nHouse rule: " + f.fill(c.rule) + "\n\n" + f.fill(pick(f.r, greetings)) + " " +
		f.fill(c.mail) + " " + f.fill(pick(f.r, smallTalk)) + "\n" + f.fill(pick(f.r, signatures))
	parts := replyParts{
		hello: f.fill("Dear {first}, ") + f.fill(pick(f.r, openers)), solution: f.fill(c.solution), next: f.fill(c.next),
	}
	return question{
		prompt:   prompt,
		expected: parts.hello + " " + parts.solution + " " + parts.next,
		answer:   func(m int, quality float64) string { return parts.answer(f, m, quality) },
	}
}

// replyParts are the sentences of the right answer.
type replyParts struct{ hello, solution, next string }

// answer writes a mail that a grader would give that quality.
func (p replyParts) answer(f *facts, m int, quality float64) string {
	lines := []string{p.hello}
	switch {
	case quality == 1:
		lines = append(lines, p.solution, p.next)
	case quality >= 0.75:
		lines = append(lines, p.solution, f.fill(pick(f.r, vague)))
	case quality >= 0.5:
		lines = append(lines, p.solution, f.fill(pick(f.r, wrong)))
	case quality >= 0.25:
		lines = append(lines, f.fill(pick(f.r, vague)), f.fill(pick(f.r, wrong)))
	default:
		if f.r.Float64() < 0.5 {
			return pick(f.r, []string{"I cannot help with that.", "Dear customer,", "Please contact support."})
		}
		lines = append(lines, f.fill(pick(f.r, wrong)))
	}
	order := f.r.Perm(len(details))
	for _, i := range order[:m+f.r.IntN(2)] { // the larger the model, the more it has to say
		lines = append(lines, f.fill(details[i]))
	}
	lines = append(lines, f.fill(pick(f.r, closers)))
	return strings.Join(lines, " ") + "\n\nKind regards,\nCustomer care"
}
