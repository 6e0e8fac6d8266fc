package datasets

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
)

type item struct {
	Model   string   `parquet:"model"`
	Quality *float64 `parquet:"quality,optional"`
}

func TestListSpellings(t *testing.T) {
	type canonical struct {
		ID       string `parquet:"id"`
		Prompt   string `parquet:"prompt"`
		Outcomes []item `parquet:"outcomes,list"`
	}
	type arrow struct {
		ID       string `parquet:"id"`
		Prompt   string `parquet:"prompt"`
		Outcomes *struct {
			List []struct {
				Item *item `parquet:"item,optional"`
			} `parquet:"list"`
		} `parquet:"outcomes,optional"`
	}
	type spark struct {
		ID       string `parquet:"id"`
		Prompt   string `parquet:"prompt"`
		Outcomes *struct {
			Bag []struct {
				Array *item `parquet:"array,optional"`
			} `parquet:"bag"`
		} `parquet:"outcomes,optional"`
	}
	type legacy struct {
		ID       string `parquet:"id"`
		Prompt   string `parquet:"prompt"`
		Outcomes struct {
			Array []item `parquet:"array"`
		} `parquet:"outcomes"`
	}
	type bare struct {
		ID       string `parquet:"id"`
		Prompt   string `parquet:"prompt"`
		Outcomes []item `parquet:"outcomes"`
	}
	a, b := item{"a", new(1.0)}, item{"b", nil}
	arrowRows := make([]arrow, 4)
	sparkRows := make([]spark, 4)
	legacyRows := make([]legacy, 4)
	for i := range 4 {
		id := fmt.Sprint(i)
		arrowRows[i].ID, arrowRows[i].Prompt = id, "p"
		sparkRows[i].ID, sparkRows[i].Prompt = id, "p"
		legacyRows[i].ID, legacyRows[i].Prompt = id, "p"
	}
	// Row 0 has two outcomes, row 1 an empty list, row 2 a null list, row 3 one outcome and a null one.
	arrowRows[0].Outcomes = new(struct {
		List []struct {
			Item *item `parquet:"item,optional"`
		} `parquet:"list"`
	})
	arrowRows[0].Outcomes.List = append(arrowRows[0].Outcomes.List, struct {
		Item *item `parquet:"item,optional"`
	}{&a}, struct {
		Item *item `parquet:"item,optional"`
	}{&b})
	three := *arrowRows[0].Outcomes
	three.List = append(three.List[:1:1], struct {
		Item *item `parquet:"item,optional"`
	}{nil})
	arrowRows[1].Outcomes = new(struct {
		List []struct {
			Item *item `parquet:"item,optional"`
		} `parquet:"list"`
	})
	arrowRows[3].Outcomes = &three
	for i, r := range arrowRows {
		if r.Outcomes == nil {
			continue
		}
		sparkRows[i].Outcomes = new(struct {
			Bag []struct {
				Array *item `parquet:"array,optional"`
			} `parquet:"bag"`
		})
		for _, o := range r.Outcomes.List {
			sparkRows[i].Outcomes.Bag = append(sparkRows[i].Outcomes.Bag, struct {
				Array *item `parquet:"array,optional"`
			}{o.Item})
		}
	}
	legacyRows[0].Outcomes.Array = []item{a, b}
	legacyRows[3].Outcomes.Array = []item{a}
	files := map[string]*memFile{
		"list.element": parquetOf(t, []canonical{{"0", "p", []item{a, b}}, {"1", "p", nil}, {"2", "p", nil}, {"3", "p", []item{a}}}),
		"list.item":    parquetOf(t, arrowRows),
		"bag.array":    parquetOf(t, sparkRows),
		"array":        parquetOf(t, legacyRows),
		"repeated":     parquetOf(t, []bare{{"0", "p", []item{a, b}}, {"1", "p", nil}, {"2", "p", nil}, {"3", "p", []item{a}}}),
	}
	for name, f := range files {
		t.Run(name, func(t *testing.T) {
			got, _ := collect(t, f, Options{}, everything)
			if len(got) != 4 || len(got[0].Outcomes) != 2 || len(got[1].Outcomes) != 0 || len(got[2].Outcomes) != 0 || len(got[3].Outcomes) != 1 {
				t.Fatalf("got %+v", got)
			}
			if got[0].Outcomes["a"].Numbers[numQuality] != number(1) || got[0].Outcomes["b"].Numbers[numQuality] != "null" {
				t.Errorf("got %+v", got[0].Outcomes)
			}
		})
	}
}

// A column is all that rows of the type tests differ in.
type column[T any] struct {
	ID     string `parquet:"id"`
	Prompt string `parquet:"prompt"`
	Value  *T     `parquet:"weight,optional"`
}

