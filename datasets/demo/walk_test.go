package demo

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/tierwise/tierwise/datasets"
)

// dispatch is what the demo's own configs use of a dispatch config. The walk below is a second, naive reading of the
// replay semantics: it holds the configs to what Configs promises of them without importing the router, which
// datasets may not do.
type dispatch struct {
	Version        int
	Name, Baseline string
	Providers      map[string]struct {
		Kind, BaseURL, APIKeyEnv, Timeout string
	}
	Models map[string]struct {
		Provider string
		Context  int
		Price    map[string]float64
	}
	Tiers  map[string]string
	Tasks  map[string]taskConfig
	Router struct {
		Default string
		Rules   []rule
	}
}

type taskConfig struct {
	Description string
	Chain       []string
	Accept      []accept
}

type accept struct {
	Check, Schema string
	Min           any
}

type rule struct {
	Name, Task, Match   string
	Confidence          float64
	MinChars            int `toml:"min_chars"`
	Keywords, Endpoints []string

	match *regexp.Regexp
}

// decode reads a config strictly.
func decode(t *testing.T, c Config) *dispatch {
	t.Helper()
	var d dispatch
	text := strings.NewReplacer("base_url", "BaseURL", "api_key_env", "APIKeyEnv").Replace(string(c.TOML))
	meta, err := toml.Decode(text, &d)
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	// The keys of thresholds per tier count as undecoded: they are names of tiers, not of fields.
	keys := slices.DeleteFunc(meta.Undecoded(), func(k toml.Key) bool { return slices.Contains(k, "min") })
	if len(keys) > 0 {
		t.Fatalf("%s: unknown keys %v", c.Name, keys)
	}
	for i, r := range d.Router.Rules {
		d.Router.Rules[i].match = regexp.MustCompile(r.Match)
		for k, word := range r.Keywords {
			r.Keywords[k] = strings.ToLower(word)
		}
	}
	return &d
}

// route returns the task of a request: of the first rule that matches, else the default.
func (d *dispatch) route(row *datasets.Row) string {
	prompt := strings.ToLower(row.Prompt)
	for _, r := range d.Router.Rules {
		has := func(word string) bool { return strings.Contains(prompt, word) }
		switch {
		case r.Endpoints != nil && !slices.Contains(r.Endpoints, row.Endpoint):
		case r.Keywords != nil && !slices.ContainsFunc(r.Keywords, has):
		case r.MinChars > 0 && utf8.RuneCountInString(row.Prompt) < r.MinChars:
		case !r.match.MatchString(row.Prompt):
		default:
			return r.Task
		}
	}
	return d.Router.Default
}

// A result is the outcome of a whole walk.
type result struct{ quality, cost float64 }

// walk takes a request through the chain of a task.
func (d *dispatch) walk(task string, s *sample, schema *jsonschema.Resolved) result {
	res := result{}
	for k, tier := range d.Tasks[task].Chain {
		m := slices.IndexFunc(models[:], func(m model) bool { return m.name == d.Tiers[tier] })
		o := &s.row.Outcomes[m]
		if o.Error != "" {
			continue
		}
		res.cost += *o.CostUSD
		res.quality = s.truth[m]
		last := k == len(d.Tasks[task].Chain)-1
		if last || d.Tasks[task].accepts(tier, o, schema) {
			break
		}
	}
	return res
}

func (c taskConfig) accepts(tier string, o *datasets.Outcome, schema *jsonschema.Resolved) bool {
	for _, a := range c.Accept {
		least := 1.0
		switch m := a.Min.(type) {
		case int64:
			least = float64(m)
		case float64:
			least = m
		case map[string]any:
			v, ok := m[tier].(float64)
			if !ok {
				continue
			}
			least = v
		}
		if signal(a.Check, o, schema) < least {
			return false
		}
	}
	return true
}

func signal(check string, o *datasets.Outcome, schema *jsonschema.Resolved) float64 {
	var parsed any
	switch check {
	case "chars":
		return float64(utf8.RuneCountInString(*o.Response))
	case "finish":
		return indicator(o.FinishReason == "stop")
	case "logprob_mean":
		return *o.LogprobMean
	case "json":
		return indicator(json.Unmarshal([]byte(*o.Response), &parsed) == nil)
	case "json_schema":
		return indicator(json.Unmarshal([]byte(*o.Response), &parsed) == nil && schema.Validate(parsed) == nil)
	default:
		panic("a check that the walk does not know: " + check)
	}
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func resolve(t *testing.T, c Config) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(c.Schemas[schemaName], &s); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A tally sums paired results of one dispatched task.
type tally struct{ n, discordant, delta, delta2, cost, baseline float64 }

func (a *tally) add(candidate, baseline result) {
	d := candidate.quality - baseline.quality
	a.n++
	a.delta += d
	a.delta2 += d * d
	if d != 0 {
		a.discordant++
	}
	a.cost += candidate.cost
	a.baseline += baseline.cost
}

// points are the mean delta in percentage points, and the standard deviation of one delta.
func (a *tally) points() (mean, sd float64) {
	mean = a.delta / a.n
	return 100 * mean, 100 * math.Sqrt(a.delta2/a.n-mean*mean)
}

func (a *tally) String() string {
	mean, sd := a.points()
	return fmt.Sprintf("n %5.0f  delta %+6.2f pp  sd %5.1f  discordant %4.1f %%  saves %5.1f %%  share of bill %.4f",
		a.n, mean, sd, 100*a.discordant/a.n, 100*(1-a.cost/a.baseline), a.baseline)
}

// replay walks samples under a config and returns the tallies by dispatched task, and the rate of requests that
// were dispatched to their gold task.
func replay(t *testing.T, c Config, samples []sample) (byTask map[string]*tally, whole *tally, right float64) {
	d, schema := decode(t, c), resolve(t, c)
	baseline := &dispatch{Tiers: d.Tiers, Tasks: map[string]taskConfig{"": {Chain: []string{"large"}}}}
	byTask, whole = map[string]*tally{}, &tally{}
	for i := range samples {
		s := &samples[i]
		task := d.route(&s.row)
		if byTask[task] == nil {
			byTask[task] = &tally{}
		}
		got, base := d.walk(task, s, schema), baseline.walk("", s, schema)
		byTask[task].add(got, base)
		whole.add(got, base)
		right += indicator(task == s.row.Task) / float64(len(samples))
	}
	return byTask, whole, right
}
