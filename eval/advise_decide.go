package eval

import (
	"fmt"
	"slices"
)

// pay says of each option what it saves, and of those that take a router what building one comes to. The proven switch
// needs no router and is there for the taking: only what an option saves beyond it is the router's.
func (a *adviser) pay() {
	free := a.out.savings(SwitchProven)
	for i := range a.out.Options {
		o := &a.out.Options[i]
		o.SavedPerMonth = a.out.Bill.PerMonth * o.Savings
		switch o.Kind {
		case SwitchProven, SwitchHoped:
		case TableProven, TableHoped:
			o.Router = a.router(Number(a.plan.Realized) * (o.Savings - free))
		case OracleOption, PerfectOption, PriceOnly:
			o.Router = a.router(o.Savings - free)
		}
	}
}

// router returns what comes of a router that saves so much of the bill.
func (a *adviser) router(share Number) *Payback {
	return a.plan.payback(float64(a.out.Bill.PerRequest*share) - a.plan.RouterPer1000/1000)
}

// decide gives the verdict: "build" by what is proven, "do not build" by the ceiling, and what is between the two is not
// known yet.
func (a *adviser) decide() {
	x := a.out
	free := x.savings(SwitchProven)
	ceiling := a.router(x.Ceiling - free)
	x.Perfect = *ceiling
	proven := x.option(TableProven)
	switch {
	case x.Plan.RequestsPerDay < x.Plan.MinRequestsPerDay:
		x.Verdict, x.Why = DoNotBuild, WhyFewRequests
	case !(ceiling.GainPerMonth > 0):
		x.Verdict, x.Why = DoNotBuild, WhyNothingToSave
	case !ceiling.Pays():
		x.Verdict, x.Why = DoNotBuild, WhyDoesNotPay
	case proven != nil && proven.Router.Pays():
		x.Verdict, x.Why = Build, WhyPays
	default:
		x.Verdict, x.Why = NotYet, a.missing()
	}
}

// missing says what it takes to tell whether a router pays.
func (a *adviser) missing() AdviceWhy {
	x := a.out
	hoped, perfect := x.option(TableHoped, TableProven), x.option(PerfectOption, OracleOption)
	switch {
	case !a.compared():
		return WhyNoOutcomes
	case hoped != nil && hoped.Router.Pays():
		return WhyMoreLabels
	case perfect == nil || !perfect.Router.Pays():
		return WhyNoLabels
	case len(x.Tasks) == 0:
		return WhyNoTasks
	}
	return WhyChecks
}

// findings says what a reader should know before deciding.
func (a *adviser) findings() {
	x := a.out
	add := func(id, message, fix string) { x.Findings = append(x.Findings, Finding{id, message, fix}) }
	if x.Why == WhyFewRequests {
		if p := x.option(TableProven); p != nil && p.Router.Pays() {
			add("pays-anyway", fmt.Sprintf("requests are so dear that the proven table would pay even at %g a day", x.Plan.RequestsPerDay),
				"--min-requests-per-day 0 decides by the figures alone")
		}
	}
	one, table := x.option(SwitchHoped), x.option(TableHoped, TableProven)
	if one != nil && table != nil && !a.router(Number(a.plan.Realized)*(table.Savings-one.Savings)).Pays() {
		add("switch-first", fmt.Sprintf("%s for everything is within the tolerance at face value; if that holds, a router adds too little to pay for itself", one.Model),
			"label more requests, and switch models before building anything")
	}
	a.taskFindings(add)
	if o := x.option(PriceOnly); o != nil && x.Data.Graded > 0 {
		add("not-judged", fmt.Sprintf("%s is cheaper, and judged on too few of the graded requests to say how good it is", o.Model), "label its answers on the same requests")
	}
	for _, f := range a.c.Findings {
		if slices.Contains([]string{"cost-unknown", "cost-partly-known", "price-overridden"}, f.ID) {
			x.Findings = append(x.Findings, f)
		}
	}
}

// taskFindings says what is missing to dispatch by task.
func (a *adviser) taskFindings(add func(id, message, fix string)) {
	x := a.out
	if len(x.Tasks) == 0 {
		add("no-tasks", "no request has a gold task, so there is nothing to dispatch by: only models for everything are compared",
			"name the tasks in a column task; tierwise train --discover proposes some")
		return
	}
	for i := range x.Tasks {
		if t := &x.Tasks[i]; t.Task == "" {
			add("untasked", fmt.Sprintf("%.1f %% of the requests have no gold task: no table moves them to a model of their own", 100*t.Share),
				"name their task in the column task; tierwise train --discover proposes some")
		}
	}
}
