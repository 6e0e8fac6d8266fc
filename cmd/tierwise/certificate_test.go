package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A certificate as tuning writes it is taken by check, at the policy's limits and for its own config alone.
func TestCheckTakesTunedCertificate(t *testing.T) {
	testdata := filepath.Join("..", "..", "eval", "bundle", "testdata")
	config, err := os.ReadFile(filepath.Join(testdata, "certificate.toml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	policy := write("policy.toml", "version = 1\n[vs_baseline]\ncertificate = \"required\"\ntolerance = \"1pp\"\ntask_tolerance = \"5pp\"\nmin_savings = \"40%\"\nmin_labels = 60\n")
	for _, test := range []struct {
		name, config string
		code         int
		want         string
	}{
		{"its own", string(config), 0, "HOLDS"},
		{"dearer", strings.Replace(string(config), "input = 1,", "input = 5,", 1), 1, "the savings were re-priced, 43.5 % before and"},
		{"another table", strings.Replace(string(config), `chain = ["small"]`, `chain = ["mid"]`, 1), 1, "not certified"},
	} {
		var stdout, stderr bytes.Buffer
		args := []string{"check", write("config.toml", test.config), "--policy", policy, "--certificate", filepath.Join(testdata, "certificate.json")}
		if code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != test.code || !strings.Contains(stdout.String(), test.want) {
			t.Errorf("%s: exit code %d, want %d and %q\n%s%s", test.name, code, test.code, test.want, &stdout, &stderr)
		}
	}
}
