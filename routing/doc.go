// Package routing decides which model answers a request: it reads a dispatch config, decides the task of a request
// (Route) and walks the chain of models of that task until an answer is good enough (Dispatch).
//
// A [Config] is what the TOML file says, in names; [Compile] turns it into a [Table], in small integers, which is
// immutable and safe for concurrent use. CONFIG.md documents the file.
//
//	Config ── Compile ──▶ Table ── Route ──▶ task ── Dispatch ──▶ Decision
//	                                 │                  │
//	                             Classifier           Models
//
// [Table.Route] asks the layers in the order of their price, each only if nobody was sure before it. [Table.Dispatch]
// calls one tier after the other: a provider that fails leads to the next (failover), and so does an answer that an
// acceptance check refuses (escalation).
//
// A service opens a [Router] by the config's file ([Open]) or from an embed.FS ([New]). [Router.Do] answers a request and
// [Router.Stream] answers it in pieces; [Router.Decide] says what is meant to become of a request and calls no model.
//
// The idea is one decision in two worlds. Both are plain functions over the small interfaces [Classifier] and [Models].
// Whoever implements these decides whether models are called or recorded outcomes looked up, so a replay of traffic
// measures the very code that serves it. Package routingtest has scripts that a world must follow.
//
// # What a router does about failures
//
// A call of a provider (package llm) is made once and either answered whole or an error with a cause. Around it:
//
//   - An attempt at a tier is the one place that asks again: after a rate limit, a 5xx, or a broken connection, with a
//     growing, random wait or the one that the provider asks for. It goes on to the next tier in place of waiting longer
//     than that is known to take. Calls that may have been billed are made again once at most, and what they may have
//     cost is in the trace beside the cost. Time-outs, empty accounts, refused keys and requests that are too large are
//     left to the next tier at once.
//   - A breaker for each model, and one for each key, keep calls from what fails, and let one through now and then. If all
//     are open, the last tier is asked anyway, once.
//   - What is left until the deadline is split over the tiers that are left. A tier that cannot answer in time is not asked.
//   - A refusal for the content and a bad request end the walk, with the provider's reason, and so does a caller who leaves.
//   - Half an answer is an error, never an answer: see [Router.Stream].
//
// # What a router remembers
//
// A config with a table [cache.exact] or [cache.semantic] has answers kept for the next request (package cache):
//
//   - The same request of the same tenant is answered before it is routed, at no cost, by any router that shares the store. Of
//     those who ask the same at the same time, one is answered and the others wait for that.
//   - A request that is nearly the same as one of its task is answered once its task is known, unless a guard sees that the
//     two differ in a number, a name, a negation.
//   - Only accepted answers are kept, and none of a task with cache = false. [Request.NoStore] keeps caches out.
//   - A cache that is out is a miss. [Options.Stores] supplies the Redis of package redisstore; memory is built in.
//   - What the LLM router said to a prompt is remembered for the tenant, in memory.
//   - Caches outlive [Router.Reload]. Configs that decide differently do not see each other's answers.
//
// Each request leaves a record in a sink of package trace, and spans by an [Observer], as package otelspans is.
//
// What it does not do: it computes no statistics and tunes nothing, for that is offline work; and it imports nothing heavy,
// no Parquet and no numerics, so that a service can.
package routing
