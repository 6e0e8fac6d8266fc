package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tierwise/tierwise/datasets"
)

func writeRows(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "rows IN.jsonl OUT.parquet…")
	var rows []datasets.Row
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.DisallowUnknownFields()
	for {
		var row datasets.Row
		err := d.Decode(&row)
		if errors.Is(err, io.EOF) {
			break
		}
		ts.Check(err)
		rows = append(rows, row)
	}
	files := args[1:]
	for i, name := range files {
		var buf bytes.Buffer
		w := datasets.NewWriter(&buf)
		ts.Check(w.Write(rows[len(rows)*i/len(files) : len(rows)*(i+1)/len(files)]...))
		ts.Check(w.Close())
		writeScriptFile(ts, name, buf.Bytes())
	}
}

func writeScriptFile(ts *testscript.TestScript, name string, data []byte) {
	path := ts.MkAbs(name)
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(os.WriteFile(path, data, 0o644))
}

// columnTypes are the types that a table of a script may have.
var columnTypes = map[string]struct {
	node  parquet.Node
	value func(string) (parquet.Value, error)
}{
	"string": {parquet.String(), func(s string) (parquet.Value, error) { return parquet.ByteArrayValue([]byte(s)), nil }},
	"double": {parquet.Leaf(parquet.DoubleType), func(s string) (parquet.Value, error) {
		x, err := strconv.ParseFloat(s, 64)
		return parquet.DoubleValue(x), err
	}},
	"int": {parquet.Int(64), func(s string) (parquet.Value, error) {
		x, err := strconv.ParseInt(s, 10, 64)
		return parquet.Int64Value(x), err
	}},
	"bool": {parquet.Leaf(parquet.BooleanType), func(s string) (parquet.Value, error) {
		x, err := strconv.ParseBool(s)
		return parquet.BooleanValue(x), err
	}},
}

var codecs = map[string]compress.Codec{"lz4": &parquet.Lz4Raw, "snappy": &parquet.Snappy}

func writeTable(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "table IN.csv OUT.parquet [CODEC]")
	lines, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	group := parquet.Group{}
	var names, types []string
	for _, head := range lines[0] {
		i := strings.LastIndexByte(head, ':')
		names, types = append(names, head[:i]), append(types, head[i+1:])
		group[head[:i]] = parquet.Optional(columnTypes[head[i+1:]].node)
	}
	options := []parquet.WriterOption{parquet.NewSchema("table", group)}
	if len(args) > 2 {
		options = append(options, parquet.Compression(codecs[args[2]]))
	}
	var buf bytes.Buffer
	w := parquet.NewGenericWriter[any](&buf, options...)
	sorted := slices.Sorted(slices.Values(names)) // as a group orders its fields
	for _, line := range lines[1:] {
		row := make(parquet.Row, len(names))
		for i, text := range line {
			column := slices.Index(sorted, names[i])
			if text == "-" {
				row[column] = parquet.NullValue().Level(0, 0, column)
				continue
			}
			value, err := columnTypes[types[i]].value(text)
			ts.Check(err)
			row[column] = value.Level(0, 1, column)
		}
		_, err := w.WriteRows([]parquet.Row{row})
		ts.Check(err)
	}
	ts.Check(w.Close())
	writeScriptFile(ts, args[1], buf.Bytes())
}

// mangle damages a Parquet file.
func mangle(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "mangle truncate|page|footer FILE")
	path := ts.MkAbs(args[1])
	data, err := os.ReadFile(path)
	ts.Check(err)
	invert := func(part []byte) {
		for i := range part {
			part[i] ^= 0xff
		}
	}
	switch args[0] {
	case "truncate":
		data = data[:len(data)/2]
	case "page":
		invert(data[4:20]) // the header of the first page stands behind the magic number
	case "footer":
		invert(data[len(data)-40 : len(data)-8]) // the end of the metadata; then come their length and the magic number
	default:
		ts.Fatalf("mangle: %s?", args[0])
	}
	ts.Check(os.WriteFile(path, data, 0o644))
}
