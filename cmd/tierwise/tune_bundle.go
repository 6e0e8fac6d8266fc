package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/bundle"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/routing"
	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/golden"
)

// Names of files of a bundle beside those of its Go package.
const (
	certificateFile = "certificate.json"
	liteLLMFile     = "litellm.yaml"
	tableFile       = "table.json"
)

// A shipment is what goes into a bundle.
type shipment struct {
	flags     *tuneFlags
	source    []byte    // the config that was tuned, as written
	mix       *eval.Mix // of production; nil: the data stands for it
	tuning    *reports.Tuning
	input     *bundle.CertificateInput
	requests  []golden.Request
	outOfFold []byte // predictions of the classifier; nil: there is none
	memo      eval.Memo
	drawn     *reports.Frontier // for reports only; nil: somebody asked for one, or nothing is drawn
}

// checkBundle finds out before any work is done whether the folder of a bundle could be written.
func checkBundle(dir string) error {
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		if parent, err := os.Stat(filepath.Dir(filepath.Clean(dir))); err != nil || !parent.IsDir() {
			return fmt.Errorf("-o %s: %s: no such folder; make it first", dir, filepath.Dir(filepath.Clean(dir)))
		}
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("-o %s: is a file, and a bundle is a folder", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == certificateFile }) {
		return fmt.Errorf("-o %s: is a folder with other things in it, and no bundle (it has no %s); name a new one", dir, certificateFile)
	}
	return nil
}

// write makes the bundle in a folder beside the one that is wanted, and puts it there when all of it is right and beforehand
// was called. It returns the names of its files and what the exports cannot express.
func (s *shipment) write(ctx context.Context, beforehand func() error) (names, left []string, err error) {
	dir := target(filepath.Clean(s.flags.bundle))
	staging, err := os.MkdirTemp(filepath.Dir(dir), ".bundle-")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = os.RemoveAll(staging) }() // what is left of it is in nobody's way
	config, files, err := s.config()
	if err != nil {
		return nil, nil, err
	}
	written := map[string][]byte{}
	put := func(name string, data []byte) error {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("%s is not in the config's own folder or below, and a bundle holds all that it takes: move it there", name)
		}
		path := filepath.Join(staging, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		names, written[name] = append(names, name), data
		return os.WriteFile(path, data, 0o644)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := put(name, files[name]); err != nil {
			return nil, nil, err
		}
	}
	made, left, err := s.render(ctx, config, staging)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		if err := put(name, made[name]); err != nil {
			return nil, nil, err
		}
	}
	if err := put(sumsFile, sums(written)); err != nil {
		return nil, nil, err
	}
	slices.Sort(names)
	if err := beforehand(); err != nil {
		return nil, nil, err
	}
	return names, left, publish(staging, dir, names)
}

// config writes the tuned table into the config that was given, and returns it with all files that it takes.
func (s *shipment) config() (*routing.Config, map[string][]byte, error) {
	return s.edited(s.tuning.Config, s.tuning.Head(), s.tuning.Evidence)
}

