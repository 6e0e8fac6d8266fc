package demo

import (
	"bytes"
	"embed"
	"fmt"
	"io"

	"github.com/tierwise/tierwise/datasets"
)

//go:embed configs
var configs embed.FS

// A Config is a candidate dispatch config for the traffic, as a file to write.
type Config struct {
	Name string // "safe", "balanced" or "greedy"
	TOML []byte
	// Schemas are the files that it refers to, by the name that stands in it.
	Schemas map[string][]byte
}

// schemaName is the one schema that the configs refer to.
const schemaName = "invoice.schema.json"

// Configs returns three candidates against the same baseline, gpt-large, from careful to reckless. In the tasks that
// they move, safe keeps quality, balanced gives up a point or two, and greedy loses seven on average, nine in some.
func Configs() []Config {
	var list []Config
	for _, name := range []string{"safe", "balanced", "greedy"} {
		list = append(list, Config{
			Name: name, TOML: embedded(name + ".toml"), Schemas: map[string][]byte{schemaName: embedded(schemaName)},
		})
	}
	return list
}

// embedded returns a file that the build has put into the binary.
func embedded(name string) []byte {
	data, err := configs.ReadFile("configs/" + name)
	if err != nil {
		panic(fmt.Sprintf("demo: the build lacks a file: %v", err))
	}
	return data
}

// A File is a file of the demo's folder.
type File struct {
	Name string
	Data []byte
}

// Files returns all that the demo starts from: traffic.parquet, the three configs and the schema that they refer to.
// The same options give the same bytes.
func Files(opts *Options) ([]File, error) {
	var traffic bytes.Buffer
	if err := write(&traffic, Rows(opts)); err != nil {
		return nil, err
	}
	files := []File{{"traffic.parquet", traffic.Bytes()}}
	for _, c := range Configs() {
		files = append(files, File{c.Name + ".toml", c.TOML})
	}
	return append(files, File{schemaName, embedded(schemaName)}), nil
}

// write writes rows as canonical Parquet.
func write(w io.Writer, rows []datasets.Row) error {
	pw := datasets.NewWriter(w)
	if err := pw.Write(rows...); err != nil {
		return fmt.Errorf("writing demo traffic: %w", err)
	}
	if err := pw.Close(); err != nil {
		return fmt.Errorf("writing demo traffic: %w", err)
	}
	return nil
}
