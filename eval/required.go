package eval

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// requireKeys returns an error that names the first key that a JSON value of type t always has and this one has not: a number
// that is not there would else be 0.
func requireKeys(t reflect.Type, v any, path string) error {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return requireKeys(t.Elem(), v, path)
	case reflect.Slice:
		list, _ := v.([]any)
		for i, x := range list {
			if err := requireKeys(t.Elem(), x, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		if object, ok := v.(map[string]any); ok {
			return requireFields(t, object, path)
		}
	default:
	}
	return nil
}

func requireFields(t reflect.Type, object map[string]any, path string) error {
	for _, f := range reflect.VisibleFields(t) {
		tag := strings.Split(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || tag[0] == "" || tag[0] == "-" {
			continue
		}
		key := strings.TrimPrefix(path+"."+tag[0], ".")
		x, ok := object[tag[0]]
		if !ok {
			if slices.Contains(tag[1:], "omitempty") {
				continue
			}
			return fmt.Errorf("%q is missing: the file was changed, cut off, or written by an older tierwise: evaluate once more", key)
		}
		if err := requireKeys(f.Type, x, key); err != nil {
			return err
		}
	}
	return nil
}
