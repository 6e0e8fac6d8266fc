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
// A service opens a [Router] by the config's file ([Open]) or from an embed.FS ([New]); [Router.Decide] says what is meant
// to become of a request and calls no model.
//
// The idea is one decision in two worlds. Both are plain functions over the small interfaces [Classifier] and [Models].
// Whoever implements these decides whether models are called or recorded outcomes looked up, so a replay of traffic
// measures the very code that would serve it. Package routingtest has scripts that a world must follow.
//
// What it does not do: it calls no provider, keeps no answer and logs nothing, for that is the world's; it computes no
// statistics and tunes nothing, for that is offline work; and it imports nothing heavy, no Parquet and no numerics, so
// that a service can.
package routing
