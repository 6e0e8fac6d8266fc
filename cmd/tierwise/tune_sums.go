package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sumsFile holds the digests of a bundle's other files, in the form of sha256sum: "sha256sum -c" verifies a bundle, and tune
// knows by it what was changed by hand.
const sumsFile = "SHA256SUMS"

// sums are the lines of sumsFile.
func sums(files map[string][]byte) []byte {
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[name])
		fmt.Fprintf(&out, "%s  %s\n", hex.EncodeToString(sum[:]), name)
	}
	return out.Bytes()
}

// keepChanges is checkUnchanged for the bundle that is asked for, if it is there.
func (f *tuneFlags) keepChanges(args []string) error {
	if f.bundle == "" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(f.bundle, certificateFile)); errors.Is(err, fs.ErrNotExist) {
		return nil // no bundle yet
	} else if err != nil {
		return err
	}
	config := ""
	if len(args) > 0 {
		_, config = cutLabel(args[0])
	}
	return checkUnchanged(f.bundle, config)
}

// checkUnchanged refuses a bundle with files that tune did not write as they are now, and would replace. The config that is
// tuned may be one of them: what was changed there goes into the new one.
func checkUnchanged(dir, config string) error {
	data, err := os.ReadFile(filepath.Join(dir, sumsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("-o %s: has no %s, so that nobody can tell what was changed there by hand and would be lost; name another folder", dir, sumsFile)
	}
	if err != nil {
		return err
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		want, name, ok := strings.Cut(lines.Text(), "  ")
		if !ok || !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("%s: is no list of digests: %q", filepath.Join(dir, sumsFile), lines.Text())
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		file, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != want && (config == "" || !sameFile(path, config)) {
			instead := "name another folder, and take the changes over"
			if config != "" {
				instead = "make the changes in " + config + ", whose providers and prices are kept, or name another folder"
			}
			return fmt.Errorf("-o %s: %s was changed since tune wrote it, and would be replaced: %s", dir, path, instead)
		}
	}
	return nil
}
