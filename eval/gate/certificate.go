package gate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/stats"
)

// CertificateFormat names the format of certificates, whose major version this package reads and writes.
const (
	CertificateFormat  = "tierwise.certificate"
	CertificateVersion = "1"
)

// A Certificate is the recorded evidence for one table: what was claimed of it, on which data, at which level. It holds
// for every config of its decision hash; a config with other prices keeps the claims about quality and has its costs made
// anew from Usage.
type Certificate struct {
	Format  string      `json:"format"`
	Version json.Number `json:"version"` // 1; a later minor version is written 1.1
	Tool    string      `json:"tool_version"`

	Name         string `json:"name,omitempty"` // of the config
	Baseline     string `json:"baseline"`       // a model
	DecisionHash string `json:"decision_hash"`
	PriceHash    string `json:"price_hash"`
	DataHash     string `json:"data_hash"`
	Seed         uint64 `json:"seed"`
	Salt         string `json:"salt,omitempty"`           // of the folds
	CostsHash    string `json:"costs_hash,omitempty"`     // of what money was made of when the table was chosen
	Recipe       string `json:"recipe_version,omitempty"` // of the way to choose and certify
	Options      string `json:"options,omitempty"`        // whatever else was asked for, in one canonical text
	GoldTasks    bool   `json:"gold_tasks"`               // callers were taken to name the task of each request

	Settings CertificateSettings `json:"settings"`
	Overall  Claim               `json:"overall"`
	Tasks    []TaskClaim         `json:"tasks"` // in the order of the config

	Prices []ModelPrice `json:"prices"` // those of PriceHash
	Usage  []Usage      `json:"usage"`
	// UsageWeight is how many requests Usage is of, by weight: its costs ÷ UsageWeight are those of a request.
	UsageWeight float64 `json:"usage_weight"`

	Look   *CertificateLook `json:"look,omitempty"`   // nil: no ledger was kept
	Search *Search          `json:"search,omitempty"` // nil: the table was not searched for
}

// CertificateSettings are what the claims depend on.
type CertificateSettings struct {
	Tolerance     float64 `json:"tolerance"` // shares: 0.01 is a point
	TaskTolerance float64 `json:"task_tolerance"`
	Alpha         float64 `json:"alpha"`  // one-sided level of each claim
	Family        string  `json:"family"` // what Alpha is for: "task" or all tasks together
	Looks         int     `json:"looks"`  // at this data, this one included
}

// A Claim is what was found of the whole table or of a task.
type Claim struct {
	// N is how many labels Delta and its bounds are of, effective units where they have weights or groups: those that
	// certified, without those that only chose. Of what cannot differ from the baseline it is all Labels.
	N       int64         `json:"n"`
	Labels  int64         `json:"labels,omitempty"` // requests that could be judged, by any purpose; 0: as N
	Changed int64         `json:"changed"`          // of Labels, those whose answer is another than the baseline's
	Delta   eval.Number   `json:"delta"`
	Bound   eval.Number   `json:"delta_lower_bound"` // one-sided, at Alpha
	Upper   eval.Number   `json:"delta_upper_bound"`
	Verdict stats.Verdict `json:"verdict"`
	Reason  string        `json:"reason,omitempty"` // of a verdict that the bounds do not explain, such as a low coverage
	Test    string        `json:"test"`

	Coverage eval.Number `json:"coverage"`
	Savings  eval.Number `json:"savings"` // 1 − cost ÷ the baseline's
	// SavingsLow and SavingsHigh are its two-sided interval of level 1 − 2·Alpha.
	SavingsLow     eval.Number `json:"savings_low"`
	SavingsHigh    eval.Number `json:"savings_high"`
	CostPer1000    eval.Number `json:"cost_per_1000_usd"`
	LatencyP95     eval.Number `json:"latency_p95_ms"`
	EscalationRate eval.Number `json:"escalation_rate"`
}

// UnmarshalJSON reads a claim; a number that is not there is unknown.
func (c *Claim) UnmarshalJSON(data []byte) error {
	type plain Claim
	for _, n := range []*eval.Number{
		&c.Delta, &c.Bound, &c.Upper, &c.Coverage, &c.Savings, &c.SavingsLow, &c.SavingsHigh, &c.CostPer1000, &c.LatencyP95, &c.EscalationRate,
	} {
		*n = eval.Unknown
	}
	return json.Unmarshal(data, (*plain)(c))
}

// labels is how many requests the claim's figures are of.
func (c *Claim) labels() int64 {
	if c.Labels > 0 {
		return c.Labels
	}
	return c.N
}

// A TaskClaim is the claim of a task.
type TaskClaim struct {
	Task  string   `json:"task"`
	Chain []string `json:"chain"` // tiers
	Share float64  `json:"share"` // of the traffic
	Claim Claim    `json:"claim"`
	// Evidence is nil where the table was not searched for.
	Evidence *TaskEvidence `json:"evidence,omitempty"`
}

// A ModelPrice is in USD per million tokens; null: not given.
type ModelPrice struct {
	Model       string      `json:"model"`
	Input       eval.Number `json:"input"`
	CachedInput eval.Number `json:"cached_input"`
	Output      eval.Number `json:"output"`
	Reasoning   eval.Number `json:"reasoning"`
}

// The roles that a Usage may have.
const (
	roleAnswer    = string(eval.RoleAnswer)
	roleCheck     = string(eval.RoleCheck)
	roleRouter    = string(eval.RoleRouter)
	roleEmbedding = string(eval.RoleEmbedding)
	roleBaseline  = string(eval.RoleBaseline)
)

