package bundle

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/tierwise/tierwise/routing"
)

// Each file of testdata/export has a config, what LiteLLM gets of it, and the JSON table.
func TestExport(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "export", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d cases, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			config, err := parse(archive.Files[0].Data)
			if err != nil {
				t.Fatal(err)
			}
			proxy, left := LiteLLM(config, false)
			cheap, cheapLeft := LiteLLM(config, true)
			table, _, err := Table(config)
			if err != nil {
				t.Fatal(err)
			}
			got := []txtar.File{archive.Files[0], {Name: "config.yaml", Data: proxy}, {Name: "dispatch.json", Data: table}}
			if string(cheap) != string(proxy) {
				got = append(got, txtar.File{Name: "cheap-first.yaml", Data: cheap})
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: got}), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(archive.Files, got); diff != "" {
				t.Errorf("exports (-want +got)\n%s", diff)
			}
			checkProxy(t, config, proxy, left, false)
			checkProxy(t, config, cheap, cheapLeft, true)
			checkTable(t, config, table)
		})
	}
}

type proxyConfig struct {
	ModelList []struct {
		ModelName     string `yaml:"model_name"`
		LiteLLMParams struct {
			Model   string
			APIKey  string  `yaml:"api_key"`
			APIBase string  `yaml:"api_base"`
			Timeout float64 `yaml:"timeout"`
		} `yaml:"litellm_params"`
		ModelInfo struct {
			Input     float64 `yaml:"input_cost_per_token"`
			Cached    float64 `yaml:"cache_read_input_token_cost"`
			Output    float64 `yaml:"output_cost_per_token"`
			Reasoning float64 `yaml:"output_cost_per_reasoning_token"`
			Window    int     `yaml:"max_input_tokens"`
		} `yaml:"model_info"`
	} `yaml:"model_list"`
	RouterSettings struct {
		Fallbacks              []map[string][]string
		ContextWindowFallbacks []map[string][]string `yaml:"context_window_fallbacks"`
		EnablePreCallChecks    bool                  `yaml:"enable_pre_call_checks"`
		MaxFallbacks           int                   `yaml:"max_fallbacks"`
	} `yaml:"router_settings"`
}

// checkProxy reads a LiteLLM config as LiteLLM does: a task's models in order, where it has checks from the last on unless
// cheapFirst, at the config's prices, and no key.
func checkProxy(t *testing.T, config *routing.Config, text []byte, left []string, cheapFirst bool) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(string(text)))
	d.KnownFields(true)
	var p proxyConfig
	if err := d.Decode(&p); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	x := newExport(config)
	ids := map[string]string{}
	for _, m := range p.ModelList {
		if ids[m.ModelName] != "" {
			t.Errorf("model %q is there twice: LiteLLM would balance load between the two", m.ModelName)
		}
		if strings.Contains(m.ModelName, "*") {
			t.Errorf("model %q is a pattern", m.ModelName)
		}
		if key := m.LiteLLMParams.APIKey; key != "" && !strings.HasPrefix(key, "os.environ/") {
			t.Errorf("model %q has the key %q", m.ModelName, key)
		}
		ids[m.ModelName] = m.LiteLLMParams.Model
	}
	id := func(model string) string {
		prefix := ""
		if provider := x.provider(model); provider != nil {
			prefix = provider.Kind + "/"
		}
		return prefix + x.model(model).ID
	}
	next := map[string][]string{}
	for _, f := range p.RouterSettings.Fallbacks {
		maps.Copy(next, f)
	}
	for i := range config.Tasks {
		group := p.ModelList[i].ModelName // tasks come first
		var got, want []string
		for _, g := range append([]string{group}, next[group]...) {
			got = append(got, ids[g])
			if g != group && len(next[g]) > 0 {
				t.Errorf("fallback %q has fallbacks of its own", g)
			}
		}
		models := x.chain(&config.Tasks[i])
		if len(config.Tasks[i].Accept) > 0 && !cheapFirst {
			slices.Reverse(models)
		}
		for _, m := range models {
			want = append(want, id(m))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("models of task %q as %q (-want +got)\n%s", config.Tasks[i].Name, group, diff)
		}
		price := x.model(models[0]).Price
		if got := p.ModelList[i].ModelInfo.Input; price.Known() && math.Abs(got*1e6-price.Input) > 1e-12 {
			t.Errorf("task %q costs %v per token, not %v per million", group, got, price.Input)
		}
	}
	if n := len(x.chain(&config.Tasks[0])) - 1; n > 5 && p.RouterSettings.MaxFallbacks < n {
		t.Errorf("max_fallbacks is %d for a chain with %d", p.RouterSettings.MaxFallbacks, n)
	}
	comment := strings.Join(strings.Fields(strings.ReplaceAll(string(text[:strings.Index(string(text), "model_list:")]), "\n#", "")), " ")
	for _, l := range left {
		if !slices.Contains(strings.Fields(l), "\u2028") && !strings.Contains(comment, strings.Join(strings.Fields(l), " ")) {
			t.Errorf("the comment lacks %q", l)
		}
	}
}

func checkTable(t *testing.T, config *routing.Config, text []byte) {
	t.Helper()
	var got table
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for i, task := range got.Tasks {
		for j, step := range task.Chain {
			if _, ok := got.Models[step.Model]; !ok || step.Tier != config.Tasks[i].Chain[j] {
				t.Errorf("task %q, step %d: %+v", task.Task, j, step)
			}
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, test := range []struct {
		usd  float64
		want string
	}{{0, "0"}, {0.15, "0.00000015"}, {0.6, "0.0000006"}, {5, "0.000005"}, {1.1, "0.0000011"}, {1e6, "1"}, {1.0 / 3, "0.0000003333333333333333"}} {
		if got := decimal(test.usd, -6); got != test.want {
			t.Errorf("%v per million: %s per token, want %s", test.usd, got, test.want)
		}
	}
}

// Whatever the string, YAML reads it back as a string, also as a key, and no comment ends early.
func FuzzYAMLString(f *testing.F) {
	for _, s := range []string{"", "*", "a: b", "1e3", "0x1", "yes", "NULL", "~", "- x", "'", "\"\\", "# x", "a\n b", "\u0085\u2028\ufeff", "é", "2001-01-01", ".inf", "a#b", "x:", "!t", "&a", "%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s = strings.ToValidUTF8(s, "?"); len(yamlString(s)) > 1000 {
			return // YAML has no longer keys, and a config none that get there but of control characters
		}
		y := &yamlWriter{}
		y.item(s)
		y.line("%s: [%s]", yamlString(s), yamlString(s))
		var got map[any][]any
		if err := yaml.Unmarshal([]byte(y.String()), &got); err != nil {
			t.Fatalf("%v\n%s", err, y.String())
		}
		if diff := cmp.Diff(map[any][]any{s: {s}}, got); diff != "" {
			t.Errorf("(-want +got)\n%s\n%s", diff, y.String())
		}
	})
}
