package eval

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/eval/stats"
)

// nearly equates numbers up to rounding, and unknown ones.
var nearly = cmp.Comparer(func(a, b Number) bool {
	return a == b || a != a && b != b || math.Abs(float64(a-b)) <= 1e-9*math.Abs(float64(b))
})

func TestPayback(t *testing.T) {
	never := Unknown
	plan := Plan{RequestsPerDay: 1200, EngineeringUSD: 12_000, UpkeepUSD: 300, Months: 12}
	// 1,200 requests a day are 36,500 in a month of 365/12 days.
	for _, tt := range []struct {
		name string
		gain float64 // USD for each request
		edit func(*Plan)
		want Payback
	}{
		// 36,500 × $0.10 = $3,650 a month, $3,350 after upkeep: 12,000/3,350 months; over the year 12 × 3,350 − 12,000;
		// 12,000 + 12 × 300 = $15,600 take 156,000 requests in 365 days.
		{"pays", 0.10, nil, Payback{3650, 12_000.0 / 3350, 156_000.0 / 365, 28_200}},
		// 36,500 × $0.01 = $365, $65 after upkeep: 184.6 months, and a year ends with 780 − 12,000.
		{"too late", 0.01, nil, Payback{365, 12_000.0 / 65, 1_560_000.0 / 365, -11_220}},
		// $182.50 do not even cover upkeep.
		{"less than upkeep", 0.005, nil, Payback{182.5, never, 3_120_000.0 / 365, 12*(182.5-300) - 12_000}},
		{"nothing", 0, nil, Payback{0, never, never, -15_600}},
		{"a loss", -0.01, nil, Payback{-365, never, never, 12*(-365-300) - 12_000}},
		{"free", 0.01, func(p *Plan) { p.EngineeringUSD, p.UpkeepUSD = 0, 0 }, Payback{365, 0, 0, 12 * 365}},
		{"free and nothing", 0, func(p *Plan) { p.EngineeringUSD, p.UpkeepUSD = 0, 0 }, Payback{0, never, never, 0}},
		// One request a day: 365/12 a month.
		{"one request", 12, func(p *Plan) { p.RequestsPerDay = 1 }, Payback{365, 12_000.0 / 65, 1300.0 / 365, -11_220}},
		{"one month", 1, func(p *Plan) { p.Months = 1 }, Payback{36_500, 12_000.0 / 36_200, 12_300 / (365.0 / 12), 24_200}},
	} {
		p := plan
		if tt.edit != nil {
			tt.edit(&p)
		}
		if diff := cmp.Diff(&tt.want, p.payback(tt.gain), nearly); diff != "" {
			t.Errorf("%s: -want +got\n%s", tt.name, diff)
		}
	}
}

// At the volume where it breaks even, nothing is left; a request more and something is.
func TestPaybackVolume(t *testing.T) {
	for _, gain := range []float64{1e-6, 0.003, 0.1, 20} {
		p := DefaultPlan(1)
		p.RequestsPerDay = float64(p.payback(gain).RequestsPerDay)
		if net := float64(p.payback(gain).Net); math.Abs(net) > 1e-6*p.Cost() {
			t.Errorf("gain %g: at %g requests a day $%g are left", gain, p.RequestsPerDay, net)
		}
		p.RequestsPerDay *= 1.001
		if !p.payback(gain).Pays() {
			t.Errorf("gain %g: more requests do not pay", gain)
		}
	}
}

