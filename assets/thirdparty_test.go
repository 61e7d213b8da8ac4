package assets

import (
	"strings"
	"testing"
)

// Whoever gives a program on has to give the licences on, too: those of all that the program contains.
func TestThirdParty(t *testing.T) {
	t.Parallel()
	parts := make(map[string]Part)
	for _, p := range ThirdParty() {
		if p.Name == "" || p.Licence == "" || parts[p.Name].Name != "" {
			t.Errorf("%+v is nothing to show", p)
		}
		if p.Version != "" && len(p.Text) < 200 {
			t.Errorf("%s is in the program, and its licence has %d bytes", p.Name, len(p.Text))
		}
		parts[p.Name] = p
	}
	for name, words := range map[string]string{
		"github.com/pion/webrtc/v4": "The Pion community",
		"fyne.io/fyne/v2":           "SIL OPEN FONT LICENSE",
		"The Go standard library":   "The Go Authors",
		"libopus":                   "Redistribution and use",
		"GLFW":                      "Camilla",
		"libvpx":                    "",
	} {
		if p := parts[name]; p.Name == "" || !strings.Contains(p.Text, words) {
			t.Errorf("%s does not say %q", name, words)
		}
	}
}