// edited writes a table into the config that was given, with what there is to say of the whole and of each task.
func (s *shipment) edited(tuned *routing.Config, head []string, evidence func(task string) []string) (*routing.Config, map[string][]byte, error) {
	changes := &bundle.Changes{Head: head}
	files, sidecars := map[string][]byte{}, map[string]bool{}
	maps.Copy(files, tuned.Files)
	if e := tuned.Router.Embedding; e != nil {
		name := e.Artifact
		if !filepath.IsLocal(filepath.FromSlash(name)) || strings.Contains(name, "..") {
			name = bundledClassifier
			files[name] = files[e.Artifact]
			delete(files, e.Artifact)
		}
		changes.Artifact = name
		if s.outOfFold != nil {
			files[eval.OutOfFoldPath(name)], sidecars[eval.OutOfFoldPath(name)] = s.outOfFold, true
		}
	}
	if err := s.splitSidecars(tuned, files, sidecars); err != nil {
		return nil, nil, err
	}
	for i := range tuned.Tasks {
		t := &tuned.Tasks[i]
		change := bundle.TaskChange{
			Name: t.Name, Chain: t.Chain, Accept: t.Accept, Split: t.Split, Evidence: evidence(t.Name),
			Cache: t.Cache, OnExhausted: t.OnExhausted, OnContentFilter: t.OnContentFilter,
		}
		if change.Accept == nil {
			change.Accept = []routing.Accept{}
		}
		changes.Tasks = append(changes.Tasks, change)
	}
	text, err := bundle.Edit(s.source, changes)
	if err != nil {
		return nil, nil, err
	}
	config, err := routing.ParseConfig(bundle.ConfigFile, text, func(path string) ([]byte, error) {
		if data, ok := files[path]; ok {
			return data, nil
		}
		return nil, fs.ErrNotExist
	})
	if err != nil {
		return nil, nil, err
	}
	if config.DecisionHash() != tuned.DecisionHash() {
		return nil, nil, errors.New("the config with the table written into it decides otherwise than the table: this is a defect of tierwise")
	}
	// What no chain refers to any more stays behind.
	maps.DeleteFunc(files, func(path string, _ []byte) bool {
		_, used := config.Files[path]
		return !used && !sidecars[path]
	})
	files[bundle.ConfigFile] = text
	return config, files, nil
}

// splitSidecars adds the out-of-fold gains of a config's splits: those that were learned, and those that lie beside the
// config of the splits that it came with.
func (s *shipment) splitSidecars(tuned *routing.Config, files map[string][]byte, sidecars map[string]bool) error {
	for _, artifact := range splitArtifacts(tuned) {
		data, ok := s.tuning.Sidecars[artifact]
		if !ok {
			var err error
			data, err = os.ReadFile(eval.OutOfFoldPath(besideConfig(tuned, artifact)))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
		}
		path := eval.OutOfFoldPath(artifact)
		files[path], sidecars[path] = data, true
	}
	return nil
}

// render makes what is made of the config.
func (s *shipment) render(ctx context.Context, config *routing.Config, staging string) (files map[string][]byte, left []string, err error) {
	s.input.Config = config
	certificate, err := bundle.Certificate(s.input)
	if err != nil {
		return nil, nil, err
	}
	var text bytes.Buffer
	if err := gate.WriteCertificate(&text, certificate); err != nil {
		return nil, nil, err
	}
	files, err = bundle.GoFiles(&bundle.Package{
		Name: s.flags.packageName, Config: config, DataHash: s.input.DataHash, Evidence: s.tuning.Head(),
	})
	if err != nil {
		return nil, nil, err
	}
	files[certificateFile] = text.Bytes()
	router, err := routing.New(os.DirFS(staging), bundle.ConfigFile, &routing.Options{Stores: map[string]cache.Opener{"redis": cache.OpenMemory}})
	if err != nil {
		return nil, nil, err
	}
	files[bundle.GoldenFile], err = bundle.Golden(ctx, router, s.requests, &bundle.GoldenOptions{Tool: version(), NoText: s.flags.noText})
	if err != nil {
		return nil, nil, err
	}
	for _, export := range s.flags.exports {
		var lines []string
		switch export {
		case exportLiteLLM, exportCheapFirst:
			files[liteLLMFile], lines = bundle.LiteLLM(config, export == exportCheapFirst)
		case exportJSON:
			if files[tableFile], lines, err = bundle.Table(config); err != nil {
				return nil, nil, err
			}
		}
		for _, line := range lines {
			left = append(left, export+": "+line)
		}
	}
	return files, left, nil
}

// publish moves files to where they are wanted: a new folder as one, into one that is there file by file.
func publish(staging, dir string, names []string) error {
	if err := os.Chmod(staging, 0o755); err != nil {
		return err
	}
	if err := os.Remove(dir); err == nil || errors.Is(err, fs.ErrNotExist) { // not there, or empty
		return os.Rename(staging, dir)
	}
	for _, name := range names {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(staging, filepath.FromSlash(name)), target(to)); err != nil {
			return err
		}
	}
	for _, name := range []string{liteLLMFile, tableFile} { // of another table, if they are not of this one
		if slices.Contains(names, name) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