func numbersOf[T any](t *testing.T, options []parquet.WriterOption, values ...T) []string {
	t.Helper()
	rows := []column[T]{{ID: "null", Prompt: "p"}}
	for i := range values {
		rows = append(rows, column[T]{fmt.Sprint(i), "p", &values[i]})
	}
	got, _ := collect(t, parquetOf(t, rows, options...), Options{}, everything)
	var list []string
	for _, r := range got {
		list = append(list, r.Weight)
	}
	return list
}

func TestNumericTypes(t *testing.T) {
	expect := func(name string, got []string, want ...float64) {
		t.Helper()
		for i, w := range append([]float64{math.NaN()}, want...) {
			if got[i] != number(w) {
				t.Errorf("%s: got %v, want %v", name, got, want)
				return
			}
		}
	}
	plain := []parquet.WriterOption{}
	expect("bool", numbersOf(t, plain, true, false, true), 1, 0, 1)
	expect("int8", numbersOf(t, plain, int8(3), 4), 3, 4)
	expect("uint8", numbersOf(t, plain, uint8(200)), 200)
	expect("int32", numbersOf(t, plain, int32(7), math.MaxInt32), 7, math.MaxInt32)
	expect("uint32", numbersOf(t, plain, uint32(math.MaxUint32)), math.MaxUint32)
	expect("int64", numbersOf(t, plain, int64(1)<<40), 1<<40)
	expect("uint64", numbersOf(t, plain, uint64(1)<<63), 1<<63)
	expect("float", numbersOf(t, plain, float32(0.5), 3), 0.5, 3)
	expect("NaN in float", numbersOf(t, plain, float32(math.NaN()), 3), math.NaN(), 3)
	expect("double", numbersOf(t, plain, 0.1, 0), 0.1, 0)

	type dict[T any] struct {
		ID     string `parquet:"id"`
		Prompt string `parquet:"prompt"`
		Value  *T     `parquet:"weight,optional,dict"`
	}
	got, _ := collect(t, parquetOf(t, []dict[int32]{{"a", "p", new(int32(5))}, {"b", "p", nil}, {"c", "p", new(int32(5))}, {"d", "p", new(int32(6))}}), Options{}, everything)
	expect("dictionary", []string{got[1].Weight, got[0].Weight, got[2].Weight, got[3].Weight}, 5, 5, 6)

	type dec struct {
		ID     string   `parquet:"id"`
		Prompt string   `parquet:"prompt"`
		Small  int32    `parquet:"weight,decimal(2:9)"`
		Large  int64    `parquet:"router_cost_usd,decimal(3:18)"`
		Fixed  [16]byte `parquet:"router_latency_ms,decimal(2:38)"`
	}
	row := dec{ID: "a", Prompt: "p", Small: 110, Large: 1}
	row.Fixed[15], row.Fixed[14] = 0x0a, 1 // 266
	got, _ = collect(t, parquetOf(t, []dec{row}), Options{}, everything)
	if got[0].Weight != number(1.1) || got[0].Cost != number(0.001) || got[0].Latency != number(2.66) {
		t.Errorf("decimals are %v %v %v", got[0].Weight, got[0].Cost, got[0].Latency)
	}
}

func TestBigEndian(t *testing.T) {
	for _, tt := range []struct {
		b    []byte
		want float64
	}{{nil, 0}, {[]byte{0xff}, -1}, {[]byte{1, 0}, 256}, {[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}, -2},
		{[]byte{1, 0, 0, 0, 0, 0, 0, 0, 0}, 1 << 64}} {
		if got := bigEndian(tt.b); got != tt.want {
			t.Errorf("%x is %v, want %v", tt.b, got, tt.want)
		}
	}
}