var roles = []string{roleAnswer, roleCheck, roleRouter, roleEmbedding, roleBaseline}

// A Usage is what calls of one model for one task added up to, by weight, on the requests that the savings are of.
type Usage struct {
	Task  string `json:"task"`
	Model string `json:"model"`
	Role  string `json:"role"`

	Cost        eval.Number `json:"cost_usd"`
	Input       eval.Number `json:"input_tokens"` // those read from a cache included; null: unknown
	CachedInput eval.Number `json:"cached_input_tokens"`
	Output      eval.Number `json:"output_tokens"` // those for reasoning included
	Reasoning   eval.Number `json:"reasoning_tokens"`
}

// UnmarshalJSON reads usage; a number that is not there is unknown.
func (u *Usage) UnmarshalJSON(data []byte) error {
	type plain Usage
	u.Cost, u.Input, u.CachedInput, u.Output, u.Reasoning = eval.Unknown, eval.Unknown, eval.Unknown, eval.Unknown, eval.Unknown
	return json.Unmarshal(data, (*plain)(u))
}

// UnmarshalJSON reads a price; a number that is not there is not given.
func (p *ModelPrice) UnmarshalJSON(data []byte) error {
	type plain ModelPrice
	p.Input, p.CachedInput, p.Output, p.Reasoning = eval.Unknown, eval.Unknown, eval.Unknown, eval.Unknown
	return json.Unmarshal(data, (*plain)(p))
}

// WriteCertificate writes c as JSON with the format and version of this package and the digest of the text: the same bytes for the same certificate.
// One that contradicts itself, which would not be read again, is an error.
func WriteCertificate(w io.Writer, c *Certificate) error {
	out := *c
	out.Format, out.Version = CertificateFormat, CertificateVersion
	if err := out.check(); err != nil {
		return fmt.Errorf("the certificate contradicts itself: %w", err)
	}
	text, err := encode(&out)
	if err != nil {
		return err
	}
	sealed := struct {
		*Certificate
		Digest string `json:"digest"`
	}{Certificate: &out}
	if sealed.Digest, err = digest(text); err != nil {
		return err
	}
	if text, err = encode(&sealed); err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// maxCertificateBytes bounds what is read.
const maxCertificateBytes = 16 << 20

// ReadCertificate reads a certificate. Fields that it does not know are ignored, so that later minor versions can be
// read; what it knows must make sense. name is the file's name in errors.
func ReadCertificate(name string, data []byte) (*Certificate, error) {
	fail := func(format string, args ...any) (*Certificate, error) {
		return nil, fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...))
	}
	if len(data) > maxCertificateBytes {
		return fail("is larger than a certificate may be: %d bytes, %d are the most", len(data), maxCertificateBytes)
	}
	var head struct {
		Format  string      `json:"format"`
		Version json.Number `json:"version"`
		Digest  string      `json:"digest"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return fail("is no certificate: %v", err)
	}
	if head.Format != CertificateFormat {
		return fail("is no certificate: its format is %q, not %q", head.Format, CertificateFormat)
	}
	if major, _, _ := strings.Cut(head.Version.String(), "."); major != CertificateVersion {
		return fail("version %q is not read here: only version %s is; update tierwise", head.Version, CertificateVersion)
	}
	c := &Certificate{}
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(c); err != nil {
		return fail("%v", err)
	}
	if err := c.checkDigest(head.Digest, data); err != nil {
		return fail("%v", err)
	}
	if err := c.check(); err != nil {
		return fail("%v", err)
	}
	return c, nil
}

// result returns the claim as a replay would have found it, judged against another tolerance: a bound holds at every
// tolerance at once.
func (c *Claim) result(tolerance, share float64) eval.Result {
	r := eval.Result{
		Share: eval.Number(share), Graded: c.labels(), Covered: c.N, Changed: c.Changed, Coverage: c.Coverage, Delta: c.Delta, Bound: c.Bound, Upper: c.Upper,
		Test: c.Test, Reason: c.Reason, Verdict: stats.Inconclusive,
		Savings: c.Savings, SavingsBound: c.SavingsLow, SavingsUpper: c.SavingsHigh, CostPer1000: c.CostPer1000, LatencyP95: c.LatencyP95, EscalationRate: c.EscalationRate,
		CostShare: eval.Unknown, SavingsShare: eval.Unknown, LatencyShare: eval.Unknown, WalkedShare: eval.Unknown,
	}
	switch {
	case c.Verdict == stats.Inconclusive && c.Reason != "": // the bounds do not tell
	case float64(c.Bound) >= -tolerance-rounding:
		r.Verdict = stats.Holds
	case float64(c.Upper) < -tolerance-rounding:
		r.Verdict = stats.Fails
	}
	return r
}

// unchanged returns the claim of a table against itself at other prices.
func (c *Claim) unchanged(costBefore eval.Number, share float64) eval.Result {
	r := c.result(0.5, share)
	r.Verdict, r.Test, r.Reason = stats.Holds, nothingChanged, ""
	r.Delta, r.Bound, r.Upper, r.Changed = 0, 0, 0, 0
	r.Savings, r.SavingsBound, r.SavingsUpper = eval.Unknown, eval.Unknown, eval.Unknown
	if costBefore > 0 {
		r.Savings = 1 - r.CostPer1000/costBefore
	}
	return r
}
