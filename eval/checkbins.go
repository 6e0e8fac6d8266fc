package eval

import (
	"math"

	"github.com/tierwise/tierwise/routing/accept"
)

// answerColumns are the answers of one model, with a check's signal of them and the threshold it is compared with.
type answerColumns struct {
	model, base *variantColumns
	signal      []float64
	threshold   float64
}

const (
	// lowestBin is the bin of 2⁻⁴⁰, the first of those that are counted by index, of either sign. The last is below 2²⁴.
	lowestBin = (1023 - 40) << 6
	denseBins = 64 << 6
	zeroBin   = 2 * denseBins
)

// signalBins count answers by signal on the way to a sweep. Those that are right or wrong, as the baseline is, and weigh 1
// are counted by index, which takes no map and hardly a branch; all others go to the sweep at once.
type signalBins struct {
	sweep  Sweep      // nil: only what is accepted counts
	counts [][4]int64 // by index; then 2·right + baseline right
}

// binIndex returns where the counts of a signal are, −1 if it has no place.
func binIndex(x float64) int {
	b := math.Float64bits(x)
	i := (b >> binShift & (1<<17 - 1)) - lowestBin // of negative ones too: wraps around
	switch {
	case i < denseBins:
		return int(b>>63)*denseBins + int(i)
	case x == 0:
		return zeroBin
	}
	return -1
}

// binOf returns the bin of the signals that are counted at an index.
func binOf(index int) int32 {
	if index == zeroBin {
		return signalBin(0)
	}
	sign, i := uint64(index/denseBins), uint64(index%denseBins)
	return signalBin(math.Float64frombits(sign<<63 | (i+lowestBin)<<binShift))
}

// add adds the answers to requests of a block.
func (s *signalBins) add(b *block, place *CheckPlace, a *answerColumns, rows []int32) {
	var decided [2][4]int64 // refused, accepted
	for _, i := range rows {
		x, g, g0 := a.signal[i], a.model.grade[i], a.base.grade[i]
		if x != x || g > scored {
			continue
		}
		if g > right || g0 > right || len(b.weights) > 0 {
			s.addOne(b, place, a, int(i))
			continue
		}
		k := g<<1 | g0
		if s.sweep != nil {
			s.count(x, k&3)
		}
		passed := 0
		if accept.Pass(x, a.threshold) {
			passed = 1
		}
		decided[passed][k&3]++
	}
	place.Refused.addCounts(&decided[0])
	place.Accepted.addCounts(&decided[1])
}

// count counts an answer of kind 2·right + baseline right.
func (s *signalBins) count(x float64, kind grade) {
	if index := binIndex(x); index >= 0 {
		s.counts[index][kind]++
		return
	}
	var one [4]int64
	one[kind]++
	s.addCounts(signalBin(x), &one)
}

// addOne adds an answer of any quality and weight.
func (s *signalBins) addOne(b *block, place *CheckPlace, a *answerColumns, i int) {
	q, q0 := a.model.quality[i], b.baseQuality(a.base, i)
	if q0 != q0 {
		return
	}
	w := b.weight(i)
	if s.sweep != nil {
		bin := s.sweep[signalBin(a.signal[i])]
		bin.add(w, q, q0)
		s.sweep[signalBin(a.signal[i])] = bin
	}
	if accept.Pass(a.signal[i], a.threshold) {
		place.Accepted.add(w, q, q0)
	} else {
		place.Refused.add(w, q, q0)
	}
}

// flush adds the counts to the sweep.
func (s *signalBins) flush() {
	for index := range s.counts {
		if s.counts[index] != [4]int64{} {
			s.addCounts(binOf(index), &s.counts[index])
			s.counts[index] = [4]int64{}
		}
	}
}

func (s *signalBins) addCounts(bin int32, counts *[4]int64) {
	sum := s.sweep[bin]
	sum.addCounts(counts)
	s.sweep[bin] = sum
}

// add adds an answer of quality q, where the baseline's is q0.
func (b *SweepBin) add(w, q, q0 float64) {
	b.Requests.add(w)
	b.Quality.Add(w * q)
	b.Base.Add(w * q0)
	b.GoodW2.Add(w * w * q)
	b.BadW2.Add(w * w * (1 - q))
}

// addCounts adds answers of weight 1 by 2·right + baseline right.
func (b *SweepBin) addCounts(counts *[4]int64) {
	good, bad := counts[2]+counts[3], counts[0]+counts[1]
	b.Requests.addUnits(good + bad)
	b.Quality.AddInt(good)
	b.Base.AddInt(counts[1] + counts[3])
	b.GoodW2.AddInt(good)
	b.BadW2.AddInt(bad)
}
