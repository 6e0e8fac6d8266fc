// Package gate holds a change of a dispatch config to a policy: rules about quality, money, latency and evidence, each of
// which passes, fails or stays inconclusive. The evidence is a replay of labeled traffic ([eval.Comparison],
// [eval.Versus]) or a certificate that an earlier run recorded. Nothing is measured here.
//
// POLICY.md documents policies, CERTIFICATE.md certificates.
package gate
