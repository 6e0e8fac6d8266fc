package routing

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/llm"
)

// A kept answer is one that a cache has, and what came of the request that it was given to.
type kept struct {
	id, task, tier, model string
	layer                 Layer
	confidence            float64
	rule, split           string
	costUSD               float64 // NaN: unknown
	response              *llm.Response
}

// copy returns the answer for another caller, who may do with it as he likes.
func (k *kept) copy() *kept {
	out := *k
	out.response = copyOf(k.response)
	return &out
}

func copyOf(r *llm.Response) *llm.Response {
	out := *r
	out.Raw, out.Unsent, out.Logprobs = bytes.Clone(r.Raw), slices.Clone(r.Unsent), slices.Clone(r.Logprobs)
	if r.Usage != nil {
		usage := *r.Usage
		out.Usage = &usage
	}
	return &out
}

// keptVersion is the first byte of a kept answer. What another version wrote is a miss.
const keptVersion = 1

var errKept = errors.New("not an answer of this version")

// entry returns the answer as caches keep it.
func (k *kept) entry() *cache.Entry {
	b := append(make([]byte, 0, 128+len(k.response.Text)+len(k.response.Raw)), keptVersion, byte(k.layer))
	b = appendFloat(b, k.confidence)
	r := k.response
	for _, s := range [...]string{k.rule, k.split, r.ID, r.Model, r.Text, r.Reasoning, r.Refusal, r.FinishReason, string(r.Raw)} {
		b = appendKept(b, s)
	}
	if b = append(b, 0); r.Usage != nil {
		b[len(b)-1] = 1
		for _, x := range [...]float64{r.Usage.Input, r.Usage.CachedInput, r.Usage.Output, r.Usage.Reasoning, r.Usage.CacheWrite} {
			b = appendFloat(b, x)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(r.Unsent)))
	for _, s := range r.Unsent {
		b = appendKept(b, s)
	}
	b = appendLogprobs(b, r.Logprobs)
	return &cache.Entry{Request: k.id, Task: k.task, Tier: k.tier, Model: k.model, CostUSD: k.costUSD, Answer: b}
}

func appendFloat(b []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
}

func appendKept(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendLogprobs(b []byte, list []llm.Logprob) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		b = appendFloat(appendKept(b, list[i].Token), list[i].Logprob)
		b = appendLogprobs(b, list[i].Top)
	}
	return b
}

// keptOf returns the answer that an entry holds.
func keptOf(e *cache.Entry) (*kept, error) {
	r := keptReader{rest: string(e.Answer)}
	if r.byte() != keptVersion {
		return nil, errKept
	}
	k := &kept{id: e.Request, task: e.Task, tier: e.Tier, model: e.Model, costUSD: e.CostUSD, layer: Layer(r.byte()), response: new(llm.Response)}
	k.confidence = r.float()
	var raw string
	a := k.response
	for _, s := range [...]*string{&k.rule, &k.split, &a.ID, &a.Model, &a.Text, &a.Reasoning, &a.Refusal, &a.FinishReason, &raw} {
		*s = r.text()
	}
	if raw != "" {
		a.Raw = []byte(raw)
	}
	if r.byte() == 1 {
		a.Usage = new(llm.Usage)
		for _, x := range [...]*float64{&a.Usage.Input, &a.Usage.CachedInput, &a.Usage.Output, &a.Usage.Reasoning, &a.Usage.CacheWrite} {
			*x = r.float()
		}
	}
	for range r.count() {
		a.Unsent = append(a.Unsent, r.text())
	}
	a.Logprobs = r.logprobs(0)
	if r.bad || r.rest != "" || int(k.layer) >= len(layerNames) {
		return nil, errKept
	}
	return k, nil
}

// A keptReader reads what entry wrote. Once something is wrong it is at the end.
type keptReader struct {
	rest string
	bad  bool
}

func (r *keptReader) fail() { r.rest, r.bad = "", true }

func (r *keptReader) byte() byte {
	if r.rest == "" {
		r.fail()
		return 0
	}
	x := r.rest[0]
	r.rest = r.rest[1:]
	return x
}

func (r *keptReader) float() float64 {
	if len(r.rest) < 8 {
		r.fail()
		return 0
	}
	var bits uint64
	for i := range 8 {
		bits |= uint64(r.rest[i]) << (8 * i)
	}
	r.rest = r.rest[8:]
	return math.Float64frombits(bits)
}

// count reads a number of things that take a byte each at least.
func (r *keptReader) count() int {
	var n uint64
	for shift := 0; ; shift += 7 {
		x := r.byte()
		if r.bad || shift > 56 {
			r.fail()
			return 0
		}
		n |= uint64(x&0x7f) << shift
		if x < 0x80 {
			break
		}
	}
	if n > uint64(len(r.rest)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *keptReader) text() string {
	n := r.count()
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

// maxTopDepth is how deep alternatives of tokens are nested: they have none of their own.
const maxTopDepth = 1

func (r *keptReader) logprobs(depth int) []llm.Logprob {
	var list []llm.Logprob
	n := r.count()
	if n > 0 && depth > maxTopDepth {
		r.fail()
		return nil
	}
	for range n {
		if r.bad {
			return nil
		}
		p := llm.Logprob{Token: r.text(), Logprob: r.float()}
		p.Top = r.logprobs(depth + 1)
		list = append(list, p)
	}
	return list
}
