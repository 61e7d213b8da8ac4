package profile

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSettingsOfOtherVersions(t *testing.T) {
	t.Parallel()
	// What later versions may do: rename a field, and split one.
	later := append(slices.Clip(steps),
		func(f fields) error {
			if old, ok := f["nick"]; ok {
				delete(f, "nick")
				f["name"] = old
			}
			return nil
		},
		func(f fields) error {
			var quiet bool
			if err := json.Unmarshal(f["quiet"], &quiet); err != nil {
				return &FieldError{"quiet", "is not true or false"}
			}
			delete(f, "quiet")
			f["do_not_disturb"], f["obey_desktop"] = json.RawMessage("true"), json.RawMessage("false")
			return nil
		})
	for _, c := range []struct {
		name, file string
		steps      []step
		want       func(*Settings)
		unknown    string // by their names
		fails      string // the field
	}{
		{name: "without a version", file: `{"name":"Ana","theme":"dark"}`, steps: steps, want: func(s *Settings) { s.Name, s.Theme = "Ana", DarkTheme }},
		{name: "our own", file: `{"schema":1,"name":"Ana"}`, steps: steps, want: func(s *Settings) { s.Name = "Ana" }},
		{name: "the first step", file: `{"nick":"Ana","quiet":true}`, steps: later, want: func(s *Settings) { s.Name, s.DoNotDisturb, s.ObeyDesktop = "Ana", true, false }},
		{name: "only the last step", file: `{"schema":2,"nick":"x","quiet":true}`, steps: later, want: func(s *Settings) { s.DoNotDisturb, s.ObeyDesktop = true, false }, unknown: "nick"},
		{name: "no step", file: `{"schema":3,"quiet":7}`, steps: later, want: func(*Settings) {}, unknown: "quiet"},
		{name: "a step that fails", file: `{"schema":2,"quiet":7}`, steps: later, fails: "quiet"},
		{name: "a newer one", file: `{"schema":7,"name":"Ana","hats":["red"],"theme":{"day":"light"},"ring_volume":11}`, steps: steps,
			want: func(s *Settings) { s.Name = "Ana" }, unknown: "hats ring_volume schema theme"},
		{name: "fields that nobody knows", file: `{"schema":1,"hats":2}`, steps: steps, want: func(*Settings) {}, unknown: "hats"},
		{name: "no number", file: `{"schema":"one"}`, steps: steps, fails: "schema"},
		{name: "a wrong number", file: `{"schema":-1}`, steps: steps, fails: "schema"},
	} {
		got, unknown, err := decodeSettings([]byte(c.file), c.steps)
		var wrong *FieldError
		if c.fails != "" {
			if !errors.As(err, &wrong) || wrong.Field != c.fails {
				t.Errorf("%s: %v, want one about %s", c.name, err, c.fails)
			}
			continue
		}
		want := Defaults()
		c.want(&want)
		if err != nil || got.Name != want.Name || got.Theme != want.Theme || got.DoNotDisturb != want.DoNotDisturb || got.ObeyDesktop != want.ObeyDesktop ||
			got.RingVolume != want.RingVolume {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
		if names := strings.Join(sorted(unknown), " "); names != c.unknown {
			t.Errorf("%s: %q is kept, want %q", c.name, names, c.unknown)
		}
	}
}

// TestNewerSettingsAreKept opens a profile of a version to come, changes something, and looks what that version would find.
func TestNewerSettingsAreKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, settingsFile)
	if err := os.WriteFile(path, []byte(`{"schema":7,"name":"Ana","theme":{"day":"light"},"hats":["red"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Bea", "Cyd"} {
		p, err := in(dir).Open()
		if err != nil || p.Problem() != nil || len(p.Aside()) > 0 {
			t.Fatal(err, p.Problem(), p.Aside())
		}
		s := p.Settings()
		s.Name = name
		if err := p.SaveSettings(s); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Schema int
			Name   string
			Theme  struct{ Day string }
			Hats   []string
		}
		if err := json.Unmarshal(data, &got); err != nil || got.Schema != 7 || got.Name != name || got.Theme.Day != "light" || len(got.Hats) != 1 {
			t.Errorf("%s became %+v, %v", data, got, err)
		}
	}
}
