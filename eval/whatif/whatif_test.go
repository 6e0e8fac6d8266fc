package whatif_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/whatif"
	"github.com/tierwise/tierwise/routing"
)

// Unknown numbers are alike.
var sameNumbers = cmp.Comparer(func(a, b eval.Number) bool { return a == b || !a.Known() && !b.Known() })

func listPrice(input, output, cached float64) *eval.ListPrice {
	return &eval.ListPrice{Input: eval.Number(input), Output: eval.Number(output), CachedInput: eval.Number(cached), Reasoning: eval.Unknown}
}

func TestParsePrice(t *testing.T) {
	none := math.NaN()
	for _, tt := range []struct {
		text string
		want eval.SupposedPrice
	}{
		{"gpt-mid=x1.4", eval.SupposedPrice{Model: "gpt-mid", Factor: 1.4}},
		{"gpt-mid=×1.4", eval.SupposedPrice{Model: "gpt-mid", Factor: 1.4}},
		{"gpt-mid=X2", eval.SupposedPrice{Model: "gpt-mid", Factor: 2}},
		{"m=x0", eval.SupposedPrice{Model: "m"}},
		{"m=x.5", eval.SupposedPrice{Model: "m", Factor: 0.5}},
		{"openai/gpt=0.40/1.60", eval.SupposedPrice{Model: "openai/gpt", Factor: 1, Price: listPrice(0.4, 1.6, none)}},
		{"a=b=0/0/0.04", eval.SupposedPrice{Model: "a=b", Factor: 1, Price: listPrice(0, 0, 0.04)}},
		{"xx=x1000000", eval.SupposedPrice{Model: "xx", Factor: 1e6}},
	} {
		got, err := whatif.ParsePrice(tt.text)
		if diff := cmp.Diff(tt.want, got, sameNumbers); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", tt.text, err, diff)
		}
	}
	for _, text := range []string{
		"", "m", "=x2", "m=", "m=x", "m=2", "m=x-1", "m=x1e3", "m=xNaN", "m=xInf", "m=x1.2.3", "m=1/", "m=/1", "m=1/2/3/4",
		"m=1/-2", "m=x1000001", "m=1/2000000", "m= x2", "m=x 2", "m=1,5/2", "m=0x1/2", "m=1_0/2",
	} {
		if got, err := whatif.ParsePrice(text); err == nil || !strings.HasPrefix(err.Error(), "--price "+text+": ") {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

const list = `version = 1
[[prices]]
model = "mid"
from = 2026-12-01
input = 2
output = 3.5
cached_input = 0.2
[[prices]]
model = "mid"
from = 2026-01-01
input = 1
output = 2
[[prices]]
model = "large"
from = 2026-06-30
input = 10
output = 20
[[prices]]
model = "another team's"
from = 2026-01-01
input = 1
output = 1
`

// config has tier m for the model mid, and other for the one given.
func config(t *testing.T, other string) *routing.Config {
	t.Helper()
	c, err := routing.ParseConfig("c.toml", []byte(`
version = 1
baseline = "large"
[providers.east]
kind = "openai"
base_url = "https://east.example"
api_key_env = "EAST"
[models.mid]
provider = "east"
[models.large]
provider = "east"
[tiers]
m = "mid"
other = "`+other+`"
top = "large"
[tasks.t]
chain = ["m", "other"]
accept = [{ check = "self_check", model = "large", min = 0.5 }]
[router]
default = "t"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// On a day the entry holds that started last, flags go before it, and factors on top.
func TestPricesByDate(t *testing.T) {
	prices, err := whatif.ParsePriceList("prices.toml", []byte(list))
	if err != nil {
		t.Fatal(err)
	}
	none := math.NaN()
	for _, tt := range []struct {
		date  string
		flags []string
		want  []eval.SupposedPrice
	}{
		{"2026-01-01", nil, []eval.SupposedPrice{{Model: "mid", Factor: 1, Price: listPrice(1, 2, none)}}},
		{"2026-06-30", nil, []eval.SupposedPrice{{Model: "mid", Factor: 1, Price: listPrice(1, 2, none)}, {Model: "large", Factor: 1, Price: listPrice(10, 20, none)}}},
		{"2026-11-30", []string{"top=x3"}, []eval.SupposedPrice{{Model: "mid", Factor: 1, Price: listPrice(1, 2, none)}, {Model: "large", Factor: 3, Price: listPrice(10, 20, none)}}},
		{"2026-12-01", []string{"large=5/6", "other=x2"}, []eval.SupposedPrice{{Model: "mid", Factor: 1, Price: listPrice(2, 3.5, 0.2)}, {Model: "large", Factor: 1, Price: listPrice(5, 6, none)}, {Model: "small", Factor: 2}}},
	} {
		got, err := whatif.Scenarios([]*routing.Config{config(t, "small")}, &whatif.Options{List: prices, PriceDate: tt.date, Prices: tt.flags})
		if err != nil {
			t.Fatal(err)
		}
		want := []eval.Scenario{{Name: whatif.WithPrices, PriceDate: tt.date, Prices: tt.want}}
		if diff := cmp.Diff(want, got, sameNumbers); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", tt.date, tt.flags, diff)
		}
	}
}

func TestOutages(t *testing.T) {
	configs := []*routing.Config{config(t, "small"), config(t, "tiny")}
	got, err := whatif.Scenarios(configs, &whatif.Options{Outages: []string{"east", "m", "tiny, small,tiny,east"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []eval.Scenario{
		{Name: "outage of east", ProvidersDown: []string{"east"}},
		{Name: "outage of mid", ModelsDown: []string{"mid"}},
		{Name: "outage of east and small and tiny", ProvidersDown: []string{"east"}, ModelsDown: []string{"small", "tiny"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestScenariosRefuse(t *testing.T) {
	prices, err := whatif.ParsePriceList("prices.toml", []byte(list))
	if err != nil {
		t.Fatal(err)
	}
	slip, err := whatif.ParsePriceList("prices.toml", []byte("version = 1\n[[prices]]\nmodel = \"smalll\"\nfrom = 2026-01-01\ninput = 1\noutput = 1"))
	if err != nil {
		t.Fatal(err)
	}
	strange, err := whatif.ParsePriceList("prices.toml", []byte("version = 1\n[[prices]]\nmodel = \"elsewhere\"\nfrom = 2026-01-01\ninput = 1\noutput = 1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		opts whatif.Options
		want string
	}{
		{whatif.Options{Prices: []string{"smal=x2"}}, `--price smal=x2: no config has a model or tier "smal"; did you mean "small"?`},
		{whatif.Options{Prices: []string{"zzz=x2"}}, `--price zzz=x2: no config has a model or tier "zzz"; they have mid, large, small, tiny`},
		{whatif.Options{Prices: []string{"other=x2"}}, `--price other=x2: tier "other" is small in one config and tiny in another: name the model`},
		{whatif.Options{Prices: []string{"m=x2", "mid=1/2"}}, "--price mid=1/2: mid has a price already"},
		{whatif.Options{Outages: []string{"eats"}}, `--outage eats: no config has a provider, model or tier "eats"; they have east, mid, large, small, tiny`},
		{whatif.Options{Outages: []string{"small,"}}, `--outage "small,": want the name of a provider or a model, several with commas between`},
		{whatif.Options{Outages: []string{"small", "small"}}, "--outage small is there twice"},
		{whatif.Options{List: prices, PriceDate: "2025-12-31"}, "no price of prices.toml holds on 2025-12-31: the first does from 2026-01-01 (--price-date)"},
		{whatif.Options{List: slip, PriceDate: "2026-12-31"}, `prices.toml:2: no config has a model "smalll"; did you mean "small"?`},
		{whatif.Options{List: strange, PriceDate: "2026-12-31"}, "prices.toml has a price of none of the configs' models: they have mid, large, small, tiny"},
	} {
		got, err := whatif.Scenarios([]*routing.Config{config(t, "small"), config(t, "tiny")}, &tt.opts)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%+v: %+v\n got %v\nwant %s", tt.opts, got, err, tt.want)
		}
	}
}

func TestParsePriceListRefuses(t *testing.T) {
	const entry = "version = 1\n[[prices]]\nmodel = \"m\"\n"
	for _, tt := range []struct{ text, want string }{
		{"", "p.toml: version is missing: it wants version = 1"},
		{"version = 2", "p.toml: version 2 is not read here: only version = 1 is"},
		{"version = 1.5", "p.toml:1: version wants a whole number, not a value of type float64"},
		{"version = 1", "p.toml has no prices: add [[prices]]"},
		{"version = ", "p.toml:1:"},
		{"version = 1\nprices = [1]", "p.toml:2: prices wants entries, each under [[prices]], not a value of type int64"},
		{"version = 1\n[prices]\nmodel = \"m\"", "p.toml:2: prices wants entries, each under [[prices]], not a value of type map[string]any"},
		{"version = 1\n[[price]]\nmodel = \"m\"", `p.toml:2: unknown key "price"; did you mean "prices"?`},
		{entry + "from = 2026-01-01\ninput = 1\nouput = 1", `p.toml:6: unknown key "prices.ouput"; did you mean "output"?`},
		{entry + "input = 1\noutput = 1", "p.toml:2: the price of m does not say from when it holds: add from = 2026-01-01"},
		{entry + "from = 2026-01-01\ninput = 1", "p.toml:2: the price of m wants input and output, in dollars per million tokens"},
		{"version = 1\n[[prices]]\nfrom = 2026-01-01", "p.toml:2: the entry has no model"},
		{"version = 1\nprices = [{ from = 2026-01-01 }]", "p.toml: prices[0]: the entry has no model"},
		{entry + "from = \"2026-01-01\"", "p.toml:4:9: from wants a date without quotes, such as from = 2026-01-01"},
		{entry + "from = 2026-01-01T00:00:00Z", "p.toml:4:8: from wants a date without quotes, such as from = 2026-01-01"},
		{entry + "from = 2026-01-01T00:00:00", "p.toml:4:8: from wants a date without quotes, such as from = 2026-01-01"},
		{entry + "from = 2026-01-01\ninput = -1\noutput = 1", "p.toml:2: input of m: -1 is outside 0 to 1000000"},
		{entry + "from = 2026-01-01\ninput = 1\noutput = inf", "p.toml:2: output of m: +Inf is outside 0 to 1000000"},
		{entry + "from = 2026-01-01\ninput = 1\noutput = \"1\"", "p.toml:6: prices.output wants a number, not a value of type string"},
		{entry + "from = 2026-01-01\ninput = 1\noutput = 1\n[[prices]]\nmodel = \"m\"\nfrom = 2026-01-01\ninput = 2\noutput = 2", "p.toml:7: m has a second price from 2026-01-01; the first is at p.toml:2"},
		{"\xff", "p.toml is not UTF-8 text"},
		{"#" + strings.Repeat("x", 1<<20), "p.toml is larger than a price list may be: 1048577 bytes, 1048576 are the most"},
	} {
		_, err := whatif.ParsePriceList("p.toml", []byte(tt.text))
		if err == nil || err.Error() != tt.want && !(strings.HasSuffix(tt.want, ":") && strings.HasPrefix(err.Error(), tt.want)) {
			t.Errorf("%.200q:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

// The example of PRICES.md is read.
func TestPricesDocument(t *testing.T) {
	data, err := os.ReadFile("PRICES.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "```toml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("no example")
	}
	if _, err := whatif.ParsePriceList("example", []byte(example)); err != nil {
		t.Error(err)
	}
}

// What is accepted is in bounds, whatever the text.
func FuzzParsePrice(f *testing.F) {
	for _, text := range []string{"m=x1.4", "m=×2", "m=0.40/1.60/0.04", "=", "m=x", "a=b=1/2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := whatif.ParsePrice(text)
		if err != nil {
			return
		}
		if !strings.HasPrefix(text, c.Model+"=") || c.Model == "" || !(c.Factor >= 0 && c.Factor <= 1e6) {
			t.Errorf("%q: %+v", text, c)
		}
		if p := c.Price; p != nil && (!(p.Input >= 0 && p.Input <= 1e6) || !(p.Output >= 0 && p.Output <= 1e6) || p.CachedInput < 0) {
			t.Errorf("%q: %+v", text, p)
		}
	})
}

// No list makes the parser panic, and what it accepts comes to scenarios or to an error, never to a price that no replay can
// use.
func FuzzParsePriceList(f *testing.F) {
	f.Add(list)
	f.Add("version = 1\nprices = [{ model = 'mid', from = 2026-01-01, input = 1, output = 2, reasoning = 3 }]")
	f.Add("version = 1\n[[prices]]\nmodel = \"m\"\nfrom = 2026-01-01T00:00:00\ninput = nan\noutput = -inf")
	f.Fuzz(func(t *testing.T, text string) {
		prices, err := whatif.ParsePriceList("p.toml", []byte(text))
		if err != nil {
			_ = err.Error()
			return
		}
		c := &routing.Config{Baseline: "large", Tiers: []routing.Tier{{Name: "m", Model: "mid"}}}
		scenarios, err := whatif.Scenarios([]*routing.Config{c}, &whatif.Options{List: prices, PriceDate: "2026-12-01"})
		if err != nil {
			return
		}
		for _, p := range scenarios[0].Prices {
			if !(p.Price.Input >= 0 && p.Price.Input <= 1e6) || !(p.Price.Output >= 0 && p.Price.Output <= 1e6) {
				t.Errorf("%q: %+v", text, p)
			}
		}
	})
}
