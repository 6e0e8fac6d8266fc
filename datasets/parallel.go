package datasets

import (
	"sync"
	"sync/atomic"
)

// readNumbers reads n entries of the numeric columns of outcomes, most of what there is to decode, with up to
// Parallel goroutines. Whatever their number, the block and the problems come out the same.
func (g *group) readNumbers(n int) error {
	b := g.block
	var columns []int
	for i, c := range g.number {
		if c != nil && !(b.cols.Bare && isTokens(i)) {
			columns = append(columns, i)
			b.startNumber(i)
		}
	}
	workers := min(g.Parallel, len(columns))
	if workers < 2 {
		for _, i := range columns {
			if err := g.readNumber(i, g.number[i], 0, n); err != nil {
				return err
			}
		}
		return nil
	}
	for len(g.sums) < workers {
		g.sums = append(g.sums, nil)
	}
	problems := make([]problemList, len(columns))
	errs := make([]error, len(columns))
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range workers {
		g.sums[w] = filled(g.sums[w], n, lanes{})
		wg.Go(func() {
			twin := g.twin(g.sums[w])
			for {
				k := int(next.Add(1)) - 1
				if k >= len(columns) {
					return
				}
				i := columns[k]
				errs[k] = unpanicked(func() error { return twin.readNumber(i, g.number[i], 0, n) })
				problems[k] = twin.block.problems
				twin.block.problems = problemList{limit: b.problems.limit}
			}
		})
	}
	wg.Wait()
	for w := range workers {
		if b.cols.Bare {
			break
		}
		for i, s := range g.sums[w] {
			b.items.sum[i].a += s.a
			b.items.sum[i].b += s.b
		}
	}
	for k := range columns {
		for _, p := range problems[k].list {
			b.problems.add(p)
		}
		b.problems.more = b.problems.more || problems[k].more
		if errs[k] != nil {
			return errs[k]
		}
	}
	return nil
}

// twin is a group that pours into the same columns, but sums hashes into sum and collects problems of its own.
func (g *group) twin(sum []lanes) *group {
	b := *g.block
	b.items.sum = sum
	b.problems = problemList{limit: b.problems.limit}
	b.scaled = nil
	r := *g.Reader
	r.block = &b
	twin := *g
	twin.Reader = &r
	return &twin
}
