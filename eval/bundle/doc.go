// Package bundle makes what tune ships: the tuned dispatch config, written into the file that a person keeps (Edit); its
// certificate (Certificate); the Go package that serves it, with golden requests that test it (GoFiles, Golden); and the
// same table for those who run another gateway (LiteLLM, Table; EXPORTS.md). It decides nothing and touches no files: it
// turns bytes and values into bytes.
//
// There is no second way to write a config from nothing: where a person has none, reports.Draft writes the commented file
// that init does, and Edit tunes it. What init says of a task is marked as tune's, so that tune's evidence replaces it.
package bundle
