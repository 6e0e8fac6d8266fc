package eval

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

// Every sum of a partial is scaled, but for the evidence and examples.
func TestScaledHasAllSums(t *testing.T) {
	unscaled := []string{"Pairs", "PairsW2", "PairsW3", "DiscordantW2", "Values", "Deltas", "Groups", "Regressions", "Escalations", "Tokens"}
	p := &Partial{}
	v := reflect.ValueOf(p).Elem()
	for _, value := range v.Fields() {
		switch field := value.Addr().Interface().(type) {
		case *Count:
			field.add(1)
		case *Fixed:
			field.Add(1)
		case *[]Count:
			*field = []Count{{N: 1, Unit: 1}}
		case *Histogram:
			field.add(5, 1)
		case *Spend:
			field.Cost.Add(1)
		case *[]Spend:
			*field = []Spend{{Calls: 1, Cost: fixedOf(1)}}
		case *CostSpread:
			field.add(0, 1, 1)
		}
	}
	scaled := reflect.ValueOf(p.scaled(0.25)).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		var got float64
		switch field := scaled.Field(i).Addr().Interface().(type) {
		case *Count:
			got = field.Weight()
		case *Fixed:
			got = field.Float64()
		case *[]Count:
			for _, n := range *field {
				got += n.Weight()
			}
		case *Histogram:
			for _, w := range field.W {
				got += w.Float64()
			}
		case *Spend:
			got = field.Cost.Float64()
		case *[]Spend:
			for i := range *field {
				got += (*field)[i].Cost.Float64()
			}
		case *CostSpread: // squares
			got = math.Sqrt(field.CC.Float64()) / 1000
			if field.BB != field.CC || field.CB != field.CC || field.Units != 1 {
				t.Errorf("%+v: its squares are not scaled alike", field)
			}
			for k, power := range field.Powers.sums() {
				if got, want := power.Float64(), 1e15/64; k < cubes && got != want {
					t.Errorf("sum %d of third powers is %v, want %v", k, got, want)
				}
				if got, want := power.Float64(), 1e20/256; k >= cubes && got != want {
					t.Errorf("sum %d of fourth powers is %v, want %v", k-cubes, got, want)
				}
			}
		case *map[string]int64, *int64: // counts of requests
			continue
		default:
			if !slices.Contains(unscaled, name) {
				t.Errorf("Partial has a field %s of a kind that scaled does not know: scale it, or name it here", name)
			}
			continue
		}
		if want := 0.25; got != want && !slices.Contains(unscaled, name) {
			t.Errorf("%s is %v after scaling by a quarter, want %v: scaled leaves it out", name, got, want)
		}
	}
}
