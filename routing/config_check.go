package routing

import (
	"maps"
	"slices"

	"github.com/tierwise/tierwise/routing/accept"
)

// maxChecks is the most acceptance checks of a task: a Decision counts them in 8 bits.
const maxChecks = 64

// A configChecker checks what one value of a config means for another: names that must be defined, keys that ask
// for or exclude each other. It looks only at values that could be read; the others are reported already.
type configChecker struct {
	*document
	config    *Config
	providers []string
	models    []string // of [models] and [tiers]
	tierModel map[string]string
	tiers     []string
	tasks     []string
}

func checkConfig(d *document, c *Config) {
	k := configChecker{document: d, config: c, tierModel: map[string]string{}}
	for _, p := range c.Providers {
		k.providers = append(k.providers, p.Name)
	}
	for _, m := range c.Models {
		k.models = append(k.models, m.Name)
	}
	for _, t := range c.Tiers {
		k.tiers = append(k.tiers, t.Name)
		k.tierModel[t.Name] = t.Model
		if t.Model != "" && !slices.Contains(k.models, t.Model) {
			k.models = append(k.models, t.Model)
		}
	}
	for _, t := range c.Tasks {
		k.tasks = append(k.tasks, t.Name)
	}
	k.required()
	k.checkModels()
	for i := range c.Tasks {
		k.checkTask(&c.Tasks[i], childPath("tasks", c.Tasks[i].Name))
	}
	k.checkRouter()
	k.checkCache()
}

// required reports what every config must have.
func (k *configChecker) required() {
	k.require("", "version", "write version = 1, the only version that is read here")
	k.require("", "baseline", "name the model that everything is measured against")
	k.require("", "tiers", `write a table of tier = model, cheapest first, such as small = "gpt-small"`)
	k.require("", "tasks", `write a table per task, such as [tasks.reply] with chain = ["small"]`)
	k.require("", "router", "write [router] with default, the task of requests that no layer is sure of")
	if k.has("router") {
		k.require("router", "default", "name the task of requests that no layer is sure of")
	}
	for _, table := range []string{"tiers", "tasks"} {
		if k.has(table) && !k.wrong[table] && len(k.names[table]) == 0 {
			k.failAt(table, "%s is empty", table)
		}
	}
	k.oneSpelling("")
}

// require reports a table that lacks a key.
func (k *configChecker) require(table, name, advice string) {
	switch {
	case k.has(joinPath(table, name)) || k.wrong[table]:
	case table == "":
		k.failAt("", "missing %s: %s", name, advice)
	default:
		k.failAt(table, "%s has no %s: %s", table, name, advice)
	}
}

// oneSpelling reports a table with both spellings of on_content_filter.
func (k *configChecker) oneSpelling(table string) {
	if short := joinPath(table, "content_filter"); k.has(short) && k.has(joinPath(table, "on_content_filter")) {
		k.failAtKey(short, "%s is another spelling of on_content_filter, which is there too: drop it", short)
	}
}

// joinPath is childPath for keys of the format, which need no quotes.
func joinPath(table, name string) string {
	if table == "" {
		return name
	}
	return table + "." + name
}

// defined reports a name that is none of the valid ones. An empty name is one that could not be read; where nothing
// is valid, required has said so, but for providers, which are optional.
func (k *configChecker) defined(path, kind, name string, valid []string) bool {
	if name == "" || slices.Contains(valid, name) || len(valid) == 0 && kind != "provider" {
		return true
	}
	advice := suggest(name, valid)
	if len(valid) == 0 {
		advice = ": there are no " + kind + "s"
	}
	k.failAt(path, "unknown %s %q in %s%s", kind, name, path, advice)
	return false
}

func (k *configChecker) checkModels() {
	k.defined("baseline", "model", k.config.Baseline, k.models)
	for _, p := range k.config.Providers {
		k.require(childPath("providers", p.Name), "kind", "it is one of openai (any compatible endpoint), anthropic")
	}
	for _, m := range k.config.Models {
		k.defined(childPath("models", m.Name)+".provider", "provider", m.Provider, k.providers)
	}
}

func (k *configChecker) checkTask(t *Task, path string) {
	k.require(path, "chain", "write the tiers to try, in order")
	k.oneSpelling(path)
	k.checkChain(t, path+".chain")
	if t.Split != nil {
		k.checkSplit(t, path+".split")
	}
	if len(t.Accept) > maxChecks {
		k.failAt(path+".accept", "%s.accept has %d checks: %d is the most", path, len(t.Accept), maxChecks)
		return
	}
	for i := range t.Accept {
		k.checkAccept(t, &t.Accept[i], elementPath(path+".accept", i))
	}
}

func (k *configChecker) checkSplit(t *Task, path string) {
	k.require(path, "artifact", "it is the predictor of gains that tierwise tune writes")
	k.require(path, "below", "requests with a smaller predicted gain are sent on, such as 0.05")
	k.require(path, "task", "name the task that easy requests are served as")
	at := path + ".task"
	if !k.defined(at, "task", t.Split.Task, k.tasks) {
		return
	}
	if t.Split.Task == t.Name {
		k.failAt(at, "%s is %q itself: name another task, with a chain of its own", at, t.Name)
		return
	}
	for i := range k.config.Tasks {
		if easy := &k.config.Tasks[i]; easy.Name == t.Split.Task && easy.Split != nil {
			k.failAt(at, "%s is %q, which has a split itself: a request is split once; name a task without", at, easy.Name)
		}
	}
}