func TestPlanCheck(t *testing.T) {
	for _, tt := range []struct {
		edit func(*Plan)
		want string
	}{
		{func(*Plan) {}, ""},
		{func(p *Plan) { p.RequestsPerDay = 0 }, "0 requests a day"},
		{func(p *Plan) { p.RequestsPerDay = math.Inf(1) }, "+Inf requests a day"},
		{func(p *Plan) { p.RequestsPerDay = math.NaN() }, "NaN requests a day"},
		{func(p *Plan) { p.Months = 0 }, "0 months"},
		{func(p *Plan) { p.Realized = 0 }, "share realized of 0"},
		{func(p *Plan) { p.Realized = math.NaN() }, "share realized of NaN"},
		{func(p *Plan) { p.EngineeringUSD = math.NaN() }, "NaN USD for engineering"},
		{func(p *Plan) { p.RouterPer1000 = math.Inf(1) }, "+Inf USD for the router"},
		{func(p *Plan) { p.MinRequestsPerDay = -1 }, "a least volume of -1"},
	} {
		p := DefaultPlan(1000)
		tt.edit(&p)
		err := p.check()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}

// came is what a model came to: share of the requests, of n labels, its cost on 1,000 requests and what that saves.
func came(share, delta, cost, savings Number, n int64, verdict stats.Verdict, p Number) Result {
	return Result{
		Requests: 10 * n, Share: share, Graded: n, Covered: n, Coverage: 1, LabeledShare: 1, Quality: 0.9 + delta, BaseQuality: 0.9,
		Delta: delta, Verdict: verdict, P: p, Bound: delta - 0.02, CostPer1000: cost, Savings: savings,
	}
}

func reference(model string, whole Result, tasks ...TaskResult) ReferenceResult {
	return ReferenceResult{Model: model, Whole: whole, Tasks: tasks}
}

// twoTasks is traffic of two tasks: lookups are 60 % of the requests at $10 for 1,000, maths 40 % at $20, together $14. The
// small model costs a tenth and is as good at lookups.
func twoTasks() *Comparison {
	return &Comparison{
		Baseline: "large", Settings: Settings{Tolerance: 0.01, TaskTolerance: 0.05, Alpha: 0.05},
		Data: Data{Requests: 10_000, Graded: 1000},
		References: []ReferenceResult{
			reference("small", came(1, -0.08, 1.4, 0.9, 1000, stats.Fails, 1),
				TaskResult{Task: "lookup", Result: came(0.6, 0, 1, 0.9, 600, stats.Holds, 0.001)},
				TaskResult{Task: "maths", Result: came(0.4, -0.2, 2, 0.9, 400, stats.Fails, 1)}),
			reference("large", came(1, 0, 14, 0, 1000, stats.Holds, 0),
				TaskResult{Task: "lookup", Result: came(0.6, 0, 10, 0, 600, stats.Holds, 0)},
				TaskResult{Task: "maths", Result: came(0.4, 0, 20, 0, 400, stats.Holds, 0)}),
		},
		AlwaysCheapest: "small",
		Oracle:         Oracle{Graded: 1000, Quality: 0.93, Delta: 0.03, CostPer1000: 2.8, Savings: 0.8},
	}
}

func TestAdvise(t *testing.T) {
	plan := DefaultPlan(120_000) // 3,650,000 a month, $51,100
	a := twoTasks().advise(&plan)
	if a.Verdict != Build || a.Why != WhyPays || a.SwitchTo != "" {
		t.Errorf("%s (%s), switch to %q", a.Verdict, a.Why, a.SwitchTo)
	}
	if diff := cmp.Diff(Number(51_100), a.Bill.PerMonth, nearly); diff != "" {
		t.Errorf("bill: -want +got\n%s", diff)
	}
	// Lookups are 6/14 of the bill, and the table saves 90 % of that; half of it is the router's, $9,855 a month. Of the
	// oracle's lead of 4 points over −1 point, small costs 11: 4/11 of the way from 80 to 90 %.
	table, perfect := Number(0.9*6/14), Number(0.8+0.1*4/11)
	want := []AdviceOption{
		{Kind: TableProven, Tasks: 1, Share: 0.6, Delta: 0, N: 600, Savings: table, SavedPerMonth: 19_710, Router: &Payback{
			GainPerMonth: 9855, Months: 15_000 / Number(9355), RequestsPerDay: 21_000 / (Number(365) * 0.0027), Net: 12*9355 - 15_000,
		}},
		{Kind: OracleOption, Share: Unknown, Delta: 0.03, N: 1000, Savings: 0.8, SavedPerMonth: 40_880, Router: plan.payback(0.0112)},
		{Kind: PerfectOption, Share: Unknown, Delta: -0.01, N: 1000, Savings: perfect, SavedPerMonth: 51_100 * perfect, Router: plan.payback(float64(0.014 * perfect))},
	}
	if diff := cmp.Diff(want, a.Options, nearly); diff != "" {
		t.Errorf("options: -want +got\n%s", diff)
	}
	skew := []SkewShare{
		{TaskHolds, 1, 0.6, 6.0 / 14}, {TaskCouldHold, 0, 0, 0}, {TaskStays, 1, 0.4, 8.0 / 14}, {TaskUnknown, 0, 0, 0},
	}
	if diff := cmp.Diff(skew, a.Skew, nearly); diff != "" {
		t.Errorf("skew: -want +got\n%s", diff)
	}
	if a.Tasks[0].Task != "maths" || a.Tasks[0].Nearest.Model != "small" || a.Tasks[1].Proven == nil {
		t.Errorf("tasks: %+v", a.Tasks)
	}
	// 83.6 % of 1,000 labels is at most 86 % or so, and nothing saves more than the 90 % of the small model.
	if !(a.Ceiling > perfect && a.Ceiling < 0.87) {
		t.Errorf("ceiling %v", a.Ceiling)
	}
}

func TestAdviceVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name    string
		perDay  float64
		edit    func(*Comparison, *Plan)
		verdict AdviceVerdict
		why     AdviceWhy
	}{
		{"one request", 1, nil, DoNotBuild, WhyFewRequests},
		{"few", 999, nil, DoNotBuild, WhyFewRequests},
		{"few that would pay", 999, func(_ *Comparison, p *Plan) { p.EngineeringUSD, p.UpkeepUSD = 0, 0 }, DoNotBuild, WhyFewRequests},
		{"few by the figures alone", 1, func(_ *Comparison, p *Plan) { p.MinRequestsPerDay = 0 }, DoNotBuild, WhyDoesNotPay},
		// Of $14 the ceiling is below 87 %: 21,000/(365 × 0.01218) = 4,724 a day.
		{"below the ceiling's volume", 4700, nil, DoNotBuild, WhyDoesNotPay},
		{"above it", 6000, nil, NotYet, WhyChecks},
		{"the table pays", 22_000, nil, Build, WhyPays}, // from 21,309
		{"by face value", 22_000, func(c *Comparison, _ *Plan) {
			c.References[0].Tasks[0].P = 0.06
			c.References[0].Tasks[0].Verdict = stats.Inconclusive
		}, NotYet, WhyMoreLabels},
		{"the router is too dear", 1e6, func(_ *Comparison, p *Plan) { p.RouterPer1000 = 14 }, DoNotBuild, WhyNothingToSave},
		{"small is dearer", 1e6, func(c *Comparison, _ *Plan) {
			r := &c.References[0]
			r.Whole.Savings, r.Tasks[0].Savings, r.Tasks[1].Savings, c.Oracle.Savings = -0.1, -0.1, -0.1, 0
		}, DoNotBuild, WhyNothingToSave},
		{"no tasks", 1e6, func(c *Comparison, _ *Plan) {
			for i := range c.References {
				c.References[i].Tasks = c.References[i].Tasks[:1]
				c.References[i].Tasks[0].Task = ""
			}
		}, NotYet, WhyNoTasks},
		{"the baseline alone", 1e6, func(c *Comparison, _ *Plan) { c.References = c.References[1:] }, NotYet, WhyNoOutcomes},
		{"a bill of nothing", 1e6, func(c *Comparison, _ *Plan) {
			c.References[1].Whole.CostPer1000, c.References[0].Whole.Savings, c.Oracle.Savings = 0, Unknown, Unknown
			for i := range c.References[0].Tasks {
				c.References[1].Tasks[i].CostPer1000, c.References[0].Tasks[i].Savings = 0, Unknown
			}
		}, DoNotBuild, WhyNothingToSave},
		{"no labels", 1e6, func(c *Comparison, _ *Plan) {
			c.Data.Graded, c.Oracle = 0, Oracle{Quality: Unknown, Delta: Unknown, CostPer1000: Unknown, Savings: Unknown}
			for i := range c.References {
				r := &c.References[i]
				for _, x := range []*Result{&r.Whole, &r.Tasks[0].Result, &r.Tasks[1].Result} {
					x.Delta, x.Coverage, x.Covered, x.Graded, x.Verdict = Unknown, Unknown, 0, 0, stats.Inconclusive
				}
			}
		}, NotYet, WhyNoLabels},
	} {
		c, plan := twoTasks(), DefaultPlan(tt.perDay)
		if tt.edit != nil {
			tt.edit(c, &plan)
		}
		if a := c.advise(&plan); a.Verdict != tt.verdict || a.Why != tt.why {
			t.Errorf("%s: %s (%s), want %s (%s)", tt.name, a.Verdict, a.Why, tt.verdict, tt.why)
		}
	}
}

