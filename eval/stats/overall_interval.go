package stats

// OverallInterval returns the two-sided interval of the weighted mean of the strata's deltas, of the given level such as 0.95,
// and how it was got: Tango's where one stratum of counts has all the weight, else by inverting the test of several strata. It
// is not [Overall] at half the level: where one stratum has all the weight, that has the floor of the stratum's own test, which
// says nothing of gains, so that its lower bound is below 0 however much is gained.
func OverallInterval(strata []Stratum, level float64) (Interval, string) {
	o, ok := newOverall(strata)
	if ok && len(o.strata) == 1 && o.strata[0].Weight == 1 && !o.graded {
		p := o.strata[0].Pairs
		return TangoInterval(p.N, p.B, p.C, level), "Tango score"
	}
	r := o.test(ok, 0, (1-level)/2)
	return Interval{r.Bound, r.Upper}, r.Test
}
