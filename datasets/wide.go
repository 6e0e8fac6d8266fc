package datasets

import (
	"slices"
	"strings"
)

// modelHole stands for the name of the model in the patterns of the wide layout.
const modelHole = "{model}"

// widePatterns are the patterns of the wide layout where a mapping does not say otherwise: RouterBench's, and
// {model}|column for every other column.
var widePatterns = map[string]string{
	"quality":  modelHole,
	"cost_usd": modelHole + "|total_cost",
	"response": modelHole + "|model_response",
}

// A wideModel are the columns of one model in the wide layout.
type wideModel struct {
	name     string
	number   [numOutcomeNumbers]*leaf
	itemName [numOutcomeNames]*leaf
	response *leaf
}

// pattern is the pattern of an outcome's column.
func (id *identifier) pattern(column string) string {
	if p, ok := id.mapping.Columns[column]; ok {
		return p
	}
	if p, ok := widePatterns[column]; ok {
		return p
	}
	return modelHole + "|" + column
}

// models are the names of the models in the wide layout, in the order of their first column. Without a mapping
// they must be there with a pattern that is more than {model}, for anything matches that.
func (id *identifier) models() []string {
	if id.mapping.Models != nil {
		return id.mapping.Models
	}
	found := map[string]bool{}
	for _, name := range id.names {
		for _, column := range itemColumns() {
			if model, ok := matchPattern(id.pattern(column), name); ok && id.top[name] != nil {
				found[model] = true
			}
		}
	}
	var models []string
	for _, name := range id.names {
		for _, column := range itemColumns() {
			model, ok := matchPattern(id.pattern(column), name)
			if id.pattern(column) == modelHole {
				model, ok = name, true
			}
			if ok && found[model] && !slices.Contains(models, model) {
				models = append(models, model)
			}
		}
	}
	return models
}

// matchPattern returns what stands at {model} in name, false if the pattern does not match or is nothing more.
func matchPattern(pattern, name string) (string, bool) {
	before, after, ok := strings.Cut(pattern, modelHole)
	if !ok || before == "" && after == "" {
		return "", false
	}
	model, ok := strings.CutPrefix(name, before)
	if !ok {
		return "", false
	}
	model, ok = strings.CutSuffix(model, after)
	return model, ok && model != ""
}

// wide finds the columns of each model.
func (id *identifier) wide() error {
	models := id.models()
	if len(models) == 0 {
		return id.missing(strings.ReplaceAll(id.pattern("cost_usd"), modelHole, "MODEL"),
			"the wide layout has such a column for every model, or a mapping with models = [\"…\"]")
	}
	for _, name := range models {
		m := wideModel{name: name}
		var of fields
		found := false
		for _, column := range itemColumns() {
			c := id.top[strings.ReplaceAll(id.pattern(column), modelHole, name)]
			if c == nil {
				continue
			}
			*of.itemSlot(column) = newLeaf(c, column)
			found = true
		}
		if !found {
			return id.missing(strings.ReplaceAll(id.pattern("quality"), modelHole, name), "the mapping names the model")
		}
		m.number, m.itemName, m.response = of.number, of.itemName, of.response
		id.fields.wide = append(id.fields.wide, m)
	}
	return nil
}
