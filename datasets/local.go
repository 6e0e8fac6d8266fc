package datasets

import (
	"context"
	"fmt"
	"os"
)

// localFile is a File of this machine.
type localFile struct {
	*os.File
	size    int64
	version string
}

func (f *localFile) Size() int64     { return f.size }
func (f *localFile) Version() string { return f.version }

// openLocal is the Opener for local files.
func openLocal(_ context.Context, name string) (File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	version := fmt.Sprintf("%d-%d", info.Size(), info.ModTime().UnixNano())
	return &localFile{File: f, size: info.Size(), version: version}, nil
}
