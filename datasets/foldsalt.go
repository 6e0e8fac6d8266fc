package datasets

import "strconv"

// FoldCount is the number of folds that training and tuning cut the rows of a file into.
const FoldCount = 20

// FoldSalt is the salt that Folds takes for a seed. Training and tuning both use it, so that one seed cuts a file into
// the same folds everywhere.
func FoldSalt(seed uint64) string { return strconv.FormatUint(seed, 10) }

// GroupKey is a hash of a group, as PromptKey is one of a prompt; groups and prompts of the same text have different
// keys. Its values never change.
func GroupKey(group []byte) uint64 {
	const salt = 0x6a09e667f3bcc909 // the first digits of √2
	return mix(hashString(group) ^ salt)
}
