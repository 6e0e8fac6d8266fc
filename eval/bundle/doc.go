// Package bundle makes what tune ships: the tuned dispatch config, written into the file that a person keeps (Edit), and
// the same table for those who run another gateway (LiteLLM, JSON). It decides nothing and touches no files: it turns
// bytes and values into bytes.
package bundle
