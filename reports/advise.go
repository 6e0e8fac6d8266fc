package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/tierwise/tierwise/eval"
)

// Advice reports whether a router would earn its keep.
func Advice(x *eval.Advice) *Document {
	d := &Document{Title: "Should you build a router?"}
	d.add(Section{Lines: adviceHead(x)})
	d.add(Section{Lines: adviceFacts(x)})
	if len(x.Options) > 0 {
		d.add(adviceOptions(x))
	}
	if len(x.Tasks) > 0 {
		d.add(adviceSkew(x))
		d.add(adviceTasks(x))
	}
	d.add(adviceModels(x))
	d.add(Section{Title: "BEYOND MONEY", Lines: beyondMoney(x)})
	if len(x.Findings) > 0 {
		d.add(Section{Title: "NOTE", Lines: inspectionFindings(x.Findings)})
	}
	return d
}

// adviceHead is the verdict in a sentence, and the model to switch to.
func adviceHead(x *eval.Advice) []string {
	lines := wrap(strings.ToUpper(string(x.Verdict)) + ": " + adviceReason(x))
	for i := range x.Options {
		if o := &x.Options[i]; o.Kind == eval.SwitchProven {
			lines = append(lines, wrap(fmt.Sprintf("SWITCH MODELS: %s for everything holds within %s (delta %s, n %s) and saves %s of the bill, %s a month, without a router.",
				o.Model, points(x.Settings.Tolerance), known(Points, o.Delta), count(o.N), known(Share, o.Savings), dollars(o.SavedPerMonth)))...)
		}
	}
	return lines
}

func adviceReason(x *eval.Advice) string {
	perDay, cost := FormatNumber(Count, x.Plan.RequestsPerDay), buildingCost(x)
	switch x.Why {
	case eval.WhyFewRequests:
		reason := perDay + " requests a day are too few for a router: one good model with a basic retry is the right call."
		if !x.Perfect.Pays() {
			reason += fmt.Sprintf(" The engineering outweighs the savings: %s, and %s.", foresight(x), cost)
		}
		return reason
	case eval.WhyNothingToSave:
		if x.SwitchTo != "" {
			return "a router would add nothing to what a cheaper model for everything saves."
		}
		return "there is nothing that a router would save."
	case eval.WhyDoesNotPay:
		return fmt.Sprintf("the engineering outweighs the savings: at %s requests a day %s, and %s. It could pay from %s requests a day.",
			perDay, foresight(x), cost, volume(x.Perfect.RequestsPerDay))
	case eval.WhyPays:
		r := provenRouter(x)
		return fmt.Sprintf("what these labels prove pays for a router that knows the task of each request: it adds %s a month at %s requests a day, pays back in %s, and leaves %s after %s.",
			dollars(r.GainPerMonth), perDay, months(r.Months), dollars(r.Net), planMonths(x))
	case eval.WhyNoOutcomes:
		return "the data has no other model of known cost to compare with: record a cheaper model's answers to the same requests."
	case eval.WhyNoLabels:
		return "by prices alone a router could pay, and too few answers of the cheaper models are graded to say what it would do to quality."
	case eval.WhyMoreLabels:
		return "a router pays at face value, and these labels are too few to prove it" + moreLabels(x) + "."
	case eval.WhyNoTasks:
		return "with perfect foresight a router would pay, but the requests have no tasks to dispatch by."
	case eval.WhyChecks:
		return "a table by task does not pay, perfect foresight would: only acceptance checks that find the bad answers could make the difference."
	}
	return string(x.Why)
}

func provenRouter(x *eval.Advice) *eval.Payback {
	for i := range x.Options {
		if o := &x.Options[i]; o.Kind == eval.TableProven {
			return o.Router
		}
	}
	return &x.Perfect
}