func TestTimeTypes(t *testing.T) {
	at := time.Date(2026, 11, 24, 15, 4, 5, 678_000_000, time.UTC)
	us := at.UnixMicro()
	midnight := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC).UnixMicro()
	check := func(name string, f *memFile, want ...int64) {
		t.Helper()
		got, _ := collect(t, f, Options{}, everything)
		for i, w := range want {
			if got[i].Time != w {
				t.Errorf("%s: time is %v, want %v", name, got[i].Time, w)
			}
		}
	}
	type ms struct {
		ID     string `parquet:"id"`
		Prompt string `parquet:"prompt"`
		Time   int64  `parquet:"time,timestamp(millisecond)"`
	}
	type ns struct {
		ID     string `parquet:"id"`
		Prompt string `parquet:"prompt"`
		Time   int64  `parquet:"time,timestamp(nanosecond)"`
	}
	type date struct {
		ID     string `parquet:"id"`
		Prompt string `parquet:"prompt"`
		Time   int32  `parquet:"time,date"`
	}
	type plain struct {
		ID     string `parquet:"id"`
		Prompt string `parquet:"prompt"`
		Time   int64  `parquet:"time"`
	}
	type text struct {
		ID     string  `parquet:"id"`
		Prompt string  `parquet:"prompt"`
		Time   *string `parquet:"time,optional"`
	}
	type old struct {
		ID     string           `parquet:"id"`
		Prompt string           `parquet:"prompt"`
		Time   deprecated.Int96 `parquet:"time"`
	}
	check("ms", parquetOf(t, []ms{{"a", "p", us / 1000}, {"b", "p", -1}}), us, -1000)
	check("ns", parquetOf(t, []ns{{"a", "p", us * 1000}, {"b", "p", -1}}), us, -1)
	check("date", parquetOf(t, []date{{"a", "p", int32(midnight / microsPerDay)}}), midnight)
	check("integer", parquetOf(t, []plain{{"a", "p", us / 1e6}, {"b", "p", us / 1000}, {"c", "p", us}, {"d", "p", us * 1000}}), us/1e6*1e6, us, us, us)
	check("text", parquetOf(t, []text{{"a", "p", new("2026-11-24T16:04:05.678+01:00")}, {"b", "p", nil}, {"c", "p", new("2026-11-24 15:04:05.678")}, {"d", "p", new("2026-11-24")}}), us, NoTime, us, midnight)
	day := us / microsPerDay
	nanos := uint64(us%microsPerDay) * 1000
	check("INT96", parquetOf(t, []old{{"a", "p", deprecated.Int96{uint32(nanos), uint32(nanos >> 32), uint32(day + julian1970)}}}), us)

	err := readError(t, parquetOf(t, []text{{"a", "p", new("soon")}}), Options{}, everything)
	if want := `f: row group 0, rows 1 to 1: column "time": "soon" is not a time as in RFC 3339, such as 2026-11-24T15:00:00Z`; err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestTextTypes(t *testing.T) {
	type row struct {
		ID     int64    `parquet:"id"`
		Prompt string   `parquet:"prompt,json"`
		Group  [16]byte `parquet:"group,uuid"`
		Task   bool     `parquet:"task"`
		Tenant uint32   `parquet:"tenant,dict"`
	}
	u := [16]byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}
	got, _ := collect(t, parquetOf(t, []row{{-7, "p", u, true, 9}, {8, "q", u, false, 9}}), Options{}, everything)
	if got[0].ID != "=-7" || got[0].Group != "=01234567-89ab-cdef-0123-456789abcdef" || got[0].Prompt != "=p" || got[0].Task != "true" || got[1].Task != "false" || got[1].Tenant != "9" {
		t.Errorf("got %+v", got)
	}
}

func TestWrongTypes(t *testing.T) {
	type o struct {
		Model   string  `parquet:"model"`
		Latency *string `parquet:"latency_ms,optional"`
		Error   *int64  `parquet:"error,optional,timestamp(millisecond)"`
	}
	type row struct {
		ID       string   `parquet:"id"`
		Prompt   string   `parquet:"prompt"`
		Weight   *string  `parquet:"weight,optional"`
		Task     *float64 `parquet:"task,optional"`
		Time     *float64 `parquet:"time,optional"`
		Expected *float64 `parquet:"expected,optional"`
		Outcomes []o      `parquet:"outcomes,list"`
	}
	rows := []row{{ID: "a", Prompt: "p", Outcomes: []o{{Model: "m"}}}}
	d, err := Open(t.Context(), []string{"f"}, opening(parquetOf(t, rows), Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"weight", "task", "time", "expected", "latency_ms", "error", "quality", "nonsense"} {
		if d.Has(column) {
			t.Errorf("column %q, all null of a wrong type or absent, counts as there", column)
		}
	}
	if !d.Has("id") || !d.Has("outcomes") || !d.Has("model") {
		t.Error("columns that are there count as absent")
	}
	if got, _ := collect(t, parquetOf(t, rows), Options{}, everything); len(got) != 1 || got[0].Weight != "null" {
		t.Errorf("got %+v", got)
	}
	rows = append(rows, row{ID: "b", Prompt: "p", Weight: new("heavy"), Task: new(1.0), Time: new(1.0), Expected: new(1.0),
		Outcomes: []o{{Model: "m", Latency: new("1"), Error: new(int64(1))}}})
	err = readError(t, parquetOf(t, rows), Options{}, everything)
	want := `f: row 2, column "weight": is text where a number belongs
f: row 2, column "task": is a number where text belongs
f: row 2, column "expected": is a number where text belongs
f: row 2, column "time": is a number where a time belongs
f: row 2, column "latency_ms": is text where a number belongs
f: row 2, column "error": is a time where text belongs`
	if err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
