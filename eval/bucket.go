package eval

// A bucket is the requests of a block that are sent to one task. What they cost on a variant is added up once for all
// policies, when the first one asks.
type bucket struct {
	rows  []int32
	bills []bill // by variant
}

// A bill is what the calls of one variant cost on the requests of a bucket.
type bill struct {
	added   bool
	unknown int   // requests of unknown cost
	sum     Fixed // USD, over the others

	squared bool
	squares Fixed // as CostSpread.BB
}

// reset empties the bucket of a block with so many variants.
func (k *bucket) reset(variants int) {
	k.rows, k.bills = k.rows[:0], resize(k.bills, variants)
	clear(k.bills)
}

// bill returns what a variant costs.
func (k *bucket) bill(b *block, variant int) *bill {
	l := &k.bills[variant]
	if !l.added {
		l.added = true
		l.unknown = l.sum.addColumn(b.variants[variant].cost, k.rows)
	}
	return l
}

// squaredBill returns what a variant costs, with the squares of that.
func (k *bucket) squaredBill(b *block, variant int) *bill {
	l := k.bill(b, variant)
	if !l.squared {
		l.squared = true
		costs := b.variants[variant].cost
		for _, i := range k.rows {
			if cost := costs[i]; cost == cost {
				l.squares.Add(square(cost, cost))
			}
		}
	}
	return l
}

// without returns the bill less what some of the requests cost. Sums are exact: what was added can be taken off again.
func (l *bill) without(rows []int32, costs []float64) (sum, squares Fixed) {
	sum, squares = l.sum, l.squares
	for _, i := range rows {
		if cost := costs[i]; cost == cost {
			sum.Add(-cost)
			squares.Add(-square(cost, cost))
		}
	}
	return sum, squares
}

// overflown reports whether the costs are too large to be taken off again.
func (l *bill) overflown() bool { return l.sum.overflow || l.squares.overflow }
