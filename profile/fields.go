package profile

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// fields are the fields of a settings file as they stand there, by their names.
type fields map[string]json.RawMessage

// schemaField tells which version of the format a file has; a file without it has version 0.
const schemaField = "schema"

// step brings a file from one version of the format to the next.
type step func(fields) error

// steps are the steps from version 0 on, so their number is the version that is written. A field that is added needs none.
var steps = []step{
	func(fields) error { return nil }, // 1 says its version; nothing else was written differently before
}

// known are the names of the fields of [Settings].
var known = func() []string {
	var names []string
	for f := range reflect.TypeFor[Settings]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}()

// decodeSettings reads settings.json. Fields that are missing have their defaults. Those that are unknown here, or that a newer version
// has written in another way, are returned beside them, to be kept. Errors name the field.
func decodeSettings(data []byte, steps []step) (Settings, fields, error) {
	var all fields
	if err := decode(data, &all); err != nil {
		return Settings{}, nil, err
	}
	from := 0
	if value, ok := all[schemaField]; ok {
		if err := json.Unmarshal(value, &from); err != nil || from < 0 {
			return Settings{}, nil, &FieldError{schemaField, "is not the number of a version"}
		}
	}
	newer := from > len(steps)
	for i := from; i < len(steps); i++ {
		if err := steps[i](all); err != nil {
			return Settings{}, nil, fmt.Errorf("from version %d: %w", i, err)
		}
	}
	s, unknown := Defaults(), fields{}
	for _, name := range sorted(all) {
		switch next, err := s.with(name, all[name]); {
		case name == schemaField && !newer: // the next time it is written as ours
		case !slices.Contains(known, name), err != nil && newer:
			unknown[name] = all[name]
		case err != nil:
			return Settings{}, nil, err
		default:
			s = next
		}
	}
	return s, unknown, nil
}

func sorted(f fields) []string { return slices.Sorted(maps.Keys(f)) }

// with is s with one field as a file has it.
func (s Settings) with(name string, value json.RawMessage) (Settings, error) {
	data, err := json.Marshal(fields{name: value})
	if err != nil {
		return s, err
	}
	if err := decode(data, &s); err != nil {
		return s, err
	}
	return s, s.Check()
}

// encode writes the settings, and beside them what is unknown here.
func (s Settings) encode(unknown fields) ([]byte, error) {
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	var all fields
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	all[schemaField] = json.RawMessage(fmt.Sprint(len(steps)))
	maps.Copy(all, unknown)
	return encode(all)
}
