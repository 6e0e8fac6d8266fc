package junit_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/junit"
)

// An element of the schema: what it may hold and in which order, and its attributes.
type element struct {
	children   []string // in this order; "*" behind a name: any number, else at most one
	required   []string
	attributes []string // optional ones
	text       bool
}

// schema is JUnit's as the Jenkins xUnit plugin publishes it (junit-10.xsd), as far as it has what is written here. It is
// stricter than that in the order of children, which older readers insist on.
var schema = map[string]element{
	"testsuites": {children: []string{"testsuite*"}, attributes: []string{"name", "time", "tests", "failures", "errors"}},
	"testsuite": {
		children: []string{"properties", "testcase*", "system-out", "system-err"}, required: []string{"name", "tests", "failures", "errors"},
		attributes: []string{"skipped", "time", "timestamp", "hostname", "id", "package"},
	},
	"testcase": {
		children: []string{"skipped", "error", "failure", "system-out", "system-err"}, required: []string{"name"},
		attributes: []string{"classname", "time", "group"},
	},
	"skipped":    {attributes: []string{"message", "type"}, text: true},
	"error":      {attributes: []string{"message", "type"}, text: true},
	"failure":    {attributes: []string{"message", "type"}, text: true},
	"system-out": {text: true},
	"system-err": {text: true},
	"properties": {children: []string{"property*"}},
	"property":   {required: []string{"name"}, attributes: []string{"value"}},
}

var wholeNumber = regexp.MustCompile(`^[0-9]+$`)

// validate holds a document against the schema, and counts against what they count.
func validate(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	type open struct {
		name   string
		place  int // of the last child in the order of the schema
		counts map[string]int
	}
	stack := []open{{name: "", counts: map[string]int{}}}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		top := &stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			spec, ok := schema[name]
			switch {
			case !ok:
				return fmt.Errorf("element %s is not in the schema", name)
			case top.name == "" && name != "testsuites":
				return fmt.Errorf("the root is %s", name)
			case top.name != "":
				place := slices.IndexFunc(schema[top.name].children, func(c string) bool { return strings.TrimSuffix(c, "*") == name })
				if place < 0 || place < top.place {
					return fmt.Errorf("%s in %s is not allowed there", name, top.name)
				}
				if top.counts[name] > 0 && !strings.HasSuffix(schema[top.name].children[place], "*") {
					return fmt.Errorf("two %s in %s", name, top.name)
				}
				top.place = place
			}
			top.counts[name]++
			seen := map[string]bool{}
			for _, a := range token.Attr {
				seen[a.Name.Local] = true
				if !slices.Contains(spec.required, a.Name.Local) && !slices.Contains(spec.attributes, a.Name.Local) {
					return fmt.Errorf("attribute %s of %s is not in the schema", a.Name.Local, name)
				}
				if slices.Contains([]string{"tests", "failures", "errors", "skipped"}, a.Name.Local) && !wholeNumber.MatchString(a.Value) {
					return fmt.Errorf("%s=%q is no number", a.Name.Local, a.Value)
				}
			}
			for _, r := range spec.required {
				if !seen[r] {
					return fmt.Errorf("%s has no %s", name, r)
				}
			}
			stack = append(stack, open{name: name, counts: map[string]int{}})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if text := strings.TrimSpace(string(token)); text != "" && !schema[top.name].text {
				return fmt.Errorf("text in %s: %s", top.name, text)
			}
		}
	}
	if stack[0].counts["testsuites"] != 1 {
		return errors.New("there is no root")
	}
	return nil
}

func TestValidate(t *testing.T) {
	for _, bad := range []string{
		"", "<testsuite/>", `<testsuites><testsuite name="a" tests="1" failures="0"/></testsuites>`,
		`<testsuites><testsuite name="a" tests="x" failures="0" errors="0"/></testsuites>`,
		`<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><testcase name="b"><system-out/><failure/></testcase></testsuite></testsuites>`,
		`<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><testcase name="b" line="3"/></testsuite></testsuites>`,
		`<testsuites>text</testsuites>`, `<testsuites><testcase name="b"/></testsuites>`,
	} {
		if err := validate([]byte(bad)); err == nil {
			t.Errorf("%s is valid", bad)
		}
	}
}

func TestWrite(t *testing.T) {
	d := &reports.Document{Title: "tierwise check", Checks: []reports.Check{
		{Group: "vs_baseline", Name: "tolerance", Outcome: reports.Passed, Values: "limit ≥ -1.0 pp, measured 0.0 pp, n 400"},
		{Group: "vs_main", Name: "tolerance", Outcome: reports.Failed, Message: `loses "more" <than> ]]> & 5 pp`, Values: "v", File: "a.toml", Line: 3, Column: 9},
		{Group: "vs_baseline", Name: "min_labels (a)", Outcome: reports.Undecided, Message: "too few", Hint: "tierwise eval"},
		{Group: "vs_baseline", Name: "max_p95_ms", Outcome: reports.Warned, Message: "slow\x00\x1b[2J", Values: "v"},
		{Group: "vs_baseline", Name: "min_savings", Outcome: reports.Waived, Message: "for now"},
		{Group: "could not run", Name: "a.toml", Outcome: reports.Broken, Message: "not there", File: "a.toml"},
	}}
	var b bytes.Buffer
	if err := junit.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	if err := validate(b.Bytes()); err != nil {
		t.Errorf("%v\n%s", err, b.Bytes())
	}
	var got struct {
		Tests, Failures, Errors int `xml:",attr"`
		Suites                  []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure struct {
					Message string `xml:"message,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
				Out string `xml:"system-out"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	text := strings.NewReplacer("tests=", "Tests=", "failures=", "Failures=", "errors=", "Errors=").Replace(b.String())
	if err := xml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 6 || got.Failures != 1 || got.Errors != 2 || len(got.Suites) != 3 || len(got.Suites[0].Cases) != 4 {
		t.Errorf("%+v", got)
	}
	failure := got.Suites[1].Cases[0].Failure
	if failure.Message != d.Checks[1].Message || failure.Text != "a.toml:3:9: "+d.Checks[1].Message+"\nv" {
		t.Errorf("a failure comes back as %+v", failure)
	}
	if out := got.Suites[0].Cases[0].Out; out != d.Checks[0].Values {
		t.Errorf("what passed measured %q", out)
	}
}

// What the command writes, in the script of the four commits, is valid.
func TestCommits(t *testing.T) {
	archive, err := txtar.ParseFile(filepath.Join("..", "..", "cmd", "tierwise", "testdata", "script", "check_commits.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range archive.Files {
		if !strings.HasSuffix(f.Name, ".junit.xml") {
			continue
		}
		n++
		if err := validate(f.Data); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if n != 4 {
		t.Errorf("%d reports are found", n)
	}
}
