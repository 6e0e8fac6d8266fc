package classify

// Project returns where a feature goes in the dense vectors of a classifier: the place, below Dense, and the sign that
// its value, times its IDF, is added with. Row is the feature's place in Model.Features.
func Project(row uint32) (place int, sign float32) {
	h := row * 0x9e3779b1
	return int(h >> 24), float32(int32(h>>22&2) - 1)
}
