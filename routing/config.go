package routing

import (
	"cmp"
	"time"

	"github.com/tierwise/tierwise/routing/price"
)

// A Config is a dispatch config as written: names, not ids. ParseConfig reads one from TOML, Compile turns it
// into a Table. CONFIG.md documents the format.
type Config struct {
	Source string // file name for messages, "" if built in code
	Text   []byte // the TOML that was read, nil if built in code

	Version  int
	Name     string
	Baseline string // a model: what every candidate is measured against

	OnExhausted     string // default for tasks that do not say: "return" ("" means that) or "error"
	OnContentFilter string // default for tasks that do not say: "error" ("" means that) or "failover"

	Providers []Provider // in the order of the file
	Models    []Model    // in the order of the file; models that only [tiers] names are not in here
	Tiers     []Tier     // in the order of the file: rising price
	Tasks     []Task     // in the order of the file
	Router    RouterConfig
	Cache     Cache

	// Files holds the content of every file that the config refers to (JSON schemas, the classifier), by the path
	// as written, so that a Config is complete without a working folder.
	Files map[string][]byte

	positions map[string]Position // key path, as KeyPath makes it, → where it stands; nil if built in code
}

// A Provider is an endpoint that serves models. Secrets are named, never held.
type Provider struct {
	Name      string
	Kind      string // "openai" or "anthropic"
	BaseURL   string
	APIKeyEnv string
	Timeout   time.Duration // of one attempt; 0: none given

	// FirstToken and Idle limit a stream: until its first content, unless no tier is left to ask, and from event to event.
	// 0: none given.
	FirstToken, Idle time.Duration
	Retries          *int    // further calls of the same model in one attempt; nil: DefaultRetries
	MaxConcurrent    int     // calls under way at once; 0: any number
	MaxRate          float64 // calls per second; 0: any number
}

// A Model is a concrete provider model.
type Model struct {
	Name     string
	Provider string // "" offline
	ID       string // the provider's name for it; "": Name
	Context  int    // tokens that fit, 0: unknown, everything fits
	Price    price.Price
}

// A Tier is a named step of the price ladder.
type Tier struct{ Name, Model string }

// A Task is one line of the dispatch table.
type Task struct {
	Name            string
	Description     string
	Chain           []string // tiers, tried in order
	Accept          []Accept // all must pass; in order, stopping at the first no
	Cache           *bool    // nil: true
	OnExhausted     string   // "": the config's
	OnContentFilter string   // "": the config's
	Split           *Split   // nil: none
}

// An Accept is one acceptance check as written: a signal and its threshold.
type Accept struct {
	Check   string             // chars, regex, json, json_schema, finish, logprob_mean, logprob_min, self_check, go:NAME
	Pattern string             // of regex
	Schema  string             // of json_schema: a path, key of Config.Files
	Model   string             // of self_check: who is asked
	Min     *float64           // the threshold for every tier of the chain; nil: PerTier, or 1 for a 0/1 check
	PerTier map[string]float64 // thresholds by tier: a tier that is not named has no such check
}

// A RouterConfig says how a request's task is found.
type RouterConfig struct {
	Default   string // the task of requests that no layer is sure of
	Rules     []Rule
	Embedding *EmbeddingRouter
	LLM       *LLMRouter
}

// A Rule is a free, deterministic layer-1 rule. Every condition that is set must hold.
type Rule struct {
	Name       string // "": its number, "#2" for the second
	Task       string
	Confidence float64 // 0 if not given means 1

	MinChars, MaxChars       *int     // of the prompt
	MinTokens, MaxTokens     *int     // of the whole request with its answer, as Tokens estimates them
	MinMessages, MaxMessages *int     // of the chat
	Match                    string   // RE2, searched in the prompt
	Keywords                 []string // any of them, case folded
	Scripts                  []string // any of them, keys of unicode.Scripts: what most letters of the prompt are of
	CodeFence                *bool    // the prompt has a fenced code block
	Endpoints                []string // any of them, exactly
	Tenants                  []string // any of them, exactly
	HasTools                 *bool    // the request offers tools
	HasSchema                *bool    // the request asks for JSON by a schema
	HasAttachment            *bool    // the request carries something that is not text
}

// An EmbeddingRouter is layer 2: a classifier trained on the traffic.
type EmbeddingRouter struct {
	Artifact      string
	Embedder      string   // what makes vectors of prompts; "": the built-in one, "ngrams"
	MinConfidence *float64 // an answer below it is not taken; nil: what the artifact recommends
}

// An LLMRouter is layer 3: a small model names the task.
type LLMRouter struct {
	Model         string
	MinConfidence float64 // an answer below it is not taken; 0: every answer is
}

// Cache configures the two caches; nil: off.
type Cache struct {
	Exact    *ExactCache
	Semantic *SemanticCache
}

// An ExactCache answers a request that was answered before.
type ExactCache struct {
	Backend string // "memory" or "redis"
	URLEnv  string // of redis
	TTL     time.Duration
}

// A SemanticCache answers a request that is nearly one that was answered before.
type SemanticCache struct {
	MinSimilarity float64
	TTL           time.Duration
	Tasks         map[string]SemanticTask // what is otherwise for some tasks
}

// A SemanticTask is what a semantic cache does otherwise for a task.
type SemanticTask struct {
	MinSimilarity float64       // 0: the cache's
	TTL           time.Duration // 0: the cache's
}

// For returns the least similarity and the time to live of a task's answers.
func (s *SemanticCache) For(task string) (least float64, ttl time.Duration) {
	t := s.Tasks[task]
	return cmp.Or(t.MinSimilarity, s.MinSimilarity), cmp.Or(t.TTL, s.TTL)
}

// A Position is a place in a config file, both counted from 1; columns count characters.
type Position struct{ Line, Column int }
