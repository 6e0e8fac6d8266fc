package datasets

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Expand makes file names of arguments that are files, folders (all *.parquet below, those whose names
// start with . or _ apart, as leftovers do) or globs: sorted, each once. An argument that matches nothing is an error. Arguments of
// another scheme, such as https://, stay as they are.
func Expand(args []string) ([]string, error) {
	var names []string
	for _, arg := range args {
		found, err := expand(arg)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func expand(arg string) ([]string, error) {
	if strings.Contains(arg, "://") {
		return []string{arg}, nil
	}
	// A file is taken at its word, even if its name has the letters of a glob.
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return expandFolder(arg)
	case err == nil:
		return []string{filepath.Clean(arg)}, nil
	case !strings.ContainsAny(arg, "*?["):
		return nil, err
	}
	found, err := filepath.Glob(arg)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	found = slices.DeleteFunc(found, func(name string) bool {
		info, err := os.Stat(name)
		return err != nil || info.IsDir()
	})
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no file matches", arg)
	}
	return found, nil
}

func expandFolder(folder string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := path != folder && strings.IndexAny(entry.Name(), "._") == 0
		switch {
		case entry.IsDir() && hidden:
			return filepath.SkipDir
		case !entry.IsDir() && !hidden && filepath.Ext(path) == ".parquet":
			names = append(names, path)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: no *.parquet file in the folder", folder)
	}
	return names, err
}
