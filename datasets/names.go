package datasets

// names gives the few distinct strings of a column small numbers, in order of first appearance.
type names struct {
	list  []string
	hash  []uint64 // of each
	index map[string]int32
}

func newNames() *names { return &names{index: map[string]int32{}} }

// intern returns the number of s. It allocates only when s is new.
func (n *names) intern(s []byte) int32 {
	if i, ok := n.index[string(s)]; ok {
		return i
	}
	return n.add(string(s))
}

func (n *names) internString(s string) int32 {
	if i, ok := n.index[s]; ok {
		return i
	}
	return n.add(s)
}

func (n *names) add(s string) int32 {
	i := int32(len(n.list))
	n.list = append(n.list, s)
	n.hash = append(n.hash, hashString(s))
	n.index[s] = i
	return i
}
