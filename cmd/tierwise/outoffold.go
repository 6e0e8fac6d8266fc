package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/routing"
)

// readOutOfFold gives a candidate with a classifier the out-of-fold predictions that lie beside the artifact, if there are
// any. Those of another artifact are an error: they would pass for predictions of this one.
func readOutOfFold(c *eval.Candidate) error {
	if c.Config.Router.Embedding == nil {
		return nil
	}
	artifact := artifactPath(c.Config)
	path := eval.OutOfFoldPath(artifact)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	predictions, err := train.ReadOutOfFold(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.Sum256(c.Config.Files[c.Config.Router.Embedding.Artifact])
	if predictions.Artifact() != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("%s: belongs to another artifact than %s: keep the two files that one tierwise train wrote together", path, artifact)
	}
	own := sha256.Sum256(data)
	c.OutOfFold, c.OutOfFoldSum = predictions, hex.EncodeToString(own[:])
	return nil
}

// artifactPath returns where the artifact of a config with a classifier is.
func artifactPath(c *routing.Config) string {
	path := filepath.FromSlash(c.Router.Embedding.Artifact)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.Source), path)
}
