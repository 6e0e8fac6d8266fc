// Package wire is what the clients of all dialects share: one HTTP call with its time limits, bounded answers, server-sent
// events, and what status codes and error words mean. It never asks twice.
package wire
