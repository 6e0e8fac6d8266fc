package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/routing"
)

// readOutOfFold gives a candidate with a classifier or splits the out-of-fold predictions that lie beside the artifacts, if
// there are any. Those of another artifact are an error: they would pass for predictions of this one.
func readOutOfFold(c *eval.Candidate) error {
	if e := c.Config.Router.Embedding; e != nil {
		p, sum, err := readBeside(c.Config, e.Artifact, "train", train.ReadOutOfFold)
		if err != nil {
			return err
		}
		if p != nil {
			c.OutOfFold, c.OutOfFoldSum = p, sum
		}
	}
	for _, artifact := range splitArtifacts(c.Config) {
		p, sum, err := readBeside(c.Config, artifact, "tune", train.ReadSplitOutOfFold)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		if c.Splits == nil {
			c.Splits = map[string]eval.SplitGains{}
		}
		c.Splits[artifact] = eval.SplitGains{Gains: p, Sum: sum}
	}
	return nil
}

// readBeside reads the predictions that lie beside an artifact of a config, and their SHA-256 in hex; nil if there are none.
// The command is the one that writes the two.
func readBeside[T any, P interface {
	*T
	Artifact() string
}](c *routing.Config, artifact, command string, read func(io.ReaderAt, int64) (P, error)) (predictions P, sum string, err error) {
	at := besideConfig(c, artifact)
	path := eval.OutOfFoldPath(at)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	if predictions, err = read(bytes.NewReader(data), int64(len(data))); err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	want := sha256.Sum256(c.Files[artifact])
	if predictions.Artifact() != hex.EncodeToString(want[:]) {
		return nil, "", fmt.Errorf("%s: belongs to another artifact than %s: keep the two files that one tierwise %s wrote together", path, at, command)
	}
	own := sha256.Sum256(data)
	return predictions, hex.EncodeToString(own[:]), nil
}

// splitArtifacts returns the artifacts of the splits of a config, each once.
func splitArtifacts(c *routing.Config) []string {
	var out []string
	for i := range c.Tasks {
		if s := c.Tasks[i].Split; s != nil && !slices.Contains(out, s.Artifact) {
			out = append(out, s.Artifact)
		}
	}
	return out
}

// artifactPath returns where the artifact of a config with a classifier is.
func artifactPath(c *routing.Config) string { return besideConfig(c, c.Router.Embedding.Artifact) }

// besideConfig returns where a file is that a config refers to.
func besideConfig(c *routing.Config, name string) string {
	path := filepath.FromSlash(name)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.Source), path)
}
