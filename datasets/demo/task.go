package demo

import (
	"fmt"
	"math/rand/v2"

	"github.com/tierwise/tierwise/datasets"
)

// The task classes.
const (
	classification = "classification"
	extraction     = "extraction"
	reply          = "reply"
	reasoning      = "reasoning"
	longContext    = "long-context"
)

// A task is a task class: how its requests read, and how well the models do on them.
type task struct {
	name string
	// endpoint is where its requests come in, but for a share of otherwise, which come through /v1/chat.
	endpoint  string
	otherwise float64

	// quality is each model's mean, by index in models.
	quality [numModels]float64
	// shared is the part of an answer's variance that is the request's difficulty, the same for all models. The
	// higher it is, the fewer requests two models of equal quality differ on.
	shared float64
	// steps are how far below a model's limit an answer may fall to lose the next part of its quality; {0} is right
	// or wrong. See latent.
	steps []float64
	// signal is how far apart the signals of good and bad answers lie, in standard deviations.
	signal float64
	// thinking is the median number of reasoning tokens of a model that reasons.
	thinking float64
	// selfCheck says whether answers of all but the largest model were checked by asking a model.
	selfCheck bool

	ask func(f *facts, difficulty float64) question
}

// A question is a request without its metadata.
type question struct {
	prompt, expected string
	// answer returns the text of an answer of that quality by that model.
	answer func(m int, quality float64) string
}

func tasks() []task {
	return []task{classificationTask(), extractionTask(), replyTask(), reasoningTask(), longContextTask()}
}

// groupShare is the share of questions that are asked more than once: about 6 % of requests.
const groupShare = 0.02

// samples returns n requests of the task, graded of them with labels.
func (t task) samples(r *rand.Rand, n, graded int) []sample {
	limits := t.limits()
	out := make([]sample, 0, n)
	for q := 0; len(out) < n; q++ {
		difficulty := r.NormFloat64()
		asked := t.ask(&facts{r: r}, difficulty)
		base := datasets.Row{
			Task: t.name, Endpoint: t.drawEndpoint(r), Tenant: drawTenant(r), Expected: asked.expected,
		}
		times, at := 1, drawTime(r)
		if r.Float64() < groupShare {
			times = min(2+r.IntN(3), n-len(out))
			base.Group = fmt.Sprintf("%s-%04d", t.name, q)
		}
		for i := range times {
			row := base
			row.Time, row.Prompt = &at, asked.prompt
			if i > 0 {
				row.Prompt = rephrase(r, asked.prompt)
				row.Time = later(r, at)
			}
			out = append(out, t.outcomes(r, row, asked, difficulty, &limits))
		}
	}
	grade(r, out, graded)
	return out
}

// outcomes completes a row with what each model made of it.
func (t task) outcomes(r *rand.Rand, row datasets.Row, q question, difficulty float64, limits *[numModels]float64) sample {
	s := sample{row: row}
	s.row.Outcomes = make([]datasets.Outcome, numModels)
	for m := range numModels {
		quality := t.latent(r, difficulty, limits[m])
		s.row.Outcomes[m], s.truth[m] = t.call(r, m, row.Prompt, q, quality)
	}
	return s
}

func (t task) drawEndpoint(r *rand.Rand) string {
	if r.Float64() < t.otherwise {
		return "/v1/chat"
	}
	return t.endpoint
}

func drawTenant(r *rand.Rand) string {
	switch u := r.Float64(); {
	case u < 0.5:
		return "harbor"
	case u < 0.8:
		return "lumen"
	default:
		return "orchard"
	}
}

// rephrase asks the same again: verbatim, or in words that change nothing.
func rephrase(r *rand.Rand, prompt string) string {
	switch r.IntN(5) {
	case 0:
		return "Hello,\n\n" + prompt
	case 1:
		return prompt + "\n\nThank you."
	case 2:
		return "Could you help with this? " + prompt
	default:
		return prompt
	}
}

// grade keeps the labels of n samples drawn at random and removes those of the others. Nobody grades the same
// question twice, so at most one of a group is graded.
func grade(r *rand.Rand, samples []sample, n int) {
	keep := make([]bool, len(samples))
	groups := map[string]bool{}
	for _, i := range r.Perm(len(samples)) {
		g := samples[i].row.Group
		if n == 0 || groups[g] {
			continue
		}
		if g != "" {
			groups[g] = true
		}
		keep[i] = true
		n--
	}
	for i := range samples {
		if !keep[i] {
			samples[i].row.Expected = ""
			for m := range samples[i].row.Outcomes {
				samples[i].row.Outcomes[m].Quality = nil
			}
		}
	}
}
