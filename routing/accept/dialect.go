package accept

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// dialects are the drafts that the validator implements, by their $schema without a trailing "#".
var dialects = []string{"https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema"}

var typeNames = []string{"null", "boolean", "object", "array", "number", "string", "integer"}

// Keywords whose value is a schema, a list of schemas, and schemas by name. Some take one form or the other.
var (
	schemaKeywords = []string{
		"additionalItems", "additionalProperties", "allOf", "anyOf", "contains", "contentSchema", "else", "if", "items", "not",
		"oneOf", "prefixItems", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties",
	}
	namedSchemaKeywords = []string{"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"}
)

// checkSchema finds what the validator would silently take for something else: another draft, a misspelt type, a value
// that is no schema. The validator checks the rest.
func checkSchema(v any) error {
	s, ok := v.(map[string]any)
	if !ok {
		if _, ok := v.(bool); ok {
			return nil
		}
		return errors.New("a schema is an object, true or false")
	}
	if d, ok := s["$schema"].(string); ok && !slices.Contains(dialects, strings.TrimSuffix(d, "#")) {
		return fmt.Errorf("draft %q is not supported; supported are %s", d, strings.Join(dialects, " and "))
	}
	if err := checkTypes(s["type"]); err != nil {
		return err
	}
	for _, k := range schemaKeywords {
		list, ok := s[k].([]any)
		if !ok && s[k] != nil {
			list = []any{s[k]}
		}
		for _, sub := range list {
			if err := checkSchema(sub); err != nil {
				return fmt.Errorf("%s: %w", k, err)
			}
		}
	}
	for _, k := range namedSchemaKeywords {
		named, _ := s[k].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(named)) {
			if err := checkSchema(named[name]); err != nil {
				return fmt.Errorf("%s.%s: %w", k, name, err)
			}
		}
	}
	return nil
}

// checkTypes checks the value of "type", a name or a list of names; nil if there is none.
func checkTypes(v any) error {
	list, ok := v.([]any)
	if !ok && v != nil {
		list = []any{v}
	}
	for _, t := range list {
		if name, ok := t.(string); !ok || !slices.Contains(typeNames, name) {
			return fmt.Errorf("%v is no type; types are %s", t, strings.Join(typeNames, ", "))
		}
	}
	return nil
}
