package plainlocale

import (
	"maps"
	"testing"
)

func TestPrefer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"LANG": "C.UTF-8"}, "en"},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C.utf8"}, "en"},
		{map[string]string{"LANG": "C.UTF-8", "LANGUAGE": "fr"}, "fr"},
		{map[string]string{"LANG": "C.UTF-8", "LC_ALL": "de_DE.UTF-8"}, ""},
		{map[string]string{"LANG": "C"}, ""},
		{map[string]string{}, ""},
	} {
		env := maps.Clone(tt.env)
		if err := prefer(func(k string) string { return env[k] }, func(k, v string) error { env[k] = v; return nil }); err != nil {
			t.Error(err)
		}
		if env["LANGUAGE"] != tt.want {
			t.Errorf("%v: LANGUAGE is %q, want %q", tt.env, env["LANGUAGE"], tt.want)
		}
	}
}
