package datasets

import (
	"crypto/sha256"
	"encoding/hex"
)

// A KeyMaker makes the keys of many rows, as [ClusterKey] makes that of one, without allocating. It is not safe for
// concurrent use.
type KeyMaker struct{ buf []byte }

// AppendKey appends the key of a row to dst: 32 hex digits.
func (m *KeyMaker) AppendKey(dst, group, prompt, id []byte) []byte {
	switch {
	case len(group) > 0:
		m.buf = append(append(m.buf[:0], "group\x00"...), group...)
	default:
		const kind = "prompt\x00"
		m.buf = appendPrompt(append(m.buf[:0], kind...), prompt)
		if len(m.buf) == len(kind) {
			m.buf = append(append(m.buf[:0], "id\x00"...), id...)
		}
	}
	sum := sha256.Sum256(m.buf)
	return hex.AppendEncode(dst, sum[:keyBytes])
}

// appendPrompt is appendPlain, with a short way for prompts that are plain already.
func appendPrompt(dst, prompt []byte) []byte {
	if isPlain(prompt) {
		return append(dst, prompt...)
	}
	return appendPlain(dst, prompt)
}
