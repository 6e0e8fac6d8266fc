package reports

// aboutFindings describes the section of findings, which all documents have.
const aboutFindings = "What was noticed in the data and the configs that can make a figure other than it seems, and what to do."

// diffAbouts describe the sections of a diff, by ID.
var diffAbouts = map[string]string{
	ConfigID:      "The changes of the config that can send a request elsewhere, or judge its answer otherwise: the place, the old value and the new one.",
	"prices":      "They decide nothing, but costs go by them.",
	"else":        "Names, addresses and descriptions: no request is served otherwise.",
	TasksID:       "What the change does to quality, against the old config on the same requests; each request counts for the task that the new config takes it for.",
	LatencyID:     "What requests cost and how long they take under both configs. p95: 95 % of the requests take no longer.",
	"baseline":    "Both configs against the single model that everything is compared with.",
	FlowsID:       "Requests that the new config takes for another task than the old one did, and whether they are better or worse for it.",
	RegressionsID: "The requests that lose most by the change, with both answers.",
	WinsID:        "The requests that gain most by the change, with both answers.",
	"unjudged":    "Requests that get another answer and have no grades to say which is better: read some.",
	FindingsID:    aboutFindings,
	"next":        "Commands that go on from here.",
}

// gateAbouts describe the sections of a check, by ID.
var gateAbouts = map[string]string{
	"problems": "The check came to no verdict: this is what to mend first.",
	RulesID:    "Each rule of the policy, for each task if it is about tasks: what it allows, what was measured, and on how many requests (n).",
	"why":      "All that does not pass, worst first, with the place in the file that is responsible, and what would settle it.",
	TasksID:    "What the config does with each task, against the single model that everything is compared with.",
	AgainstID:  "What the config does with each task, against the config of the main branch.",
	FindingsID: aboutFindings,
}

// describe says what a section shows, unless it does so itself.
func describe(s *Section, abouts map[string]string) {
	if s.About == "" {
		s.About = abouts[s.ID]
	}
}