// moreLabels says how many more labels the tasks that could hold would take.
func moreLabels(x *eval.Advice) string {
	n, tasks := int64(0), int64(0)
	for i := range x.Tasks {
		if h := x.Tasks[i].Hoped; h != nil && h.Labels > 0 {
			n += h.Labels
			tasks++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(": about %s more, in %s, could", count(n), many(tasks, "task"))
}

// foresight says what the ceiling adds.
func foresight(x *eval.Advice) string {
	gain := dollars(max(x.Perfect.GainPerMonth, 0))
	if x.SwitchTo != "" {
		return fmt.Sprintf("even perfect foresight would save at most %s a month more than %s for everything", gain, x.SwitchTo)
	}
	return fmt.Sprintf("even perfect foresight would save at most %s a month", gain)
}

func buildingCost(x *eval.Advice) string {
	return fmt.Sprintf("a router costs %s in %s", dollars(eval.Number(x.Plan.Cost())), planMonths(x))
}

func planMonths(x *eval.Advice) string { return many(int64(x.Plan.Months), "month") }

// dollars writes an amount in a sentence: whole dollars where cents do not matter.
func dollars(n eval.Number) string {
	s := known(USD, n)
	if math.Abs(float64(n)) >= 100 {
		s, _, _ = strings.Cut(known(USD, eval.Number(math.Round(float64(n)))), ".")
	}
	return s
}

// months writes a time to break even.
func months(n eval.Number) string {
	switch {
	case !n.Known():
		return "never"
	case n == 0:
		return "at once"
	case n < 0.1:
		return "<0.1 months"
	}
	return fixed(float64(n), 1) + " months"
}

// volume writes requests a day to break even at, rounded up.
func volume(n eval.Number) string {
	if !n.Known() {
		return "never"
	}
	return FormatNumber(Count, math.Ceil(float64(n)))
}

func adviceFacts(x *eval.Advice) []string {
	b, p := &x.Bill, &x.Plan
	line := fmt.Sprintf("%s requests, %s graded", count(x.Data.Requests), count(x.Data.Graded))
	if len(x.Data.Files) > 0 {
		line = files(x.Data.Files) + ": " + line
	}
	if x.Data.Weighted {
		line += ", weighted"
	}
	quality := "quality not known"
	if b.Quality.Known() {
		quality = fmt.Sprintf("quality %s (n %s)", known(Share, b.Quality), count(b.QualityN))
	}
	return []string{
		line,
		fmt.Sprintf("Today: everything on %s, %s, %s per 1,000 requests: %s a month at %s requests a day",
			x.Baseline, quality, known(USD, 1000*b.PerRequest), dollars(b.PerMonth), FormatNumber(Count, p.RequestsPerDay)),
		fmt.Sprintf("Assumed: a router takes %s to build, %s a month of upkeep, %s per 1,000 requests, and must pay within %s",
			dollars(eval.Number(p.EngineeringUSD)), dollars(eval.Number(p.UpkeepUSD)), dollars(eval.Number(p.RouterPer1000)), planMonths(x)),
	}
}

// beyondMoney names the other reasons to have more than one model.
func beyondMoney(x *eval.Advice) []string {
	f := &x.Failures
	var lines []string
	switch {
	case f.Failed == 0:
		lines = wrap(fmt.Sprintf("Failures: none of %s recorded calls of %s failed, so this data does not speak for a fallback.", count(f.Calls), x.Baseline))
	case f.Fallback == "":
		lines = wrap(fmt.Sprintf("Failures: %s of %s calls of %s failed (%s), and there is no other model to fall back on.",
			count(f.Failed), count(f.Calls), x.Baseline, known(Share, f.Rate)))
	default:
		line := fmt.Sprintf("Failures: %s of %s calls of %s failed (%s); %s would have answered %s of them",
			count(f.Failed), count(f.Calls), x.Baseline, known(Share, f.Rate), f.Fallback, count(f.Answered))
		if f.Unknown > 0 {
			line += fmt.Sprintf(" (not recorded for %s)", count(f.Unknown))
		}
		lines = wrap(line + ". A fallback chain does that without routing by task.")
	}
	return append(lines, latencyLine(x)...)
}

func latencyLine(x *eval.Advice) []string {
	var base, fast *eval.AdviceModel
	for i := range x.Models {
		m := &x.Models[i]
		switch {
		case m.Model == x.Baseline:
			base = m
		case m.LatencyP50.Known() && (fast == nil || m.LatencyP50 < fast.LatencyP50):
			fast = m
		}
	}
	if base == nil || !base.LatencyP50.Known() || fast == nil {
		return []string{"Latency: not recorded for the baseline and a cheaper model."}
	}
	return wrap(fmt.Sprintf("Latency: %s takes %s (p95 %s), %s %s (p95 %s).", base.Model, known(Millis, base.LatencyP50), known(Millis, base.LatencyP95),
		fast.Model, known(Millis, fast.LatencyP50), known(Millis, fast.LatencyP95)))
}
