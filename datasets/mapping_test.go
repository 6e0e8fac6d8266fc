package datasets

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseMapping(t *testing.T) {
	tests := []struct {
		name, toml string
		want       *Mapping
		err        string
	}{
		{"empty", "", &Mapping{}, ""},
		{"all", "layout = \"wide\"\nmodels = [\"a\", \"b\"]\n[columns]\nid = \"key\"\nquality = \"score_{model}\"\n",
			&Mapping{Layout: Wide, Models: []string{"a", "b"}, Columns: map[string]string{"id": "key", "quality": "score_{model}"}}, ""},
		{"syntax", "layout = \n", nil, `m.toml:1:10: expected value but found '\n' instead`},
		{"type", "layout = 3\n", nil, `m.toml: toml: line 1 (last key "layout"): incompatible types: TOML value has type int64; destination has type string`},
		{"key", "\ncolums = 1\n", nil, `m.toml:2: unknown key "colums", perhaps "columns" is meant`},
		{"table", "[colum]\nid = \"x\"\n", nil, `m.toml:1: unknown key "colum", perhaps "columns" is meant`},
		{"layout", "# a mapping\nlayout = \"longs\"\n", nil, `m.toml:2: unknown layout "longs", perhaps "long" is meant; it is canonical, long or wide`},
		{"column", "[columns]\nid = \"x\"\nqualty = \"y\"\n", nil, `m.toml:3: unknown column "qualty", perhaps "quality" is meant`},
		{"inline", "columns = { id = \"x\", cost = \"y\" }\n", nil, `m.toml:1: unknown column "cost"`},
		{"dotted", "columns.\"qualty\" = \"x\"\n", nil, `m.toml:1: unknown column "qualty", perhaps "quality" is meant`},
		{"nothing", "[columns]\nid = \"\"\n", nil, `m.toml:2: column "id" is mapped to nothing`},
		{"pattern", "layout = \"wide\"\n[columns]\nquality = \"score\"\n", nil, `m.toml:3: the pattern "score" of column "quality" needs one {model} where the name of the model stands`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseMapping("m.toml", []byte(tt.toml))
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Fatalf("got  %v\nwant %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParseMapping(f *testing.F) {
	f.Add([]byte("layout = \"long\"\n[columns]\nid = \"x\"\n"))
	f.Add([]byte("columns = { id = \"x\" }"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseMapping("m.toml", data)
		if (m == nil) == (err == nil) {
			t.Errorf("got %v and %v", m, err)
		}
	})
}