func (k *configChecker) checkChain(t *Task, path string) {
	if t.Chain != nil && len(t.Chain) == 0 {
		k.failAt(path, "%s is empty: name at least one tier%s", path, suggest("", k.tiers))
	}
	if len(t.Chain) > MaxChain {
		k.failAt(path, "%s has %d tiers: %d is the most", path, len(t.Chain), MaxChain)
		return
	}
	reached := map[string]string{} // model → the tier of the chain that reaches it
	for i, tier := range t.Chain {
		at := elementPath(path, i)
		if !k.defined(at, "tier", tier, k.tiers) {
			continue
		}
		model := k.tierModel[tier]
		if model == "" {
			continue
		}
		switch first, again := reached[model]; {
		case !again:
			reached[model] = tier
		case first == tier:
			k.failAt(at, "%s names tier %q a second time", path, tier)
		default:
			k.failAt(at, "%s reaches model %q a second time: tier %q is it too", path, model, first)
		}
	}
}

func (k *configChecker) checkAccept(t *Task, a *Accept, path string) {
	k.require(path, "check", "it says what is measured: one of chars, regex, json, json_schema, …")
	if a.Check == "" {
		return
	}
	kind, ok := accept.ParseKind(a.Check)
	if !ok {
		k.failAt(path+".check", "unknown check %q in %s%s", a.Check, path, suggest(a.Check, accept.Names()))
		return
	}
	k.checkParameter(path, kind, "pattern", accept.Regex)
	k.checkParameter(path, kind, "schema", accept.JSONSchema)
	k.checkParameter(path, kind, "model", accept.SelfCheck)
	k.defined(path+".model", "model", a.Model, k.models)
	k.checkMin(t, a, kind, path)
}

// checkParameter reports a parameter that is missing in the one kind of check that needs it, or given in another.
func (k *configChecker) checkParameter(path string, kind accept.Kind, name string, needs accept.Kind) {
	if kind == needs {
		k.require(path, name, "check "+kind.String()+" needs it")
	} else if at := path + "." + name; k.has(at) {
		k.failAtKey(at, "check %s takes no %s; check %s does", kind, name, needs)
	}
}

func (k *configChecker) checkMin(t *Task, a *Accept, kind accept.Kind, path string) {
	at := path + ".min"
	switch {
	case !k.has(at):
		if !kind.Binary() {
			k.failAt(path, "%s has no min: check %s has no threshold of its own", path, kind)
		}
	case a.Min != nil:
		k.checkThreshold(*a.Min, kind, at)
	case a.PerTier != nil && len(k.names[at]) == 0:
		k.failAt(at, "%s names no tier, so that the check would never be made", at)
	}
	for _, tier := range slices.Sorted(maps.Keys(a.PerTier)) {
		of := childPath(at, tier)
		if len(t.Chain) > 0 && !slices.Contains(t.Chain, tier) {
			k.failAtKey(of, "tier %q in %s is not in the chain%s", tier, at, suggest(tier, t.Chain))
		}
		k.checkThreshold(a.PerTier[tier], kind, of)
	}
}

// checkThreshold reports a threshold that a signal of 0 or 1 always or never reaches, in words that do not fit it.
func (k *configChecker) checkThreshold(v float64, kind accept.Kind, path string) {
	if kind.Binary() && (v < 0 || v > 1) {
		k.failAt(path, "%s is %v, but check %s measures 0 or 1", path, v, kind)
	}
}

func (k *configChecker) checkRouter() {
	r := &k.config.Router
	k.defined("router.default", "task", r.Default, k.tasks)
	for i := range r.Rules {
		k.checkRule(&r.Rules[i], elementPath("router.rules", i))
	}
	if r.Embedding != nil {
		k.require("router.embedding", "artifact", "it is the classifier that tierwise train writes")
	}
	if r.LLM != nil {
		k.require("router.llm", "model", "name the model that is asked for the task")
		k.defined("router.llm.model", "model", r.LLM.Model, k.models)
	}
}

func (k *configChecker) checkCache() {
	if exact := k.config.Cache.Exact; exact != nil {
		switch at := "cache.exact.url_env"; {
		case exact.Backend == "redis":
			k.require("cache.exact", "url_env", "name the environment variable with the address of the redis server")
		case exact.Backend == "memory" && k.has(at):
			k.failAtKey(at, `%s goes with backend = "redis" only`, at)
		}
	}
	if k.config.Cache.Semantic != nil {
		k.require("cache.semantic", "min_similarity", "say how alike two prompts must be, such as 0.97")
		for _, name := range slices.Sorted(maps.Keys(k.config.Cache.Semantic.Tasks)) {
			k.defined(KeyPath("cache", "semantic", "tasks", name), "task", name, k.tasks)
		}
	}
}
