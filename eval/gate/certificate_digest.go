package gate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// digestField is the member of a certificate that the digest of all others stands in.
const digestField = "digest"

// digest is the SHA-256 of a certificate without its digest: of its JSON in compact form with sorted keys and numbers as they
// are written, so that layout does not matter, and members that only a later version knows do.
func digest(text []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil {
		return "", err
	}
	delete(members, digestField)
	canonical, err := json.Marshal(members)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// checkDigest compares the digest of a file with its text. Only a certificate without a search, which people may write by hand,
// need not have one.
func (c *Certificate) checkDigest(is string, text []byte) error {
	if is == "" {
		if c.Search != nil {
			return fmt.Errorf("%s is missing, and whoever searched wrote one: the file was edited", digestField)
		}
		return nil
	}
	want, err := digest(text)
	if err != nil {
		return err
	}
	if is != want {
		return fmt.Errorf("the %s is %s…, and that of the rest of the file %s…: the file was edited", digestField, short(is), short(want))
	}
	return nil
}