// What is picked among several models is proven at the level divided by their number.
func TestAdviceTriedModels(t *testing.T) {
	c, plan := twoTasks(), DefaultPlan(1e6)
	c.References[0].Tasks[0].P = 0.03
	if got := c.advise(&plan).Tasks[1]; got.State != TaskHolds || got.Tried != 1 {
		t.Errorf("one model: %s of %d", got.State, got.Tried)
	}
	other := reference("mid", came(1, -0.05, 7, 0.5, 1000, stats.Fails, 1),
		TaskResult{Task: "lookup", Result: came(0.6, -0.03, 5, 0.5, 600, stats.Inconclusive, 0.2)})
	c.References = append(c.References, other)
	got := c.advise(&plan).Tasks[1]
	if got.State != TaskCouldHold || got.Tried != 2 || got.Proven != nil || got.Hoped.Model != "small" {
		t.Errorf("two models: %+v", got)
	}
}

// A cheaper model that holds for everything needs no router: tables take it where they have nothing better, and only what
// they save beyond it is the router's.
func TestAdviceSwitch(t *testing.T) {
	c, plan := twoTasks(), DefaultPlan(1e6)
	plan.Realized = 1
	c.References = append(c.References, reference("mid", came(1, 0, 7, 0.5, 1000, stats.Holds, 0.001),
		TaskResult{Task: "lookup", Result: came(0.6, 0, 5, 0.5, 600, stats.Holds, 0.001)},
		TaskResult{Task: "maths", Result: came(0.4, 0, 10, 0.5, 400, stats.Inconclusive, 0.06)}))
	a := c.advise(&plan)
	if a.SwitchTo != "mid" || a.Options[0].Kind != SwitchProven || a.Options[0].Router != nil || a.option(SwitchHoped) != nil {
		t.Fatalf("switch to %q: %+v", a.SwitchTo, a.Options)
	}
	// Lookups on small save 90 % of 6/14, maths on mid 50 % of 8/14: 67.1 %, which is 17.1 % more than mid for everything.
	table := a.option(TableProven)
	if diff := cmp.Diff(Number(9.4/14), table.Savings, nearly); diff != "" || table.Tasks != 2 {
		t.Errorf("%d tasks: -want +got\n%s", table.Tasks, diff)
	}
	if diff := cmp.Diff(plan.payback(0.0024), table.Router, nearly); diff != "" { // $9.40 − $7.00 for 1,000
		t.Errorf("-want +got\n%s", diff)
	}
	// So do requests without task and labels: they are on mid anyway.
	for i := range c.References {
		task := &c.References[i].Tasks[1]
		task.Task, task.Delta, task.Covered = "", Unknown, 0
	}
	if diff := cmp.Diff(Number(9.4/14), c.advise(&plan).option(TableProven).Savings, nearly); diff != "" {
		t.Errorf("untasked: -want +got\n%s", diff)
	}
	// One task on which mid fails, and it is no switch.
	c.References[2].Tasks[1].Verdict = stats.Fails
	if got := c.advise(&plan).SwitchTo; got != "" {
		t.Errorf("switches to %s although it fails on a task", got)
	}
}

// Few labels prove no ceiling: at 20,000 a day the 11 % that perfect foresight saves on one label do not pay, and they may
// as well be the 90 % that the small model saves.
func TestAdviceCeilingOfFewLabels(t *testing.T) {
	c, plan := twoTasks(), DefaultPlan(20_000)
	c.Oracle = Oracle{Graded: 1, Delta: 0, Savings: 0}
	c.References[0].Tasks = c.References[0].Tasks[1:] // and no table
	a := c.advise(&plan)
	if diff := cmp.Diff(Number(0.9), a.Ceiling, nearly); diff != "" || a.Verdict != NotYet || a.Why != WhyNoLabels {
		t.Errorf("%s (%s); ceiling -want +got\n%s", a.Verdict, a.Why, diff)
	}
	c.Oracle.Graded = 1000
	if a := c.advise(&plan); a.Verdict != DoNotBuild || a.Why != WhyDoesNotPay {
		t.Errorf("with 1,000 labels: %s (%s)", a.Verdict, a.Why)
	}
}

func TestAdviceJSON(t *testing.T) {
	plan := DefaultPlan(6000)
	want := twoTasks().advise(&plan)
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := &Advice{}
	if err := json.Unmarshal(data, got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, nearly); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
