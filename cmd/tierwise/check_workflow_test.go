package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/gate"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
)

// The workflow that people copy has flags that there are, names the files that it writes, and finds its comment by the
// marker that is in it.
func TestWorkflow(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "workflow", "check.yml"))
	if err != nil {
		t.Fatal(err)
	}
	workflow := string(data)
	command := regexp.MustCompile(`(?m)run: tierwise (check .*)$`).FindStringSubmatch(workflow)
	if command == nil {
		t.Fatal("there is no tierwise check in it")
	}
	args := strings.Fields(strings.ReplaceAll(command[1], `"`, ""))
	a := &app{stdin: &bytes.Buffer{}, stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	cmd, rest, err := a.newRoot().Find(args)
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Fatal(err)
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		t.Error(err)
	}
	outputs, err := cmd.Flags().GetStringArray("output")
	if err != nil || len(outputs) != 2 {
		t.Fatalf("it writes %q, %v", outputs, err)
	}
	for _, output := range outputs {
		if checkFormat(output) == nil || strings.Count(workflow, output) < 2 {
			t.Errorf("%s is not written, or nothing is done with it", output)
		}
	}
	if marker := checkMarker(&gate.Result{Config: cmd.Flags().Arg(0)}); !strings.Contains(workflow, "<!-- "+marker+" -->") {
		t.Errorf("it looks for another comment than that of %q", marker)
	}
}

const workflowConfig = `version = 1
baseline = "large"
tiers = { small = "small", large = "large" }
[tasks.extraction]
chain = ["small", "large"]
accept = [{ check = "json_schema", schema = "invoice.schema.json" }]
[tasks.reply]
chain = ["large"]
[router]
default = "reply"
[router.embedding]
artifact = "classifier.bin"
`

// The commands of the workflow compare with the main branch where configs name schemas and a classifier, whose contents
// differ between the branches.
func TestWorkflowRuns(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not there to make a repository with")
	}
	data, err := os.ReadFile(filepath.Join("testdata", "workflow", "check.yml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("RUNNER_TEMP", t.TempDir())
	t.Setenv("GITHUB_ACTIONS", "")
	writeTraffic(t, "traffic.parquet")
	write := func(files map[string]string) {
		for name, text := range files {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	shell := func(script string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-ec", script)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
	}
	const commit = "git add -A; git -c user.name=n -c user.email=e commit -qm m; "
	write(map[string]string{
		".gitignore": "traffic.parquet\n", "policy.toml": "version = 1\n[vs_main]\nmin_savings = \"-5%\"\n", "router.toml": workflowConfig,
		"invoice.schema.json": `{"type": "object"}`, "classifier.bin": string(classifytest.Artifact(0.5, "", "extraction", "reply")),
	})
	shell("git init -q -b main; " + commit + "git update-ref refs/remotes/origin/main HEAD; git checkout -qb branch")
	write(map[string]string{
		"invoice.schema.json": `{"type": "object", "required": ["id"]}`, "classifier.bin": string(classifytest.Artifact(0.6, "", "extraction", "reply")),
	})
	shell(commit)

	var ran int
	for _, line := range regexp.MustCompile(`(?m)run: ((?:git|tierwise) .*)$`).FindAllStringSubmatch(string(data), -1) {
		command := strings.ReplaceAll(line[1], "${{ github.base_ref }}", "main")
		if ran++; strings.HasPrefix(command, "git ") {
			shell(command)
			continue
		}
		args := strings.Fields(os.ExpandEnv(strings.ReplaceAll(command, `"`, "")))[1:]
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != exitDone {
			t.Errorf("%q: exit code %d\n%s%s", args, code, &stdout, &stderr)
		}
	}
	if ran != 2 {
		t.Errorf("%d commands were run, want git and tierwise", ran)
	}
	patterns := regexp.MustCompile(`paths: \[(.*)\]`).FindStringSubmatch(string(data))
	for _, name := range []string{"router.toml", "policy.toml", "invoice.schema.json", "classifier.bin", "classifier.oof.parquet"} {
		if patterns == nil || !slices.ContainsFunc(strings.Split(patterns[1], ", "), func(pattern string) bool {
			ok, err := path.Match(strings.Trim(pattern, `"`), name)
			return ok && err == nil
		}) {
			t.Errorf("a change of %s does not start the workflow", name)
		}
	}
}

// writeTraffic writes requests that two models answered with a JSON object, at a cost.
func writeTraffic(t *testing.T, name string) {
	t.Helper()
	var traffic bytes.Buffer
	w := datasets.NewWriter(&traffic)
	for i := range 40 {
		outcomes := []datasets.Outcome{
			{Model: "small", Quality: new(1.0), CostUSD: new(0.001), Response: new(`{"id": 1}`)},
			{Model: "large", Quality: new(1.0), CostUSD: new(0.01), Response: new(`{"id": 1}`)},
		}
		if err := w.Write(datasets.Row{ID: fmt.Sprint("r", i), Prompt: fmt.Sprint("invoice ", i), Outcomes: outcomes}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), writeFile(name, traffic.Bytes())); err != nil {
		t.Fatal(err)
	}
}
