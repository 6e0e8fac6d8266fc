package eval

import (
	"crypto/sha256"
	"sync"

	"github.com/tierwise/tierwise/datasets"
)

// A Memo keeps what classifiers said of the requests of one dataset from one pass over it to the next: asking again takes
// longer than everything else that a pass does. It is safe for concurrent use; the zero Memo is empty. It stays below some
// 130 MB: beyond five million requests it keeps no more.
type Memo struct {
	mu     sync.Mutex
	blocks map[memoKey]*predictions
	rows   int
}

// maxMemo is how many requests a Memo keeps.
const maxMemo = 5_000_000

// A memoKey is a classifier and a block: where it begins and how long it is, for readers may cut them otherwise.
type memoKey struct {
	artifact [sha256.Size]byte
	sum      string // of the out-of-fold predictions
	file     string
	first    int64
	len      int
}

func keyOf(c *classifier, t *datasets.Traffic) memoKey {
	return memoKey{c.artifact, c.sum, t.File, t.Rows[0], t.Len}
}

// recall sets p to what was kept of a block, and reports whether anything was.
func (m *Memo) recall(c *classifier, t *datasets.Traffic, p *predictions) bool {
	if m == nil || t.Len == 0 {
		return false
	}
	m.mu.Lock()
	kept := m.blocks[keyOf(c, t)]
	m.mu.Unlock()
	if kept == nil {
		return false
	}
	p.state = append(p.state[:0], kept.state...)
	p.task, p.confidence = append(p.task[:0], kept.task...), append(p.confidence[:0], kept.confidence...)
	return true
}

// keep keeps what is known of a block.
func (m *Memo) keep(c *classifier, t *datasets.Traffic, p *predictions) {
	if m == nil || t.Len == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key := keyOf(c, t)
	if m.blocks[key] != nil || m.rows+t.Len > maxMemo {
		return
	}
	if m.blocks == nil {
		m.blocks = map[memoKey]*predictions{}
	}
	m.rows += t.Len
	m.blocks[key] = &predictions{
		state: append([]predicted(nil), p.state...), task: append([]string(nil), p.task...), confidence: append([]float64(nil), p.confidence...),
	}
}
